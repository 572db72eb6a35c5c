"""Settings from all sources, and where each value came from.

Precedence, highest first: command line, environment, `.env` in the working folder, saved settings,
defaults.
"""

from __future__ import annotations

import difflib
import io
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import dotenv
import msgspec
from dotenv.parser import parse_stream

from authws_desktop.errors import ProductError
from authws_desktop.settings.fields import Settings
from authws_desktop.settings.file import read_saved
from authws_desktop.settings.foreign import foreign_problem, is_own, is_service_link
from authws_desktop.settings.infos import SETTING_INFOS, SettingsError, explain, parse_value
from authws_desktop.text import TextError, read_text

_NEARLY = 0.88
"""How alike two names are of which one is the other mistyped, 1 being the same: AUTHWS_TSL is 0.90 of
AUTHWS_TLS; what other programs call AUTHWS_TOKEN is 0.82 of the nearest setting."""


class Source(StrEnum):
    """Where a value came from; any but `DEFAULT` and `SAVED` locks the field in the window."""

    DEFAULT = "default"
    SAVED = "saved settings"
    DOTENV = ".env file"
    ENVIRONMENT = "environment"
    COMMAND_LINE = "command line"


@dataclass(frozen=True)
class LoadedSettings:
    """Settings in force, and where each came from.

    Attributes:
        values: The merged settings.
        saved: What the file holds (defaults where it says nothing).
        sources: Source of each field.
        source_names: The variable or option that set a locked field, for display.
        warnings: What was passed over, as sentences: values of variables that others own.
    """

    values: Settings
    saved: Settings
    sources: Mapping[str, Source]
    source_names: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: Settings) -> LoadedSettings:
        """Return settings as if all of them had been saved."""
        return cls(values, values, {name: _saved_source(values, name) for name in SETTING_INFOS})

    def is_locked(self, name: str) -> bool:
        """Tell whether a value from outside overrides the saved one."""
        return self.sources[name] not in (Source.DEFAULT, Source.SAVED)

    def with_saved(self, saved: Settings) -> LoadedSettings:
        """Return the settings in force after `saved` was saved; locked fields keep their value."""
        locked = {n: getattr(self.values, n) for n in SETTING_INFOS if self.is_locked(n)}
        sources = {n: self.sources[n] if n in locked else _saved_source(saved, n) for n in SETTING_INFOS}
        return LoadedSettings(
            msgspec.structs.replace(saved, **locked), saved, sources, self.source_names, self.warnings
        )

    def origin_of(self, name: str) -> str:
        """Return where a value came from, for a sentence: `PORT (environment)`, or `saved settings`."""
        source, variable = self.sources[name], self.source_names.get(name, "")
        if source is Source.COMMAND_LINE:
            return f"{variable} on the command line"
        return f"{variable} ({source})" if self.is_locked(name) else f"the {source}"


def _saved_source(saved: Settings, name: str) -> Source:
    return Source.DEFAULT if getattr(saved, name) == getattr(Settings(), name) else Source.SAVED


def load_settings(
    file: Path,
    *,
    command_line: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    dotenv_file: Path | None = None,
) -> LoadedSettings:
    """Merge settings from all sources.

    Args:
        file: The saved settings; need not exist.
        command_line: Values by field name; `None` values are ignored.
        environment: Environment variables; those of the process if omitted.
        dotenv_file: The `.env` file; `.env` in the working folder if omitted.

    Raises:
        SettingsError: A source cannot be read or holds a wrong value; the text names it.
    """
    saved = read_saved(file)
    values = {name: getattr(saved, name) for name in SETTING_INFOS}
    sources = {name: _saved_source(saved, name) for name in SETTING_INFOS}
    names: dict[str, str] = {}
    warnings: list[str] = []
    outside = read_dotenv(dotenv_file, warnings)
    process = dict(os.environ) if environment is None else dict(environment)
    # Lowest precedence first: what comes later replaces it.
    for source, variables in ((Source.DOTENV, outside), (Source.ENVIRONMENT, process)):
        for name, (variable, value) in _from_variables(variables, source, warnings).items():
            values[name], sources[name], names[name] = value, source, variable
        warnings += _mistyped(variables, source)
    for name, value in (command_line or {}).items():
        if value is not None:
            values[name], sources[name] = value, Source.COMMAND_LINE
            names[name] = "--" + name.replace("_", "-")
    try:
        merged = msgspec.convert(values, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"A setting has a wrong value: {explain(error)}") from None
    return LoadedSettings(merged, saved, sources, names, tuple(warnings))


def read_dotenv(file: Path | None = None, warnings: list[str] | None = None) -> dict[str, str]:
    """Return the variables of a `.env` file; none if there is no such file.

    The file may be another program's: if it cannot be read and nothing in it is ours, it is passed over.

    Args:
        file: `.env` in the working folder if omitted.
        warnings: Takes a sentence about a file that was passed over.

    Raises:
        SettingsError: The file cannot be read, and it holds variables of this program.
    """
    file = file or Path.cwd() / ".env"
    data = b""
    try:
        data = file.read_bytes() if file.is_file() else b""
        text = read_text(data, f"The file {file}")
    except (OSError, TextError) as error:
        # A secret or an address that was meant for this program must not be passed over in silence; its names
        # are ASCII, whatever the encoding of the rest.
        if b"AUTHWS_" in data or b"JWT_SECRET" in data:
            raise SettingsError(str(error)) from None
        why = str(error) if isinstance(error, TextError) else f"The file {file} cannot be read ({error})."
        if warnings is not None:
            warnings.append(f"{why} Nothing of it is used.")
        return {}
    _look_for_mistakes(text, file, warnings)
    found = dotenv.dotenv_values(stream=io.StringIO(text))
    return {key: value for key, value in found.items() if value is not None}


def _look_for_mistakes(text: str, file: Path, warnings: list[str] | None) -> None:
    """Tell of lines that cannot be understood; refuse those that are ours.

    Raises:
        SettingsError: Such a line names a variable of this program.
    """
    # The library's own warning names no file.
    logging.getLogger("dotenv.main").setLevel(logging.ERROR)
    for found in parse_stream(io.StringIO(text)):
        if not found.error:
            continue
        statement = found.original
        sentence = (
            f"Line {statement.line} of the file {file} cannot be understood; is a quotation mark missing?"
        )
        if "AUTHWS_" in statement.string or "JWT_SECRET" in statement.string:
            raise SettingsError(sentence)
        if warnings is not None:
            warnings.append(f"{sentence} It is not used.")


def _from_variables(
    variables: Mapping[str, str], source: Source, warnings: list[str]
) -> dict[str, tuple[str, Any]]:
    found = {}
    for name, info in SETTING_INFOS.items():
        for variable in info.env_names:
            # An empty variable is how a compose file or a shell says "not set".
            if not variables.get(variable, "").strip():
                continue
            try:
                found[name] = (variable, _value_of(name, variable, variables[variable], source))
            except _PassedOver as reason:
                warnings.append(f"{variable} ({source}) is not used: {reason}.")
                continue
            # The more specific name counts; the other one is not looked at.
            break
    return found


def _mistyped(variables: Mapping[str, str], source: Source) -> list[str]:
    """Return a sentence for each variable that is nearly one of ours: it would be passed over in silence."""
    ours = [variable for info in SETTING_INFOS.values() for variable in info.env_names if is_own(variable)]
    found = []
    for variable in variables:
        # Other names begin like ours: those of tests, and what Kubernetes says of a service called authws.
        if is_own(variable) and variable not in ours:
            nearest = difflib.get_close_matches(variable, ours, 1, cutoff=_NEARLY)
            found += [f"{variable} ({source}) is no setting. Did you mean {each}?" for each in nearest]
    return found


class _PassedOver(ProductError):
    """A variable is not meant for this program; `str()` says why."""


def _value_of(name: str, variable: str, text: str, source: Source) -> Any:
    """Return a setting's value from a variable.

    Raises:
        SettingsError: It is none, and the variable is this program's alone.
        _PassedOver: It is none, and the variable is not.
    """
    if is_service_link(variable, text):
        raise _PassedOver(f"'{text}' describes a service of that name")
    try:
        value = parse_value(name, text, f"{variable} ({source})")
    except SettingsError as error:
        if is_own(variable):
            raise
        raise _PassedOver(str(error).rstrip(".").removeprefix(f"{variable} ({source}) ")) from None
    if not is_own(variable) and (problem := foreign_problem(variable, value)):
        raise _PassedOver(problem)
    return value

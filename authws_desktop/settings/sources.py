"""Settings from all sources, and where each value came from.

Precedence, highest first: command line, environment, `.env` in the working folder, saved settings,
defaults.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import dotenv
import msgspec

from authws_desktop.settings.fields import Settings
from authws_desktop.settings.file import read_saved
from authws_desktop.settings.infos import SETTING_INFOS, SettingsError, explain, parse_value


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
    """

    values: Settings
    saved: Settings
    sources: Mapping[str, Source]
    source_names: Mapping[str, str] = field(default_factory=dict)

    def is_locked(self, name: str) -> bool:
        """Tell whether a value from outside overrides the saved one."""
        return self.sources[name] not in (Source.DEFAULT, Source.SAVED)

    def with_saved(self, saved: Settings) -> LoadedSettings:
        """Return the settings in force after `saved` was saved; locked fields keep their value."""
        locked = {n: getattr(self.values, n) for n in SETTING_INFOS if self.is_locked(n)}
        sources = {n: self.sources[n] if n in locked else _saved_source(saved, n) for n in SETTING_INFOS}
        return LoadedSettings(msgspec.structs.replace(saved, **locked), saved, sources, self.source_names)


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
    outside = read_dotenv(dotenv_file)
    process = dict(os.environ) if environment is None else dict(environment)
    for source, variables in ((Source.DOTENV, outside), (Source.ENVIRONMENT, process)):
        for name, (variable, value) in _from_variables(variables, source).items():
            values[name], sources[name], names[name] = value, source, variable
    for name, value in (command_line or {}).items():
        if value is not None:
            values[name], sources[name] = value, Source.COMMAND_LINE
            names[name] = "--" + name.replace("_", "-")
    try:
        merged = msgspec.convert(values, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"A setting has a wrong value: {explain(error)}") from None
    return LoadedSettings(merged, saved, sources, names)


def read_dotenv(file: Path | None = None) -> dict[str, str]:
    """Return the variables of a `.env` file; none if there is no such file.

    Raises:
        SettingsError: The file cannot be read.
    """
    file = file or Path.cwd() / ".env"
    try:
        found = dotenv.dotenv_values(file) if file.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The file {file} cannot be read ({error}). Correct or remove it.") from None
    return {key: value for key, value in found.items() if value is not None}


def _from_variables(variables: Mapping[str, str], source: Source) -> dict[str, tuple[str, Any]]:
    found = {}
    for name, info in SETTING_INFOS.items():
        variable = next((env for env in info.env_names if variables.get(env, "").strip()), None)
        if variable is not None:
            found[name] = (variable, parse_value(name, variables[variable], f"{variable} ({source})"))
    return found

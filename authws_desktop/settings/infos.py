"""What is known of each setting: its names, kind, limits and words; reading and checking one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from authws_desktop.errors import ProductError
from authws_desktop.settings.fields import Settings
from authws_desktop.settings.quantities import parse_quantity

_EXAMPLES = {"s": ", such as 86400 or 24 h", "bytes": ", such as 1048576 or 1 MiB"}


class SettingsError(ProductError):
    """Settings that cannot be used; `str()` says what to do."""


@dataclass(frozen=True)
class SettingInfo:
    """A setting as the window, the documentation and the environment know it.

    Attributes:
        name: Field name in `Settings` and key in the file.
        kind: `int`, `str`, `list` or `choice`.
        group, label, help, unit: As shown.
        env_names: Environment names, the more specific first.
        minimum, maximum: Limits of a number; of a text, its length.
        choices: Allowed values of a choice.
        live: Whether a change takes effect without listening anew.
        check: Raises `ValueError`, with a sentence, for a text or an entry that can never work.
        words: What values of a choice are called, where not by themselves.
    """

    name: str
    kind: str
    group: str
    label: str
    help: str
    unit: str
    env_names: tuple[str, ...]
    minimum: int | None
    maximum: int | None
    choices: tuple[str, ...]
    live: bool
    check: Callable[[str], object] | None
    words: Mapping[str, str]

    def choice_words(self, value: str) -> str:
        """Return what a value of a choice is called."""
        return self.words.get(value) or value.capitalize()

    def problem(self, value: Any) -> str:
        """Return what is wrong with a value that fits kind and limits; empty if nothing is."""
        if self.check is None:
            return ""
        for entry in value if isinstance(value, list) else [value]:
            try:
                self.check(entry)
            except ValueError as error:
                return str(error)
        return ""


def _describe() -> dict[str, SettingInfo]:
    infos = {}
    # Made from the type, so that limits, window, command line and documentation cannot differ.
    info = msgspec.inspect.type_info(Settings)
    assert isinstance(info, msgspec.inspect.StructType)  # noqa: S101 - tells the type checker
    for item in info.fields:
        meta = item.type
        assert isinstance(meta, msgspec.inspect.Metadata)  # noqa: S101
        extra: dict[str, Any] = meta.extra or {}
        infos[item.name] = _describe_field(item.name, meta.type, extra)
    return infos


def _describe_field(name: str, kind: msgspec.inspect.Type, extra: dict[str, Any]) -> SettingInfo:
    minimum = maximum = None
    choices: tuple[str, ...] = ()
    if isinstance(kind, msgspec.inspect.IntType):
        label, minimum, maximum = "int", kind.ge, kind.le
    elif isinstance(kind, msgspec.inspect.StrType):
        label, minimum, maximum = "str", kind.min_length, kind.max_length
    elif isinstance(kind, msgspec.inspect.ListType):
        label, maximum = "list", kind.max_length
    elif isinstance(kind, msgspec.inspect.LiteralType):
        label, choices = "choice", tuple(str(value) for value in kind.values)
    else:  # pragma: no cover - a new kind of field needs a new branch
        raise TypeError(f"{name}: unknown kind {kind}")
    own = f"AUTHWS_{name.upper()}"
    extra_env = [extra["env"]] if extra["env"] else []
    own_names = ("AUTHWS_ENV" if name == "environment" else own, *extra_env)
    return SettingInfo(
        name,
        label,
        extra["group"],
        extra["label"],
        extra["help"],
        extra["unit"],
        own_names,
        minimum,
        maximum,
        choices,
        extra["live"],
        extra["check"],
        extra["words"],
    )


SETTING_INFOS: dict[str, SettingInfo] = _describe()
"""Every setting by name, in the order of the window."""


def parse_value(name: str, text: str, where: str) -> Any:
    """Return a setting's value from text, checked.

    Args:
        name: The setting.
        text: What was typed; lists are separated by commas, times and sizes may have units.
        where: Named in the error.

    Raises:
        SettingsError: The text is not a value of this setting.
    """
    info = SETTING_INFOS[name]
    value: Any = text.strip()
    if info.kind == "int":
        try:
            value = int(value)
        except ValueError:
            value = parse_quantity(value, info.unit)
            if value is None:
                example = _EXAMPLES.get(info.unit, "")
                raise SettingsError(f"{where} must be a whole number{example}, not '{text}'.") from None
    elif info.kind == "list":
        value = [part.strip() for part in value.split(",") if part.strip()]
    check_value(name, value, where)
    return value


def check_value(name: str, value: Any, where: str) -> None:
    """Check one value against its setting's limits, and whether it can ever work.

    Raises:
        SettingsError: It does not fit; the text names `where` and the limits.
    """
    _check_limits(name, value, where)
    # After the limits: the check takes a text of the right type for granted.
    if problem := SETTING_INFOS[name].problem(value):
        raise SettingsError(f"{where}: {problem}")


def _check_limits(name: str, value: Any, where: str) -> None:
    try:
        # All other fields have defaults: this judges the one value by the limits in its type.
        msgspec.convert({name: value}, Settings)
    except msgspec.ValidationError as error:
        info = SETTING_INFOS[name]
        if info.kind == "int" and isinstance(value, int):
            limits = f"from {info.minimum} to {info.maximum} {info.unit}".rstrip()
            raise SettingsError(f"{where} must be {limits}, not {value}.") from None
        if info.kind == "choice":
            allowed = ", ".join(choice or "empty" for choice in info.choices)
            raise SettingsError(f"{where} must be one of {allowed}, not '{value}'.") from None
        if "matching regex" in str(error):
            raise SettingsError(f"{where} takes letters, digits and hyphens, such as club.") from None
        raise SettingsError(f"{where}: {explain(error)}") from None


def explain(error: msgspec.ValidationError) -> str:
    """Return a validation error as a sentence without code marks."""
    return str(error).replace("`", "'").replace("$.", "") + "."

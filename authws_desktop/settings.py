"""Settings: one typed struct with defaults, units and limits, and where each value came from.

Precedence, highest first: command line, environment, `.env` in the working folder, saved settings,
defaults. Saved settings are TOML, grouped as the window shows them, written atomically. A file that is
broken, has unknown keys or comes from a newer version is refused and left alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import dotenv
import msgspec
import tomlkit
from msgspec import Meta
from tomlkit.exceptions import TOMLKitError

from authws_desktop.files import write_atomically

SETTINGS_VERSION = 1


class SettingsError(Exception):
    """Settings that cannot be used; `str()` says what to do."""


def _meta(
    group: str, label: str, help_: str, unit: str = "", env: str = "", live: bool = True
) -> dict[str, Any]:
    """Describe a setting for window, documentation and environment.

    Args:
        group: Page group: Network, Security, Accounts, Traffic or Desktop.
        label: The name in the window.
        help_: One line of help.
        unit: Unit shown behind the value.
        env: A second environment name besides `AUTHWS_…` (the replaced server's).
        live: Whether a change takes effect without listening anew.
    """
    return {"group": group, "label": label, "help": help_, "unit": unit, "env": env, "live": live}


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a host may choose. Units are in the names; limits in each field's `Meta`."""

    host: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=255,
            extra=_meta(
                "Network",
                "Listen on",
                "localhost: only this computer. 0.0.0.0: everyone on the network. Or one adapter's address.",
                env="HOST",
                live=False,
            ),
        ),
    ] = "localhost"
    port: Annotated[
        int,
        Meta(
            ge=0,
            le=65535,
            extra=_meta(
                "Network",
                "Port",
                "TCP port for HTTP and WebSocket. 0 takes any free one.",
                env="PORT",
                live=False,
            ),
        ),
    ] = 4000
    shown_address: Annotated[
        str,
        Meta(
            max_length=255,
            extra=_meta(
                "Network",
                "Address to show",
                "The one that Copy, links and the QR code give out, if it is there. Empty: the likeliest.",
            ),
        ),
    ] = ""
    local_name: Annotated[
        str,
        Meta(
            max_length=63,
            pattern=r"^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)?$",
            extra=_meta(
                "Network",
                "Name in the network",
                "club makes http://club.local:PORT work on most devices nearby. Empty: none.",
            ),
        ),
    ] = ""
    allowed_hosts: Annotated[
        list[str],
        Meta(
            max_length=100,
            extra=_meta(
                "Network",
                "Allowed host names",
                "Names, besides this computer's own, by which clients may address the server.",
            ),
        ),
    ] = []
    allowed_origins: Annotated[
        list[str],
        Meta(
            max_length=100,
            extra=_meta(
                "Network", "Allowed origins", "Web pages that may connect, such as https://app.example.org."
            ),
        ),
    ] = []
    max_clients: Annotated[
        int,
        Meta(
            ge=1,
            le=100_000,
            extra=_meta("Network", "Connections", "Connections accepted at the same time.", "connections"),
        ),
    ] = 10_000
    ping_interval_s: Annotated[
        int,
        Meta(
            ge=1,
            le=3600,
            extra=_meta("Network", "Keep-alive every", "How often an idle connection is pinged.", "s"),
        ),
    ] = 20
    ping_timeout_s: Annotated[
        int,
        Meta(
            ge=1,
            le=3600,
            extra=_meta(
                "Network", "Answer within", "A connection that does not answer a ping in time is ended.", "s"
            ),
        ),
    ] = 20

    tls: Annotated[
        Literal["off", "local", "files"],
        Meta(
            extra=_meta(
                "Security",
                "https and wss",
                "off; local: a certificate made here, which each device must trust once; files: your own.",
            )
        ),
    ] = "off"
    tls_certificate_file: Annotated[
        str,
        Meta(
            max_length=4096,
            extra=_meta("Security", "Certificate file", "PEM, with the chain below it; for your own files."),
        ),
    ] = ""
    tls_key_file: Annotated[
        str,
        Meta(
            max_length=4096,
            extra=_meta("Security", "Key file", "PEM without a password; for your own files."),
        ),
    ] = ""
    token_life_s: Annotated[
        int,
        Meta(
            ge=10,
            le=31_536_000,
            extra=_meta(
                "Security", "Token life", "How long a login lasts; holds for tokens issued from now on.", "s"
            ),
        ),
    ] = 86_400
    auth_deadline_s: Annotated[
        int,
        Meta(
            ge=1,
            le=3600,
            extra=_meta(
                "Security",
                "Log in within",
                "A connection that has not authenticated by then is closed (4001).",
                "s",
            ),
        ),
    ] = 30
    message_rate: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000_000,
            extra=_meta(
                "Security",
                "Message rate",
                "Messages a second each connection may send; 0 switches the limit off.",
                "/s",
            ),
        ),
    ] = 200
    message_burst: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            extra=_meta(
                "Security",
                "Message burst",
                "Messages a connection may send at once before the rate applies.",
                "messages",
            ),
        ),
    ] = 400
    auth_rate: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            extra=_meta(
                "Security",
                "Failed logins",
                "Failures in 15 minutes, per account and per address, before growing waits; 0: no limit.",
                "per 15 min",
            ),
        ),
    ] = 10
    register_rate: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            extra=_meta(
                "Security",
                "Registrations",
                "Registrations in 15 minutes from one address; 0 switches the limit off.",
                "per 15 min",
            ),
        ),
    ] = 60
    max_message_bytes: Annotated[
        int,
        Meta(
            ge=1024,
            le=64 * 1024 * 1024,
            extra=_meta("Security", "Largest message", "A larger frame ends the connection (1009).", "bytes"),
        ),
    ] = 1024 * 1024
    max_buffer_bytes: Annotated[
        int,
        Meta(
            ge=64 * 1024,
            le=1024 * 1024 * 1024,
            extra=_meta(
                "Security",
                "Send buffer",
                "A client that reads so slowly that more than this waits for it is closed (4008).",
                "bytes",
            ),
        ),
    ] = 4 * 1024 * 1024

    registration: Annotated[
        Literal["open", "invite", "approval", "closed"],
        Meta(
            extra=_meta(
                "Accounts",
                "Registration",
                "Who may make an account: anyone who reaches the server, whoever has an invitation, "
                "whomever you approve, or nobody.",
            )
        ),
    ] = "open"
    audit_keep_days: Annotated[
        int,
        Meta(
            ge=1,
            le=3650,
            extra=_meta(
                "Accounts",
                "Keep the audit for",
                "What was done to accounts, and by whom, is forgotten after so long.",
                "days",
            ),
        ),
    ] = 90
    database_url: Annotated[
        str,
        Meta(
            max_length=1000,
            extra=_meta(
                "Accounts",
                "Database address",
                "Empty: SQLite in the data folder. Or an SQLAlchemy URL; takes effect at next launch.",
                live=False,
            ),
        ),
    ] = ""

    traffic_max_records: Annotated[
        int,
        Meta(
            ge=100,
            le=10_000_000,
            extra=_meta("Traffic", "Rows kept", "The newest rows are kept, older ones are dropped.", "rows"),
        ),
    ] = 100_000
    traffic_max_bytes: Annotated[
        int,
        Meta(
            ge=1024 * 1024,
            le=16 * 1024 * 1024 * 1024,
            extra=_meta(
                "Traffic",
                "Memory for rows",
                "Older rows are dropped when their payloads take more than this.",
                "bytes",
            ),
        ),
    ] = 256 * 1024 * 1024
    history_max_mib: Annotated[
        int,
        Meta(
            ge=0,
            le=2000,
            extra=_meta(
                "Traffic",
                "History file",
                "What passes is also kept in a file of at most this size, across launches; 0: off.",
                "MiB",
            ),
        ),
    ] = 0

    theme: Annotated[
        Literal["system", "light", "dark"],
        Meta(extra=_meta("Desktop", "Colours", "Follow the system, or always light or dark.")),
    ] = "system"
    close_action: Annotated[
        Literal["ask", "keep", "stop"],
        Meta(
            extra=_meta(
                "Desktop",
                "Closing the window",
                "With clients connected: ask, keep the server running out of sight, or stop it.",
            )
        ),
    ] = "ask"
    keep_awake: Annotated[
        Literal["on", "off"],
        Meta(
            extra=_meta(
                "Desktop",
                "Keep the computer awake",
                "It does not fall asleep while clients are connected, where the system offers that.",
            )
        ),
    ] = "on"
    notify_newcomer: Annotated[
        Literal["on", "off"],
        Meta(
            extra=_meta(
                "Desktop", "Tell of newcomers", "A message from the tray when somebody waits for approval."
            )
        ),
    ] = "on"
    notify_first_client: Annotated[
        Literal["on", "off"],
        Meta(
            extra=_meta(
                "Desktop", "Tell of the first client", "A message from the tray when somebody connects first."
            )
        ),
    ] = "off"
    notify_refused_login: Annotated[
        Literal["on", "off"],
        Meta(
            extra=_meta(
                "Desktop", "Tell of refused logins", "A message from the tray when a login was refused."
            )
        ),
    ] = "off"
    environment: Annotated[
        Literal["production", "development"],
        Meta(
            extra=_meta("Desktop", "Environment", "Development writes a more detailed log.", env="NODE_ENV")
        ),
    ] = "production"
    log_level: Annotated[
        Literal["", "debug", "info", "warning", "error"],
        Meta(extra=_meta("Desktop", "Log level", "Empty: info in production, debug in development.")),
    ] = ""

    @property
    def known_hosts(self) -> list[str]:
        """Names, besides the computer's own, by which clients may address the server."""
        return [*self.allowed_hosts, f"{self.local_name}.local"] if self.local_name else self.allowed_hosts


class Source(StrEnum):
    """Where a value came from; any but `DEFAULT` and `SAVED` locks the field in the window."""

    DEFAULT = "default"
    SAVED = "saved settings"
    DOTENV = ".env file"
    ENVIRONMENT = "environment"
    COMMAND_LINE = "command line"


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


def _describe() -> dict[str, SettingInfo]:
    infos = {}
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
    )


SETTING_INFOS: dict[str, SettingInfo] = _describe()
"""Every setting by name, in the order of the window."""


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


def parse_value(name: str, text: str, where: str) -> Any:
    """Return a setting's value from text, checked.

    Args:
        name: The setting.
        text: What was typed; lists are separated by commas.
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
            raise SettingsError(f"{where} must be a whole number, not '{text}'.") from None
    elif info.kind == "list":
        value = [part.strip() for part in value.split(",") if part.strip()]
    check_value(name, value, where)
    return value


def check_value(name: str, value: Any, where: str) -> None:
    """Check one value against its setting's limits.

    Raises:
        SettingsError: It does not fit; the text names `where` and the limits.
    """
    try:
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


def read_saved(file: Path) -> Settings:
    """Return the saved settings; defaults if there is no file.

    Raises:
        SettingsError: The file is broken, has unknown keys or a newer version. It is left alone.
    """
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {file} cannot be read ({error}).") from None
    try:
        document = tomlkit.parse(text).unwrap()
    except TOMLKitError as error:
        raise SettingsError(
            f"The settings file {file} is not valid TOML ({error}). "
            "Correct it, or move it away to start with defaults."
        ) from None
    return _settings_from(document, file)


def _settings_from(document: dict[str, Any], file: Path) -> Settings:
    version = document.pop("version", None)
    if not isinstance(version, int) or isinstance(version, bool):
        raise SettingsError(f"The settings file {file} has no version. Move it away to start with defaults.")
    if version > SETTINGS_VERSION:
        raise SettingsError(
            f"The settings file {file} was written by a newer version of this program (format {version}, "
            f"known is {SETTINGS_VERSION}). Use the newer program, or move the file away."
        )
    flat: dict[str, Any] = {}
    for group, values in document.items():
        if not isinstance(values, dict):
            raise SettingsError(f"The settings file {file} has an unknown key '{group}'. Remove it.")
        for name, value in values.items():
            if name not in SETTING_INFOS or SETTING_INFOS[name].group.lower() != group:
                raise SettingsError(
                    f"The settings file {file} has an unknown key '{group}.{name}'. Remove it."
                )
            check_value(name, value, f"'{group}.{name}' in the settings file {file}")
            flat[name] = value
    return msgspec.convert(flat, Settings)


def save_settings(file: Path, settings: Settings) -> None:
    """Write the settings that differ from the defaults, atomically.

    Raises:
        OSError: The file cannot be written.
    """
    document = tomlkit.document()
    document["version"] = SETTINGS_VERSION
    for name, info in SETTING_INFOS.items():
        value = getattr(settings, name)
        if value != getattr(Settings(), name):
            document.setdefault(info.group.lower(), tomlkit.table())[name] = value
    write_atomically(file, tomlkit.dumps(document).encode())

"""The saved settings: TOML, grouped as the window shows them, written atomically.

A file that is broken, has unknown keys or comes from a newer version is refused and left alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import tomlkit
from tomlkit.exceptions import TOMLKitError

from authws_desktop.files import write_atomically
from authws_desktop.settings.fields import Settings
from authws_desktop.settings.infos import SETTING_INFOS, SettingsError, check_value

SETTINGS_VERSION = 1


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

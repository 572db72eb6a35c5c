"""The saved settings: TOML, grouped as the window shows them, written atomically.

A file that is broken, has unknown keys or comes from a newer version is refused and left alone.
"""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import Any

import msgspec
import tomlkit
from tomlkit.exceptions import TOMLKitError

from authws_desktop.files import WatchedFile, advice_on
from authws_desktop.settings.fields import Settings
from authws_desktop.settings.infos import SETTING_INFOS, SettingsError, check_value
from authws_desktop.text import TextError, read_text

log = logging.getLogger(__name__)
SETTINGS_VERSION = 1


def read_saved(file: Path) -> Settings:
    """Return the saved settings; defaults if there is no file.

    Raises:
        SettingsError: The file is broken, has unknown keys or a newer version. It is left alone.
    """
    try:
        text = read_text(file.read_bytes(), f"The settings file {file}")
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise SettingsError(f"The settings file {file} cannot be read ({error}).") from None
    except TextError as error:
        raise SettingsError(str(error)) from None
    try:
        document = tomlkit.parse(text).unwrap()
    except TOMLKitError as error:
        raise SettingsError(
            f"The settings file {file} is not valid TOML ({error}). "
            "Correct it, or move it away to start with defaults."
        ) from None
    return _settings_from(document, file)


def _settings_from(document: dict[str, Any], file: Path) -> Settings:
    version = document.pop("version", SETTINGS_VERSION)  # without one it was written by hand
    if not isinstance(version, int) or isinstance(version, bool):
        raise SettingsError(
            f"The version in the settings file {file} is no number. Remove it, or write {SETTINGS_VERSION}."
        )
    if version > SETTINGS_VERSION:
        raise SettingsError(
            f"The settings file {file} was written by a newer version of this program (format {version}, "
            f"known is {SETTINGS_VERSION}). Use the newer program, or move the file away."
        )
    flat: dict[str, Any] = {}
    for group, values in document.items():
        if group in SETTING_INFOS:  # above all groups, as people write it by hand
            check_value(group, values, f"'{group}' in the settings file {file}")
            flat[group] = values
            continue
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


class SettingsFile:
    """The file of the settings in force, written by this program and perhaps by others.

    `follow` and `save` read and write the file: they are for worker threads, one call at a time.

    Attributes:
        trouble: What happened to the file since it was read or written, a sentence; empty if nothing did.

    Args:
        file: Its path; its content was read by `read_saved` just before.
    """

    def __init__(self, file: Path) -> None:
        self._watched = WatchedFile(file)
        self.trouble = ""
        with contextlib.suppress(OSError):  # `follow` says so
            self._watched.note(self._watched.look())

    def follow(self) -> None:
        """Look at the file, and log what happened to it once."""
        trouble = self._trouble_now()
        # Once, not at every look.
        if trouble and trouble != self.trouble:
            log.warning("%s", trouble)
        self.trouble = trouble

    def _trouble_now(self) -> str:
        file = self._watched.file
        try:
            seen = self._watched.look()
        except OSError as error:
            return f"The settings file {file} cannot be read ({error.strerror})."
        if seen == self._watched.noted:
            return ""
        if seen is None:
            return (
                f"The settings file {file} is gone. The settings stay as they are until this program ends. "
                "Put the file back, or save a setting, which writes it again."
            )
        return (
            f"The settings file {file} was changed by another program. What it says counts from the next "
            "start; until then nothing is saved. To keep the settings shown here, move the file away."
        )

    def save(self, settings: Settings) -> None:
        """Write the settings, unless the file holds something else than was read from it.

        The file is replaced as a whole or left as it was.

        Raises:
            SettingsError: The file was changed meanwhile and is left alone, or it cannot be written.
        """
        try:
            # What another program wrote is somebody's wish, too: it is never overwritten unseen. A file that
            # is gone holds no wish.
            if self._watched.look() not in (None, self._watched.noted):
                raise SettingsError(f"The settings cannot be saved. {self._trouble_now()}")
            self._watched.write(encode_settings(settings))
            self.trouble = ""
        except OSError as error:
            advice = advice_on(error, "Correct the rights of the file and its folder.")
            raise SettingsError(
                f"The settings cannot be saved to {self._watched.file} ({error.strerror}). {advice}"
            ) from None


def encode_settings(settings: Settings) -> bytes:
    """Return the settings that differ from the defaults, as the file holds them."""
    # Only what differs: a default that a later version improves then holds for everyone who never chose
    # another value.
    document = tomlkit.document()
    document["version"] = SETTINGS_VERSION
    for name, info in SETTING_INFOS.items():
        value = getattr(settings, name)
        if value != getattr(Settings(), name):
            document.setdefault(info.group.lower(), tomlkit.table())[name] = value
    return tomlkit.dumps(document).encode()

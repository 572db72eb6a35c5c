"""Starting with the computer, in each system's own way: freedesktop, Windows' registry, a macOS LaunchAgent.

The system's own entry is the truth: a person who removes it there finds the switch off.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import plistlib
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from authws_desktop.files import write_atomically
from authws_desktop.paths import APP_NAME, DataPaths

LABEL = "org.authws.desktop"
_RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
_OFF = re.compile(r"^\s*(Hidden\s*=\s*true|X-GNOME-Autostart-enabled\s*=\s*false)\s*$", re.MULTILINE)
_RESERVED = re.compile(r'(["`$\\])')


class Autostart(Protocol):
    """One system's way to start programs at login; blocks for files or the registry."""

    def is_on(self) -> bool:
        """Tell whether the program starts with the computer."""

    def switch(self, is_on: bool) -> None:
        """Let the program start at login, or not; may be repeated.

        Raises:
            OSError: The system does not let us.
        """


class FreedesktopAutostart:
    """A desktop entry in the user's autostart folder (Desktop Application Autostart Specification).

    Args:
        folder: The autostart folder.
        command: Starts the program.
    """

    def __init__(self, folder: Path, command: Sequence[str]) -> None:
        self._file = folder / f"{APP_NAME}.desktop"
        self._command = command

    def is_on(self) -> bool:
        """Tell whether there is an entry that no desktop has switched off."""
        with contextlib.suppress(OSError):
            return _OFF.search(self._file.read_text("utf-8", "replace")) is None
        return False

    def switch(self, is_on: bool) -> None:
        """Write or remove the entry."""
        if not is_on:
            self._file.unlink(missing_ok=True)
            return
        lines = (
            "[Desktop Entry]",
            "Type=Application",
            "Name=Authws Desktop",
            f"Exec={' '.join(_quoted(part) for part in self._command)}",
            f"Icon={APP_NAME}",
            "Terminal=false",
            "X-GNOME-Autostart-enabled=true",
        )
        write_atomically(self._file, ("\n".join(lines) + "\n").encode(), mode=0o644)


def _quoted(part: str) -> str:
    """Quote an argument of `Exec` (Desktop Entry Specification, The Exec key)."""
    doubled = part.replace("%", "%%")
    # Escaped once for the argument and once more for the string type of the value.
    return '"' + _RESERVED.sub(r"\\\1", doubled).replace("\\", "\\\\") + '"'


class Registry(Protocol):
    """The values under Windows' key `Run` of this user."""

    def get(self, name: str) -> str | None:
        """Return a value."""

    def set(self, name: str, value: str) -> None:
        """Write a value."""

    def delete(self, name: str) -> None:
        """Remove a value; nothing happens if there is none."""


class WindowsAutostart:
    """A value under the registry's key `Run`.

    Args:
        registry: That key.
        command: Starts the program.
    """

    def __init__(self, registry: Registry, command: Sequence[str]) -> None:
        self._registry = registry
        self._command = command

    def is_on(self) -> bool:
        """Tell whether the value is there."""
        return bool(self._registry.get(APP_NAME))

    def switch(self, is_on: bool) -> None:
        """Write or remove the value."""
        if is_on:
            self._registry.set(APP_NAME, subprocess.list2cmdline(self._command))
        else:
            self._registry.delete(APP_NAME)


class MacAutostart:
    """A LaunchAgent of this user.

    Args:
        folder: The LaunchAgents folder.
        command: Starts the program.
    """

    def __init__(self, folder: Path, command: Sequence[str]) -> None:
        self._file = folder / f"{LABEL}.plist"
        self._command = command

    def is_on(self) -> bool:
        """Tell whether the agent is there and wants to run."""
        with contextlib.suppress(OSError, plistlib.InvalidFileException, ValueError):
            agent = plistlib.loads(self._file.read_bytes())
            return bool(agent.get("RunAtLoad")) and not agent.get("Disabled")
        return False

    def switch(self, is_on: bool) -> None:
        """Write or remove the agent."""
        if not is_on:
            self._file.unlink(missing_ok=True)
            return
        agent = {
            "Label": LABEL,
            "ProgramArguments": list(self._command),
            "RunAtLoad": True,
            "ProcessType": "Interactive",
        }
        write_atomically(self._file, plistlib.dumps(agent), mode=0o644)


def launch_command(paths: DataPaths) -> list[str]:
    """Return the command that opens this window and starts its server."""
    is_frozen = getattr(sys, "frozen", False)
    command = [sys.executable] if is_frozen else [sys.executable, "-m", "authws_desktop"]
    # The entry starts the profile that switched it on.
    if paths != DataPaths.of_user():
        command += ["--data-dir", str(paths.data_dir)]
    return [*command, "--start"]


def autostart_of(
    paths: DataPaths,
    platform: str = sys.platform,
    home: Path | None = None,
    registry: Callable[[], Registry] | None = None,
) -> Autostart:
    """Return the way of the system that this program runs on.

    Args:
        paths: The profile that is to start.
        platform: As `sys.platform`.
        home: The user's folder.
        registry: Opens Windows' key.
    """
    home, command = home or Path.home(), launch_command(paths)
    if platform == "win32":
        return WindowsAutostart((registry or WindowsRegistry)(), command)
    if platform == "darwin":
        return MacAutostart(home / "Library" / "LaunchAgents", command)
    # A relative path is to be ignored (XDG Base Directory Specification).
    configuration = os.environ.get("XDG_CONFIG_HOME", "")
    folder = Path(configuration) if configuration.startswith("/") else home / ".config"
    return FreedesktopAutostart(folder / "autostart", command)


class WindowsRegistry:
    """The real key `Run`."""

    def __init__(self) -> None:
        self._winreg: Any = importlib.import_module("winreg")  # there on Windows only

    def get(self, name: str) -> str | None:
        """Return a value."""
        winreg = self._winreg
        with (
            contextlib.suppress(FileNotFoundError),
            winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key,
        ):
            return str(winreg.QueryValueEx(key, name)[0])
        return None

    def set(self, name: str, value: str) -> None:
        """Write a value."""
        winreg = self._winreg
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
            winreg.SetValueEx(key, name, 0, winreg.REG_SZ, value)

    def delete(self, name: str) -> None:
        """Remove a value; nothing happens if there is none."""
        winreg = self._winreg
        with (
            contextlib.suppress(FileNotFoundError),
            winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN_KEY, 0, winreg.KEY_SET_VALUE) as key,
        ):
            winreg.DeleteValue(key, name)

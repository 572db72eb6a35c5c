"""Starting with the computer: what is written for each system, and that the system's word counts."""

from __future__ import annotations

import configparser
import plistlib
import re
import sys
from pathlib import Path

import pytest

from authws_desktop.desktop.autostart import (
    Autostart,
    FreedesktopAutostart,
    MacAutostart,
    WindowsAutostart,
    autostart_of,
    launch_command,
)
from authws_desktop.paths import DataPaths

COMMAND = ["/opt/Authws Desktop/authws", "--data-dir", '/srv/50% "$HOME"\\x', "--start"]


class Registry(dict[str, str]):
    """Windows' key in memory."""

    def set(self, name: str, value: str) -> None:
        self[name] = value

    def delete(self, name: str) -> None:
        self.pop(name, None)


@pytest.fixture(params=["linux", "win32", "darwin"])
def way(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Autostart:
    """Each system's way, on a fresh profile."""
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    registry = Registry()
    return autostart_of(DataPaths.under(tmp_path / "data"), request.param, tmp_path, lambda: registry)


def test_it_is_off_until_asked_and_can_be_taken_back(way: Autostart) -> None:
    """Off, on, on again, off, off again."""
    assert not way.is_on()
    for wanted in (True, True, False, False):
        way.switch(wanted)
        assert way.is_on() is wanted


def test_the_desktop_entry(tmp_path: Path) -> None:
    """What a desktop reads from `Exec` is the command, whatever is in it."""
    FreedesktopAutostart(tmp_path / "autostart", COMMAND).switch(True)
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(tmp_path / "autostart" / "authws-desktop.desktop")
    entry = parser["Desktop Entry"]
    assert (entry["Type"], entry["Terminal"]) == ("Application", "false")
    # First the string type's escapes, then the quoting, then the field codes (Desktop Entry Specification).
    unescaped = entry["Exec"].replace("\\\\", "\\")
    parts = re.findall(r'"((?:\\.|[^"\\])*)"', unescaped)
    assert [re.sub(r"\\(.)", r"\1", part).replace("%%", "%") for part in parts] == COMMAND


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_a_desktop_may_switch_it_off(tmp_path: Path, line: str) -> None:
    """GNOME and others leave the entry and mark it: then the switch is off, and on brings it back."""
    way = FreedesktopAutostart(tmp_path, COMMAND)
    way.switch(True)
    file = tmp_path / "authws-desktop.desktop"
    file.write_text(file.read_text().replace("X-GNOME-Autostart-enabled=true\n", "") + line + "\n")
    assert not way.is_on()
    way.switch(True)
    assert way.is_on()


def test_the_launch_agent(tmp_path: Path) -> None:
    """A property list that launchd runs at login; one that is broken or disabled counts as off."""
    way = MacAutostart(tmp_path, COMMAND)
    way.switch(True)
    file = tmp_path / "org.authws.desktop.plist"
    agent = plistlib.loads(file.read_bytes())
    assert (agent["ProgramArguments"], agent["RunAtLoad"]) == (COMMAND, True)
    file.write_bytes(plistlib.dumps({**agent, "Disabled": True}))
    assert not way.is_on()
    file.write_text("broken")
    assert not way.is_on()


def test_the_registry_value() -> None:
    """Quoted as Windows reads it."""
    registry = Registry()
    WindowsAutostart(registry, ["C:\\Program Files\\a.exe", "--start"]).switch(True)
    assert registry == {"authws-desktop": '"C:\\Program Files\\a.exe" --start'}


def test_the_command_starts_this_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The data folder is named unless it is the usual one; a packaged program starts itself."""
    here = launch_command(DataPaths.under(tmp_path))
    assert here == [sys.executable, "-m", "authws_desktop", "--data-dir", str(tmp_path), "--start"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert launch_command(DataPaths.of_user()) == [sys.executable, "--start"]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """An OSError that the window puts into words."""
    (tmp_path / "autostart").write_text("a file is in the way")
    with pytest.raises(OSError, match="exists"):
        FreedesktopAutostart(tmp_path / "autostart", COMMAND).switch(True)

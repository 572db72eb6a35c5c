"""Whether there is a screen, asked before Qt."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from authws_desktop.desktop.display import no_display_sentence

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="they always have a screen")


def sentence(x_sockets: Path = Path("/nonexistent"), **environment: str) -> str:
    return no_display_sentence(environment, "linux", x_sockets)


def test_without_a_screen_the_sentence_names_serve() -> None:
    """Nothing is set: what is missing, and what to do."""
    assert "neither DISPLAY nor WAYLAND_DISPLAY is set" in sentence()
    assert "authws-desktop serve" in sentence()


@pytest.mark.parametrize("platform", ["offscreen", "minimal", "vnc:size=10x10"])
def test_platforms_without_a_screen_are_let_through(platform: str) -> None:
    """Tests and remote desktops."""
    assert sentence(QT_QPA_PLATFORM=platform) == ""


def test_a_screen_that_is_asked_for_must_be_there() -> None:
    """QT_QPA_PLATFORM=xcb without DISPLAY aborts in Qt as well."""
    assert "neither DISPLAY" in sentence(QT_QPA_PLATFORM="xcb")


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_other_systems_are_not_asked(system: str) -> None:
    """Windows and macOS know no DISPLAY."""
    assert no_display_sentence({}, system) == ""


@pytest.mark.parametrize(
    "display", [":999", "unix:999", "127.0.0.1:59000", "localhost:70000", "nonsense", "host:x"]
)
def test_a_display_that_does_not_answer_is_named(display: str) -> None:
    """A dead ssh session leaves its DISPLAY behind."""
    assert f"nothing answers at DISPLAY={display}. " in sentence(DISPLAY=display)


def test_an_x_server_is_found(tmp_path: Path) -> None:
    """By its socket."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "X7"))
        server.listen()
        assert sentence(tmp_path, DISPLAY=":7.0") == ""
    assert "nothing answers at DISPLAY=:7" in sentence(tmp_path, DISPLAY=":7")


def test_an_x_server_on_another_machine_is_found() -> None:
    """Such as ssh -X makes: a port on this one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1] - 6000
        assert sentence(DISPLAY=f"127.0.0.1:{number}.0") == ""


def test_a_wayland_session_is_found(tmp_path: Path) -> None:
    """By the socket in the session's folder; beside a dead DISPLAY, too."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "wayland-1"))
        server.listen()
        found = {"DISPLAY": ":999", "WAYLAND_DISPLAY": "wayland-1", "XDG_RUNTIME_DIR": str(tmp_path)}
        assert no_display_sentence(found, "linux") == ""
    gone = no_display_sentence(found, "linux")
    assert "DISPLAY=:999 and WAYLAND_DISPLAY=wayland-1" in gone


@pytest.mark.e2e
@pytest.mark.parametrize("arguments", [["--start"], ["--self-test"]])
def test_a_start_without_a_screen_is_a_sentence(tmp_path: Path, arguments: list[str]) -> None:
    """Exit 1 and one line, where Qt would abort the process."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    env = {name: value for name, value in os.environ.items() if name not in hidden}
    command = [sys.executable, "-m", "authws_desktop", *arguments, "--data-dir", str(tmp_path / "data")]
    result = subprocess.run(command, capture_output=True, text=True, env=env, timeout=200, check=False)
    assert result.returncode == 1
    assert "authws-desktop serve" in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists()

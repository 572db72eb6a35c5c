"""Starts under bad conditions, of the program as a subprocess."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from authws_desktop import __version__
from authws_desktop.compiled import form_words

pytestmark = pytest.mark.e2e
PROGRAM = [sys.executable, "-m", "authws_desktop"]
SERVE = ["serve", "--host", "127.0.0.1", "--port", "0", "--json"]
WAIT_S = 60


@contextmanager
def started(folder: Path, *arguments: str, **env: str) -> Iterator[subprocess.Popen[str]]:
    """Start the program; it is ended with the block."""
    command = [*PROGRAM, *arguments, "--data-dir", str(folder)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **env}
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=WAIT_S)


def ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait until `serve --json` listens; return what it printed."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate(timeout=WAIT_S)[1]
    printed: dict[str, Any] = json.loads(line)
    return printed


def post(base: str, path: str, token: str = "") -> dict[str, Any]:
    body = json.dumps({"username": "ana", "password": "correct horse"}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    with urllib.request.urlopen(urllib.request.Request(base + path, body, headers), timeout=60) as answer:
        got: dict[str, Any] = json.load(answer)
        return got


def knows(base: str, token: str) -> bool:
    """Tell whether a server takes a token."""
    request = urllib.request.Request(f"{base}/auth/me", headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=60):
            return True
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return False


def test_versions_are_printed_without_qt(tmp_path: Path) -> None:
    """Program, Python, Qt and websockets, even where Qt cannot be loaded."""
    (tmp_path / "PySide6.py").write_text("raise ImportError('not here')")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    result = subprocess.run([*PROGRAM, "--version"], capture_output=True, text=True, env=env, check=False)
    qt, websockets = (
        importlib.metadata.version("PySide6-Essentials"),
        importlib.metadata.version("websockets"),
    )
    assert result.stdout == (
        f"authws-desktop {__version__} ({form_words()}, Python {platform.python_version()}, Qt {qt}, "
        f"websockets {websockets})\n"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="homes are elsewhere")
def test_a_home_that_cannot_be_written_is_a_sentence() -> None:
    """It names the file; root may write everywhere but below /proc."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    env["HOME"] = "/proc/self/fdinfo"
    result = subprocess.run(
        [*PROGRAM, *SERVE], capture_output=True, text=True, env=env, timeout=WAIT_S, check=False
    )
    assert result.returncode == 1
    assert "/proc/self/fdinfo/.config/authws-desktop/secret cannot be written" in result.stderr
    assert "choose another data folder" in result.stderr
    assert "Traceback" not in result.stderr


HOMELESS = """
import pwd, sys

def unknown(number):
    raise KeyError(f"getpwuid(): uid not found: {number}")

pwd.getpwuid = unknown
from authws_desktop.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def homeless(*arguments: str) -> subprocess.Popen[str]:
    """Start the program as a user who has neither HOME nor an entry in the system's list of users."""
    env = {name: value for name, value in os.environ.items() if name != "HOME" and name[:4] != "XDG_"}
    command = [sys.executable, "-c", HOMELESS, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)


@pytest.mark.skipif(sys.platform != "linux", reason="homes are found in other ways")
@pytest.mark.parametrize("arguments", [(), ("--data-dir", "~/data")])
def test_without_a_home_it_says_what_to_set(arguments: tuple[str, ...]) -> None:
    """As in a container that runs under a number only."""
    with homeless("serve", *arguments) as process:
        said = process.communicate(timeout=WAIT_S)[1]
    assert process.returncode == 1
    assert "Set HOME, or name a folder: --data-dir FOLDER." in said
    assert "Traceback" not in said


@pytest.mark.skipif(sys.platform != "linux", reason="homes are found in other ways")
def test_without_a_home_it_serves_from_a_named_folder(tmp_path: Path) -> None:
    """Everything is in that folder."""
    with homeless(*SERVE, "--data-dir", str(tmp_path)) as process:
        assert post(ready(process)["http"], "/auth/register")["token"]
        process.terminate()
        assert process.wait(WAIT_S) == 0
    assert {"accounts.db", "logs", "secret"} <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.skipif(sys.platform != "linux", reason="root may write everywhere but below /proc")
def test_a_window_without_a_place_for_its_data_says_so() -> None:
    """In a dialog and on the terminal; it does not go on as if nothing were."""
    with started(Path("/proc/self/fdinfo/data"), QT_QPA_PLATFORM="offscreen") as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("The data folder /proc/self/fdinfo/data cannot be made")
        assert "--data-dir" in line
        assert process.poll() is None


def test_two_starts_at_the_same_moment_share_the_folder(tmp_path: Path) -> None:
    """Both listen, with one secret: what one signs, the other accepts."""
    folder = tmp_path / "Ünïcødé 名前"
    with started(folder, *SERVE) as one, started(folder, *SERVE) as other:
        first, second = ready(one)["http"], ready(other)["http"]
        token = post(first, "/auth/register")["token"]
        deadline = time.monotonic() + WAIT_S
        while not knows(second, token):  # the other looks for changes twice a second
            assert time.monotonic() < deadline, "what one made does not reach the other"
            time.sleep(0.05)
        assert post(second, "/auth/refresh", token)["status"] == "success"


def test_killed_while_starting_the_next_start_works(tmp_path: Path) -> None:
    """At several moments of a start, in one folder."""
    for delay_s in (0.1, 0.3, 0.45, 0.6):
        with started(tmp_path, *SERVE) as process:
            time.sleep(delay_s)
            process.kill()
    with started(tmp_path, *SERVE) as process:
        assert post(ready(process)["http"], "/auth/register")["token"]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM")
def test_the_window_opens_in_a_folder_outside_ascii_without_a_session_bus(tmp_path: Path) -> None:
    """No D-Bus, no tray, the C locale: the window starts its server and ends cleanly."""
    folder = tmp_path / "żółw's ☃ folder"
    env = {
        "LC_ALL": "C",
        "QT_QPA_PLATFORM": "offscreen",
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
    }
    log = folder / "logs" / "authws-desktop.log"
    with started(folder, "--start", "--port", "0", **env) as process:
        deadline = time.monotonic() + WAIT_S
        while not (log.is_file() and "Server running" in log.read_text("utf-8")):
            assert time.monotonic() < deadline, "the server does not start"
            assert process.poll() is None
            time.sleep(0.05)
    assert process.returncode == 0
    assert (folder / "accounts.db").is_file()

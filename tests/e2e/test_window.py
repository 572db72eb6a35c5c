"""The main job end to end: a person presses Start, clients that are not ours talk, the window shows it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from authws_desktop.app import new_application
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.server.service import ServerState, Service
from tests.e2e.conftest import PROGRAM, WAIT_S
from tests.own_clients import PASSWORD, eventually
from tests.ports import free_port

pytestmark = pytest.mark.e2e
HERE = Path(__file__).parent
ROOT = HERE.parents[1]


async def run_client(*command: str) -> dict[str, Any]:
    """Run a foreign client to its end while the window's loop goes on; return what it saw."""
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def curl(url: str, *more: str) -> list[str]:
    return ["curl", "-sS", "-m", "20", url, *more]


def texts(window: MainWindow) -> str:
    """Return everything the server bar says."""
    return " ".join(label.text() for label in window.bar.findChildren(QLabel))


@pytest.mark.browser
async def test_press_start_and_let_foreign_clients_talk(window: MainWindow, service: Service) -> None:
    """Npm's ws and a browser page register, log in, broadcast and send direct; all of it can be seen."""
    QTest.mouseClick(window.bar.start_button, Qt.MouseButton.LeftButton)
    await eventually(lambda: service.state is ServerState.RUNNING)
    await eventually(lambda: service.location.ws_url in texts(window))
    address = service.location.http_url
    body = json.dumps({"username": "carla", "password": PASSWORD})
    for path in ("register", "login"):
        answer = await run_client(
            *curl(f"{address}/auth/{path}", "-H", "Content-Type: application/json", "-d", body)
        )
        assert (answer["status"], answer["user"]["username"]) == ("success", "carla")
    node, browser = await asyncio.gather(
        run_client("node", str(HERE / "foreign_client.cjs"), address, "nora", PASSWORD, "bert"),
        run_client(sys.executable, str(HERE / "browser_client.py"), address, "bert", PASSWORD, "nora"),
    )
    assert node["types"][:2] == browser["types"][:2] == ["connection", "authentication"]
    assert node["greetings"] == ["hello nora"]
    assert browser["greetings"] == ["hello bert"]
    assert (node["delivered"], browser["delivered"]) == ("m-1", 1)
    await eventually(lambda: not service.hub.clients)
    shown = await shown_rows(window)
    for row in (
        ("http", "carla"), ("connect", ""), ("authenticate", "nora"), ("message", "nora"), ("direct", "bert"),
        ("disconnect", "bert"),
    ):  # fmt: skip
        assert any(row[0] in cells and row[1] in cells for cells in shown), row
    assert any("hello all from nora" in cells for cells in shown)
    assert PASSWORD not in "".join(shown)


async def shown_rows(window: MainWindow) -> list[str]:
    """Return the traffic table's rows as text, as they are shown."""
    window.show_page("live")
    page = window.pages["live"]
    assert isinstance(page, LivePage)
    page.refresh()
    model = page.traffic.view.model()
    return [
        " ".join(str(model.index(row, column).data() or "") for column in range(model.columnCount()))
        for row in range(model.rowCount())
    ]


async def test_closing_the_window_ends_it_cleanly(window: MainWindow, service: Service) -> None:
    """Without clients nothing is asked; whoever owns the service is told to stop."""
    await service.start()
    asked: list[bool] = []
    window.quit_requested.connect(lambda: asked.append(True))
    window.close()
    await eventually(lambda: asked)
    assert window.isVisible()


@pytest.mark.browser
@pytest.mark.screen
def test_the_same_on_a_real_screen() -> None:
    """The test above with Qt's xcb platform under Xvfb."""
    name = f"{Path(__file__).relative_to(ROOT)}::{test_press_start_and_let_foreign_clients_talk.__name__}"
    result = subprocess.run(
        ["xvfb-run", "-a", sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", name],
        env={**os.environ, "QT_QPA_PLATFORM": "xcb"}, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    assert "1 passed" in result.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_program_starts_serves_and_stops(tmp_path: Path, number: int) -> None:
    """`authws-desktop --start` as a process: it answers, and a signal ends it with exit 0."""
    port = free_port()
    process = subprocess.Popen(
        [*PROGRAM, "--start", "--host", "127.0.0.1", "--port", str(port), "--data-dir", str(tmp_path)],
        stderr=subprocess.PIPE, text=True, cwd=tmp_path,
    )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz")
        process.send_signal(number)
        _, errors = process.communicate(timeout=200)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    assert process.returncode == 0
    assert "Traceback" not in errors


def wait_for(url: str) -> None:
    """Wait until a server answers."""
    deadline_s = time.monotonic() + WAIT_S
    while time.monotonic() < deadline_s:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=WAIT_S):
            return
        time.sleep(0.05)
    raise AssertionError(f"{url} did not answer")


def test_a_program_that_cannot_start_says_so_in_a_dialog(tmp_path: Path) -> None:
    """A broken settings file: the sentence in a dialog and on stderr, exit 1 once it is closed."""
    (tmp_path / "settings.toml").write_text("port = = 3")
    code = (
        "import sys; from PySide6.QtCore import QTimer; from PySide6.QtWidgets import QApplication\n"
        "from authws_desktop import app; from authws_desktop.cli.main import main\n"
        "def look():\n"
        "    dialog = QApplication.activeModalWidget()\n"
        "    if dialog is None:\n"
        "        return QTimer.singleShot(50, look)\n"
        "    from PySide6.QtWidgets import QLabel\n"
        "    print([label.text() for label in dialog.findChildren(QLabel) if label.text()][0])\n"
        "    dialog.reject()\n"
        "made = app.new_application()\n"
        "QTimer.singleShot(50, look)\n"
        f"sys.exit(main(['--data-dir', {str(tmp_path)!r}]))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=200, cwd=tmp_path, check=False
    )
    assert result.returncode == 1, result.stderr
    assert "settings.toml" in result.stdout
    assert "settings.toml" in result.stderr
    assert (tmp_path / "settings.toml").read_text() == "port = = 3"


def test_the_application_has_its_name_and_icon() -> None:
    """What desktops show in their task switchers."""
    app = new_application()
    assert isinstance(app, QApplication)
    assert app.desktopFileName() == "authws-desktop"
    assert not app.windowIcon().isNull()

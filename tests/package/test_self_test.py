"""The program's test of itself: passes on a good program, names what is wrong with a broken one."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer

from authws_desktop import self_test
from authws_desktop.errors import PortTaken
from authws_desktop.panels.kit import theme
from authws_desktop.paths import resource_dir
from authws_desktop.self_test import Trial, run_self_test
from authws_desktop.server import listening
from authws_desktop.server.service import Service

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


def outcome() -> tuple[int, str]:
    """Run the self-test; return exit status and the last line."""
    said: list[str] = []
    status = run_self_test(said.append)
    return status, said[-1]


@pytest.fixture
def broken_resources(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the resources, to take things away from."""
    theme._icon_source.cache_clear()
    folder = tmp_path / "resources"
    shutil.copytree(resource_dir(), folder)
    monkeypatch.setattr("authws_desktop.panels.kit.theme.resource_dir", lambda: folder)
    monkeypatch.setattr(listening, "resource_dir", lambda: folder)
    monkeypatch.setattr(self_test, "resource_dir", lambda: folder)
    yield folder
    theme._icon_source.cache_clear()


@pytest.mark.e2e
def test_it_passes_and_touches_nothing_of_the_user(tmp_path: Path) -> None:
    """As a person starts it: every step in order, exit 0, nothing left in home or temporary folder."""
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    temporary.mkdir()
    env = {**os.environ, "HOME": str(home), "TMPDIR": str(temporary), "QT_QPA_PLATFORM": "offscreen"}
    (home / ".env").write_text("PORT=many\n")
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        env.pop(name, None)
    command = [sys.executable, "-m", "authws_desktop", "--self-test"]
    result = subprocess.run(
        command, capture_output=True, text=True, env=env, cwd=home, timeout=200, check=False
    )
    lines = result.stdout.splitlines()
    assert (result.returncode, lines[-1]) == (0, "The self-test passed."), result.stdout + result.stderr
    assert [line.split(":")[0] for line in lines[:-1]] == list(self_test.STEPS)
    assert not [each for each in temporary.iterdir() if each.name.startswith("authws")]
    assert not list(home.rglob("authws-desktop"))


def take_icon(folder: Path) -> None:
    (folder / "icons" / "authws-desktop.svg").unlink()


def blank_icon(folder: Path) -> None:
    (folder / "icons" / "authws-desktop.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")


def take_icon_of_the_set(folder: Path) -> None:
    (folder / "icons" / "radio.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")


def take_page(folder: Path) -> None:
    (folder / "web" / "index.html").unlink()


def take_imported_script(folder: Path) -> None:
    (folder / "web" / "store.js").unlink()


def take_documentation(folder: Path) -> None:
    (folder / "docs" / "site.css").unlink()


def take_style(folder: Path) -> None:
    (folder / "web" / "css" / "tokens.css").unlink()


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (take_icon, "could not show icons: the file authws-desktop.svg is not in the package"),
        (blank_icon, "could not show icons: authws-desktop.svg stays blank"),
        (take_icon_of_the_set, "could not show icons: an icon of the set stays blank"),
        (take_page, "could not load the web client: GET / answered"),
        (take_imported_script, "could not load the web client: GET / answered 404"),
        (take_style, "could not load the web client: GET / answered 404"),
        (take_documentation, "could not read the documentation: GET /docs/site.css answered 404"),
    ],
)
def test_missing_files_are_named(
    broken_resources: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None], says: str
) -> None:
    """Each file that a package could lack fails the step that needs it."""
    damage(broken_resources)
    wanted = ("show icons", "start the server", "load the web client", "read the documentation")
    steps = {name: step for name, step in self_test.STEPS.items() if name in wanted}
    monkeypatch.setattr(self_test, "STEPS", steps)
    status, text = outcome()
    assert status == 1
    assert says in text


async def _hang(_trial: Trial) -> str:
    await asyncio.Event().wait()
    return ""


async def _lack_module(_trial: Trial) -> str:
    raise ModuleNotFoundError("No module named 'websockets.asyncio'")


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (_hang, "It could not try this within 0 s."),
        (_lack_module, "It could not try this: ModuleNotFoundError: No module named 'websockets.asyncio'"),
    ],
)
def test_any_failure_is_a_sentence(monkeypatch: pytest.MonkeyPatch, step: self_test.Step, says: str) -> None:
    """A module that is missing, and a step that never ends."""
    monkeypatch.setattr(self_test, "STEPS", {"try this": step})
    monkeypatch.setattr(self_test, "STEP_DEADLINE_S", 0.05)
    assert outcome() == (1, f"The self-test failed. {says}")


def test_a_server_that_cannot_start_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's own sentence comes along."""

    async def refuse(_service: Service) -> None:
        raise PortTaken(4000, "node, process 4312", False, 0)

    monkeypatch.setattr(Service, "start", refuse)
    monkeypatch.setattr(self_test, "STEPS", {"start the server": self_test.start_server})
    status, text = outcome()
    assert status == 1
    assert "could not start the server: PortTaken: Port 4000 is in use by another program" in text


def test_a_message_that_comes_back_changed_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answers are looked at, not only awaited."""
    names = ("start the server", "register", "log in", "exchange a message")
    monkeypatch.setattr(self_test, "STEPS", {name: self_test.STEPS[name] for name in names})

    async def other(_socket: object, kind: str) -> dict[str, object]:
        return {"type": kind, "content": "something else", "username": self_test.USERNAME}

    monkeypatch.setattr(self_test, "_receive", other)
    assert outcome() == (
        1,
        "The self-test failed. It could not exchange a message: it came back changed.",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the temporary folder is chosen elsewhere")
def test_no_room_for_temporary_files_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where not even the folder can be made."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    status, text = outcome()
    assert status == 1
    assert text.startswith("The self-test failed. ")
    assert "nowhere" in text


async def _break_a_slot(_trial: Trial) -> str:
    QTimer.singleShot(0, lambda: 1 / 0)
    await asyncio.sleep(0.05)
    return "nothing to be seen"


def test_an_error_in_a_slot_fails_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Qt goes on after one, as it does in a paint: a page stays empty, and nothing else tells."""
    last = "end without an error"
    monkeypatch.setattr(self_test, "STEPS", {"break": _break_a_slot, last: self_test.STEPS[last]})
    before = sys.excepthook
    status, text = outcome()
    assert status == 1
    assert text.startswith("The self-test failed. It could not end without an error: Uncaught error")
    assert "ZeroDivisionError" in text
    assert sys.excepthook is before

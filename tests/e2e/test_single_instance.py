"""A second launch raises the first window, whatever became of the one before."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket

from authws_desktop.panels.window.single_instance import SingleInstance
from tests.e2e.conftest import PROGRAM
from tests.own_clients import eventually

pytestmark = pytest.mark.e2e


async def launch(folder: Path) -> tuple[int, str]:
    """Launch the program on a data folder while this loop goes on; return status and errors."""
    command = [*PROGRAM, "--data-dir", str(folder)]
    process = await asyncio.to_thread(
        subprocess.run,
        command,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_ACTIVATION_TOKEN": "abc-1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    return process.returncode, process.stderr


async def test_a_second_launch_raises_the_first_and_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It exits with 0, and the first one hears of it once, with the token that lets it take the focus."""
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "none")
    first = SingleInstance(tmp_path)
    raised: list[bool] = []
    first.launched_again.connect(lambda: raised.append(True))
    assert first.claim()
    try:
        status, errors = await launch(tmp_path)
    finally:
        first.release()
    assert status == 0, errors
    assert raised == [True]
    assert os.environ["XDG_ACTIVATION_TOKEN"] == "abc-1"


async def test_another_data_folder_is_another_program(tmp_path: Path) -> None:
    """Each folder has a first one of its own, and a released one can be had again."""
    first, other = SingleInstance(tmp_path / "a"), SingleInstance(tmp_path / "b")
    assert first.claim()
    assert other.claim()
    assert not SingleInstance(tmp_path / "a").claim()
    first.release()
    again = SingleInstance(tmp_path / "a")
    assert again.claim()
    again.release()
    other.release()


async def test_one_that_does_not_answer_is_named(tmp_path: Path) -> None:
    """The second gives up with a sentence that names the process."""
    first, second = SingleInstance(tmp_path), SingleInstance(tmp_path)
    assert first.claim()
    assert first._server is not None
    first._server.close()
    assert not second.claim()
    assert not second.raise_first()
    assert f"process {os.getpid()}" in second.complaint
    first.release()


async def test_strangers_on_the_socket_raise_nothing(tmp_path: Path) -> None:
    """Anything but the one message, and one without end, are cut off."""
    first = SingleInstance(tmp_path)
    raised: list[bool] = []
    first.launched_again.connect(lambda: raised.append(True))
    assert first.claim()
    for text in (b"nonsense\n", b"x" * 5000):
        socket = QLocalSocket()
        socket.connectToServer(first._name)
        socket.write(text)
        await eventually(partial(_is_cut_off, socket))
    first.release()
    assert not raised


def _is_cut_off(socket: QLocalSocket) -> bool:
    return socket.state() == QLocalSocket.LocalSocketState.UnconnectedState


async def test_left_overs_of_a_killed_one_are_no_obstacle(tmp_path: Path) -> None:
    """After kill -9 lock file and socket are still there; the next launch is the first again."""
    command = [*PROGRAM, "--data-dir", str(tmp_path)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        await eventually((tmp_path / "window.lock").exists, 60)
        await eventually((tmp_path / "accounts.db").exists, 60)
        assert not SingleInstance(tmp_path).claim()
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    assert (tmp_path / "window.lock").exists()
    next_one = SingleInstance(tmp_path)
    assert next_one.claim()
    status, errors = await launch(tmp_path)
    next_one.release()
    assert status == 0, errors

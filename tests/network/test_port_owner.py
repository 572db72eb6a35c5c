"""Who holds a port that is taken, in the words of each system."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from typing import Any

import psutil
import pytest

from authws_desktop.errors import PortTaken
from authws_desktop.network.port_owner import PortOwner, find_owner, how_to_stop, is_this_program
from authws_desktop.network.ports import open_listening_sockets

Connection = namedtuple("Connection", "status laddr pid")
Place = namedtuple("Place", "ip port")
NODE = PortOwner("node", 4312)


def test_a_foreign_program_is_named(tmp_path: Path) -> None:
    """A real process that listens: name and process id, and it is not taken for ours by its folder."""
    folder = tmp_path / "authws-desktop"
    folder.mkdir()
    code = "import socket,sys; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder / "x")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with pytest.raises(PortTaken) as caught:
            open_listening_sockets("127.0.0.1", port)
        process.communicate("")
    taken = caught.value
    assert f"process {process.pid}" in taken.owner
    assert not taken.is_own
    assert f"Port {port} is in use by another program" in str(taken)
    assert str(taken).endswith(taken.hint)


def test_our_own_listener_is_called_ours() -> None:
    """This very process."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        owner = find_owner(opened.getsockname()[1])
    assert (owner.pid, owner.is_own) == (os.getpid(), True)
    assert how_to_stop(owner, 4000) == "Or use that copy, or quit it first."


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (["authws-desktop", "--start"], True),
        (["C:\\Program Files\\Authws\\authws-desktop.exe".replace("\\", os.sep)], True),
        (["/usr/bin/python3", "/usr/local/bin/authws-desktop", "serve"], True),
        (["python", "-m", "authws_desktop"], True),
        (["node", "/home/ana/authws-desktop/server.js"], False),
        (["vim", "notes.txt", "authws-desktop"], False),
        ([], False),
    ],
)
def test_which_commands_are_ours(command: list[str], answer: bool) -> None:
    """By what is started, not by a word somewhere in the line."""
    assert is_this_program(command) is answer


def test_our_other_copy_is_told_by_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Window or not, and the data folder, tell several of ours apart."""

    class Process:
        def __init__(self, pid: int) -> None:
            self.pid = pid

        def name(self) -> str:
            return "authws-desktop"

        def cmdline(self) -> list[str]:
            return ["authws-desktop", "serve", "--data-dir", "/srv/club"]

    listening = [Connection(psutil.CONN_LISTEN, Place("0.0.0.0", 4000), 99)]
    monkeypatch.setattr(psutil, "net_connections", lambda _kind: listening)
    monkeypatch.setattr(psutil, "Process", Process)
    owner = find_owner(4000)
    assert str(owner) == "authws-desktop, process 99, without a window, data folder /srv/club"
    text = str(PortTaken(4000, str(owner), owner.is_own, 4001, how_to_stop(owner, 4000)))
    assert text.startswith("Port 4000 is in use by another copy of this program (authws-desktop, process 99")
    assert "such as 4001" in text


def test_macos_tells_of_this_users_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only root may see all connections, each of the user's own processes is asked."""

    def refuse(_kind: str) -> Any:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", refuse)
    with socket.create_server(("127.0.0.1", 0)) as opened:
        assert find_owner(opened.getsockname()[1]).pid == os.getpid()


@pytest.mark.parametrize(
    ("platform", "owner", "port", "words"),
    [
        ("linux", NODE, 4000, "kill 4312"),
        ("linux", PortOwner(), 4000, "sudo ss -ltnp 'sport = :4000'"),
        ("win32", NODE, 4000, "Task Manager, Details, process 4312"),
        ("win32", PortOwner("System", 4), 80, "Windows itself"),
        ("win32", PortOwner(), 4000, "netsh interface ipv4 show excludedportrange protocol=tcp"),
        ("darwin", NODE, 4000, "Activity Monitor, process 4312"),
        ("darwin", PortOwner(), 4000, "sudo lsof -nP -iTCP:4000 -sTCP:LISTEN"),
        ("darwin", PortOwner(), 5000, "AirPlay Receiver"),
        ("darwin", PortOwner("node", 9), 5000, "Activity Monitor, process 9"),
    ],
)
def test_each_system_has_its_own_words(platform: str, owner: PortOwner, port: int, words: str) -> None:
    """What to click, or the exact line."""
    assert words in how_to_stop(owner, port, platform)

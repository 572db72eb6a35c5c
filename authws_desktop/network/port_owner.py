"""Tells who listens on a port, and how a person sees or stops it on this system."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import psutil

_MODULE, _COMMAND, _DATA_DIR = "authws_desktop", "authws-desktop", "--data-dir"
_AIRPLAY_PORTS = (5000, 7000)


@dataclass(frozen=True)
class PortOwner:
    """A program that listens.

    Attributes:
        name: What the system calls it; empty if it does not tell.
        pid: Its process id; 0 if unknown.
        is_own: Whether it is another copy of this program.
        detail: Of our own copies: whether it has a window, and its data folder.
    """

    name: str = ""
    pid: int = 0
    is_own: bool = False
    detail: str = ""

    def __str__(self) -> str:
        """Return it as `name, process 123`; empty if nothing is known."""
        parts = (self.name, f"process {self.pid}" if self.pid else "", self.detail)
        return ", ".join(part for part in parts if part)


def find_owner(port: int) -> PortOwner:
    """Return who listens on a port, as far as the system tells this user."""
    pid = next(_listening_pids(port), 0)
    return describe_process(pid) if pid else PortOwner()


def _listening_pids(port: int) -> Iterator[int]:
    try:
        for item in psutil.net_connections("tcp"):
            if item.status == psutil.CONN_LISTEN and item.laddr and item.laddr.port == port and item.pid:
                yield item.pid
    except (psutil.Error, OSError):
        yield from _listening_pids_of_user(port)


def _listening_pids_of_user(port: int) -> Iterator[int]:
    """Look through this user's processes: macOS shows all connections to nobody but root."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            for item in process.net_connections("tcp"):
                if item.status == psutil.CONN_LISTEN and item.laddr and item.laddr.port == port:
                    yield process.pid


def describe_process(pid: int) -> PortOwner:
    """Return what is known of a process."""
    try:
        process = psutil.Process(pid)
        name, command = process.name(), process.cmdline()
    except (psutil.Error, OSError):
        return PortOwner(pid=pid, is_own=pid == os.getpid())
    if pid != os.getpid() and not is_this_program(command):
        return PortOwner(name, pid)
    return PortOwner(name, pid, True, _describe_own(command))


def is_this_program(command: Sequence[str]) -> bool:
    """Tell whether a command line starts this program: by its own name, or as a module of Python."""
    # The second word, where an interpreter runs the script.
    by_name = any(PurePath(part).stem.casefold() == _COMMAND for part in command[:2])
    by_module = ("-m", _MODULE) in itertools.pairwise(command)
    return by_name or by_module


def _describe_own(command: Sequence[str]) -> str:
    kind = "without a window" if "serve" in command else ""
    folder = next((after for part, after in itertools.pairwise(command) if part == _DATA_DIR), "")
    return ", ".join(part for part in (kind, f"data folder {folder}" if folder else "") if part)


def how_to_stop(owner: PortOwner, port: int, platform: str = sys.platform) -> str:
    """Return a sentence on how a person sees or stops who listens, in the words of the system.

    Args:
        owner: As far as known.
        port: The port.
        platform: As `sys.platform`.
    """
    if owner.is_own:
        return "Or use that copy, or quit it first."
    if platform == "win32":
        return _on_windows(owner, port)
    if platform == "darwin":
        return _on_macos(owner, port)
    if owner.pid:
        return f"To stop it: kill {owner.pid}"
    return f"To see which one it is: sudo ss -ltnp 'sport = :{port}'"


def _on_windows(owner: PortOwner, port: int) -> str:
    # On Windows the kernel, in which http.sys listens for its services, is always process 4.
    if owner.pid == 4:
        return (
            "It is Windows itself (often IIS or the World Wide Web Publishing Service): stop it in Services."
        )
    if owner.pid:
        return f"To stop it: Task Manager, Details, process {owner.pid}, End task."
    return (
        "Windows may have set this port aside (Hyper-V, WSL); to see: "
        "netsh interface ipv4 show excludedportrange protocol=tcp"
    )


def _on_macos(owner: PortOwner, port: int) -> str:
    if port in _AIRPLAY_PORTS and owner.name in ("", "ControlCenter", "ControlCe"):
        return "It may be AirPlay: System Settings, General, AirDrop & Handoff, AirPlay Receiver."
    if owner.pid:
        return f"To stop it: Activity Monitor, process {owner.pid}, Quit."
    return f"To see which one it is: sudo lsof -nP -iTCP:{port} -sTCP:LISTEN"

"""Many clients that only join and listen: a storm, or the idle crowd. One thread, one epoll object.

As a program (`python -m tests.benchmarks.swarm`) it holds a crowd in a process of its own, so that no process
needs more than one peer's descriptors; a number on standard input lets the crowd grow to it, and one line of
JSON answers when everyone knows everyone.
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.benchmarks.clients import ListSize, LoadError
from tests.benchmarks.wire import (
    AUTHENTICATED,
    PING,
    PONG,
    USER_LIST,
    client_frame,
    masked_frame,
    read_header,
    upgrade_request,
)

_KIND_BYTES = len(AUTHENTICATED)
"""So much of a payload must have arrived to know what it is."""
_CONNECTING = 500
"""Handshakes under way at most; more would overflow the servers' queues of 1,024 and measure the kernel."""


@dataclass
class Settled:
    """How a storm went.

    Attributes:
        joined_s: From the first connection attempt until the last client had authenticated.
        settled_s: From then until every client had the list that names everyone.
        presence_bytes: Payload of all user lists that arrived, at all clients.
    """

    joined_s: float
    settled_s: float
    presence_bytes: int


class Member:
    """One client of the crowd.

    Attributes:
        socket: Non-blocking.
        tail: The beginning of a frame whose header is not whole.
        rest: Bytes of the current frame that are still to come.
        list_size: Size of the user list that is arriving; 0 for other frames.
        users: What the last whole list named.
        is_upgraded: Whether the handshake is over.
    """

    __slots__ = ("is_upgraded", "list_size", "rest", "socket", "tail", "users")

    def __init__(self, port: int) -> None:
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect_ex(("127.0.0.1", port))
        self.tail = b""
        self.rest = 0
        self.list_size = 0
        self.users = 0
        self.is_upgraded = False


class Swarm:
    """A crowd of clients at one peer.

    Args:
        port: Of the peer.
        tokens: Shared by the clients in turn.
        list_size: How long its user lists are.
        others: Authenticated connections that are not in this crowd.
    """

    _whole_bytes = _KIND_BYTES
    """Frames are looked at once so much of them is here, or all."""

    def __init__(self, port: int, tokens: Sequence[str], list_size: ListSize, others: int = 0) -> None:
        self._port = port
        self._request = upgrade_request(port)
        self._frames = [client_frame({"type": "authenticate", "token": token}) for token in tokens]
        self._list_size = list_size
        self._others = others
        self._members: dict[int, Member] = {}
        self._poller = select.epoll()
        self._buffer = bytearray(1 << 20)
        self._upgraded = self._joined = 0
        self._informed = 0
        self._presence_bytes = 0

    def grow(self, count: int, timeout_s: float) -> Settled:
        """Join until there are `count` members, and wait until each has the true list."""
        started_s = joined_s = time.perf_counter()
        self._presence_bytes = self._informed = 0
        while self._informed < count:
            self._connect(min(count, self._upgraded + _CONNECTING))
            joined_before = self._joined
            self._turn(count + self._others)
            now_s = time.perf_counter()
            if self._joined != joined_before:
                joined_s = now_s
            if now_s - started_s > timeout_s:
                raise LoadError(
                    f"after {timeout_s:.0f} s {self._joined} of {count} clients had joined and "
                    f"{self._informed} had the true list"
                )
        return Settled(joined_s - started_s, time.perf_counter() - joined_s, self._presence_bytes)

    def _connect(self, count: int) -> None:
        while len(self._members) < count:
            member = Member(self._port)
            self._members[member.socket.fileno()] = member
            self._poller.register(member.socket, select.EPOLLOUT)

    def close(self) -> None:
        """Cut all connections."""
        for member in self._members.values():
            member.socket.close()
        self._members.clear()
        self._poller.close()

    def _turn(self, users: int, timeout_s: float = 1.0) -> None:
        for number, event in self._poller.poll(timeout_s, 4096):
            member = self._members[number]
            if event & select.EPOLLOUT:
                member.socket.send(self._request)
                self._poller.modify(number, select.EPOLLIN)
                continue
            try:
                size = member.socket.recv_into(self._buffer)
            except OSError as error:
                raise LoadError(f"a connection failed: {error}") from None
            if not size:
                raise LoadError("the server closed a connection")
            was_informed = member.users == users
            self._receive(member, size)
            self._informed += (member.users == users) - was_informed

    def _receive(self, member: Member, size: int) -> None:
        if size < member.rest:
            member.rest -= size
            if member.list_size:
                self._presence_bytes += size
            return
        data: bytes | bytearray = self._buffer
        position, end = 0, size
        if member.tail:
            data = member.tail + bytes(self._buffer[:size])
            end = len(data)
            member.tail = b""
        if not member.is_upgraded:
            position = data.find(b"\r\n\r\n", 0, end) + 4
            if position == 3:
                member.tail = bytes(data[:end])
                return
            member.is_upgraded = True
            self._upgraded += 1
            member.socket.send(self._frames[member.socket.fileno() % len(self._frames)])
        elif member.rest:
            position = member.rest
            self._end_frame(member, member.rest)
        self._read_frames(member, data, position, end)

    def _read_frames(self, member: Member, data: bytes | bytearray, position: int, end: int) -> None:
        while position < end:
            header, size = read_header(data, position, end)
            start = position + header
            needed = size if data[position] == PING else min(size, self._whole_bytes)
            if not header or end - start < needed:
                member.tail = bytes(data[position:end])
                return
            if data.startswith(USER_LIST, start, end):
                member.list_size = size
            elif data.startswith(AUTHENTICATED, start, end):
                self._joined += 1
            elif data[position] == PING:
                member.socket.send(masked_frame(PONG, bytes(data[start : start + size])))
            else:
                self._on_frame(member, data, start, size)
            if start + size > end:
                member.rest = start + size - end
                self._presence_bytes += (end - start) if member.list_size else 0
                return
            self._end_frame(member, size)
            position = start + size

    def _on_frame(self, member: Member, data: bytes | bytearray, start: int, size: int) -> None:
        """Look at a frame that is none of joining; `_whole_bytes` of its payload are here, or all."""

    def _end_frame(self, member: Member, new_bytes: int) -> None:
        member.rest = 0
        if member.list_size:
            self._presence_bytes += new_bytes
            member.users = self._list_size.users(member.list_size)
            member.list_size = 0


def swarm_options() -> dict[str, Any]:
    """Return what the process that started this one wants of its swarm; see `Peer.start_crowd`."""
    options: dict[str, Any] = json.loads(os.environ["SWARM"])
    options["list_size"] = ListSize(*options["list_size"])
    return options


def _hold_crowd() -> None:
    """Let the crowd grow as standard input says; ends with it."""
    options = swarm_options()
    swarm = Swarm(options["port"], options["tokens"], options["list_size"], others=options["others"])
    for line in sys.stdin:
        try:
            answer = asdict(swarm.grow(int(line), options["timeout_s"]))
        except LoadError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _hold_crowd()

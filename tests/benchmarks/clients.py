"""The few clients that talk: opened one by one, then handed to a load loop as bare sockets."""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tests.benchmarks.wire import client_frame, read_header, upgrade_request

TIMEOUT_S = 20.0
QUIET_S = 0.4


class LoadError(Exception):
    """A peer did not do what the load generator waits for; `str()` says what."""


class Client:
    """One authenticated connection.

    Attributes:
        socket: Blocking, for the set-up; a load loop may change that.
        client_id: As the server knows it; empty for a bare connection.

    Args:
        port: Of the peer, on loopback.
        token: What it authenticates with; empty opens a bare connection without any protocol.
    """

    def __init__(self, port: int, token: str = "") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.client_id = ""
        self._received = bytearray()
        if token:
            self._shake_hands(port)
            self._authenticate(token)

    def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        self.socket.sendall(client_frame(message))

    def receive(self, kind: str) -> tuple[dict[str, Any], int]:
        """Return the next message of a type and its payload's size; others are dropped."""
        while True:
            payload = self._next_payload()
            message: dict[str, Any] = json.loads(payload)
            if message["type"] == kind:
                return message, len(payload)
            if message["type"] == "error":
                raise LoadError(f"the server answered {message}")

    def close(self) -> None:
        """Cut the connection."""
        self.socket.close()

    def _shake_hands(self, port: int) -> None:
        self.socket.sendall(upgrade_request(port))
        while b"\r\n\r\n" not in self._received:
            self._read_more()
        head, _, rest = bytes(self._received).partition(b"\r\n\r\n")
        if b" 101 " not in head.splitlines()[0]:
            raise LoadError(f"the handshake was refused: {head.decode()}")
        self._received[:] = rest
        message, _ = self.receive("connection")
        self.client_id = message["clientId"]

    def _authenticate(self, token: str) -> None:
        self.send({"type": "authenticate", "token": token})
        self.receive("authentication")

    def _next_payload(self) -> bytes:
        while True:
            header, size = read_header(self._received, 0, len(self._received))
            if header and len(self._received) >= header + size:
                payload = bytes(self._received[header : header + size])
                del self._received[: header + size]
                return payload
            self._read_more()

    def _read_more(self) -> None:
        data = self.socket.recv(1 << 20)
        if not data:
            raise LoadError("the server closed the connection")
        self._received += data


def open_clients(port: int, tokens: Sequence[str], count: int) -> list[Client]:
    """Open connections that share a few users' tokens, and wait until the server has said all."""
    clients = [Client(port, tokens[number % len(tokens)]) for number in range(count)]
    drain(clients)
    return clients


def drain(clients: Iterable[Client], quiet_s: float = QUIET_S) -> None:
    """Read and drop what arrives until nothing more does."""
    buffer = bytearray(1 << 20)
    sockets = {client.socket.fileno(): client.socket for client in clients}
    with select.epoll() as poller:
        for each in sockets.values():
            each.setblocking(False)
            poller.register(each, select.EPOLLIN)
        deadline_s = time.monotonic() + TIMEOUT_S
        while events := poller.poll(quiet_s, 1000):
            for number, _ in events:
                if not sockets[number].recv_into(buffer):
                    raise LoadError("the server closed a connection")
            if time.monotonic() > deadline_s:
                raise LoadError("the server does not fall silent")


class ListSize(NamedTuple):
    """How long a peer's user list is: `base + users * per_user` bytes (all names are of one length)."""

    base: int
    per_user: int

    def users(self, size: int) -> int:
        """Return how many users a list of this size holds."""
        return (size - self.base) // self.per_user

    def size(self, users: int) -> int:
        """Return the size of a list of so many users."""
        return self.base + users * self.per_user


def measure_list(port: int, token: str) -> ListSize:
    """Learn a peer's list size from lists of one and two users; nobody else may be connected."""
    clients: list[Client] = []
    sizes: list[int] = []
    for count in (1, 2):
        clients.append(Client(port, token))
        while True:
            message, size = clients[0].receive("user_list")
            if len(message["users"]) == count:
                sizes.append(size)
                break
    for client in clients:
        client.close()
    per_user = sizes[1] - sizes[0]
    return ListSize(sizes[0] - per_user, per_user)

"""The few clients that talk: opened one by one, then handed to a load loop as bare sockets."""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tests.benchmarks.wire import (
    CLOSE,
    PING,
    PONG,
    START_OF_TEXT,
    client_frame,
    masked_frame,
    read_header,
    upgrade_request,
)

TIMEOUT_S = 20.0
QUIET_S = 0.4


class LoadError(Exception):
    """A peer did not do what the load generator waits for; `str()` says what."""


class Client:
    """One authenticated connection, which answers pings while it is asked to receive.

    Attributes:
        socket: Blocking, for the set-up; a load loop may change that.
        client_id: As the server knows it; empty for a bare connection.

    Args:
        port: Of the peer, on loopback.
        token: What it authenticates with; empty opens a bare connection without any protocol.
        receive_buffer_bytes: How much the kernel takes for it while it does not read; 0 for the usual.
    """

    def __init__(self, port: int, token: str = "", receive_buffer_bytes: int = 0) -> None:
        self.socket = socket.socket()
        self.client_id = ""
        self._received = bytearray()
        try:
            if receive_buffer_bytes:  # heeded only before the connection is made
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
            self.socket.settimeout(TIMEOUT_S)
            self.socket.connect(("127.0.0.1", port))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if token:
                self._shake_hands(port)
                self._authenticate(token)
        except BaseException:
            self.close()
            raise

    def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        self.socket.sendall(client_frame(message))

    def receive(self, kind: str) -> tuple[dict[str, Any], int]:
        """Return the next message of a type and its payload's size; others are dropped."""
        while True:
            payload = self._next_text()
            try:
                message: dict[str, Any] = json.loads(payload)
            except ValueError as error:
                raise LoadError(f"the server sent text that is no JSON: {error}") from None
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

    def _next_text(self) -> bytes:
        """Return the next text frame's payload; control frames between are dealt with."""
        while True:
            first_byte, payload = self._next_frame()
            if first_byte == START_OF_TEXT:
                return payload
            if first_byte == PING:
                self.socket.sendall(masked_frame(PONG, payload))
            elif first_byte == CLOSE:
                code, reason = int.from_bytes(payload[:2], "big"), payload[2:].decode(errors="replace")
                raise LoadError(f"the server closed the connection: {code} {reason}".rstrip())
            elif first_byte != PONG:
                raise LoadError(f"the server sent a frame that begins with 0x{first_byte:02x}")

    def _next_frame(self) -> tuple[int, bytes]:
        """Return the next frame's first byte and payload."""
        while True:
            header, size = read_header(self._received, 0, len(self._received))
            if header and len(self._received) >= header + size:
                first_byte, payload = self._received[0], bytes(self._received[header : header + size])
                del self._received[: header + size]
                return first_byte, payload
            self._read_more()

    def _read_more(self) -> None:
        data = self.socket.recv(1 << 20)
        if not data:
            raise LoadError("the server closed the connection")
        self._received += data


def open_clients(port: int, tokens: Sequence[str], count: int) -> list[Client]:
    """Open connections that share a few users' tokens, and wait until the server has said all."""
    clients: list[Client] = []
    try:
        clients.extend(Client(port, tokens[number % len(tokens)]) for number in range(count))
        drain(clients)
    except BaseException:
        close_all(clients)
        raise
    return clients


def close_all(clients: Iterable[Client]) -> None:
    """Cut connections."""
    for client in clients:
        client.close()


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
    try:
        for count in (1, 2):
            clients.append(Client(port, token))
            while True:
                message, size = clients[0].receive("user_list")
                if len(message["users"]) == count:
                    sizes.append(size)
                    break
    finally:
        close_all(clients)
    per_user = sizes[1] - sizes[0]
    return ListSize(sizes[0] - per_user, per_user)

"""The half-closing clients of the benchmark: stuck for the kernel's part, and the others' delay is told."""

from __future__ import annotations

import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.benchmarks import half_closed
from tests.benchmarks.clients import Client
from tests.benchmarks.half_closed import Watch, half_close_when_full, queued_bytes
from tests.benchmarks.scripted_peer import server_frame, take_client_frame

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's queues are read from /proc/net")

WAIT_S = 30.0


class Repeater:
    """A server that sends on to everybody whatever a client sends, and waits for nobody.

    Attributes:
        waiting: What the kernel did not take yet, by the client's port.
        ended: Ports of the clients that ended their sending side.
        starved: Ports of the clients that get nothing any more.
    """

    def __init__(self, listening: socket.socket) -> None:
        self.waiting: dict[int, bytearray] = {}
        self.ended: set[int] = set()
        self.starved: set[int] = set()
        self._sockets: dict[int, socket.socket] = {}
        self._received: dict[int, bytearray] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(listening, selectors.EVENT_READ)
        self._listening = listening
        self.is_stopped = threading.Event()

    def serve(self) -> None:
        """Serve until stopped."""
        while not self.is_stopped.is_set():
            for key, _ in self._selector.select(0.02):
                if key.data is None:
                    self._accept()
                else:
                    self._read(key.data)
        for each in self._sockets.values():
            each.close()
        self._selector.close()

    def _accept(self) -> None:
        new, (_, port) = self._listening.accept()
        new.setblocking(False)
        self._sockets[port], self._received[port], self.waiting[port] = new, bytearray(), bytearray()
        self._selector.register(new, selectors.EVENT_READ, port)

    def _read(self, port: int) -> None:
        data = b""
        with suppress(ConnectionError):  # the test is over, and its clients did not read everything
            data = self._sockets[port].recv(1 << 16)
        if not data:
            self._selector.unregister(self._sockets[port])
            self.ended.add(port)
        self._received[port] += data
        while (frame := take_client_frame(self._received[port])) is not None:
            self._repeat(server_frame(*frame))

    def _repeat(self, frame: bytes) -> None:
        for number in self.waiting:  # in the order of their coming, as the servers do
            if number in self.starved:
                continue
            self.waiting[number] += frame
            with suppress(BlockingIOError, ConnectionError):
                del self.waiting[number][: self._sockets[number].send(self.waiting[number])]


@contextmanager
def repeater() -> Iterator[tuple[int, Repeater]]:
    """Run a repeater in a thread; yields its port, too."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Repeater(listening)
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            yield listening.getsockname()[1], server
        finally:
            server.is_stopped.set()
            thread.join()


def comes_true(condition: Callable[[], bool]) -> bool:
    """Wait until a condition holds; tell whether it does."""
    deadline_s = time.monotonic() + WAIT_S
    while not condition() and time.monotonic() < deadline_s:
        time.sleep(0.01)
    return condition()


@contextmanager
def clients_of(port: int, count: int, receive_buffer_bytes: int = 0) -> Iterator[list[Client]]:
    """Open bare connections."""
    clients = [Client(port, receive_buffer_bytes=receive_buffer_bytes) for _ in range(count)]
    try:
        yield clients
    finally:
        for client in clients:
            client.close()


def test_what_a_client_has_not_read_is_counted() -> None:
    """On whichever side of the connection the kernel holds it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with clients_of(port, 1) as [client]:
            server, _ = listening.accept()
            number = client.socket.getsockname()[1]
            assert queued_bytes(port)[number] == 0
            server.sendall(b"x" * 1000)
            assert queued_bytes(port)[number] >= 1000
            client.socket.recv(1000, socket.MSG_WAITALL)
            server.close()


def test_each_stuck_client_half_closes_once_its_queues_are_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server sees the end of just those, with more waiting for them than the kernel would take."""
    monkeypatch.setattr(half_closed, "FILLING_BYTES", 32 * 1024)
    monkeypatch.setattr(half_closed, "LATE_S", WAIT_S)
    with (
        repeater() as (port, server),
        clients_of(port, 2, half_closed.SMALL_BUFFER_BYTES) as stuck,
        clients_of(port, 3) as others,
    ):
        watch = Watch(others)
        assert comes_true(lambda: len(server.waiting) == 5)
        numbers = {client.socket.getsockname()[1] for client in stuck}
        half_close_when_full(watch, port, stuck)
        assert all(len(server.waiting[number]) > half_closed.FILLING_BYTES for number in numbers)
        assert watch.delay_s() < WAIT_S
        assert comes_true(lambda: server.ended == numbers)
        watch.close()


def test_a_broadcast_that_misses_one_client_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts with the time waited, though all others had it."""
    monkeypatch.setattr(half_closed, "LATE_S", 0.5)
    with repeater() as (port, server), clients_of(port, 3) as others:
        watch = Watch(others)
        assert comes_true(lambda: len(server.waiting) == 3)
        assert watch.delay_s() < half_closed.LATE_S
        server.starved.add(others[1].socket.getsockname()[1])
        assert watch.delay_s() == half_closed.LATE_S
        watch.close()

"""No client can hurt another: whatever some do with their connections, the others get every frame at once.

Real sockets on loopback, on each of the loops the server runs on. Nothing is timed: a frame that was accepted
for a healthy client must have left by the end of the turn of the loop in which it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import select
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import hypothesis
import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from authws_desktop.eventloop import new_event_loop
from authws_desktop.hub.client import Client
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.protocol.limits import CLOSE_TIMEOUT_S
from authws_desktop.server.websocket.connection import Connection
from authws_desktop.server.websocket.listener import Listener
from authws_desktop.server.websocket.outbox import GATHERED_FRAMES
from authws_desktop.server.websocket.sweeper import Sweeper
from authws_desktop.traffic.record import Kind
from tests.dialogues import FIN, HANDSHAKE, TEXT, close, frame, new_endpoint
from tests.own_clients import WAIT_S

SEND_BUFFER_BYTES = 64 * 1024
"""What the system takes for a client at once: enough for what a healthy one is sent in one step."""
RECEIVE_BUFFER_BYTES = 4096
"""As little as possible: else the system finds room for more when a client that does not read ends its side."""
FLOOD = msgspec.Raw(msgspec.json.encode("x" * 8192))
RESET = struct.pack("ii", 1, 0)
"""Linger for no time: closing the socket resets the connection."""

wise = st.integers(0, 9)
"""Which of the clients that a rule may choose from."""


class Guest:
    """A client with a socket of its own.

    Attributes:
        socket: Its side.
        connection: The server's side.
        is_reading: Whether it takes what it is sent.
        is_ending: Whether something was done that ends it.
        expected: The numbers it must have been sent, if it is healthy.
        received: Those it has read.
    """

    def __init__(self, port: int) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.socket.sendall(HANDSHAKE)
        self.connection: Connection
        self.is_reading = True
        self.is_ending = False
        self.expected: list[int] = []
        self.received: list[int] = []
        self._unread = b""
        self._is_open = False

    @property
    def client(self) -> Client:
        """The hub's side."""
        assert self.connection.client is not None
        return self.connection.client

    @property
    def is_healthy(self) -> bool:
        """Whether it reads, and nothing was done that ends it."""
        return self.is_reading and not self.is_ending

    def read(self) -> int:
        """Take what has arrived; return how many bytes."""
        taken = 0
        with contextlib.suppress(BlockingIOError, ConnectionResetError):
            while data := self.socket.recv(2**20):
                self._unread += data
                taken += len(data)
        if not self._is_open:
            head, _, rest = self._unread.partition(b"\r\n\r\n")
            self._is_open, self._unread = b" 101 " in head, rest
        self._take_frames()
        return taken

    def _take_frames(self) -> None:
        while len(self._unread) >= 2:
            size, start = self._unread[1], 2
            if size == 126:
                size, start = int.from_bytes(self._unread[2:4]), 4
            elif size == 127:
                size, start = int.from_bytes(self._unread[2:10]), 10
            if len(self._unread) < start + size:
                return
            payload, self._unread = self._unread[start : start + size], self._unread[start + size :]
            if b'"type":"message"' in payload:
                self.received.append(json.loads(payload)["content"])

    def end(self) -> None:
        """Reset the connection, if that has not happened."""
        self.is_ending = True
        if self.socket.fileno() >= 0:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.socket.close()


class Isolation(RuleBasedStateMachine):
    """Several clients on one server; any of them may stop reading, end half, all or nothing of its connection.

    Subclasses say on which loop.
    """

    new_loop: Callable[[], asyncio.AbstractEventLoop]

    @initialize()
    def start(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._loop = type(self).new_loop()
        self._errors: list[Any] = []
        self._loop.set_exception_handler(lambda _loop, context: self._errors.append(context))
        self.endpoint = new_endpoint(Path(self._folder.name))
        # User lists come by the clock: one that was just written would look as if it had been left behind.
        self.endpoint.hub._presence.changed = lambda: None  # type: ignore[method-assign]
        self.guests: list[Guest] = []
        self._count = 0
        listening = socket.socket(proto=socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        listening.bind(("127.0.0.1", 0))
        self._port = listening.getsockname()[1]
        self._server: asyncio.Server = self._run(self._loop.create_server(self._new_listener, sock=listening))
        for _ in range(3):
            self._join()

    def _new_listener(self) -> Listener:
        return Listener(self.endpoint, lambda _on_lost: asyncio.Protocol())

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(coroutine)

    def _act(self, act: Callable[[], object], turns: int = 4) -> None:
        """Do something inside the loop, then let it turn; the system has long passed on what was sent."""

        async def run() -> None:
            act()
            for _ in range(turns):
                await self._turn()

        self._run(run())

    async def _turn(self) -> None:
        """Let the loop look at its sockets once."""
        await asyncio.sleep(0)

    def _join(self) -> None:
        guest = Guest(self._port)
        while self.endpoint.hub.counters.connections <= len(self.guests):
            self._act(bool)
        (connection,) = self.endpoint.connections - {each.connection for each in self.guests}
        assert isinstance(connection, Connection)
        guest.connection = connection
        identity = msgspec.structs.replace(
            guest.client.identity, user_id=f"u{len(self.guests)}", username="ana"
        )
        self._act(lambda: self.endpoint.hub.authenticated(guest.client, identity, time.time() + 86_400))
        self.guests.append(guest)

    def _choose(self, number: int, *, is_reading: bool | None = None) -> Guest | None:
        """Return one of the clients that are connected."""
        found = [
            each
            for each in self.guests
            if each.client.client_id in self.endpoint.hub.clients
            and is_reading in (None, each.is_reading)
            and each.socket.fileno() >= 0
        ]
        return found[number % len(found)] if found else None

    def _is_stuck(self, guest: Guest) -> bool:
        """Tell whether the system takes nothing more for a client; it finds room for a little now and then."""
        turns = 0
        while _waits(guest) and turns < 20:
            self._act(bool)
            turns += 1
        return turns == 20

    def _expect(self, number: int) -> None:
        for guest in self.guests:
            guest.expected.append(number)

    # What may happen

    @rule()
    def one_more_joins(self) -> None:
        if len(self.guests) < 6:
            self._join()

    @rule(times=st.sampled_from([1, 2, GATHERED_FRAMES + 1]))
    def the_host_says_something(self, times: int) -> None:
        numbers = range(self._count + 1, self._count + times + 1)
        self._count += times

        def say() -> None:
            for number in numbers:
                self._expect(number)
                self.endpoint.hub.talk.broadcast_from_host(msgspec.Raw(b"%d" % number))

        self._act(say)

    @rule(which=wise)
    def a_client_says_something(self, which: int) -> None:
        guest = self._choose(which, is_reading=True)
        if guest is not None and guest.is_healthy:
            self._count += 1
            self._expect(self._count)
            guest.socket.sendall(frame(FIN | TEXT, b'{"type":"message","content":%d}' % self._count))
            before = self.endpoint.hub.counters.messages_in
            while self.endpoint.hub.counters.messages_in == before:
                self._act(bool)

    @rule(which=wise, more=st.sampled_from([0, 4, 12]))
    def a_client_stops_reading_and_is_flooded(self, which: int, more: int) -> None:
        """Until the system's queues are full, and then so many frames more: it is not yet paused, or it is."""
        guest = self._choose(which)
        if guest is None:
            return
        guest.is_reading = False
        hub, client = self.endpoint.hub, guest.client

        def flood() -> None:
            hub.talk.direct_from_host([client], client.client_id, FLOOD)

        while guest.connection.is_open and not self._is_stuck(guest):
            self._act(flood)
        for _ in range(more):
            self._act(flood)

    @rule(which=wise)
    def a_client_reads_again(self, which: int) -> None:
        guest = self._choose(which, is_reading=False)
        if guest is not None:
            guest.is_reading = True
            while guest.read() or (guest.connection.is_open and _waits(guest)):
                self._act(bool)
            guest.is_ending |= not guest.connection.is_open  # it may have been too slow meanwhile

    @rule(which=wise, is_noticed=st.booleans())
    def a_client_ends_its_sending_side(self, which: int, is_noticed: bool) -> None:
        guest = self._choose(which, is_reading=False) or self._choose(which)  # worst where something waits
        if guest is not None:
            guest.is_ending = True
            guest.socket.shutdown(socket.SHUT_WR)
            self._act(bool, turns=8 if is_noticed else 0)

    @rule(which=wise, is_noticed=st.booleans())
    def a_client_breaks_its_connection(self, which: int, is_noticed: bool) -> None:
        guest = self._choose(which)
        if guest is not None:
            guest.end()
            self._act(bool, turns=8 if is_noticed else 0)

    @rule(which=wise)
    def a_client_says_goodbye(self, which: int) -> None:
        guest = self._choose(which)
        if guest is not None:
            guest.is_ending = True
            guest.socket.sendall(close(1000))
            self._act(bool, turns=8)

    @rule(which=wise)
    def the_network_loses_a_connection(self, which: int) -> None:
        guest = self._choose(which)
        if guest is not None:
            guest.is_ending = True
            self._act(guest.connection.abort)

    @rule(which=wise)
    def the_host_closes_a_connection(self, which: int) -> None:
        guest = self._choose(which)
        if guest is not None:
            guest.is_ending = True
            self._act(lambda: self.endpoint.hub.close([guest.client], CloseCode.KICKED))

    @rule()
    def the_close_timeout_passes(self) -> None:
        sweeper = Sweeper(self.endpoint, monotonic=lambda: time.monotonic() + CLOSE_TIMEOUT_S + 1)
        self._act(sweeper.sweep)
        assert all(connection.is_open for connection in self.endpoint.connections)

    # What must hold

    @invariant()
    def every_accepted_frame_has_left(self) -> None:
        for guest in self.guests:
            if guest.is_healthy:
                assert guest.connection.outbox._unsent is None
                self._receive(guest)
                assert guest.received == guest.expected
        assert not self._errors

    def _receive(self, guest: Guest) -> None:
        """Have a client read until nothing is under way to it; the system's own queues may take a moment."""
        until_s = time.monotonic() + WAIT_S
        while _waits(guest) or len(guest.received) < len(guest.expected):
            assert time.monotonic() < until_s
            select.select([guest.socket], [], [], 0.01)
            guest.read()
            self._act(bool)

    def teardown(self) -> None:
        for guest in self.guests:
            guest.end()
        self._server.close()
        while self.endpoint.connections:
            self._act(bool)
        self._act(self.endpoint.hub.shut_down)
        self._loop.close()
        self._folder.cleanup()
        assert not self._errors


def _waits(guest: Guest) -> bool:
    """Tell whether the server still has something for a client."""
    outbox = guest.connection.outbox
    transport = guest.connection._transport
    is_buffered = transport is not None and transport.get_write_buffer_size() > 0
    return outbox._unsent is not None or bool(outbox._backlog) or is_buffered


def _new_window_loop() -> asyncio.AbstractEventLoop:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return new_event_loop(app)


class IsolationInTheWindow(Isolation):
    """On the loop that the window runs on."""

    new_loop = staticmethod(_new_window_loop)

    async def _turn(self) -> None:
        # Without epoll Qt looks at the sockets, once for all of what is ready in asyncio's queue.
        turned = asyncio.get_running_loop().create_future()
        QTimer.singleShot(0, partial(turned.set_result, None))
        await turned


class IsolationOnAsyncio(Isolation):
    """On the loop of a server without a window, where uvloop is not installed."""

    new_loop = staticmethod(asyncio.SelectorEventLoop)


_EXAMPLES = hypothesis.settings(max_examples=100, stateful_step_count=25)

TestInTheWindow = IsolationInTheWindow.TestCase
TestInTheWindow.settings = _EXAMPLES
TestOnAsyncio = IsolationOnAsyncio.TestCase
TestOnAsyncio.settings = _EXAMPLES

if sys.platform != "win32":
    import uvloop

    class IsolationOnUvloop(Isolation):
        """On the loop of a server without a window."""

        new_loop = staticmethod(uvloop.new_event_loop)

    TestOnUvloop = IsolationOnUvloop.TestCase
    TestOnUvloop.settings = _EXAMPLES


LOOPS = list(Isolation.__subclasses__())


@pytest.mark.parametrize("machine", LOOPS)
@pytest.mark.parametrize("more", [4, 12])
def test_a_half_closed_client_delays_nobody(machine: type[Isolation], more: int) -> None:
    """It stops reading until the system's queues are full, paused or nearly so, and ends its sending side."""
    state = machine()
    state.start()
    try:
        guest = state.guests[0]
        state.a_client_stops_reading_and_is_flooded(which=0, more=more)
        state.a_client_ends_its_sending_side(which=0, is_noticed=True)
        assert guest.connection in state.endpoint.connections
        for _ in range(3):
            state.the_host_says_something(times=1)
            state.every_accepted_frame_has_left()
        assert guest.client.client_id not in state.endpoint.hub.clients
        (gone,) = [each for each in state.endpoint.hub.recorder.ring.after(0) if each.kind is Kind.DISCONNECT]
        assert (gone.identity.number, gone.outcome) == (1, "1006")
        state.the_close_timeout_passes()
        assert guest.connection not in state.endpoint.connections
    finally:
        state.teardown()

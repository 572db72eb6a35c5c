"""The sending side of a connection, on a transport that only notes what it is given."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from authws_desktop.hub.traffic import Fate, HeldFrame, Identity
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.outbox import GATHERED_FRAME_BYTES, GATHERED_FRAMES, Outbox
from tests.dialogues import new_endpoint


class NotingTransport(asyncio.Transport):
    """Keeps each write apart; one a line."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return 0


class Desk:
    """An outbox, its transport, and the codes it asked to close with."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.transport = NotingTransport()
        self.closed: list[CloseCode] = []
        self.outbox = Outbox(endpoint, lambda code, _reason: self.closed.append(code))
        self.outbox.attach(self.transport)
        self.outbox.is_open = True

    def hold(self, frame: bytes) -> HeldFrame:
        """Write a frame that must wait, and follow it."""
        assert not self.outbox.write(frame)
        held = HeldFrame(Identity(), 0.0)
        self.outbox.watch(held)
        return held


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A client that reads."""
    return Desk(new_endpoint(tmp_path))


async def test_a_turn_of_the_loop_is_one_write(desk: Desk) -> None:
    """Frames leave together and in order, before whatever is sent behind them."""
    assert [desk.outbox.write(frame) for frame in (b"a", b"b", b"c")] == [True] * 3
    assert desk.transport.writes == []
    await asyncio.sleep(0)
    assert desk.transport.writes == [b"abc"]
    desk.outbox.write(b"d")
    desk.outbox.write_out(b"ping")
    assert desk.transport.writes == [b"abc", b"d", b"ping"]
    await asyncio.sleep(0)
    assert desk.transport.writes == [b"abc", b"d", b"ping"]


async def test_many_or_large_frames_do_not_wait(desk: Desk) -> None:
    """The system takes them anyway; gathering more would only fill the memory."""
    for _ in range(GATHERED_FRAMES):
        desk.outbox.write(b"x")
    assert desk.transport.writes == [b"x" * GATHERED_FRAMES]
    desk.outbox.write(b"y")
    desk.outbox.write(b"z" * (GATHERED_FRAME_BYTES + 1))
    assert desk.transport.writes[1:] == [b"y" + b"z" * (GATHERED_FRAME_BYTES + 1)]
    await asyncio.sleep(0)


async def test_a_slow_client_gets_everything_later(desk: Desk) -> None:
    """In order; of the lists only the newest, behind the rest."""
    desk.outbox.pause()
    first, second = desk.hold(b"1"), desk.hold(b"2")
    assert not desk.outbox.write_latest(b"old list")
    assert not desk.outbox.write_latest(b"new list")
    assert (first.fate, desk.transport.writes) == (Fate.WAITING, [])
    desk.outbox.resume()
    assert desk.transport.writes == [b"1", b"2", b"new list"]
    assert (first.fate, second.fate) == (Fate.SENT, Fate.SENT)
    assert desk.outbox.write(b"3")
    await asyncio.sleep(0)
    assert desk.transport.writes[-1] == b"3"


async def test_too_slow_is_closed(desk: Desk) -> None:
    """At the limit of the send buffer, not before."""
    desk.outbox.pause()
    limit = desk.outbox._endpoint.settings.max_buffer_bytes
    desk.outbox.write(b"x" * limit)
    assert desk.closed == []
    desk.outbox.write(b"x")
    assert desk.closed == [CloseCode.TOO_SLOW]


async def test_what_is_dropped_is_lost(desk: Desk) -> None:
    """And nothing more is taken."""
    desk.outbox.pause()
    held = desk.hold(b"1")
    desk.outbox.drop()
    late = desk.hold(b"2")
    assert (held.fate, late.fate) == (Fate.LOST, Fate.LOST)
    desk.outbox.resume()
    assert desk.transport.writes == []

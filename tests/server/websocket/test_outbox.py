"""The sending side of a connection, on a transport that only notes what it is given."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from authws_desktop.protocol.codes import CloseCode
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.websocket.outbox import (
    GATHERED_FRAME_BYTES,
    GATHERED_FRAMES,
    UNPAUSED_BYTES,
    Outbox,
)
from authws_desktop.traffic.record import Fate, HeldFrame, Identity
from tests.dialogues import new_endpoint


class NotingTransport(asyncio.Transport):
    """Keeps each write apart; one a line."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.error: Exception | None = None
        self.unsent_bytes = 0
        self.is_ended = self.is_aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.error is not None:
            raise self.error
        assert not self.is_ended
        self.writes.append(bytes(data))

    def write_eof(self) -> None:
        if self.error is not None:
            raise self.error
        self.is_ended = True

    def can_write_eof(self) -> bool:
        return True

    def abort(self) -> None:
        self.is_aborted = True

    def get_write_buffer_size(self) -> int:
        return self.unsent_bytes

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


class Desk:
    """An outbox, its transport, and the codes it asked to close with."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.transport = NotingTransport()
        self.closed: list[CloseCode] = []
        self.outbox = Outbox(endpoint, self._close)
        self.outbox.attach(self.transport)
        self.outbox.is_open = True

    def _close(self, code: CloseCode, _reason: str) -> None:
        self.closed.append(code)
        self.outbox.drop()

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


async def test_nothing_is_written_behind_the_end(desk: Desk) -> None:
    """Transports raise then; what was gathered leaves before."""
    desk.outbox.write(b"last")
    desk.outbox.end()
    desk.outbox.end()
    desk.outbox.write(b"late")
    desk.outbox.write_out(b"later")
    await asyncio.sleep(0)
    assert (desk.transport.writes, desk.transport.is_ended) == ([b"last"], True)


async def test_a_transport_that_raises_ends_its_own_connection_only(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """Those behind it in the same turn get everything; the failure is logged once."""
    behind = Desk(desk.outbox._endpoint)
    desk.transport.error = RuntimeError("broken")
    for frame in (b"1", b"2"):
        for each in (desk, behind):
            each.outbox.write(frame)
        await asyncio.sleep(0)
    assert (desk.transport.is_aborted, desk.outbox.is_open) == (True, False)
    assert behind.transport.writes == [b"1", b"2"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_many_frames_for_a_broken_transport_do_not_raise(desk: Desk) -> None:
    """They leave within the hub's own loop over all clients, which must go on."""
    desk.transport.error = RuntimeError("broken")
    for _ in range(GATHERED_FRAMES):
        desk.outbox.write(b"x")
    desk.outbox.end()
    assert desk.transport.is_aborted


async def test_a_client_that_the_network_lost_is_not_worth_a_line(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """Ending a connection that was just reset fails, too, and breaks it all the same."""
    desk.transport.error = OSError("not connected")
    desk.outbox.end()
    assert desk.transport.is_aborted
    assert not caplog.records


class TestAllTogether:
    """The limit on what waits for all slow clients."""

    @pytest.fixture
    def desks(self, tmp_path: Path) -> list[Desk]:
        """Four clients of one server that do not read, and room for 1,000 bytes."""
        endpoint = new_endpoint(tmp_path)
        endpoint.sending.limit_bytes = 1000
        desks = [Desk(endpoint) for _ in range(4)]
        for each in desks:
            each.outbox.pause()
        return desks

    async def test_what_waits_is_counted(self, desks: list[Desk]) -> None:
        """The backlog and what the transport holds; until it is sent, dropped or lost."""
        sending = desks[0].outbox._endpoint.sending
        desks[0].outbox.write(b"x" * 100)
        desks[1].transport.unsent_bytes = 50
        desks[1].outbox.write(b"x" * 100)
        assert sending.total_bytes == 250
        desks[0].outbox.resume()
        assert sending.total_bytes == 150
        desks[1].outbox.drop()
        assert sending.total_bytes == 50
        desks[1].outbox.end()
        assert sending.total_bytes == 50
        desks[1].outbox.detach()
        assert sending.total_bytes == 0

    async def test_the_slowest_is_closed_first(self, desks: list[Desk]) -> None:
        """With 4008; the others keep what waits for them."""
        for number, each in enumerate(desks):
            each.outbox.write(b"x" * 100 * (number + 1))
        assert [each.closed for each in desks] == [[], [], [], []]
        desks[0].outbox.write(b"x")
        assert [each.closed for each in desks] == [[], [], [], [CloseCode.TOO_SLOW]]

    async def test_what_the_transport_holds_goes_with_it(self, desks: list[Desk]) -> None:
        """A close frame behind so much would not be read, and the memory would stay for seconds."""
        desks[2].transport.unsent_bytes = UNPAUSED_BYTES + 1
        desks[2].outbox.write(b"x")
        assert (desks[2].closed, desks[2].transport.is_aborted) == ([CloseCode.TOO_SLOW], True)
        assert desks[2].outbox._endpoint.sending.total_bytes == 0

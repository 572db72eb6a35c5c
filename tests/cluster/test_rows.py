"""The rows of all nodes at one of them: asked for, bounded, with what was left out."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from authws_desktop.cluster import rows
from authws_desktop.cluster.bus import Bus
from authws_desktop.cluster.codec import RowBatch
from authws_desktop.cluster.engine_address import read_engine_address
from authws_desktop.cluster.engine_link import EngineLink
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Direction, Identity, Kind, Record
from authws_desktop.traffic.ring import TrafficRing
from tests.cluster.conftest import StartNode, meet, node_of
from tests.cluster.test_node import Crowd
from tests.engines import Redis
from tests.own_clients import eventually


def _write(service: Service, count: int, size: int = 10) -> None:
    for _ in range(count):
        service.hub.recorder.add(Direction.IN, Kind.MESSAGE, Identity(1, "c", "", "u", "flood"), b"x" * size)


async def test_what_passes_at_all_nodes(start_node: StartNode) -> None:
    """Each row once, with the node its connection is at; nothing from before, and nothing once nobody asks."""
    one, two = await start_node(), await start_node()
    await meet(one, two)
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ana, ben = await crowd.join(one, "ana"), await crowd.join(two, "ben")
        await ana.expect_users("ana", "ben")
        ring = TrafficRing()
        node_of(one).rows.gather(ring)
        there = node_of(two).id
        await eventually(lambda: node_of(two).rows._asked_until)
        await ben.send({"type": "message", "content": "hello"})
        await ana.expect("message")

        def said() -> list[tuple[str, Direction, str]]:
            found = [row for row in ring.after(0) if row.kind is Kind.MESSAGE]
            return sorted((row.identity.username, row.direction, row.identity.node) for row in found)

        # As it came to the other node, and as this one passed it on: said by somebody who is there.
        await eventually(lambda: said() == [("ben", Direction.IN, there), ("ben", Direction.OUT, there)])
        await ana.send({"type": "message", "content": "hello"})
        await eventually(lambda: said()[:2] == [("ana", Direction.IN, ""), ("ana", Direction.OUT, "")])
        assert [row.number for row in ring.after(0)] == list(range(1, len(ring) + 1))
        assert not any(row.kind is Kind.CONNECT for row in ring.after(0))
        gathering = node_of(one).rows._gathering
        assert gathering is not None
        node_of(one).rows.end()
        await eventually(gathering.done)
        count = len(ring)
        await ben.send({"type": "message", "content": "unseen"})
        await ana.expect("message", lambda got: got["content"] == "unseen")
        assert len(ring) == count


async def test_a_flood_is_bounded(start_node: StartNode) -> None:
    """By rows and by bytes; what was left out is counted by node."""
    one, two = await start_node(), await start_node()
    await meet(one, two)
    ring, there = TrafficRing(), node_of(two).id
    node_of(one).rows.gather(ring)
    await eventually(lambda: node_of(two).rows._asked_until)
    before, left_out = node_of(two).rows._sent, node_of(one).rows.left_out

    def received() -> int:
        return sum(row.identity.node == there for row in ring.after(0))

    _write(two, 3 * rows.MOST_ROWS)
    await eventually(lambda: left_out[there] + received() == two.traffic.last_number - before)
    # A row or two of the node's own life may have come with them.
    assert 0 <= left_out[there] - 2 * rows.MOST_ROWS < 5
    known = left_out[there]
    _write(two, 4, rows.MOST_BYTES // 3)
    await eventually(lambda: left_out[there] + received() == two.traffic.last_number - before)
    assert left_out[there] > known


async def test_who_asks_no_more_is_sent_nothing(
    start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that ended while it asked is forgotten with its lease."""
    monkeypatch.setattr(rows, "LEASE_S", 0.1)
    one, two = await start_node(), await start_node()
    await meet(one, two)
    node_of(one).rows.gather(TrafficRing())
    await eventually(lambda: node_of(two).rows._asked_until)
    await one.stop()
    sending = node_of(two).rows._sending
    assert sending is not None
    await eventually(sending.done)
    assert node_of(two).rows._asked_until == {}


def test_rows_stand_in_the_order_of_their_times(redis_engine: Redis) -> None:
    """Wherever they come from; one from the future of a clock that is ahead does not wait for it."""
    bus = Bus(read_engine_address(redis_engine.url), "me", b"", lambda _channel, _data: None, _nothing)
    exchange = rows.RowExchange(TrafficRing(), bus, "me", now=lambda: 10.0)
    exchange.ring = TrafficRing()
    for node, *times in (("b", 9.3, 99.0), ("c", 9.1, 9.4)):
        found = [Record(1, at_s, Direction.IN, Kind.MESSAGE, Identity(1)) for at_s in times]
        exchange.hear(node, RowBatch(found, 0))

    def shown() -> list[tuple[str, float]]:
        exchange._release()
        assert exchange.ring is not None
        return [(row.identity.node, row.time_s) for row in exchange.ring.after(0)]

    assert shown() == [("c", 9.1), ("b", 9.3), ("c", 9.4)]
    exchange._round += 3
    assert shown()[3:] == [("b", 99.0)]


async def _nothing(_link: EngineLink) -> None:
    """Do nothing with a link."""

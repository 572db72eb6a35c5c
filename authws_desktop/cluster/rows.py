"""The rows of all nodes in one ring, for a host who asks for them: each node sends its own while it is asked.

1. A node sends at most `MOST_ROWS` and `MOST_BYTES` a round and counts what it left out: a flood at one node
   costs the others a bounded amount of work.
2. Who asks says so again before `LEASE_S` have passed; a node that dies while asking is sent nothing more.
3. Rows wait for `HOLD_S`, so that they stand in the order of their times wherever they come from; those of a
   node whose clock is ahead wait two rounds at most.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable

from msgspec.structs import replace

from authws_desktop.cluster.bus import Bus
from authws_desktop.cluster.codec import AskRows, RowBatch
from authws_desktop.tasks import end_task, start_task
from authws_desktop.traffic.record import Record, cost_bytes
from authws_desktop.traffic.ring import TrafficRing

ROUND_S = 0.25
HOLD_S = 0.5
MOST_ROWS = 500
"""A round: 2,000 a second."""
MOST_BYTES = 512 * 1024
LEASE_S = 10.0
ASK_ROUNDS = 12
"""Every how many rounds it is asked again."""


class RowExchange:
    """Sends this node's rows to who asks, and gathers those of all nodes.

    Attributes:
        ring: The rows of all nodes while they are gathered; `None` while they are not.
        left_out: How many rows each other node did not send, since it was asked first.

    Args:
        own: This node's rows.
        bus: Tells the other nodes.
        node: This node's id.
        monotonic: Monotonic clock, seconds.
        now: Wall clock, seconds since the epoch.
    """

    def __init__(
        self,
        own: TrafficRing,
        bus: Bus,
        node: str,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._own = own
        self._bus = bus
        self._node = node
        self._monotonic = monotonic
        self._now = now
        self._asked_until: dict[str, float] = {}
        self._sent = 0
        self._sending: asyncio.Task[None] | None = None
        self._gathering: asyncio.Task[None] | None = None
        self._taken = 0
        self._waiting: list[tuple[int, Record]] = []
        self._round = 0
        self.ring: TrafficRing | None = None
        self.left_out: Counter[str] = Counter()

    async def close(self) -> None:
        """Neither send nor gather any more; may be called again."""
        await end_task(self._sending)
        await end_task(self._gathering)
        self.ring = None

    def hear(self, node: str, item: AskRows | RowBatch) -> None:
        """Handle another node's request for rows, or rows that it sent."""
        if isinstance(item, AskRows):
            self._asked_until[node] = self._monotonic() + LEASE_S
            if self._sending is None or self._sending.done():
                # From now on: all the rows of before would come as one flood.
                self._sent = self._own.last_number
                self._sending = start_task(self._send(), "send rows to other nodes")
        elif self.ring is not None:
            self.left_out[node] += item.left_out
            self._waiting += [(self._round, self._placed(record, node)) for record in item.records]

    # Sending

    async def _send(self) -> None:
        while self._asked_until:
            await asyncio.sleep(ROUND_S)
            now_s = self._monotonic()
            self._asked_until = {node: end_s for node, end_s in self._asked_until.items() if end_s > now_s}
            rows = self._next_rows()
            if rows.records or rows.left_out:
                for node in self._asked_until:
                    self._bus.tell(rows, node)

    def _next_rows(self) -> RowBatch:
        found = self._own.after(self._sent, MOST_ROWS)
        size, records = 0, []
        for record in found:
            size += cost_bytes(record)
            if size > MOST_BYTES:
                break
            # Who got it is as long as the list of people; how many did stays.
            records.append(replace(record, delivery=None))
        # What does not fit is left out, not sent late: the host looks at what passes now.
        new, self._sent = self._own.last_number - self._sent, self._own.last_number
        return RowBatch(records, new - len(records))

    # Gathering

    def gather(self, ring: TrafficRing) -> None:
        """Gather the rows of all nodes, from now on.

        Args:
            ring: Empty; gets them.
        """
        self.ring, self.left_out, self._waiting, self._round = ring, Counter(), [], 0
        self._taken = self._own.last_number
        if self._gathering is None or self._gathering.done():
            self._gathering = start_task(self._gather(), "gather the rows of all nodes")

    def end(self) -> None:
        """Gather no more; the other nodes stop when nobody has asked for a while."""
        self.ring = None

    async def _gather(self) -> None:
        while self.ring is not None:
            if self._round % ASK_ROUNDS == 0:
                self._bus.tell(AskRows())
            await asyncio.sleep(ROUND_S)
            self._round += 1
            # A reader that is behind skips what the ring let go of, as any other.
            new, self._taken = self._own.after(self._taken), self._own.last_number
            self._waiting += [(self._round, record) for record in new]
            self._release()

    def _release(self) -> None:
        old_s = self._now() - HOLD_S
        ready: list[tuple[int, Record]] = []
        rest: list[tuple[int, Record]] = []
        for came, record in self._waiting:
            is_ready = record.time_s <= old_s or self._round - came > 2
            (ready if is_ready else rest).append((came, record))
        self._waiting = rest
        ready.sort(key=lambda each: each[1].time_s)
        for _, record in ready:
            if self.ring is not None:
                self.ring.append(replace(record, number=self.ring.next_number))

    def _placed(self, record: Record, node: str) -> Record:
        """Return another node's row with the node that its connection is at, as this one calls it."""
        at = record.identity.node or node
        return replace(record, identity=replace(record.identity, node="" if at == self._node else at))

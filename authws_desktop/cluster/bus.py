"""The way to the other nodes: one link that is kept up, and a queue of what they are to be told.

1. What happens in one turn of the loop, and while the engine has not answered the last envelope, leaves as
   one envelope: under load some tens of messages.
2. An envelope that the engine may not have got when the link ended is sent again under its old number; who
   had it drops the second one.
3. While the engine is away what waits is bounded in time and number. What is dropped leaves a hole in the
   numbers, which the others see.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable

from authws_desktop.cluster.codec import (
    VERSION,
    Item,
    Joined,
    Left,
    NodeEnvelope,
    encode_envelope,
    encode_person,
)
from authws_desktop.cluster.engine_address import EngineAddress
from authws_desktop.cluster.engine_link import EngineError, EngineLink, Reply, open_link
from authws_desktop.cluster.errors import ClusterError
from authws_desktop.tasks import end_task, start_task

log = logging.getLogger(__name__)
QUEUE_S = 2.0
QUEUE_ITEMS = 1000
"""How long, and how many, items wait for the engine before they are dropped (rule 3)."""
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 2.0
"""Between two tries to connect, doubling: all nodes knock at an engine that has just started."""
_TO_ALL = ""
Waiting = tuple[float, str, Item]
"""When it was to be told, to which node (empty: to all), and what."""


class Bus:
    """Publishes what other nodes are told, and keeps this node's connection to the engine.

    Attributes:
        away_since: Since when the engine is away, seconds since the epoch; `None` while it is there.
        trouble: Why, a sentence; empty while it is there.
        dropped: How many items waited too long and were not told.
        envelopes_sent, items_sent: Totals.
        published_s: When envelopes were last handed to the engine, monotonic seconds.

    Args:
        engine: The engine.
        node: This node's id.
        epoch: Of its start.
        on_published: Called with each message on a channel that was subscribed to.
        on_up: Awaited with a new link before anything is told over it; what it raises ends the link.
    """

    def __init__(
        self,
        engine: EngineAddress,
        node: str,
        epoch: bytes,
        on_published: Callable[[bytes, bytes], None],
        on_up: Callable[[EngineLink], Awaitable[None]],
    ) -> None:
        self._engine = engine
        self._node = node
        self._epoch = epoch
        self._on_published = on_published
        self._on_up = on_up
        self._link: EngineLink | None = None
        self._is_up = False
        self._lost = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        self._queue: deque[Waiting] = deque()
        self._unanswered: list[tuple[str, bytes]] = []
        self._is_flush_due = False
        self._number = 0
        self.away_since: float | None = None
        self.trouble = ""
        self.dropped = self.envelopes_sent = self.items_sent = 0
        self.published_s = 0.0

    # Life

    async def start(self) -> None:
        """Connect, and keep connected from then on.

        Raises:
            ClusterError: The engine cannot be reached or refuses us.
        """
        try:
            await self._connect()
        except (OSError, EngineError) as error:
            await self.close()
            raise ClusterError(
                f"The cluster's engine at {self._engine.shown} cannot be reached ({_words(error)}). Start "
                "it, or correct the cluster's address."
            ) from None
        except BaseException:
            await self.close()
            raise
        self._keeping = start_task(self._keep(), "keep the link to the engine")

    async def close(self) -> None:
        """End the link; may be called again."""
        await end_task(self._keeping)
        self._keeping = None
        self._is_up = False
        if self._link is not None:
            self._link.close()
            # Its end is told on the loop.
            await self._lost.wait()
            self._link = None

    @property
    def is_up(self) -> bool:
        """Whether other nodes can be told now."""
        return self._is_up

    @property
    def link(self) -> EngineLink | None:
        """The link while the engine is there."""
        return self._link if self._is_up else None

    def drop_link(self, error: Exception) -> None:
        """End a link over which something failed; it is made anew."""
        self._note_away(error)
        if self._link is not None:
            self._link.close()

    async def _keep(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            await self._lost.wait()
            if not self.trouble:  # whoever ended it may have said why
                self._note_away(ConnectionError("the connection ended"))
            # Jitter: the nodes of a cluster lose the engine together and need not come back together.
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311
            try:
                await self._connect()
            except (OSError, EngineError, ClusterError) as error:
                self._note_away(error)
                self._lost.set()
                pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
                continue
            pause_s = FIRST_PAUSE_S

    async def _connect(self) -> None:
        # Before connecting: the new link may end while `on_up` is awaited, which must not be missed.
        self._lost.clear()
        # The one that was lost tells its end no second time: nobody may wait for it while there is no other.
        self._link = None
        self._link = await open_link(self._engine, self._on_published, self._on_lost)
        try:
            await self._on_up(self._link)
        # Refused or cancelled: a link that nobody keeps must not stay open.
        except BaseException:
            self._link.close()
            raise
        if self.away_since is not None:
            log.info("The cluster's engine at %s is there again.", self._engine.shown)
        self._is_up, self.away_since, self.trouble = True, None, ""
        self._send_again()

    def _on_lost(self) -> None:
        self._is_up = False
        self._lost.set()

    def _note_away(self, error: Exception) -> None:
        self._is_up = False
        if self.away_since is None:
            self.away_since = time.time()
            log.warning("The cluster's engine at %s is away: %s", self._engine.shown, _words(error))
        since = time.strftime("%H:%M:%S", time.localtime(self.away_since))
        self.trouble = (
            f"The cluster's engine at {self._engine.shown} is away since {since} ({_words(error)}). Messages "
            "reach only who is connected to this server."
        )

    # Telling

    def tell(self, item: Item, node: str = _TO_ALL) -> None:
        """Tell all other nodes, or one, soon; in order.

        Args:
            item: What.
            node: The one node's id; empty for all.
        """
        self._queue.append((time.monotonic(), node, item))
        if not self._is_up:
            self._bound_queue()
        elif not self._unanswered:
            self._flush_soon()

    def _bound_queue(self) -> None:
        oldest_s = time.monotonic() - QUEUE_S
        before = self.dropped
        while self._queue and (len(self._queue) > QUEUE_ITEMS or self._queue[0][0] < oldest_s):
            self._queue.popleft()
            self.dropped += 1
        if self.dropped != before:
            self._number += 1  # the hole that the others see

    def _flush_soon(self) -> None:
        if not self._is_flush_due:
            self._is_flush_due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._is_flush_due = False
        link = self.link
        # One publishing at a time (rule 1): what comes meanwhile leaves with the answer.
        if link is None or self._unanswered or not self._queue:
            return
        queue, self._queue = self._queue, deque()
        items: list[Item] = []
        target = _TO_ALL
        for _, node, item in queue:
            # Order counts across receivers, too: another one begins an envelope of its own.
            if items and node != target:
                self._pack(target, items)
                items = []
            target = node
            items.append(item)
        self._pack(target, items)
        self._write_people(link, [item for _, _, item in queue])
        self._publish(link)

    def _pack(self, node: str, items: list[Item]) -> None:
        channel = self._engine.key("node", node) if node else self._engine.key("all")
        # Only those to all are counted: a number that one node alone got would be a hole to the others.
        if not node:
            self._number += 1
        envelope = NodeEnvelope(VERSION, self._node, 0 if node else self._number, items)
        self._unanswered.append((channel, encode_envelope(self._epoch, envelope)))
        self.envelopes_sent += 1
        self.items_sent += len(items)

    def _write_people(self, link: EngineLink, items: list[Item]) -> None:
        """Write who came and went, ahead of telling it: who reads afterwards must find it (see `link`)."""
        changes: dict[str, Joined | None] = {}
        for item in items:
            if isinstance(item, Joined):
                changes[item.person.client_id] = item
            elif isinstance(item, Left):
                changes[item.client_id] = None
        key = self._engine.key("node", self._node, "conns")
        here = [each for item in changes.values() if item is not None for each in fields_of(item)]
        gone = [client_id for client_id, item in changes.items() if item is None]
        if here:
            link.send("HSET", key, *here).add_done_callback(self._on_written)
        if gone:
            link.send("HDEL", key, *gone).add_done_callback(self._on_written)

    def _publish(self, link: EngineLink) -> None:
        self.published_s = time.monotonic()
        for channel, data in self._unanswered:
            last = link.send("PUBLISH", channel, data)
        # One answer for all of them: the engine answers in order.
        last.add_done_callback(self._on_answered)

    def _on_written(self, reply: asyncio.Future[Reply]) -> None:
        # The link's own end is told by `_on_lost`; this is a command that the engine refused.
        if isinstance(error := reply.exception(), EngineError):
            self.drop_link(error)

    def _on_answered(self, reply: asyncio.Future[Reply]) -> None:
        if (error := reply.exception()) is not None:
            # Kept, and sent again over the next link (rule 2).
            if isinstance(error, EngineError):
                self.drop_link(error)
            return
        self._unanswered.clear()
        if self._queue:
            self._flush_soon()

    def _send_again(self) -> None:
        link = self.link
        if link is not None and self._unanswered:
            self._publish(link)
        elif self._queue:
            self._flush_soon()


def fields_of(item: Joined) -> tuple[str, bytes]:
    """Return field and value of a connection in the hash of its node's connections."""
    return item.person.client_id, encode_person(item.person)


def _words(error: Exception) -> str:
    return str(error) or ("no answer in time" if isinstance(error, TimeoutError) else type(error).__name__)

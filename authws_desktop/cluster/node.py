"""This server as one node of a cluster: tells the others what happens here, and follows what happens there.

1. Who is connected where is in memory at each node. It is read whole when a node is met and after a hole in
   its numbers; in between it follows what that node tells.
2. Nothing waits for another node. The engine being away is a state, not an error: clients of this node go on
   among themselves.
3. Coming back: subscribe, write the own connections, read all others', then tell what waited.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

import msgspec

from authws_desktop import __version__
from authws_desktop.accounts.growing_waits import LockoutKind
from authws_desktop.accounts.login_throttle import Listener
from authws_desktop.accounts.names import lookup_key
from authws_desktop.cluster.bus import Bus, fields_of
from authws_desktop.cluster.codec import (
    EPOCH_BYTES,
    VERSION,
    AskRows,
    Attempted,
    Changed,
    Close,
    DirectDone,
    DirectTo,
    Drain,
    Item,
    Joined,
    Leaving,
    Left,
    NodeInfo,
    Reread,
    RowBatch,
    Said,
    decode_person,
    person_of,
)
from authws_desktop.cluster.database_follower import DatabaseFollower
from authws_desktop.cluster.directory import Directory
from authws_desktop.cluster.directs import Directs
from authws_desktop.cluster.engine_address import EngineAddress
from authws_desktop.cluster.engine_link import EngineError, EngineLink, Reply
from authws_desktop.cluster.envelopes import Envelopes
from authws_desktop.cluster.gauges import Gauges
from authws_desktop.cluster.roll import Fit, Roll, hash_pairs
from authws_desktop.cluster.rows import RowExchange
from authws_desktop.cluster.sharing import Sharing
from authws_desktop.hub.client import Client
from authws_desktop.hub.hub import Hub
from authws_desktop.hub.keeper import Stamp
from authws_desktop.hub.received import Received
from authws_desktop.hub.relay import Elsewhere
from authws_desktop.messages.others import News
from authws_desktop.protocol.client_messages import Direct
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.tasks import end_task, start_task
from authws_desktop.traffic.record import Identity

log = logging.getLogger(__name__)
TICK_S = 1.0
"""How often the engine is asked which nodes are alive."""
BEAT_TICKS = 5
"""Every how many ticks the leases are renewed: three times within `LEASE_S`."""


class Node:
    """This server among the nodes: the `Relay` that the hub tells what happens here.

    Attributes:
        id: Its name among the nodes; another one at each start.
        bus: Tells the other nodes.
        roll: Which nodes are alive.
        directory: Who is connected to the others.
        node_of, write: See `Relay`.
        is_draining: Whether it sends its clients elsewhere.
        others: The other nodes, for what keeps messages.
        rows: The traffic of all nodes, for who asks.
        on_news: Gets what other nodes tell of messages that are kept.
        is_keeping: Tells whether this node keeps messages.
        lag_s: How long the last envelope took from here through the engine back here, seconds.

    Args:
        engine: The engine.
        hub: Holds this node's connections.
        fit: What all nodes must have in common.
        url: Tells where this node is reached, once it listens.
        follow: What follows the shared database, awaited when another node has written.
        on_attempted: Called with each failure of a login at another node, and each that is forgotten.
        on_drain: Called when a host at any node has this one drain, or take newcomers again.
    """

    def __init__(
        self,
        engine: EngineAddress,
        hub: Hub,
        fit: Fit,
        url: Callable[[], str],
        follow: Sequence[Callable[[], Awaitable[None]]],
        on_attempted: Listener,
        on_drain: Callable[[bool], None],
    ) -> None:
        self._engine = engine
        self._hub = hub
        self._fit = fit
        self._url = url
        self._on_attempted = on_attempted
        self._on_drain = on_drain
        self._gauges = Gauges(hub)
        self.is_draining = False
        self._epoch = secrets.token_bytes(EPOCH_BYTES)
        self.id = f"{socket.gethostname().partition('.')[0][:32]}-{self._epoch.hex()[:6]}"
        self.bus = Bus(engine, self.id, self._epoch, self._on_published, self._on_up)
        self.roll = Roll(engine, self.id)
        self.directory = Directory(lookup_key)
        self.node_of = self.directory.node_of
        self._directs = Directs(hub, self.bus, self.directory)
        self.write = self._directs.write
        self.rows = RowExchange(hub.recorder.ring, self.bus, self.id)
        self.others = Sharing(self.id, self.bus, self.directory)
        self._envelopes = Envelopes(self._apply, self._reread)
        self._follower = DatabaseFollower(follow)
        self._ticking: asyncio.Task[None] | None = None
        self._link: EngineLink | None = None
        self._started_at = time.time()
        self.on_news: Callable[[str, News], None] = lambda _node, _news: None
        self.is_keeping: Callable[[], bool] = lambda: False
        self.lag_s = 0.0

    @property
    def gaps(self) -> int:
        """How many envelopes of others never came."""
        return self._envelopes.gaps

    # Life

    async def join(self) -> None:
        """Become one of the nodes, and the hub's relay.

        Raises:
            ClusterError: The engine cannot be reached, or this node does not fit to the others.
        """
        await self.bus.start()
        self._ticking = start_task(self._tick(), "follow the nodes")
        # Ids of messages count from one at each node.
        self._hub.talk.number_from(f"{self._epoch.hex()[:8]}")
        # Last, as the hub begins to tell what happens: who was here before is in what `_on_up` wrote.
        self._hub.attach(self)

    async def leave(self) -> None:
        """Take no more part; may be called again."""
        # First: nothing more is told while the parts that tell it are taken down.
        self._hub.attach(None)
        self._directs.close()
        await self.rows.close()
        await end_task(self._ticking)
        self._ticking = None
        if (link := self.bus.link) is not None:
            # The engine may be away: then the leases end by themselves.
            with contextlib.suppress(OSError, EngineError):
                await self.roll.leave(link)
                self.bus.tell(Leaving())
                # One turn of the loop, in which the bus packs and sends what it was told.
                await asyncio.sleep(0)
                await link.call("PING")  # behind what was told
        await self.bus.close()
        # Only now: what the bus brought meanwhile may have begun it anew.
        await self._follower.close()

    @property
    def trouble(self) -> str:
        """Why other nodes cannot be reached, or may not understand this one; empty if all is well."""
        return self.bus.trouble or self.roll.clock_trouble

    @property
    def info(self) -> NodeInfo:
        """What this node tells of itself."""
        return NodeInfo(
            self._epoch.hex(),
            VERSION,
            __version__,
            self._fit.key,
            self._url(),
            self._hub.authenticated_count,
            self._started_at,
            self._fit.database,
            self._gauges.in_s,
            self._gauges.out_s,
            self.lag_s,
            self.gaps,
            self.is_draining,
            self.is_keeping(),
        )

    async def _on_up(self, link: EngineLink) -> None:
        # First: what is told from here on comes, and what was told before is in what is read behind it.
        self._link = link
        await link.call("SUBSCRIBE", self._engine.key("all"))
        await link.call("SUBSCRIBE", self._engine.key("node", self.id))
        await self.roll.read(link)
        self.roll.check_fit(self.info)
        await self._write_people(link)
        # After the connections: whoever sees the node finds who is connected to it.
        await self.roll.beat(link, self.info)
        await self.roll.read(link)
        for node in self.roll.rows.keys() - {self.id}:
            self._read_people(link, node)
        self._forget_dead()
        await link.call("PING")  # behind what was asked
        self.bus.tell(Reread())

    async def _write_people(self, link: EngineLink) -> None:
        """Write who is connected here, in place of what the engine has."""
        members = self._hub.members.everyone()
        await self.roll.write_people(
            link, [part for client in members for part in fields_of(Joined(person_of(client)))]
        )

    async def _tick(self) -> None:
        for ticks in itertools.count(1):
            await asyncio.sleep(TICK_S)
            if (link := self.bus.link) is None:
                continue
            try:
                await self._follow_nodes(link, is_beat_due=ticks % BEAT_TICKS == 0)
            except (OSError, EngineError) as error:
                self.bus.drop_link(error)

    async def _follow_nodes(self, link: EngineLink, *, is_beat_due: bool) -> None:
        if is_beat_due:
            self._gauges.look()
        if is_beat_due and not await self.roll.beat(link, self.info):
            # Emptied, or this process stood still for longer than its lease.
            await self._write_people(link)
            self.bus.tell(Reread())
        await self.roll.read(link)
        for node in self.roll.rows.keys() - {self.id} - set(self.directory.nodes()):
            self._read_people(link, node)
        self._forget_dead()

    def _forget_dead(self) -> None:
        for node in self.directory.nodes():
            if node not in self.roll.rows:
                self._forget(node)

    def _forget(self, node: str) -> None:
        self._envelopes.forget(node)
        # One list for all who were connected there, and none if nobody was.
        if node in self.directory.nodes() and self.directory.forget(node):
            self._hub.people_changed()

    def _read_people(self, link: EngineLink, node: str) -> None:
        """Read who is connected to another node."""

        def take_over(reply: Reply) -> None:
            try:
                people = [decode_person(value) for field, value in hash_pairs(reply) if field]
            except msgspec.DecodeError:
                log.warning("Who is connected to the node %s cannot be understood.", node)
                return
            if self.directory.replace(node, people):
                self._hub.people_changed()

        link.ask(take_over, "HGETALL", self._engine.key("node", node, "conns"))

    # The hub's side

    def said(self, sender: Identity, payload: bytes) -> None:
        """Tell that a message went to everyone here."""
        self.bus.tell(Said(sender.client_id, sender.user_id, sender.username, payload))

    def joined(self, client: Client) -> None:
        """Tell that a connection takes part."""
        self.bus.tell(Joined(person_of(client)))

    def left(self, client: Client) -> None:
        """Tell that a connection takes part no more."""
        self.bus.tell(Left(client.client_id))

    def people(self) -> Sequence[Elsewhere]:
        """Return who is connected to the other nodes."""
        return self.directory.people()

    def direct(self, received: Received, message: Direct, here: Sequence[Client], stamp: Stamp) -> bool:
        """Send a message to connections of other nodes, and of this one; see `Relay`."""
        return self._directs.send(received, message, here, stamp)

    def close(self, client_ids: Iterable[str], code: CloseCode, reason: str = "") -> int:
        """Have connections of other nodes closed; return how many are known."""
        by_node: dict[str, list[str]] = {}
        for client_id in client_ids:
            if node := self.directory.node_of(client_id):
                by_node.setdefault(node, []).append(client_id)
        for node, chosen in by_node.items():
            self.bus.tell(Close(chosen, int(code), reason), node)
        return sum(map(len, by_node.values()))

    def drain(self, node: str, *, is_on: bool) -> None:
        """Have a node, which may be this one, send its clients elsewhere, or take newcomers again."""
        if node == self.id:
            self._on_drain(is_on)
        else:
            self.bus.tell(Drain(is_on), node)

    def changed(self) -> None:
        """Tell that this node wrote to the database."""
        self.bus.tell(Changed())

    # The others' side

    def _on_published(self, _channel: bytes, data: bytes) -> None:
        # What this node published comes back, too; the time it took is that of the way through the engine.
        if data.startswith(self._epoch):
            self.lag_s = time.monotonic() - self.bus.published_s
            return
        self._envelopes.take(data)

    def _reread(self, node: str) -> None:
        # Not the bus's link: what comes while that is being made anew counts, too.
        if self._link is not None:
            self._read_people(self._link, node)

    def _apply(self, node: str, epoch: bytes, item: Item) -> None:
        if isinstance(item, Said):
            sender = Identity(
                client_id=item.client_id, user_id=item.user_id, username=item.username, node=node
            )
            self._hub.talk.relay_message(sender, item.payload)
        elif isinstance(item, Joined):
            self.directory.add(node, item.person)
            self._hub.people_changed()
        elif isinstance(item, Left):
            self.directory.remove(item.client_id)
            self._hub.people_changed()
        elif isinstance(item, DirectTo):
            self._directs.on_direct(node, epoch, item)
        elif isinstance(item, DirectDone):
            self._directs.on_done(node, item)
        elif isinstance(item, Reread):
            self._reread(node)
        elif isinstance(item, Leaving):
            self._forget(node)
        elif isinstance(item, Close):
            clients = [self._hub.clients[each] for each in item.client_ids if each in self._hub.clients]
            self._hub.close(clients, CloseCode(item.code), item.reason)
        elif isinstance(item, Attempted):
            self._on_attempted(item.kind, item.key, item.limit)
        elif isinstance(item, Drain):
            self._on_drain(item.is_on)
        elif isinstance(item, Changed):
            self._follower.look_soon()
        elif isinstance(item, AskRows | RowBatch):
            self.rows.hear(node, item)
        else:
            self.on_news(node, item)

    def attempted(self, kind: LockoutKind, key: str, limit: int | None) -> None:
        """Tell that a login failed here, or that failures were forgotten."""
        self.bus.tell(Attempted(kind, key, limit))

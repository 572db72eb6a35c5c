"""Directs to people at other nodes: sent, and answered once the other nodes have written them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import UNSET

from authws_desktop.cluster.bus import Bus
from authws_desktop.cluster.codec import DirectDone, DirectTo
from authws_desktop.cluster.directory import Directory
from authws_desktop.cluster.numbers import Numbers
from authws_desktop.hub.client import Client
from authws_desktop.hub.hub import Hub
from authws_desktop.hub.keeper import Stamp
from authws_desktop.hub.received import Received
from authws_desktop.protocol.client_messages import Direct
from authws_desktop.protocol.codes import ErrorCode
from authws_desktop.protocol.envelope import open_envelope
from authws_desktop.protocol.errors import FrameError
from authws_desktop.protocol.server_messages import Delivered, DirectMessage, ErrorMessage, encode
from authws_desktop.traffic.record import SERVER_IDENTITY, Direction, Identity, Kind

ANSWER_S = 2.0
"""How long other nodes are waited for."""


@dataclass
class _PendingDirect:
    """A direct that is not answered yet."""

    received: Received
    message: Direct
    stamp: Stamp
    count: int
    nodes: set[str] = field(default_factory=set)
    timer: asyncio.TimerHandle | None = None


class Directs:
    """Sends directs to other nodes, and writes theirs.

    Args:
        hub: Knows who is connected here.
        bus: Tells the other nodes.
        directory: Knows who is connected there.
    """

    def __init__(self, hub: Hub, bus: Bus, directory: Directory) -> None:
        self._hub = hub
        self._bus = bus
        self._directory = directory
        self._sent: dict[int, _PendingDirect] = {}
        self._number = 0
        # Not forgotten with a node that is gone: it may come back, and send again what had no answer.
        self._numbers = Numbers()

    def close(self) -> None:
        """Give up the directs that are not answered yet."""
        for sent in self._sent.values():
            if sent.timer is not None:
                sent.timer.cancel()
        self._sent.clear()

    def send(self, received: Received, message: Direct, here: Sequence[Client], stamp: Stamp) -> bool:
        """Send a direct to whom it means elsewhere and here; see `Relay.direct`."""
        to = message.to or ""
        # An id of a connection here means that one alone, whoever has it for a name elsewhere.
        if here and here[0].client_id == to:
            return False
        there = self._directory.find(to)
        if not there:
            return False
        if not self._bus.is_up:
            # Whoever is here gets it at least, by the hub's own way.
            if here:
                return False
            raise FrameError(
                ErrorCode.RECIPIENT_UNREACHABLE,
                "The recipient is connected to another server, which cannot be reached just now.",
            )
        self._send(received, message, here, there, stamp)
        return True

    def _send(
        self,
        received: Received,
        message: Direct,
        here: Sequence[Client],
        there: Mapping[str, list[str]],
        stamp: Stamp,
    ) -> None:
        to, sender = message.to or "", received.client.identity
        frame = DirectMessage(
            sender.client_id, to, sender.username, message.content, stamp.timestamp, stamp.wire_id
        )
        payload = encode(frame)
        self._hub.recorder.add(
            Direction.IN,
            Kind.DIRECT,
            sender,
            received.payload,
            to=to,
            recipients=len(here) + sum(map(len, there.values())),
            is_binary=received.is_binary,
            is_from_host=received.is_from_host,
        )
        if here:
            self._hub.talk.relay_direct(sender, here, to, payload)
        self._number += 1
        sent = self._sent[self._number] = _PendingDirect(received, message, stamp, len(here), set(there))
        loop = asyncio.get_running_loop()
        sent.timer = loop.call_later(ANSWER_S, self._give_up, self._number)
        for node, client_ids in there.items():
            self._bus.tell(
                DirectTo(
                    self._number, sender.client_id, sender.user_id, sender.username, to, client_ids, payload
                ),
                node,
            )

    def write(self, client_id: str, payload: bytes) -> None:
        """Have the host's message written to a connection of another node, if it is still there."""
        node = self._directory.node_of(client_id)
        if node:
            self._number += 1
            who = SERVER_IDENTITY
            self._bus.tell(
                DirectTo(self._number, who.client_id, "", who.username, client_id, [client_id], payload), node
            )

    def on_direct(self, node: str, epoch: bytes, item: DirectTo) -> None:
        """Write a direct of another node's to the connections here, and answer with their count.

        Args:
            node: The other one.
            epoch: Of its start.
            item: The direct.
        """
        if self._numbers.hear(node, epoch, item.number).is_again:
            return  # and answered already
        members = [self._hub.clients[each] for each in item.receivers if each in self._hub.clients]
        receivers = [each for each in members if each in self._hub.members]
        if receivers:
            sender = Identity(
                client_id=item.client_id, user_id=item.user_id, username=item.username, node=node
            )
            self._hub.talk.relay_direct(sender, receivers, item.to, item.payload)
        self._bus.tell(DirectDone(item.number, len(receivers)), node)

    def on_done(self, node: str, item: DirectDone) -> None:
        """Take a node's answer; the sender is told when all have answered."""
        sent = self._sent.get(item.number)
        # Too late, or from a node that has answered already.
        if sent is None or node not in sent.nodes:
            return
        sent.nodes.discard(node)
        sent.count += item.count
        if not sent.nodes:
            self._finish(item.number)

    def _finish(self, number: int) -> None:
        sent = self._sent.pop(number)
        if sent.timer is not None:
            sent.timer.cancel()
        if not sent.count:
            self._refuse(sent, ErrorCode.INVALID_RECIPIENT, "Nobody is connected by that id or name.")
            return
        answer = Delivered(
            sent.message.to or "",
            sent.stamp.timestamp,
            sent.stamp.wire_id,
            sent.count,
            sent.message.message_id or UNSET,
        )
        if sent.received.client.client_id in self._hub.clients:
            self._hub.send(sent.received.client, Kind.DELIVERED, encode(answer))

    def _give_up(self, number: int) -> None:
        sent = self._sent.pop(number)
        self._refuse(
            sent,
            ErrorCode.DELIVERY_UNKNOWN,
            "The recipient's server did not answer in time. The message may have been delivered.",
        )

    def _refuse(self, sent: _PendingDirect, code: ErrorCode, text: str) -> None:
        client = sent.received.client
        if client.client_id not in self._hub.clients:
            return
        error = FrameError(code, text, envelope=open_envelope(sent.received.payload))
        frame = encode(ErrorMessage.of(error, self._hub.timestamp()))
        self._hub.counters.refuse(code)
        self._hub.send(client, Kind.ERROR, frame, outcome=code, detail=text)

"""The announcement that stays: who comes later gets it too, until the host takes it down."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from authws_desktop.hub.client import Client
from authws_desktop.hub.frame_writer import FrameWriter
from authws_desktop.hub.members import Members
from authws_desktop.protocol.framing import text_frame
from authws_desktop.protocol.server_messages import Broadcast, Unpinned, encode
from authws_desktop.traffic.record import SERVER_IDENTITY, Delivery, Direction, Kind


class Pinned(msgspec.Struct, frozen=True):
    """An announcement that stays.

    Attributes:
        wire_id: Its id on the wire, the same for whoever gets it.
        timestamp: When it was said, as the contract writes it.
        content: What was said, JSON.
    """

    wire_id: str
    timestamp: str
    content: msgspec.Raw


class _Told(msgspec.Struct):
    """A frame of the host that another node passes on."""

    type: str
    id: str
    timestamp: str
    content: msgspec.Raw = msgspec.Raw(b"null")
    pinned: bool = False


_told_decoder = msgspec.json.Decoder(_Told)


class Pinboard:
    """Holds one announcement at most: a new one takes the place of the old.

    Attributes:
        pinned: The announcement; `None` where there is none.
        on_changed: Called after each change; for whoever keeps it on disk.

    Args:
        members: Who is told that it was taken down.
        writer: Writes to them.
        timestamp: Tells the time as the contract writes it.
        tell_nodes: Passes a frame on to other nodes, where there are any.
    """

    def __init__(
        self,
        members: Members,
        writer: FrameWriter,
        timestamp: Callable[[], str],
        tell_nodes: Callable[[bytes], None],
    ) -> None:
        self.pinned: Pinned | None = None
        self.on_changed: Callable[[], None] = lambda: None
        self._members = members
        self._writer = writer
        self._timestamp = timestamp
        self._tell_nodes = tell_nodes

    @property
    def pinned_id(self) -> str:
        """The announcement's id; empty where there is none."""
        return "" if self.pinned is None else self.pinned.wire_id

    def pin(self, pinned: Pinned) -> None:
        """Keep an announcement that everybody who is here has just got."""
        self.pinned = pinned
        self.on_changed()

    def show_to(self, client: Client) -> None:
        """Give the announcement to a connection that came later."""
        if (pinned := self.pinned) is None:
            return
        message = Broadcast(
            SERVER_IDENTITY.client_id,
            SERVER_IDENTITY.username,
            pinned.content,
            pinned.timestamp,
            pinned.wire_id,
            replayed=True,
            pinned=True,
        )
        self._writer.send(client, Kind.MESSAGE, encode(message))

    def unpin(self) -> Delivery | None:
        """Take the announcement down, and tell those who asked to be told; `None` if there is none."""
        if (pinned := self.pinned) is None:
            return None
        payload = encode(Unpinned(pinned.wire_id, self._timestamp()))
        delivery = self._take_down(payload)
        self._tell_nodes(payload)
        return delivery

    def follow(self, payload: bytes) -> bool:
        """Do what the host of another node did.

        Args:
            payload: A frame of that host to everyone.

        Returns:
            Whether that was all: an announcement is still to be written to everyone here.
        """
        told = _told_decoder.decode(payload)
        if told.type == Unpinned.__struct_config__.tag:
            # Another one may have taken its place here meanwhile.
            if self.pinned is not None and self.pinned.wire_id == told.id:
                self._take_down(payload)
            return True
        if told.pinned:
            # Copied: the raw content of the decoder is a view into the whole frame.
            self.pin(Pinned(told.id, told.timestamp, msgspec.Raw(bytes(told.content))))
        return False

    def _take_down(self, payload: bytes) -> Delivery:
        self.pinned = None
        # Only who asked: to a client of version 1 this type is unknown.
        audience = [client for client in self._members.everyone() if client.wants_pins]
        started_s = self._writer.monotonic()
        held = self._writer.write(audience, text_frame(payload))
        delivery = Delivery(
            tuple([client.identity for client in audience]), held, self._writer.monotonic() - started_s
        )
        self._writer.recorder.add(
            Direction.OUT,
            Kind.UNPINNED,
            SERVER_IDENTITY,
            payload,
            to="all",
            recipients=len(audience),
            is_from_host=True,
            delivery=delivery,
        )
        self.on_changed()
        return delivery

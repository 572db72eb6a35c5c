"""The end of what waits: acknowledged, expired, or deleted with its user."""

from __future__ import annotations

import logging
from functools import partial

import msgspec
from msgspec import UNSET

from authws_desktop.accounts.errors import StoreError
from authws_desktop.durations import DAY_S
from authws_desktop.hub.hub import Hub
from authws_desktop.hub.received import Received
from authws_desktop.messages import store
from authws_desktop.messages.inbox import Inbox
from authws_desktop.messages.kept import DeliveryState, Kept, wire_id_of
from authws_desktop.messages.line import Line
from authws_desktop.messages.spread import Spread
from authws_desktop.protocol.codes import ErrorCode
from authws_desktop.protocol.server_messages import Acknowledged, ErrorMessage, WireUser, encode
from authws_desktop.settings import CurrentSettings
from authws_desktop.traffic.record import Direction, Fate, Kind

log = logging.getLogger(__name__)


class Endings:
    """Ends the waiting of directs: acknowledged, expired or deleted; tells their senders.

    Attributes:
        spread: Tells other nodes; `None` while this server is alone.

    Args:
        hub: Knows who is connected.
        settings: The settings in force.
        line: Changes what is stored.
        inbox: What waits.
        store_name: Of the ids on the wire.
    """

    def __init__(
        self, hub: Hub, settings: CurrentSettings, line: Line, inbox: Inbox, store_name: str
    ) -> None:
        self.spread: Spread | None = None
        self._hub = hub
        self._settings = settings
        self._line = line
        self._inbox = inbox
        self._store = store_name
        self._deleted: set[str] = set()

    def acknowledge(self, received: Received, number: int) -> None:
        """Take all of a client's directs up to a number for received."""
        client = received.client
        self._hub.recorder.add(Direction.IN, Kind.ACK, client.identity, received.payload)
        user = WireUser(client.identity.user_id, client.username)
        self._line.change(
            lambda db: store.acknowledge(db, user.id, number),
            partial(self._on_acknowledged, user),
            # Nothing is lost: what is not noted as received comes again.
            log_error,
        )

    def _on_acknowledged(self, user: WireUser, messages: list[Kept]) -> None:
        if messages and self.spread is not None:
            self.spread.tell_acknowledged(user, messages)
        self.note_acknowledged(user, messages)

    def note_acknowledged(self, user: WireUser, messages: list[Kept]) -> None:
        """Follow an acknowledgement, and tell the senders who are connected here and asked for it."""
        if messages:
            self._inbox.remove(user.id, len(messages))
            self._inbox.settle(messages, Fate.ACKNOWLEDGED, self._hub.writer.monotonic())
        for kept in messages:
            if kept.wants_receipt:
                answer = encode(Acknowledged(wire_id_of(self._store, kept.number), user))
                for client in self._hub.connections_of(kept.sender):
                    self._hub.send(client, Kind.ACKNOWLEDGED, answer)

    def tidy(self, now_s: float) -> None:
        """Let what has waited too long expire, and forget what is too old; seconds since the epoch."""
        too_old = now_s - self._settings.values.messages_kept_days * DAY_S
        self._line.change(lambda db: store.expire(db, now_s), self._on_expired, log_error)
        # Once more: what they had just said may have been stored a moment after they were deleted.
        for user_id in self._deleted:
            self._line.change(partial(store.forget_user, user_id=user_id), ignore, log_error)
        self._deleted.clear()
        self._line.change(lambda db: store.forget_before(db, too_old), ignore, log_error)

    def _on_expired(self, messages: list[Kept]) -> None:
        if messages and self.spread is not None:
            self.spread.tell_expired(messages)
        self.note_expired(messages)

    def note_expired(self, messages: list[Kept]) -> None:
        """Follow what has waited too long, and tell the senders who are connected here."""
        self._inbox.settle(messages, Fate.EXPIRED, self._hub.writer.monotonic())
        for kept in messages:
            self._inbox.remove(kept.recipient)
            if kept.state != DeliveryState.QUEUED:
                continue
            error = ErrorMessage(
                ErrorCode.DELIVERY_EXPIRED,
                f"A message to {kept.to} was not fetched in time, and is gone.",
                self._hub.timestamp(),
                msgspec.Raw(kept.message_id) if kept.message_id else UNSET,
            )
            for client in self._hub.connections_of(kept.sender):
                self._hub.send(client, Kind.ERROR, encode(error), outcome=ErrorCode.DELIVERY_EXPIRED)

    def forget_user(self, user_id: str) -> None:
        """Forget what a user who was deleted wrote and was written to, also what is being stored now."""
        self._inbox.forget(user_id)
        self._deleted.add(user_id)
        self._line.change(lambda db: store.forget_user(db, user_id), ignore, log_error)


def ignore(_result: object) -> None:
    """Stand in where a result means nothing."""


def log_error(error: StoreError) -> None:
    """Say in the log that something was not changed."""
    log.warning("Kept messages cannot be changed: %s", error)

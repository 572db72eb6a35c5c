"""Keeps what is said before anybody gets it; the hub's `Keeper`.

A message is stored first. Once its commit is done it is delivered and answered, on the loop, in the order of
the numbers; so whatever anybody saw or was told to be accepted outlives the process. What cannot be stored is
refused, and nobody got it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

import msgspec

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import StoreError
from authws_desktop.durations import DAY_S
from authws_desktop.hub.hub import Hub
from authws_desktop.hub.keeper import Stamp
from authws_desktop.hub.received import Received
from authws_desktop.hub.talk import EVERYONE
from authws_desktop.messages import store
from authws_desktop.messages.echo import echo
from authws_desktop.messages.endings import Endings, ignore, log_error
from authws_desktop.messages.history import Histories, Refuse
from authws_desktop.messages.inbox import Inbox
from authws_desktop.messages.kept import DeliveryState, Kept, number_of, state_for, wire_id_of
from authws_desktop.messages.line import Line
from authws_desktop.messages.others import Others
from authws_desktop.messages.recovery import Recoveries
from authws_desktop.messages.sight import Sights
from authws_desktop.messages.spread import Spread
from authws_desktop.messages.store import StoreState
from authws_desktop.protocol.client_messages import Ack, Authenticate, Direct, HistoryRequest, Message
from authws_desktop.protocol.codes import ErrorCode, RecoveryReason
from authws_desktop.protocol.errors import FrameError
from authws_desktop.protocol.limits import RETRY_AFTER_MS
from authws_desktop.protocol.server_messages import (
    Accepted,
    encode,
)
from authws_desktop.protocol.timestamps import format_timestamp
from authws_desktop.settings import CurrentSettings
from authws_desktop.traffic.record import SERVER_IDENTITY, Direction, Fate, HeldFrame, Identity, Kind

log = logging.getLogger(__name__)


class MessageKeeper:
    """Stores, delivers, and answers what is asked of the past. Used on the loop only.

    Attributes:
        inbox: What waits.
        spread: What is done in a cluster; `None` while this server is alone.

    Args:
        hub: Delivers.
        accounts: Knows users who are away.
        settings: The settings in force.
        line: Stores.
        state: How far the store had come when it was opened.
        refuse: Answers a client's frame that is refused later than its handling.
        now: Wall clock, seconds since the epoch.
    """

    def __init__(
        self,
        hub: Hub,
        accounts: Accounts,
        settings: CurrentSettings,
        line: Line,
        state: StoreState,
        refuse: Refuse,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.inbox = Inbox()
        self.spread: Spread | None = None
        self._hub = hub
        self._accounts = accounts
        self._settings = settings
        self._line = line
        self._store = state.name
        self._last = state.last
        self._refuse = refuse
        self._now = now
        sights = Sights(accounts, settings)
        self._endings = Endings(hub, settings, line, self.inbox, self._store)
        self._histories = Histories(hub, accounts, settings, line, sights, self._store, refuse)
        self._recoveries = Recoveries(hub, line, sights, self._store, self.inbox, self._last_delivered)

    def join_cluster(self, others: Others) -> None:
        """Keep messages together with other nodes from now on."""
        self.spread = Spread(
            self._hub,
            self._line,
            self.inbox,
            self._store,
            self._last,
            others,
            self._endings.note_acknowledged,
            self._endings.note_expired,
        )
        self._recoveries.sequence = self.spread.sequence
        self._endings.spread = self.spread

    def leave_cluster(self) -> None:
        """Keep messages without other nodes from now on; may be called again."""
        if self.spread is not None:
            self._last = self._last_delivered()
            self.spread.close()
        self.spread = self._endings.spread = self._recoveries.sequence = None

    def _last_delivered(self) -> int:
        return self._last if self.spread is None else max(self._last, self.spread.sequence.last)

    # The hub's side

    def log_in(
        self, received: Received, message: Authenticate, identity: Identity, expires_at: float
    ) -> bool:
        """Log a connection in, with what waits for it or was missed; see `Keeper`."""
        client = received.client
        is_renewal = client in self._hub.members and client.identity.user_id == identity.user_id
        # A renewal that does not name a wish leaves it as it is; a first login without it means no.
        if message.ack or not is_renewal:
            client.wants_ack = bytes(message.ack) == b"true"
        if message.echo or not is_renewal:
            client.wants_echo = bytes(message.echo) == b"true"
        return self._recoveries.log_in(client, message, identity, expires_at, is_renewal=is_renewal)

    def message(self, received: Received, message: Message) -> None:
        """Keep a client's message to everyone."""
        sender = received.client.identity
        kept = self._new(sender, "", "", bytes(message.content), message_id=bytes(message.message_id))
        self._keep(kept, partial(self._deliver_message, kept, sender, received), received)

    def direct(self, received: Received, message: Direct) -> None:
        """Keep a client's message to one user; see `Keeper`."""
        to, sender = message.to or "", received.client.identity
        # Whom a name means is decided by who is here, then by who is at another node, then by who is away.
        receivers = self._hub.find_receivers(to)
        elsewhere = "" if self.spread is None else self.spread.whereabouts(to, is_here=bool(receivers))
        user_id = receivers[0].identity.user_id if receivers else elsewhere or self._user_away(to)
        if not user_id:
            raise FrameError(ErrorCode.INVALID_RECIPIENT, "Nobody is known by that id or name.")
        state = state_for(receivers, elsewhere)
        if state is not DeliveryState.DONE and not elsewhere and self.inbox.is_full(user_id):
            raise FrameError(ErrorCode.INBOX_FULL, "Too many messages wait for this user already.")
        kept = self._new(sender, user_id, to, bytes(message.content), state, bytes(message.message_id))
        kept.wants_receipt = bytes(message.receipt) == b"true"
        self._keep(kept, self._then(kept, sender, message, received), received)

    def answer(self, received: Received, message: HistoryRequest | Ack) -> None:
        """Answer what is asked of the messages that are kept; see `Keeper`."""
        if isinstance(message, Ack):
            self._acknowledge(received, message)
        else:
            self._histories.answer(received, message)

    def host_message(self, content: msgspec.Raw, *, is_pinned: bool) -> None:
        """Keep the host's message to everyone; see `Keeper`."""
        kept = self._new(SERVER_IDENTITY, "", "", bytes(content))
        kept.is_pinned = is_pinned
        self._keep(kept, partial(self._deliver_message, kept, SERVER_IDENTITY, None))

    def host_direct(self, user_id: str, to: str, content: msgspec.Raw) -> None:
        """Keep the host's message to a user."""
        elsewhere = "" if self.spread is None else self.spread.others.whereabouts(to)[0]
        state = state_for(self._hub.find_receivers(to), elsewhere)
        kept = self._new(SERVER_IDENTITY, user_id, to, bytes(content), state)
        self._keep(kept, self._then(kept, SERVER_IDENTITY, Direct(content, to), None))

    # Storing

    def _new(
        self,
        sender: Identity,
        recipient: str,
        to: str,
        content: bytes,
        state: DeliveryState = DeliveryState.DONE,
        message_id: bytes = b"",
    ) -> Kept:
        now = self._now()
        expires_at = now + self._settings.values.messages_kept_days * DAY_S if recipient else None
        return Kept(
            0,
            now,
            sender.user_id,
            sender.client_id,
            sender.username,
            recipient,
            to,
            content,
            state=state,
            expires_at=expires_at,
            message_id=message_id,
        )

    def _keep(self, kept: Kept, then: Callable[[], None], received: Received | None = None) -> None:
        if self._line.is_full or (self.spread is not None and self.spread.must_refuse(kept)):
            # Refused at once: a queue without end would fill the memory, and the sender can try again.
            self._on_failed(kept, received, None)
            return
        if self.spread is not None:
            then = self.spread.in_order(kept, then)
        elif kept.state != DeliveryState.DONE:
            # Before it is stored: a flood to one user must not pass the limit while a commit is under way.
            self.inbox.add(kept.recipient)
        self._line.keep(kept, then, partial(self._on_not_kept, kept, received))

    def _then(
        self, kept: Kept, sender: Identity, message: Direct, received: Received | None
    ) -> Callable[[], None]:
        """Return what delivers a direct once it is stored."""
        if self.spread is None:
            return partial(self._deliver_direct, kept, sender, message, received)
        return partial(self.spread.deliver_direct, kept, received, partial(self._on_failed, kept, received))

    def _on_not_kept(self, kept: Kept, received: Received | None, error: StoreError) -> None:
        if kept.state != DeliveryState.DONE and self.spread is None:
            # `_keep` had counted it.
            self.inbox.remove(kept.recipient)
        self._on_failed(kept, received, error)

    def _on_failed(self, kept: Kept, received: Received | None, error: StoreError | None) -> None:
        """Refuse a message that could not be stored; the host's is told in the traffic and the log."""
        text = "The message could not be kept, so nobody got it. Try again."
        if received is not None:
            self._refuse(received, FrameError(ErrorCode.UNAVAILABLE, text, retry_after_ms=RETRY_AFTER_MS))
            return
        log.warning("A message of the host was not sent, for it could not be kept. %s", error or "")
        self._hub.recorder.add(
            Direction.OUT,
            Kind.DIRECT if kept.recipient else Kind.MESSAGE,
            SERVER_IDENTITY,
            kept.content,
            to=kept.to or EVERYONE,
            is_from_host=True,
            outcome=ErrorCode.UNAVAILABLE,
            detail=f"{text} {error or ''}".rstrip(),
        )

    # Delivering

    def _stamp(self, kept: Kept) -> Stamp:
        if kept.number > self._last:
            self._last = kept.number
        return Stamp(format_timestamp(kept.time_s), wire_id_of(self._store, kept.number))

    def _deliver_message(self, kept: Kept, sender: Identity, received: Received | None) -> None:
        stamp = self._stamp(kept)
        without = () if self.spread is None else self.spread.sequence.ahead_of(kept.number)
        delivery = self._hub.talk.deliver_message(
            sender,
            msgspec.Raw(kept.content),
            stamp,
            received,
            is_pinned=kept.is_pinned,
            without=without,
        )
        if received is not None and kept.message_id:
            answer = Accepted(
                msgspec.Raw(kept.message_id), stamp.wire_id, stamp.timestamp, len(delivery.recipients)
            )
            self._hub.send(received.client, Kind.ACCEPTED, encode(answer))

    def _deliver_direct(
        self, kept: Kept, sender: Identity, message: Direct, received: Received | None
    ) -> None:
        # Asked again: who was there may have left, and who was away may have come, while it was stored.
        found = self._hub.find_receivers(kept.to)
        is_theirs = bool(found) and found[0].identity.user_id == kept.recipient
        receivers = found if is_theirs else self._hub.connections_of(kept.recipient)
        state = state_for(receivers)
        if state != kept.state and not self._is_corrected(kept, state, sender, message, received):
            return
        stamp, expires_at = self._stamp(kept), ""
        stored: HeldFrame | None = None
        if not receivers:
            expires_at = format_timestamp(kept.expires_at or 0.0)
            stored = HeldFrame(self._identity_of(kept), self._hub.writer.monotonic(), Fate.QUEUED)
            self.inbox.follow(kept.number, stored)
        elif kept.state == DeliveryState.SENT:
            stored = HeldFrame(receivers[0].identity, self._hub.writer.monotonic(), Fate.UNACKNOWLEDGED)
            self.inbox.follow(kept.number, stored)
        self._hub.talk.deliver_direct(
            sender, receivers, message, stamp, received, expires_at=expires_at, stored=stored
        )
        echo(self._hub, kept, self._store, receivers)

    def _is_corrected(
        self, kept: Kept, state: DeliveryState, sender: Identity, message: Direct, received: Received | None
    ) -> bool:
        """Have the database know how far a direct comes now, which is not what was expected.

        Returns:
            Whether it may be delivered; `False` if that follows once the database knows that it waits, for
            its sender is told so.
        """
        was, kept.state = kept.state, state
        if was != DeliveryState.DONE:
            if state is DeliveryState.DONE:
                self.inbox.remove(kept.recipient)
            # Delivered without waiting for this note: if it is lost, the message comes once more.
            self._line.change(lambda db: store.note_state(db, [kept.number], state), ignore, log_error)
            return True
        self.inbox.add(kept.recipient)
        self._line.change(
            lambda db: store.note_state(db, [kept.number], state),
            lambda _: self._deliver_direct(kept, sender, message, received),
            partial(self._on_not_kept, kept, received),
        )
        return False

    def _user_away(self, to: str) -> str:
        """Return the id of a user who is not here but may come; empty if nobody is known."""
        account = self._accounts.get(to) or self._accounts.find(to)
        return "" if account is None or account.is_disabled else account.id

    def _identity_of(self, kept: Kept) -> Identity:
        account = self._accounts.get(kept.recipient)
        return Identity(user_id=kept.recipient, username=kept.to if account is None else account.username)

    # The end of what waits

    def tidy(self) -> None:
        """Let what has waited too long expire, and forget what is too old."""
        if self.spread is not None:
            # Other nodes raise and lower what waits, too (`spread`, rule 3).
            self._line.read(store.waiting_counts, self.inbox.load, log_error)
        self._endings.tidy(self._now())

    def forget_user(self, user_id: str) -> None:
        """Forget what a user who was deleted wrote and was written to, also what is being stored now."""
        self._endings.forget_user(user_id)

    def _acknowledge(self, received: Received, message: Ack) -> None:
        number = number_of(self._store, message.id)
        # Of a message that another node delivered this one may not know yet.
        is_future = self.spread is None and not isinstance(number, RecoveryReason) and number > self._last
        if isinstance(number, RecoveryReason) or is_future:
            raise FrameError(
                ErrorCode.INVALID_MESSAGE, "Field 'id' must be the id of a message of this server."
            )
        self._endings.acknowledge(received, number)

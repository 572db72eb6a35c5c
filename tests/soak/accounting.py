"""What must arrive, exactly: nothing that was accepted for a healthy client is lost, doubled or out of order.

All clients live in one process and one thread, so that everything that happens to any of them has one order.
Each message carries who sent it, a number that counts its sender's messages of that stream (to everyone, or to
one receiver) from 1, and a number that counts all its sender's messages. The rules:

1. A *marker* is a direct message of a client to itself. The server handles a connection's messages in turn and
   sends a client's frames in turn; so when a marker is back, all that was accepted before the marker was sent
   has come, too.
2. A client is *healthy* from the return of its first marker until it begins to leave: it reads all the time.
   Whoever stops reading, half-closes, is dropped or says goodbye is not healthy from that moment on.
3. A message is *accepted* when a client has received it, when its delivery was confirmed to its sender, or when
   a marker that its sender sent after it is back. A connection is one stream of bytes: with a message, all
   earlier ones of its stream are accepted.
4. A message is *due* to a healthy client if it was sent after the client's first marker was back, and accepted
   before a later marker of the client was sent. (Its own messages are due if they were sent before that marker.)
5. When that later marker is back: what is due and has not arrived is *lost*. If it arrives after all, it is
   not lost but *reordered*.
6. What arrives a second time at one client is *doubled*. What arrives behind a later message of the same sender
   is *reordered*.
7. When a marker is back, every direct message that its sender sent before it has been answered, by a confirmation
   or an error; what has not is *unanswered*.

What is sent to, or by, clients that are not healthy may arrive or not; when it arrives, rule 6 holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Totals:
    """The account.

    Attributes:
        sent: Messages that clients sent, without markers.
        arrived: Deliveries, doubles included.
        due: Deliveries that were judged.
        lost, doubled, reordered, unanswered: See above.
    """

    sent: int = 0
    arrived: int = 0
    due: int = 0
    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    unanswered: int = 0


class Seen:
    """The numbers of one stream that arrived at one client: a span, and the holes in it."""

    __slots__ = ("_first", "_holes", "_last")

    def __init__(self) -> None:
        self._first, self._last = 1, 0
        self._holes: set[int] = set()

    def __contains__(self, number: int) -> bool:
        return self._first <= number <= self._last and number not in self._holes

    def add(self, number: int) -> None:
        """Note a number."""
        if self._last < self._first:
            self._first = self._last = number
        elif number > self._last:
            self._holes.update(range(self._last + 1, number))
            self._last = number
        elif number < self._first:
            self._holes.update(range(number + 1, self._first))
            self._first = number
        else:
            self._holes.discard(number)

    def missing(self, first: int, last: int) -> set[int]:
        """Return the numbers of a span that are not here."""
        if not self._holes and self._first <= first and last <= self._last:
            return set()  # nearly always
        return {number for number in range(first, last + 1) if number not in self}


@dataclass
class _Stream:
    sent: int = 0
    accepted: int = 0


@dataclass
class _View:
    """One stream as one healthy client sees it; `due_from` is the first number that was not judged yet."""

    due_from: int
    seen: Seen = field(default_factory=Seen)
    lost: set[int] = field(default_factory=set)


@dataclass
class _Marker:
    """What was so when a marker was sent."""

    due_to: dict[tuple[int, int], int]
    sent: dict[tuple[int, int], int]
    directs: int


@dataclass
class _Client:
    is_healthy: bool = False
    sent: int = 0
    directs: int = 0
    answers: int = 0
    views: dict[tuple[int, int], _View] = field(default_factory=dict)
    last_order: dict[int, int] = field(default_factory=dict)
    marker: _Marker | None = None


EVERYONE = 0
"""The receiver of a broadcast; clients are numbered from 1 and no number is used again."""


class Ledger:
    """Keeps the account.

    Attributes:
        totals: Until now.
    """

    def __init__(self) -> None:
        self.totals = Totals()
        self._clients: dict[int, _Client] = {}
        self._streams: dict[int, dict[int, _Stream]] = {EVERYONE: {}}
        self._gone: list[int] = []
        self._forgettable: list[int] = []

    def is_healthy(self, client: int) -> bool:
        """Tell whether a client is."""
        return client in self._clients and self._clients[client].is_healthy

    def sent(self, sender: int, receiver: int) -> tuple[int, int]:
        """Number a message that is about to be sent; returns its number in the stream and its order."""
        client = self._clients.setdefault(sender, _Client())
        stream = self._streams.setdefault(receiver, {}).setdefault(sender, _Stream())
        self.totals.sent += 1
        client.sent += 1
        client.directs += receiver != EVERYONE
        stream.sent += 1
        return stream.sent, client.sent

    def answered(self, sender: int) -> None:
        """Note the confirmation or the error that a direct message got."""
        if sender in self._clients:
            self._clients[sender].answers += 1

    def accepted(self, sender: int, receiver: int, number: int) -> None:
        """Note that the server confirmed a message."""
        stream = self._streams.get(receiver, {}).get(sender)
        if stream is not None:
            stream.accepted = max(stream.accepted, number)

    def arrived(self, at: int, sender: int, receiver: int, number: int, order: int) -> None:
        """Note that a client received a message.

        Args:
            at: The client.
            sender: Who sent it.
            receiver: To whom: the client, or `EVERYONE`.
            number: In its stream.
            order: Among all its sender's messages.
        """
        self.totals.arrived += 1
        self.accepted(sender, receiver, number)
        client = self._clients.setdefault(at, _Client())
        view = client.views.get((receiver, sender))
        if view is None:
            view = client.views[receiver, sender] = _View(1)
        if number in view.seen:
            self.totals.doubled += 1
            return
        view.seen.add(number)
        if number in view.lost:
            view.lost.discard(number)
            self.totals.lost -= 1
            self.totals.reordered += 1
        elif order < client.last_order.get(sender, 0):
            self.totals.reordered += 1
        else:
            client.last_order[sender] = order

    def marker_sent(self, client: int) -> None:
        """Note that a client sends a marker; the one before must be back."""
        own = self._clients.setdefault(client, _Client())
        assert own.marker is None
        due_to = {}
        for receiver in (EVERYONE, client):
            for sender, stream in self._streams.get(receiver, {}).items():
                due_to[receiver, sender] = stream.sent if sender == client else stream.accepted
        sent = {
            (receiver, client): streams[client].sent
            for receiver, streams in self._streams.items()
            if client in streams
        }
        own.marker = _Marker(due_to, sent, own.directs)

    def marker_back(self, client: int) -> None:
        """Judge a client; with its first marker it becomes healthy."""
        own = self._clients[client]
        marker, own.marker = own.marker, None
        assert marker is not None
        for (receiver, sender), number in marker.sent.items():
            self.accepted(sender, receiver, number)
        if not own.is_healthy:
            self._become_healthy(client, own)
            return
        missing_answers = max(0, marker.directs - own.answers)
        self.totals.unanswered += missing_answers
        own.answers += missing_answers  # so that none is counted twice
        for key, last in marker.due_to.items():
            view = own.views.get(key)
            if view is None:
                view = own.views[key] = _View(1)
            if last >= view.due_from:
                lost = view.seen.missing(view.due_from, last)
                view.lost |= lost
                self.totals.lost += len(lost)
                self.totals.due += last - view.due_from + 1
                view.due_from = last + 1

    def _become_healthy(self, client: int, own: _Client) -> None:
        own.is_healthy = True
        for receiver in (EVERYONE, client):
            for sender, stream in self._streams.get(receiver, {}).items():
                own.views.setdefault((receiver, sender), _View(1)).due_from = stream.sent + 1

    def leaving(self, client: int) -> None:
        """Note that a client is not healthy any more; what it did not get is not judged."""
        if client in self._clients:
            self._clients[client].is_healthy = False
            self._clients[client].marker = None

    def left(self, client: int) -> None:
        """Forget what a client has seen; what it sent is kept for the others until it is forgotten."""
        if self._clients.pop(client, None) is not None:
            self._streams.pop(client, None)
            self._gone.append(client)

    def forget(self) -> None:
        """Forget what those sent who had left before the last call.

        Between two calls, every healthy client must have been judged, so that nothing of them is still due.
        """
        for sender in self._forgettable:
            for streams in self._streams.values():
                streams.pop(sender, None)
            for at, client in self._clients.items():
                client.last_order.pop(sender, None)
                for receiver in (EVERYONE, at):
                    client.views.pop((receiver, sender), None)
                    if client.marker is not None:
                        client.marker.due_to.pop((receiver, sender), None)
        self._forgettable, self._gone = self._gone, []

"""The clients of the soak run: they come, talk and leave in one loop, and the ledger is told of everything."""

from __future__ import annotations

import random
import select
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.soak.accounting import EVERYONE, Ledger
from tests.soak.delays import Delays
from tests.soak.member import Cut, Member, State
from tests.soak.visits import STEADY, Visit, Way, draw_visit

TURN_S = 0.005
MARKER_EVERY_S = 5.0
FORGET_EVERY_S = 60.0
JOIN_WITHIN_S = 30.0
MARKER_WITHIN_S = 30.0
END_WITHIN_S = 15.0
"""The server gives a connection 5 s to end, and looks twice a second."""
BLIND_END_S = 8.0
"""Whoever does not read cannot see the server's end: after so long, it closes its socket by itself."""
BROADCAST_SHARE = 0.2
LONG_SHARE = 0.1
SHORT, LONG = "x" * 40, "x" * 2000
MOST_UNDER_WAY = 5000
"""Direct messages without an answer: when a busy machine lets so many gather, sending waits."""
CATCH_UP_S = 0.5
"""After a pause of the load generator itself, no more than this is made up for."""


@dataclass
class Troubles:
    """What went wrong with connections.

    Attributes:
        cuts: Connections that the server ended, of clients that had not begun to leave.
        refusals: Errors that no rule allows for.
        overdue: What did not happen in time: joining, a marker's return, the end of a connection.
    """

    cuts: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    overdue: list[str] = field(default_factory=list)


@dataclass(eq=False)
class _Guest:
    """A member and where it stands in its visit.

    Attributes:
        member: The client itself.
        visit: What it is going to do.
        since_s: When its present state began.
        marker_s: When its last marker was sent.
        is_marker_out: Whether that is not back yet.
        is_last_marker: Whether it says goodbye when that is back.
        is_writing: Whether the poller waits for the kernel to take more.
        is_blind: Whether it reads no more, so that it notices nothing but the connection's violent end.
        under_way: Direct messages that it sent and that were not answered yet.
    """

    member: Member
    visit: Visit
    since_s: float
    marker_s: float = 0.0
    is_marker_out: bool = False
    is_last_marker: bool = False
    is_writing: bool = True
    is_blind: bool = False
    under_way: int = 0


class Crowd:
    """All clients.

    Attributes:
        ledger: Kept by it.
        troubles: So far.
        delays: From sending to arrival at healthy clients.
        longest_turn_s: The longest time for which the load generator itself did not look at its sockets.
        joined: Clients that came to be healthy.
        ended: Clients that left, by their way.

    Args:
        port: Of the server, on loopback.
        tokens: Shared by the clients in turn.
        steady: Clients that stay until the end.
        visitors: Clients there at a time that come and go.
        rate: Messages a second.
        seed: Of all that is drawn by lot.
    """

    def __init__(
        self, port: int, tokens: Sequence[str], *, steady: int, visitors: int, rate: float, seed: int
    ) -> None:
        self.ledger = Ledger()
        self.troubles = Troubles()
        self.delays = Delays()
        self.longest_turn_s = 0.0
        self.joined = 0
        self.ended = dict.fromkeys(Way, 0)
        self._port, self._tokens = port, tokens
        self._visitors = visitors
        self._rate = rate
        self._lot = random.Random(seed)
        self._count = 0
        self._guests: dict[int, _Guest] = {}
        self._by_descriptor: dict[int, _Guest] = {}
        self._talkers: list[_Guest] = []
        self._under_way = 0
        self._poller = select.epoll()
        for _ in range(steady):
            self._join(STEADY)

    # The run

    def run(self, seconds: float, on_second: Callable[[int], bool]) -> None:
        """Talk for a time.

        Args:
            seconds: How long.
            on_second: Called about once a second, with the number of the second; tells whether to go on.
        """
        started_s = sent_until_s = turn_s = time.perf_counter()
        second, next_forget_s = 0, started_s + FORGET_EVERY_S
        while turn_s < started_s + seconds:
            self._turn(TURN_S)
            now_s = time.perf_counter()
            self.longest_turn_s = max(self.longest_turn_s, now_s - turn_s)
            turn_s = now_s
            sent_until_s = self._talk(max(sent_until_s, now_s - CATCH_UP_S), now_s)
            self._go_on(now_s, is_closing=False)
            if now_s >= started_s + second + 1:
                second += 1
                if not on_second(second):
                    return
            if now_s >= next_forget_s:
                next_forget_s = now_s + FORGET_EVERY_S
                self.ledger.forget()

    def finish(self) -> None:
        """Judge everybody once more, and let all leave; sends nothing but markers."""
        # The first marker of each shows that everything is accepted, the second that it has arrived.
        for _ in range(2):
            self._wait(lambda: not any(guest.is_marker_out for guest in self._guests.values()))
            for guest in list(self._talkers):
                self._send_marker(guest, time.perf_counter())
        self._wait(lambda: not any(guest.is_marker_out for guest in self._guests.values()))
        for guest in list(self._guests.values()):
            self._leave(guest, time.perf_counter(), is_closing=True)
        self._wait(lambda: not self._guests)
        self._poller.close()

    def _wait(self, is_done: Callable[[], bool]) -> None:
        """Go on without sending until something is so; whatever takes too long is overdue, and ended."""
        while not is_done():
            self._turn(TURN_S)
            self._go_on(time.perf_counter(), is_closing=True)

    def _turn(self, timeout_s: float) -> None:
        for descriptor, event in self._poller.poll(timeout_s):
            guest = self._by_descriptor.get(descriptor)
            if guest is None:
                continue
            if guest.is_blind:
                self._end(guest)
                continue
            try:
                if event & select.EPOLLOUT:
                    guest.member.on_writable()
                if event & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                    self._on_messages(guest, guest.member.on_readable())
                self._watch_writing(guest)
            except Cut as cut:
                self._on_cut(guest, str(cut))

    def _watch_writing(self, guest: _Guest) -> None:
        if (
            guest.is_blind
            or guest.member.state is State.ENDED
            or guest.member.wants_to_write == guest.is_writing
        ):
            return
        guest.is_writing = guest.member.wants_to_write
        more = select.EPOLLOUT if guest.is_writing else 0
        self._poller.modify(guest.member.socket, select.EPOLLIN | more)

    # Coming and going

    def _join(self, visit: Visit) -> None:
        self._count += 1
        token = self._tokens[self._count % len(self._tokens)]
        member = Member(self._count, self._port, token)
        guest = _Guest(member, visit, time.perf_counter())
        self._guests[member.number] = self._by_descriptor[member.socket.fileno()] = guest
        self._poller.register(member.socket, select.EPOLLIN | select.EPOLLOUT)

    def _go_on(self, now_s: float, *, is_closing: bool) -> None:
        """Let everybody do what is due, and find what is overdue."""
        for guest in list(self._guests.values()):
            try:
                self._go_on_with(guest, now_s, is_closing=is_closing)
            except Cut as cut:
                self._on_cut(guest, str(cut))
        there = sum(guest.member.state in _HERE for guest in self._guests.values())
        steady = sum(guest.visit is STEADY for guest in self._guests.values())
        if not is_closing and there - steady < self._visitors:
            self._join(draw_visit(self._lot))

    def _go_on_with(self, guest: _Guest, now_s: float, *, is_closing: bool) -> None:
        member, here_s = guest.member, now_s - guest.since_s
        if guest.is_marker_out:
            if now_s - guest.marker_s > MARKER_WITHIN_S:
                self._overdue(guest, f"a marker is not back after {MARKER_WITHIN_S:.0f} s")
        elif member.state is State.STUCK:
            if is_closing or here_s > guest.visit.stuck_s:
                self._leave(guest, now_s, is_closing=False)
        elif member.state is State.ENDING and guest.is_blind:
            if here_s > BLIND_END_S:
                self._end(guest)
        elif member.state is State.ENDING:
            if here_s > END_WITHIN_S:
                self._overdue(guest, f"the server does not end it within {END_WITHIN_S:.0f} s")
        elif member.state is not State.LOGGED_IN:
            if here_s > JOIN_WITHIN_S:
                self._overdue(guest, f"not let in within {JOIN_WITHIN_S:.0f} s")
        elif not self.ledger.is_healthy(member.number):
            self._send_marker(guest, now_s)
        elif here_s > guest.visit.stay_s and not is_closing:
            self._leave(guest, now_s, is_closing=False)
        elif now_s - guest.marker_s > MARKER_EVERY_S and not is_closing:
            self._send_marker(guest, now_s)

    def _send_marker(self, guest: _Guest, now_s: float) -> None:
        member = guest.member
        self.ledger.marker_sent(member.number)
        guest.is_marker_out, guest.marker_s = True, now_s
        member.send({"type": "direct", "to": member.client_id, "content": {"marker": member.number}})
        self._watch_writing(guest)

    def _on_marker(self, guest: _Guest) -> None:
        was_healthy = self.ledger.is_healthy(guest.member.number)
        guest.is_marker_out = False
        self.ledger.marker_back(guest.member.number)
        if not was_healthy:
            self.joined += 1
            guest.since_s = time.perf_counter()
            self._talkers.append(guest)
        if guest.is_last_marker:
            self._talkers = [each for each in self._talkers if each is not guest]
            self.ledger.leaving(guest.member.number)
            guest.since_s = time.perf_counter()
            self.ended[Way.GOODBYE] += 1
            guest.member.say_goodbye()

    def _leave(self, guest: _Guest, now_s: float, *, is_closing: bool) -> None:
        """Begin to leave, or go on with it; in the end everybody says goodbye."""
        member, way = guest.member, Way.GOODBYE if is_closing else guest.visit.way
        if member.state is State.ENDING:
            return
        if guest in self._talkers:
            self._talkers.remove(guest)
        if member.state is State.LOGGED_IN and way is Way.GOODBYE:
            guest.is_last_marker = True
            if not guest.is_marker_out:
                self._send_marker(guest, now_s)
            return
        self.ledger.leaving(member.number)
        guest.since_s = now_s
        if member.state is State.LOGGED_IN and way.is_stuck:
            guest.is_blind = True
            member.stop_reading()
            self._poller.modify(member.socket, 0)  # a reset is told all the same
            return
        self.ended[guest.visit.way] += 1
        if way.is_reset or way is Way.GOODBYE:
            member.drop()
            self._end(guest)
        else:
            member.half_close()

    def _on_cut(self, guest: _Guest, reason: str) -> None:
        if guest.member.state is not State.ENDING:
            self.troubles.cuts.append(f"client {guest.member.number}, {guest.member.state.name}: {reason}")
        self._end(guest)

    def _overdue(self, guest: _Guest, what: str) -> None:
        self.troubles.overdue.append(f"client {guest.member.number}: {what}")
        guest.member.drop()
        self._end(guest)

    def _end(self, guest: _Guest) -> None:
        number, member = guest.member.number, guest.member
        self._under_way -= guest.under_way  # nobody is there to hear the answers
        if guest in self._talkers:
            self._talkers.remove(guest)
        self._guests.pop(number, None)
        for descriptor in [each for each, other in self._by_descriptor.items() if other is guest]:
            del self._by_descriptor[descriptor]
        member.end()  # which takes it from the poller, too
        self.ledger.leaving(number)
        self.ledger.left(number)

    # Talking

    def _talk(self, since_s: float, now_s: float) -> float:
        """Send what is due since a time; returns the time until which everything is sent."""
        count = int((now_s - since_s) * self._rate)
        if len(self._talkers) < 2 or self._under_way > MOST_UNDER_WAY:
            return now_s
        for _ in range(count):
            sender, receiver = self._lot.sample(self._talkers, 2)
            try:
                self._send(sender, None if self._lot.random() < BROADCAST_SHARE else receiver)
            except Cut as cut:
                self._on_cut(sender, str(cut))
                return now_s
        return since_s + count / self._rate

    def _send(self, sender: _Guest, receiver: _Guest | None) -> None:
        to = EVERYONE if receiver is None else receiver.member.number
        number, order = self.ledger.sent(sender.member.number, to)
        padding = LONG if self._lot.random() < LONG_SHARE else SHORT
        content = [sender.member.number, to, number, order, time.perf_counter(), padding]
        if receiver is None:
            sender.member.send({"type": "message", "content": content})
        else:
            sender.under_way += 1
            self._under_way += 1
            names = {"to": receiver.member.client_id, "messageId": f"{to} {number}"}
            sender.member.send({"type": "direct", **names, "content": content})
        self._watch_writing(sender)

    def _on_messages(self, guest: _Guest, messages: Sequence[dict[str, Any]]) -> None:
        now_s = time.perf_counter()
        for message in messages:
            kind = message["type"]
            if kind in ("message", "direct"):
                self._on_content(guest, message["content"], now_s)
            elif kind == "message_delivered":
                if "messageId" in message:  # a marker has none
                    to, number = self._on_answer(guest, message)
                    if message["recipients"]:
                        self.ledger.accepted(guest.member.number, to, number)
            elif kind == "error":
                self._on_error(guest, message)

    def _on_content(self, guest: _Guest, content: Any, now_s: float) -> None:
        if isinstance(content, dict):
            self._on_marker(guest)
            return
        sender, to, number, order, sent_s, _ = content
        self.ledger.arrived(guest.member.number, sender, to, number, order)
        if self.ledger.is_healthy(guest.member.number):
            self.delays.add((now_s - sent_s) * 1000)

    def _on_answer(self, guest: _Guest, message: dict[str, Any]) -> tuple[int, int]:
        guest.under_way -= 1
        self._under_way -= 1
        self.ledger.answered(guest.member.number)
        to, number = message["messageId"].split()
        return int(to), int(number)

    def _on_error(self, guest: _Guest, message: dict[str, Any]) -> None:
        to = self._on_answer(guest, message)[0] if "messageId" in message else EVERYONE
        is_away = to != EVERYONE and not self.ledger.is_healthy(to)
        if message["code"] != "INVALID_RECIPIENT" or not is_away:
            self.troubles.refusals.append(f"client {guest.member.number}: {message}")


_HERE = (State.CONNECTING, State.UPGRADING, State.LOGGING_IN, State.LOGGED_IN)

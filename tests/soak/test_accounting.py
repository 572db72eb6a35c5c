"""The account of the soak run, by scripted inputs: every rule, and that it errs on neither side."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.soak.accounting import EVERYONE, Ledger, Seen, Totals

ANA, BEN, EVE = 1, 2, 3


class Script:
    """A ledger with some healthy clients, written to in few words."""

    def __init__(self, *clients: int) -> None:
        self.ledger = Ledger()
        for client in clients:
            self.marker(client)

    def marker(self, client: int) -> None:
        """A marker goes and comes back."""
        self.ledger.marker_sent(client)
        self.ledger.marker_back(client)

    def send(self, sender: int, to: int = EVERYONE, count: int = 1) -> list[tuple[int, int, int, int]]:
        """Send messages; return each as `(sender, receiver, number, order)`."""
        return [(sender, to, *self.ledger.sent(sender, to)) for _ in range(count)]

    def arrive(self, message: tuple[int, int, int, int], *at: int) -> None:
        """Let a message arrive at clients."""
        for client in at:
            self.ledger.arrived(client, *message)

    def faults(self) -> dict[str, int]:
        """Return what is wrong."""
        figures = asdict(self.ledger.totals)
        return {
            name: figures[name] for name in ("lost", "doubled", "reordered", "unanswered") if figures[name]
        }


def test_what_arrives_once_and_in_order_is_right() -> None:
    """Everything sent is counted, judged and found."""
    script = Script(ANA, BEN)
    for message in script.send(ANA, count=3):
        script.arrive(message, ANA, BEN)
    [direct] = script.send(BEN, ANA)
    script.arrive(direct, ANA)
    script.ledger.answered(BEN)
    script.marker(ANA)
    script.marker(BEN)
    assert script.ledger.totals == Totals(sent=4, arrived=7, due=7)


def test_a_broadcast_that_missed_one_healthy_client_is_lost_there() -> None:
    """That another one received it shows that it was accepted."""
    script = Script(ANA, BEN)
    [first, second] = script.send(EVE, count=2)
    script.arrive(first, ANA)
    script.arrive(second, ANA, BEN)
    script.marker(ANA)
    assert script.faults() == {}
    script.marker(BEN)
    assert script.faults() == {"lost": 1}


def test_the_last_of_a_stream_can_be_lost() -> None:
    """Nothing behind it shows the hole, but the marker."""
    script = Script(ANA, BEN)
    [only] = script.send(EVE)
    script.arrive(only, ANA)
    script.marker(BEN)
    assert script.faults() == {"lost": 1}


def test_a_loss_is_counted_once() -> None:
    """Later markers judge only what is new."""
    script = Script(ANA, BEN)
    [only] = script.send(EVE)
    script.arrive(only, ANA)
    for _ in range(3):
        script.marker(BEN)
    assert script.faults() == {"lost": 1}
    assert script.ledger.totals.due == 1


def test_a_confirmed_direct_message_must_arrive() -> None:
    """The confirmation shows that it was accepted; without it, it may be under way."""
    script = Script(ANA, BEN)
    [(_, _, number, _)] = script.send(ANA, BEN)
    script.marker(BEN)
    assert script.faults() == {}
    script.ledger.accepted(ANA, BEN, number)
    script.marker(BEN)
    assert script.faults() == {"lost": 1}


def test_what_was_sent_before_a_marker_was_accepted_when_it_is_back() -> None:
    """Also what no confirmation came for; that there was none is a fault of its own."""
    script = Script(ANA, BEN)
    script.send(ANA, BEN)
    script.marker(ANA)
    script.marker(BEN)
    assert script.faults() == {"lost": 1, "unanswered": 1}


def test_one_s_own_broadcast_must_come_back_before_one_s_marker() -> None:
    """The sender is one of everybody."""
    script = Script(ANA)
    script.send(ANA)
    script.marker(ANA)
    assert script.faults() == {"lost": 1}


def test_what_is_accepted_after_the_marker_was_sent_is_not_due_yet() -> None:
    """It may come behind the marker."""
    script = Script(ANA, BEN)
    script.ledger.marker_sent(BEN)
    [message] = script.send(EVE)
    script.arrive(message, ANA)
    script.ledger.marker_back(BEN)
    assert script.faults() == {}
    script.arrive(message, BEN)
    script.marker(BEN)
    assert script.faults() == {}
    assert script.ledger.totals.due == 1


def test_what_was_sent_before_a_client_was_healthy_is_not_due() -> None:
    """It may arrive or not: the client joined while it was under way."""
    script = Script(ANA)
    [early, second] = script.send(EVE, count=2)
    script.ledger.marker_sent(BEN)
    script.arrive(early, ANA)
    script.arrive(second, ANA, BEN)
    script.ledger.marker_back(BEN)
    [later] = script.send(EVE)
    script.arrive(later, ANA)
    script.marker(BEN)
    assert script.faults() == {"lost": 1}, "the later one alone"


def test_a_client_that_leaves_is_not_judged() -> None:
    """Not from the moment on at which it began to leave."""
    script = Script(ANA, BEN)
    [message] = script.send(EVE)
    script.ledger.leaving(BEN)
    script.arrive(message, ANA)
    script.ledger.left(BEN)
    script.marker(ANA)
    assert script.faults() == {}
    assert not script.ledger.is_healthy(BEN)
    assert script.ledger.is_healthy(ANA)


def test_the_messages_of_a_client_that_left_are_due_to_the_others() -> None:
    """As far as one of them received them."""
    script = Script(ANA, BEN, EVE)
    [first, second] = script.send(EVE, count=2)
    script.ledger.leaving(EVE)
    script.ledger.left(EVE)
    script.arrive(first, ANA)
    script.marker(ANA)
    script.marker(BEN)
    assert script.faults() == {"lost": 1}
    script.arrive(second, ANA)
    script.marker(ANA)
    script.marker(BEN)
    assert script.faults() == {"lost": 2}


def test_a_second_arrival_is_doubled() -> None:
    """Also long after the first, and at a client that was judged since."""
    script = Script(ANA)
    messages = script.send(EVE, count=3)
    for message in messages:
        script.arrive(message, ANA)
    script.marker(ANA)
    script.arrive(messages[0], ANA)
    assert script.faults() == {"doubled": 1}


def test_what_comes_behind_a_later_message_is_reordered() -> None:
    """It is not lost, and not doubled."""
    script = Script(ANA)
    [first, second, third] = script.send(EVE, count=3)
    for message in (third, first, second):
        script.arrive(message, ANA)
    script.marker(ANA)
    assert script.faults() == {"reordered": 2}


def test_the_order_holds_across_broadcasts_and_direct_messages() -> None:
    """They are streams of their own, but one sender's."""
    script = Script(ANA)
    [broadcast] = script.send(EVE)
    [direct] = script.send(EVE, ANA)
    script.arrive(direct, ANA)
    script.arrive(broadcast, ANA)
    script.marker(ANA)
    assert script.faults() == {"reordered": 1}


def test_what_arrives_behind_the_marker_is_reordered_not_lost() -> None:
    """The server handles a connection in turn: the marker had to come behind it."""
    script = Script(ANA, BEN)
    [message] = script.send(EVE)
    script.arrive(message, ANA)
    script.marker(BEN)
    script.arrive(message, BEN)
    script.marker(BEN)
    assert script.faults() == {"reordered": 1}


def test_the_order_of_different_senders_is_free() -> None:
    """Only one sender's messages have one."""
    script = Script(ANA)
    [of_ben] = script.send(BEN)
    [of_eve] = script.send(EVE)
    script.arrive(of_eve, ANA)
    script.arrive(of_ben, ANA)
    script.marker(ANA)
    assert script.faults() == {}


def test_forgetting_changes_no_account() -> None:
    """Whoever left a while ago costs nothing any more, and nothing of theirs is due again."""
    script = Script(ANA, BEN)
    script.marker(EVE)
    for message in [*script.send(EVE, count=3), *script.send(EVE, ANA)]:
        script.arrive(message, *((ANA, BEN) if message[1] == EVERYONE else (ANA,)))
    script.ledger.leaving(EVE)
    script.ledger.left(EVE)
    for _ in range(3):
        script.marker(ANA)
        script.marker(BEN)
        script.ledger.marker_sent(BEN)
        script.ledger.forget()
        script.ledger.marker_back(BEN)
    assert script.faults() == {}
    assert script.ledger.totals.due == 7
    assert EVE not in script.ledger._streams[EVERYONE]


@given(st.lists(st.integers(1, 30), max_size=60), st.integers(1, 30), st.integers(0, 35))
def test_a_span_with_holes_is_a_set(numbers: list[int], first: int, last: int) -> None:
    """It holds just what was added, in whatever order."""
    seen = Seen()
    for number in numbers:
        seen.add(number)
    assert {number for number in range(40) if number in seen} == set(numbers)
    assert seen.missing(first, last) == set(range(first, last + 1)) - set(numbers)


@given(st.data())
def test_the_account_is_that_of_a_plain_count(data: st.DataObject) -> None:
    """Of messages that reach a healthy client in any order and number, each fault is counted exactly."""
    script = Script(ANA, BEN)
    messages = script.send(EVE, count=data.draw(st.integers(1, 8)))
    for message in messages:
        script.arrive(message, BEN)
    arrivals = data.draw(st.lists(st.sampled_from(messages), max_size=20))
    for message in arrivals:
        script.arrive(message, ANA)
    script.marker(ANA)
    firsts = [message for at, message in enumerate(arrivals) if message not in arrivals[:at]]
    late = sum(any(before[3] > each[3] for before in firsts[:at]) for at, each in enumerate(firsts))
    totals = script.ledger.totals
    assert totals.lost == len(messages) - len(firsts)
    assert totals.doubled == len(arrivals) - len(firsts)
    assert totals.reordered == late


@pytest.mark.parametrize("unread", [0, 2])
def test_every_direct_message_is_answered_before_the_marker(unread: int) -> None:
    """By a confirmation or an error."""
    script = Script(ANA)
    script.send(ANA, BEN, count=3)
    for _ in range(3 - unread):
        script.ledger.answered(ANA)
    script.marker(ANA)
    script.marker(ANA)
    assert script.faults() == ({"unanswered": unread} if unread else {})

"""When user lists go out, and what they may cost."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from authws_desktop.hub.presence import LINK_BYTES_PER_S, PresenceScheduler
from authws_desktop.hub.presence_round import PresenceRound
from authws_desktop.protocol.limits import PRESENCE_MAX_INTERVAL_S, PRESENCE_MIN_INTERVAL_S, PRESENCE_SHARE
from authws_desktop.traffic.record import Identity
from tests.hub.test_hub import Clock, House


@pytest.mark.parametrize("receivers", [1, 50, 200])
def test_small_rooms_never_wait_long(receivers: int) -> None:
    """Up to 200 clients the pause is bounded whatever a list costs."""
    assert PresenceScheduler.interval_s(receivers, 5.0, 10**9) == PRESENCE_MAX_INTERVAL_S
    assert PresenceScheduler.interval_s(receivers, 0.0, 0) == PRESENCE_MIN_INTERVAL_S


def test_large_rooms_keep_presence_to_its_share_of_time() -> None:
    """A list that takes 0.3 s is followed by a pause nine times as long."""
    pause_s = PresenceScheduler.interval_s(1000, 0.3, 0)
    assert 0.3 / (0.3 + pause_s) == pytest.approx(PRESENCE_SHARE)


def test_large_rooms_keep_presence_to_its_share_of_the_link() -> None:
    """A tenth of a gigabit, counted for receivers beyond this computer."""
    pause_s = PresenceScheduler.interval_s(1000, 0.001, LINK_BYTES_PER_S)
    assert 1 / (1 + pause_s) == pytest.approx(PRESENCE_SHARE)


class SlowRound:
    """A round in which each receiver takes a millisecond."""

    remote_bytes = 0

    def __init__(self, clock: Clock, receivers: int) -> None:
        self.receivers = receivers
        self._clock = clock

    def __iter__(self):  # type: ignore[no-untyped-def]
        for _ in range(self.receivers):
            self._clock.time_s += 0.001
            yield


def test_a_long_round_is_cut_into_slices() -> None:
    """Other work gets its turn after a few milliseconds of writing lists."""
    clock = Clock()
    slices: list[float] = []

    def call_later(delay_s: float, callback):  # type: ignore[no-untyped-def]
        slices.append(clock.time_s)
        return clock.call_later(delay_s, callback)

    scheduler = PresenceScheduler(clock, call_later, lambda: SlowRound(clock, 100))
    scheduler.changed()
    clock.advance(1)
    gaps = [after - before for before, after in itertools.pairwise(slices[1:])]
    assert len(slices) > 10
    assert max(gaps) < 0.01


@pytest.mark.parametrize("count", [50, 200, 1000])
def test_a_join_storm_costs_no_more_than_a_few_lists_each(count: int) -> None:
    """The bytes grow with N x list, not with N x N x list."""
    house = House()
    peers = []
    for number in range(count):
        peers.append(house.join(f"user{number:04}")[1])
        house.clock.advance(0.002)
    house.clock.advance(5)
    final = len(peers[0].frames[-1])
    lists = [len(peer.of_type("user_list")) for peer in peers[:3]]
    storm_s = count * 0.002
    assert max(lists) <= storm_s / PRESENCE_MIN_INTERVAL_S + 2
    assert house.hub.counters.presence_bytes <= count * final * (storm_s / PRESENCE_MIN_INTERVAL_S / 2 + 2)
    assert all(len(peer.of_type("user_list")[-1]["users"]) == count for peer in peers[:3])


def test_calling_off_in_the_middle_of_a_round_ends_it() -> None:
    """What the loop calls afterwards writes nothing: the server is going away."""
    clock = Clock()
    round_ = SlowRound(clock, 100)
    calls: list[Callable[[], None]] = []

    def call_later(_delay_s: float, callback: Callable[[], None]) -> Clock:
        calls.append(callback)
        return clock

    scheduler = PresenceScheduler(clock, call_later, lambda: round_)
    scheduler.changed()
    calls[0]()
    written_s = clock.time_s
    scheduler.cancel()
    calls[1]()  # A timer that was due when it was called off is called nevertheless.
    assert clock.time_s == written_s < 0.1


def test_a_change_during_a_round_brings_another() -> None:
    """Nobody is left with a list that was true when the round began."""
    clock = Clock()
    rounds: list[SlowRound] = []

    def start_round() -> SlowRound:
        rounds.append(SlowRound(clock, 100))
        if len(rounds) == 1:
            scheduler.changed()
        return rounds[-1]

    scheduler = PresenceScheduler(clock, clock.call_later, start_round)
    scheduler.changed()
    clock.advance(10)
    assert len(rounds) == 2


def test_who_leaves_during_a_round_is_skipped() -> None:
    """Their connection is closed; others still get the list, and its bytes count as sent over the network."""
    house = House()
    (ana, ana_peer), (ben, ben_peer) = house.join("ana"), house.join("ben")
    ben.is_loopback = False
    round_ = PresenceRound([ana, ben], [b"1234", b"1234"], house.hub.counters)
    ana.identity = Identity(ana.number, ana.client_id)
    before = len(ana_peer.frames)
    assert list(round_) == [None, None]
    assert len(ana_peer.frames) == before
    assert ben_peer.latest == [b"1234"]
    assert round_.remote_bytes == 4

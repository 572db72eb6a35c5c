"""When user lists go out, and what they may cost."""

from __future__ import annotations

import itertools

import pytest

from authws_desktop.hub.presence import LINK_BYTES_PER_S, PresenceScheduler
from authws_desktop.protocol.limits import PRESENCE_MAX_INTERVAL_S, PRESENCE_MIN_INTERVAL_S, PRESENCE_SHARE
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

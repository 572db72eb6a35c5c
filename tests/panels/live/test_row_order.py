"""Rows are sorted in slices, with the same result as at once."""

from __future__ import annotations

import random

import pytest

from authws_desktop.panels.live import row_order
from authws_desktop.panels.live.row_numbers import AllRows, FrozenRecords, MatchingRows, SortedRows
from authws_desktop.panels.live.row_order import RUN_BYTES, RUN_ROWS, RowOrder
from authws_desktop.panels.live.traffic_columns import number_key, text_key
from authws_desktop.traffic.record import Record
from authws_desktop.traffic.ring import TrafficRing
from tests.panels.live.support import fill
from tests.work import TickingClock, calls_of


def frozen(sizes: list[int], **changes: object) -> FrozenRecords:
    """Return records of these sizes."""
    ring = TrafficRing()
    for size in sizes:
        fill(ring, 1, size_bytes=size, **changes)
    return FrozenRecords(ring)


def by_size(record: Record) -> str | None:
    """Return a key; small ones have none."""
    return number_key(record.size_bytes) if record.size_bytes >= 10 else None


@pytest.mark.parametrize("is_descending", [False, True])
def test_sorted_as_at_once(is_descending: bool) -> None:
    """Whatever the number of runs; what has no key stands at the end, by time."""
    choose = random.Random(5)
    for count in (0, 1, RUN_ROWS, RUN_ROWS + 1, 7 * RUN_ROWS + 3):
        sizes = [choose.randrange(5000) for _ in range(count)]
        order = RowOrder(frozen(sizes), AllRows(1, count), by_size, is_descending=is_descending)
        numbers = order.run(60)
        keyed = sorted((size, place + 1) for place, size in enumerate(sizes) if size >= 10)
        expected = [number for _, number in (reversed(keyed) if is_descending else keyed)]
        assert numbers == expected + [place + 1 for place, size in enumerate(sizes) if size < 10]


def test_one_slice_does_a_bounded_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice ends at its time: after one run or one merge where the clock says so, and says how far it is."""
    monkeypatch.setattr(row_order, "thread_time", TickingClock(1.0))
    count = 8 * RUN_ROWS
    order = RowOrder(frozen([20] * count), AllRows(1, count), by_size, is_descending=False)
    slices = 0
    while order.run(0.5) is None:
        slices += 1
        assert order.percent == min(100, slices * 100 // 8)
    assert slices == 8 + 7 + 1  # as many runs, what merges them, and the numbers


def test_long_payloads_make_short_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """To look into a megabyte takes a thousand times as long as into a line."""
    monkeypatch.setattr(row_order, "thread_time", TickingClock(1.0))
    source = frozen([20] * 50, payload=b"x" * RUN_BYTES)
    order = RowOrder(source, AllRows(1, 50), by_size, is_descending=False)
    assert order.run(0.5) is None
    assert order.percent == 2


def calls_to_sort(count: int) -> int:
    """Return how much is called to sort so many rows."""
    source = frozen([place * 7919 % count + 10 for place in range(count)])
    return calls_of(lambda: RowOrder(source, AllRows(1, count), by_size, is_descending=False).run(60))


def test_merging_is_linear() -> None:
    """The runs are found and merged: ten times the rows take about ten times the calls."""
    few, many = map(calls_to_sort, (1000, 10_000))
    assert many < 11 * few


def test_numbers_are_in_their_order_before_texts() -> None:
    """Negative ones, fractions and those that no float holds."""
    numbers = [-(10**400), -1e300, -2, -1.5, 0, 1e-9, 1, 2, 10, 1e300, 10**400]
    keys = [number_key(number) for number in numbers]
    assert sorted(keys) == keys
    assert max(keys) < (text_key("-") or "")


def test_numbers_in_texts_count_as_such() -> None:
    """`user9` comes before `user10`, whatever the case; an empty text has no key."""
    names = ["User10", "user9", "anna 2", "user9b"]
    assert sorted(names, key=lambda name: text_key(name) or "") == ["anna 2", "user9", "user9b", "User10"]
    assert text_key("") is None


def test_sorted_rows_know_what_was_before() -> None:
    """The row before in time is that of the filter, not the one above."""
    rows = SortedRows([8, 2, 5], MatchingRows([2, 5, 8]))
    assert [rows.number_before(row) for row in range(3)] == [5, 0, 2]
    assert [rows.row_of(number) for number in (2, 3, 8)] == [1, None, 0]
    assert rows.count_before(5) == 0
    assert rows.count_before(9) == 3

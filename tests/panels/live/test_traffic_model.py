"""The traffic table follows the ring with exact signals, whatever the rate."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QHeaderView
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live import filter_scan
from authws_desktop.panels.live.row_groups import RowGroup, leaving_out
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.panels.live.traffic_model import TrafficModel
from authws_desktop.traffic.filter import TrafficFilter
from authws_desktop.traffic.filter_checks import Predicate
from authws_desktop.traffic.record import Direction, Kind, Record
from authws_desktop.traffic.ring import TrafficRing
from tests.panels.live.support import fill, record
from tests.work import TickingClock, calls_of


@pytest.fixture
def ring() -> TrafficRing:
    """A small ring."""
    return TrafficRing(1000)


@pytest.fixture(autouse=True)
def slices_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine cuts no slice of a filter's work short."""
    clock = TickingClock()
    monkeypatch.setattr(filter_scan, "thread_time", clock)
    monkeypatch.setattr(filter_scan, "monotonic", clock)


@pytest.fixture
def model(ring: TrafficRing, theme: Theme) -> TrafficModel:
    """Its model."""
    return TrafficModel(ring)


def numbers(model: TrafficModel) -> list[int]:
    """Return the record numbers of all rows."""
    return [model.number_at(row) for row in range(model.rowCount())]


def filtered(model: TrafficModel, predicate: Predicate | None, qtbot: QtBot) -> None:
    """Set a filter and wait until it is through."""
    model.set_filter(predicate)
    qtbot.waitUntil(lambda: model.filter_percent is None)


def test_rows_come_in_order_and_once(ring: TrafficRing, model: TrafficModel) -> None:
    """Each refresh adds what is new, at the end."""
    for _ in range(5):
        fill(ring, 7)
        model.refresh()
    assert numbers(model) == list(range(1, 36))


@pytest.mark.parametrize("text", ["", "user:user3", "hello"])
def test_overrun_removes_rows_at_the_top(
    ring: TrafficRing, model: TrafficModel, qtbot: QtBot, text: str
) -> None:
    """Whatever the burst, the rows are those that pass and that the ring still has."""
    predicate = TrafficFilter(text) if text else None
    filtered(model, predicate, qtbot)
    choose = random.Random(3)
    for _ in range(60):
        fill(ring, choose.choice((0, 1, 30, 400, 999, 1000, 1001, 3000)))
        model.refresh()
        qtbot.waitUntil(lambda: model._scan is None or model._scan.is_done(ring))
        kept = [each.number for each in ring.after(0) if predicate is None or predicate(each)]
        assert numbers(model) == kept


def test_model_tester(
    ring: TrafficRing, model: TrafficModel, qtmodeltester: ModelTester, qtbot: QtBot
) -> None:
    """Qt's own checks hold through overrun, filter, pause, clear and undo."""
    qtmodeltester.check(model)
    actions: list[Callable[[], object]] = [
        lambda: fill(ring, 400),
        model.refresh,
        lambda: filtered(model, TrafficFilter("user:user3,user4"), qtbot),
        model.pause,
        model.resume,
        model.clear,
        lambda: model.undo_clear(0),
        lambda: filtered(model, None, qtbot),
        ring.clear,
    ]
    choose = random.Random(2)
    for _ in range(150):
        choose.choice(actions)()
        model.refresh()
    model.resume()
    filtered(model, None, qtbot)
    assert numbers(model) == [each.number for each in ring.after(0) if each.number > model._floor]


def test_columns(ring: TrafficRing, model: TrafficModel) -> None:
    """Time to the millisecond, difference to the row before, sizes with their unit."""
    fill(ring, 2)
    model.refresh()
    row = [model.index(1, column).data() for column in TrafficColumn]
    assert row[TrafficColumn.TIME].endswith(".002")
    assert row[1:] == [
        "+1 ms",
        "→ in",
        "user3 #3",
        "message",
        "all 12",
        "54 B",
        "here",
        '{"text":"hello number 2"}',
    ]
    assert model.index(0, TrafficColumn.DIFFERENCE).data() == ""
    assert model.index(1, TrafficColumn.SIZE).data(Qt.ItemDataRole.TextAlignmentRole) & int(
        Qt.AlignmentFlag.AlignRight
    )


def test_content_hides_nothing_and_stays_on_one_line(ring: TrafficRing, model: TrafficModel) -> None:
    """ANSI, bidirectional and zero-width characters and HTML change nothing in the window."""
    fill(ring, 1, payload='{"content":"\x1b[2J\u202e\u200b<b>x</b>\n"}'.encode())
    model.refresh()
    assert model.index(0, TrafficColumn.CONTENT).data() == r'{"content":"\e[2J\u202e\u200b<b>x</b>\n"}'


def test_pause_freezes_the_view_and_loses_nothing_that_fits(ring: TrafficRing, model: TrafficModel) -> None:
    """The rows stay readable even when the ring has let go of them; resuming says how many are lost."""
    fill(ring, 800)
    model.refresh()
    model.pause()
    fill(ring, 150)
    model.refresh()
    assert model.rowCount() == 800
    assert model.waiting_count == 150
    assert model.resume() == 0
    assert numbers(model) == list(range(1, 951))
    model.pause()
    fill(ring, 5000)
    model.refresh()
    record = model.record_at(0)
    assert record is not None
    assert record.number == 1
    assert model.resume() == 4000
    assert numbers(model) == list(range(4951, 5951))


def test_filter_works_while_paused(ring: TrafficRing, model: TrafficModel, qtbot: QtBot) -> None:
    """It looks at the frozen rows, and at the new ones after resuming."""
    fill(ring, 100)
    model.refresh()
    model.pause()
    fill(ring, 2000)
    filtered(model, TrafficFilter("user:user3"), qtbot)
    assert max(numbers(model)) <= 100
    model.resume()
    predicate = TrafficFilter("user:user3")
    right = [each.number for each in ring.after(0) if predicate(each)]
    shows(model, right, qtbot)


def test_clear_and_undo(ring: TrafficRing, model: TrafficModel, qtbot: QtBot) -> None:
    """Cleared rows come back, with those that came meanwhile; a filter holds through it."""
    fill(ring, 100)
    filtered(model, TrafficFilter("user:user3"), qtbot)
    before = numbers(model)
    floor = model.clear()
    assert numbers(model) == []
    fill(ring, 39)
    model.refresh()
    assert len(numbers(model)) == 1
    model.undo_clear(floor)
    qtbot.waitUntil(lambda: model.filter_percent is None)
    assert numbers(model)[: len(before)] == before
    assert len(numbers(model)) == len(before) + 1


def shows(model: TrafficModel, expected: list[int], qtbot: QtBot) -> None:
    """Wait until these rows are shown: while the machine is busy that takes several slices."""
    qtbot.waitUntil(lambda: numbers(model) == expected)


def test_signals_are_exact_at_ten_thousand_rows_a_second(theme: Theme, qtbot: QtBot) -> None:
    """Each refresh is one removal and one insertion; without a filter it takes no longer for many rows than for few."""
    ring = TrafficRing(100_000)
    fill(ring, 100_000)
    model = TrafficModel(ring)
    signals: list[str] = []
    model.rowsInserted.connect(lambda *_: signals.append("inserted"))
    model.rowsRemoved.connect(lambda *_: signals.append("removed"))
    model.modelReset.connect(lambda *_: signals.append("reset"))
    work = []
    for predicate in (None, TrafficFilter("hello user:user3")):
        filtered(model, predicate, qtbot)
        for count in (100, 1000) * 5:
            signals.clear()
            fill(ring, count)
            work.append(calls_of(model.refresh))
            assert signals == ["removed", "inserted"]
        assert numbers(model) == [
            each.number for each in ring.after(0) if predicate is None or predicate(each)
        ]
    assert len(set(work[:10])) == 1


def looks_a_tick(model: TrafficModel, predicate: Predicate) -> list[int]:
    """Set a filter and see it through; return how many rows it looked at in each turn of the window's loop."""
    looks = [0]

    def look(record: Record) -> bool:
        looks[-1] += 1
        return predicate(record)

    model.set_filter(look)
    while model.filter_percent is not None:
        looks.append(0)
        QApplication.processEvents()
    return looks


@pytest.mark.parametrize("text", ["999", "user:user3", "/number \\d+5/", '/"text":.*99.*}/', "!hello"])
def test_many_rows_are_filtered_in_slices(theme: Theme, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice ends when its time is over, the window ticks between two of them, and the result is complete."""
    clock = TickingClock(filter_scan.SLICE_S / 1000)
    monkeypatch.setattr(filter_scan, "thread_time", clock)
    monkeypatch.setattr(filter_scan, "monotonic", clock)
    ring = TrafficRing(20_000)
    fill(ring, 20_000)
    model = TrafficModel(ring)
    predicate = TrafficFilter(text)
    looks = looks_a_tick(model, predicate)
    assert sum(looks) == 20_000
    assert max(looks) <= 1001, "one look at the clock a row"
    assert numbers(model) == [each.number for each in ring.after(0) if predicate(each)]


def test_a_costly_expression_does_not_freeze_the_window(
    theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long payloads are looked at one a tick, and every one of them is searched to its end."""
    clock = TickingClock(filter_scan.SLICE_S)
    monkeypatch.setattr(filter_scan, "thread_time", clock)
    monkeypatch.setattr(filter_scan, "monotonic", clock)
    ring = TrafficRing(1000)
    fill(ring, 20, payload=b"a" * 300_000 + b"b!")
    model = TrafficModel(ring)
    assert max(looks_a_tick(model, TrafficFilter("/(a+)+b!/"))) == 1
    assert model.rowCount() == 20


def test_a_choice_of_groups_is_made_in_slices(theme: Theme, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the chips leave out is looked at in batches, some a slice; the result is complete."""
    monkeypatch.setattr(filter_scan, "thread_time", TickingClock(filter_scan.SLICE_S / 2))
    ring = TrafficRing(20_000)
    fill(ring, 5000)
    for number in range(5001, 10_001):
        ring.append(record(number=number, kind=Kind.DELIVERED, direction=Direction.OUT))
    model = TrafficModel(ring)
    model.set_filter(leaving_out(frozenset({RowGroup.ANSWERS})))
    slices = 1
    while model.filter_percent is not None:
        slices += 1
        QApplication.processEvents()
    assert slices >= 10_000 / (2 * filter_scan.BATCH)
    assert numbers(model) == list(range(1, 5001))


def test_highlight_marks_without_hiding(ring: TrafficRing, model: TrafficModel) -> None:
    """Every row stays; those that pass are marked."""
    fill(ring, 39)
    model.refresh()
    model.set_highlight(TrafficFilter("user:user3"))
    marked = [number for number in numbers(model) if model.is_marked(ring.after(number - 1, 1)[0])]
    assert marked == [2]
    assert model.rowCount() == 39


def test_titles_of_the_other_direction_stand_above_their_columns(
    model: TrafficModel, app: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table reads from left to right in every language, its titles in Arabic, too."""
    monkeypatch.setattr(model, "_titles", lambda: ["الوقت"] * len(TrafficColumn))
    app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    header = QHeaderView(Qt.Orientation.Horizontal)
    header.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    header.setModel(model)
    header.resizeSection(0, 400)
    header.resize(400, 30)
    image = header.viewport().grab().toImage()
    app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    ground = image.pixelColor(200, 15)
    inked = [x for x in range(2, 398) if any(image.pixelColor(x, y) != ground for y in range(6, 24))]
    assert inked
    assert max(inked) < 200

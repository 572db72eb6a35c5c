"""The strip of time: what it shows, and what its brush does to rows and users."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live import time_strip
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.row_counts import Counts, RowCounts
from authws_desktop.panels.live.time_bins import LONGEST_S, WIDTHS_S, Span, TimeBins, within
from authws_desktop.panels.live.time_strip import BIN_PX, TimeStrip
from authws_desktop.traffic.record import Direction, Identity, Kind
from tests.panels.live.support import NOW_S, PlainService, record

OUT = Path(__file__).parents[2] / "screenshots" / "out"
START = int(NOW_S)


@pytest.fixture(autouse=True)
def always_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each refresh shows what is new."""
    monkeypatch.setattr(time_strip, "EVERY_S", 0.0)


def counted(*seconds: int, each: Counts | None = None) -> RowCounts:
    """Return counts with one row in each of some seconds."""
    counts = RowCounts()
    for second in seconds:
        counts.seconds[second] = each or Counts(1)
    return counts


# Bins


def test_bins_are_as_long_as_the_room_asks_for() -> None:
    """A minute has a bin a second, hours have longer ones, and never more than the last hours are in view."""
    for length_s in (10, 60, 3600, LONGEST_S, 10 * LONGEST_S):
        bins = TimeBins(counted(START, START + length_s))
        bins.refresh(100)
        assert bins.width_s in WIDTHS_S
        assert bins.last - bins.first < 100
        assert bins.last == (START + length_s) // bins.width_s
    empty = TimeBins(RowCounts())
    empty.refresh(100)
    assert (empty.bins, empty.first, empty.last) == ({}, 0, 0)


def test_bins_follow_what_comes_and_goes() -> None:
    """After each step they hold what a sum of all seconds does, whatever was summed up before."""
    counts = counted(START)
    bins = TimeBins(counts)
    for step in range(300):
        counts.seconds.setdefault(START + step * 3, Counts()).add(Counts(2, step % 2, 1))
        if step % 5 == 0:
            counts.seconds[START + step * 3].add(Counts(1))
        if step > 100:
            del counts.seconds[next(iter(counts.seconds))]
        bins.refresh(60)
        anew = TimeBins(counts)
        anew.refresh(60)
        whole = [place for place in bins.bins if place * bins.width_s >= next(iter(counts.seconds))]
        if bins.width_s == anew.width_s:
            assert {place: bins.bins[place] for place in whole} == {
                place: anew.bins[place] for place in whole
            }


def test_a_clock_that_is_set_back_loses_nothing() -> None:
    """Rows of an hour ago after rows of now stand an hour ago."""
    bins = TimeBins(counted(START + 3600, START))
    bins.refresh(400)
    assert sum(each.rows for each in bins.bins.values()) == 2


def test_within_takes_the_beginning_and_leaves_the_end() -> None:
    """A row at the very end belongs to the next stretch."""
    accepts = within(Span(START, START + 1))
    assert accepts is not None
    assert accepts(record())
    assert within(Span(START - 1, START)) is not None
    assert not within(Span(START - 1, START))(record())  # type: ignore[misc]
    assert within(None) is None


# The strip


@pytest.fixture
def strip(theme: Theme, qtbot: QtBot) -> TimeStrip:
    """A strip with three seconds of rows: one with errors, one with joins."""
    counts = counted(START)
    counts.seconds[START + 1] = Counts(5, errors=1)
    counts.seconds[START + 2] = Counts(9, joins=2)
    made = TimeStrip(counts, theme)
    qtbot.addWidget(made)
    made.resize(300, made.height())
    made.show()
    made.refresh()
    return made


def column(strip: TimeStrip, second: int) -> list[str]:
    """Return the colours of a second's bar, top to bottom."""
    image: QImage = strip.grab().toImage()
    x = strip.x_of(second)
    return [QColor(image.pixel(x, y)).name() for y in range(image.height())]


def test_errors_stand_above_and_joins_below(strip: TimeStrip, theme: Theme) -> None:
    """Their place tells them apart, and so does their colour; the bar of more rows is higher."""
    tokens = theme.tokens
    plain, errors, joins = (column(strip, START + each) for each in range(3))
    assert tokens.bad in errors[:4]
    assert tokens.bad not in joins
    assert tokens.good in joins[-4:]
    assert tokens.good not in plain + errors
    assert plain.count(tokens.border_strong) < errors.count(tokens.border_strong)
    assert errors.count(tokens.border_strong) < joins.count(tokens.border_strong)
    assert strip.accessibleDescription().endswith("15 rows, 1 error, 2 joined")


def test_nothing_new_is_not_painted(strip: TimeStrip, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh without new rows asks for no painting."""
    asked: list[int] = []
    monkeypatch.setattr(strip, "update", lambda: asked.append(1))
    strip.refresh()
    assert not asked
    strip._counts.seconds[START + 3] = Counts(1)
    strip.refresh()
    assert asked == [1]


def test_mouse_and_keys_choose(strip: TimeStrip) -> None:
    """A drag in any direction, a click, a double click; arrows, Shift and Escape."""
    spans: list[Span | None] = []
    strip.brushed.connect(spans.append)
    y = strip.height() // 2
    first, last = (QPoint(strip.x_of(START + each) + 1, y) for each in (0, 2))
    QTest.mousePress(strip, Qt.MouseButton.LeftButton, pos=last)
    QTest.mouseMove(strip, first)
    assert spans == [], "not before the button is released"
    QTest.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=first)
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=first)
    QTest.mouseDClick(strip, Qt.MouseButton.LeftButton, pos=first)
    assert spans == [Span(START, START + 3), Span(START, START + 1), None]
    spans.clear()
    QTest.keyClick(strip, Qt.Key.Key_Left)
    QTest.keyClick(strip, Qt.Key.Key_Left)
    QTest.keyClick(strip, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(strip, Qt.Key.Key_Left)  # there is nothing further left
    QTest.keyClick(strip, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(strip, Qt.Key.Key_Escape)
    assert spans == [
        Span(START + 2, START + 3),
        Span(START + 1, START + 2),
        Span(START, START + 2),
        Span(START, START + 3),
        None,
    ]


def test_an_empty_strip_takes_no_brush(theme: Theme, qtbot: QtBot) -> None:
    """Without rows there is nothing to choose."""
    strip = TimeStrip(RowCounts(), theme)
    qtbot.addWidget(strip)
    strip.refresh()
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton)
    QTest.keyClick(strip, Qt.Key.Key_Left)
    assert strip.span is None
    assert strip.place_at(strip.width() - BIN_PX) == 0


# On the page


def scene(page: LivePage, plain: PlainService) -> None:
    """Ana is there all the time, ben comes and goes, chloe comes last; each says something a minute."""
    add, clock = plain.hub.recorder.add, plain.clock
    for minute, (come, go) in enumerate([("ana", ""), ("ben", ""), ("", "ben"), ("chloe", "")]):
        clock.now_s = NOW_S + minute * 60
        if come:
            client = plain.connect()
            add(Direction.EVENT, Kind.CONNECT, client.identity)
            plain.log_in(client, come, app="phone")
        if go:
            client = next(each for each in plain.hub.clients.values() if each.username == go)
            add(Direction.EVENT, Kind.DISCONNECT, client.identity)
            plain.hub.disconnected(client)
        for client in [each for each in plain.hub.clients.values() if each.username]:
            plain.say(client, {"minute": minute})
    refused = Identity(address="192.168.1.90")
    add(Direction.IN, Kind.REFUSED, refused, outcome="401", detail="POST /auth/login.")
    page.refresh()


def names(page: LivePage) -> list[str]:
    """Return who was there, as it is shown."""
    return [user.identity.username for user in page.users.past.table.shown()]


@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_brush_shows_these_rows_and_the_users_of_then(
    page: LivePage, plain: PlainService, theme: Theme, app: QApplication, qtbot: QtBot, look: str
) -> None:
    """Nothing of before or after, and nobody who had left or had not come; all is back with one press."""
    theme.apply(app, look)
    scene(page, plain)
    everything = page.traffic.model.rowCount()
    model, strip = page.traffic.model, page.traffic.strip
    there = {0: ["ana"], 1: ["ana", "ben"], 2: ["ana"], 3: ["ana", "chloe"]}
    for minute, users in there.items():
        strip.choose(Span(START + minute * 60, START + minute * 60 + 30))
        qtbot.waitUntil(lambda: model.filter_percent is None)
        records = [model.record_at(row) for row in range(model.rowCount())]
        assert records
        assert {int(each.time_s) for each in records if each is not None} == {START + minute * 60}
        assert names(page) == users
        assert not page.traffic.view.is_following
    page.refresh()
    OUT.mkdir(parents=True, exist_ok=True)
    assert page.grab().save(str(OUT / f"live-brush-{look}.png"))
    page.users.past.back_button.click()
    qtbot.waitUntil(lambda: model.filter_percent is None)
    assert strip.span is None
    assert model.rowCount() == everything
    assert page.traffic.view.is_following
    assert page.users._stack.currentWidget() is page.users.view


def test_clearing_takes_the_brush_away(page: LivePage, plain: PlainService) -> None:
    """The strip begins anew with the rows; Undo brings its bars back."""
    scene(page, plain)
    strip = page.traffic.strip
    strip.choose(Span(START, START + 30))
    page.traffic.clear()
    page.refresh()
    assert strip.span is None
    assert not strip._bins.bins
    page.traffic.undo_clear()
    page.refresh()
    assert sum(each.rows for each in strip._bins.bins.values()) == plain.traffic.last_number

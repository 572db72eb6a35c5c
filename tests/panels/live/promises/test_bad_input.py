"""Whatever clients send and are called: rows, detail, people and panels stay readable, in place, and quick."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTableView
from pytestqt.qtbot import QtBot

from authws_desktop.panels.live.detail_panel import PRETTY, RAW
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from tests.panels.live.support import PlainService, choose_number, fill
from tests.panels.pictures import shoot
from tests.work import calls_of

FAMILY = "👨\u200d👩\u200d👧"
CONTENTS: dict[str, object] = {
    "a megabyte on one line": "x" * 1_000_000,
    "ten thousand levels": None,  # written by hand below
    "right to left": "مرحبا بالعالم \u202e abc",
    "joined emoji": f"{FAMILY} and 🏳\ufe0f\u200d🌈",
    "ANSI": "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "HTML": "<img src=x onerror=alert(1)><b>bold</b>",
}
MOST_CALLS = 60_000
"""What showing one row and its detail may take: far less than one for each character of a megabyte."""


def shown(page: LivePage, row: int, column: int = TrafficColumn.CONTENT) -> str:
    """Return what a cell of the traffic says."""
    return str(page.traffic.model.index(row, column).data())


@pytest.mark.parametrize("name", list(CONTENTS))
def test_contents(page: LivePage, plain: PlainService, name: str) -> None:
    """The row is one short line, the detail has all of it, and both cost what is seen of them."""
    ana = plain.join("ana")
    if name == "ten thousand levels":
        fill(plain.traffic, 1, payload=b'{"a":' * 10_000 + b"1" + b"}" * 10_000)
    else:
        plain.say(ana, CONTENTS[name])

    def show() -> None:
        page.refresh()
        assert choose_number(page.traffic.view, plain.traffic.last_number)
        page.detail.tabs.setCurrentIndex(RAW)
        page.detail.tabs.setCurrentIndex(PRETTY)
        page.grab()

    assert calls_of(show) < MOST_CALLS + 2 * 256 * 1024
    row = page.traffic.model.rowCount() - 1
    text = shown(page, row)
    assert len(text) < 1000
    assert "\n" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    if name == "joined emoji":
        assert FAMILY in text
        page.detail.tabs.setCurrentIndex(RAW)
        assert FAMILY in page.detail.raw.toPlainText()
    if name == "HTML":
        assert "<b>bold</b>" in text


@pytest.fixture
def crowd(page: LivePage, plain: PlainService) -> list[str]:
    """Five hundred people with names of sixty characters, some of other scripts."""
    beginnings = ("maximilian-alexander", "مستخدم", "用户", f"{FAMILY}", "<b>bold</b>")
    names = [f"{beginnings[number % 5]} {number:03}".ljust(60, "x") for number in range(500)]
    for name in names:
        plain.join(name, app="phone 1.7")
    page.refresh()
    QApplication.processEvents()
    return names


@pytest.mark.parametrize("look", ["light", "dark"])
def test_five_hundred_people_with_long_names(
    page: LivePage, plain: PlainService, crowd: list[str], look: str
) -> None:
    """The page is as wide as before; names are cut in their column and whole in the tip; each can be written to."""
    page.resize(948, 543)  # what the smallest window leaves for a page
    page.users._theme.apply(QApplication.instance(), look)  # type: ignore[arg-type]
    assert page.minimumSizeHint().width() <= 948
    model = page.users.view.model()
    assert model.rowCount() == 500
    tips = [str(model.index(row, 0).data(Qt.ItemDataRole.ToolTipRole)) for row in range(5)]
    assert all("x" * 20 in tip for tip in tips)
    page.send.write_to(list(plain.hub.clients.values())[:1])
    assert page.send.panel.people.rowCount() == 500
    QApplication.processEvents()
    assert page.minimumSizeHint().width() <= 948
    assert page.send.panel.width() <= 948
    shoot(page, f"live-crowd-{look}")


def test_a_filter_typed_letter_by_letter_under_flood(
    page: LivePage, plain: PlainService, qtbot: QtBot
) -> None:
    """Rows go on coming between the letters; what is shown at the end is what the whole filter asks for."""
    ana = plain.join("ana")
    page.traffic.focus_filter()
    for letter in "user:ana needle":
        fill(plain.traffic, 500)
        plain.say(ana, "needle")
        QTest.keyClicks(page.traffic.tools.filter_box, letter)
        page.refresh()
    model = page.traffic.model

    def is_done() -> bool:
        page.refresh()
        return model.rowCount() == len("user:ana needle")

    qtbot.waitUntil(is_done)
    assert {shown(page, row, TrafficColumn.WHO) for row in range(model.rowCount())} == {"ana #1"}
    view = page.traffic.view
    assert isinstance(view, QTableView)
    assert view.viewport().isVisible()

"""Ctrl+F within a payload: in the tree, in the text, in requests."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from authws_desktop.panels.live.detail_panel import CLAIMS, PRETTY, RAW, RESPONSE, DetailPanel
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.traffic.record import HttpExchange, Kind, Record
from tests.panels.live.support import record


@pytest.fixture
def detail(page: LivePage) -> DetailPanel:
    """The detail of a shown page, with the keyboard."""
    page.activateWindow()
    return page.detail


def show(detail: DetailPanel, shown: Record) -> None:
    """Show a record until it is read."""
    detail.show_record(shown)
    detail.show()
    while detail.pretty._reading:
        QApplication.processEvents()


def look_for(detail: DetailPanel, words: str) -> None:
    """Type into the line."""
    detail.open_find()
    detail.find_bar.line.setText(words)


def test_goes_from_place_to_place_in_the_tree(detail: DetailPanel) -> None:
    """Keys and values, whatever their case, escapes decoded; round at the end, and back."""
    show(detail, record(b'{"text":"One","more":[{"a":"caf\\u00e9 one"},{"one":2}]}'))
    look_for(detail, "ONE")
    seen = []
    for _ in range(4):
        QTest.keyClick(detail.find_bar.line, Qt.Key.Key_Return)
        seen.append(detail.pretty.currentIndex().data())
    assert seen == ['text: "One"', 'a: "café one"', "one: 2", 'text: "One"']
    QTest.keyClick(detail.find_bar.line, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert detail.pretty.currentIndex().data() == "one: 2"
    look_for(detail, "café")
    detail.find_bar.next_button.click()
    assert detail.pretty.currentIndex().data() == 'a: "café one"'


def test_says_when_there_is_nothing(detail: DetailPanel) -> None:
    """And stays where it was."""
    show(detail, record(b'{"text":"one"}'))
    look_for(detail, "two")
    detail.find_bar.find_next()
    assert detail.find_bar.result_label.text() == "Nothing like this is in it."
    look_for(detail, "")
    detail.find_bar.find_next()
    assert detail.find_bar.result_label.text() == ""


def test_far_and_deep(detail: DetailPanel) -> None:
    """The last of 30,000 items is handed out for it; what lies ten thousand levels deep is found in the text."""
    show(detail, record(b"[" + b"1," * 30_000 + b'"needle"]'))
    look_for(detail, "needle")
    detail.find_bar.find_next()
    assert detail.pretty.currentIndex().data() == '30000: "needle"'
    show(detail, record(b'{"a":' * 10_000 + b'"needle"' + b"}" * 10_000))
    detail.find_bar.find_next()
    assert detail.tabs.currentIndex() == RAW
    assert detail.raw.textCursor().selectedText() == "needle"


def test_requests_and_text(detail: DetailPanel) -> None:
    """In the pane that is shown, round at its end."""
    http = HttpExchange("GET / HTTP/1.1\n", "HTTP/1.1 200 OK\nX-One: needle\n\nneedle")
    show(detail, record(b"", kind=Kind.HTTP, outcome="200", http=http))
    detail.tabs.setCurrentIndex(RESPONSE)
    look_for(detail, "needle")
    places = []
    for _ in range(3):
        detail.find_bar.find_next()
        places.append(detail.response.textCursor().position())
    assert places[0] < places[1]
    assert places[2] == places[0]
    detail.find_bar.find_previous()
    assert detail.response.textCursor().position() == places[1]


def test_ctrl_f_goes_where_the_keyboard_is(page: LivePage, detail: DetailPanel) -> None:
    """In the detail it finds in the payload, elsewhere in the rows; Escape gives the payload back."""
    show(detail, record(b'{"text":"one"}', claims=b"[]x"))
    detail.tabs.setCurrentIndex(CLAIMS)
    detail.claims.setFocus()
    QTest.keyClick(detail.claims, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert detail.find_bar.isVisible()
    assert detail.find_bar.line.hasFocus()
    assert detail.tabs.currentIndex() == PRETTY
    QTest.keyClick(detail.find_bar.line, Qt.Key.Key_Escape)
    assert not detail.find_bar.isVisible()
    assert detail.isVisible()
    page.traffic.view.setFocus()
    QTest.keyClick(page.traffic.view, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.traffic.tools.filter_box.hasFocus()

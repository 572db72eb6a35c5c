"""The detail of a row: whatever a user sent, it is shown and does no harm."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QTableView
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.chips import CHIP_ROLE, Chip
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live import json_document
from authws_desktop.panels.live.detail_panel import (
    CLAIMS,
    DELIVERY,
    HEX,
    PRETTY,
    RAW,
    REQUEST,
    RESPONSE,
    DetailPanel,
)
from authws_desktop.panels.live.json_document import JsonDocument
from authws_desktop.panels.live.json_model import PORTION, JsonModel
from authws_desktop.panels.live.json_view import OPENED_AT_FIRST
from authws_desktop.panels.live.payload_views import SHOWN_BYTES, HexModel, hex_line
from authws_desktop.traffic.record import Delivery, Fate, HeldFrame, HttpExchange, Identity, Kind, Record
from tests.panels.live.support import REFUSED_CLAIMS, record
from tests.work import TickingClock, calls_of

MOST_CALLS = 20_000
"""What laying out and painting a tab may take, far less than one for each byte or row."""


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> DetailPanel:
    """The detail, shown."""
    made = DetailPanel(theme)
    qtbot.addWidget(made)
    made.resize(800, 400)
    made.show()
    return made


def show(panel: DetailPanel, shown: Record) -> None:
    """Show a record, and wait until all of it is there."""
    panel.show_record(shown)
    while panel.pretty._reading:
        QApplication.processEvents()
    QApplication.processEvents()


def turn_to(panel: DetailPanel, tab: int) -> None:
    """Show a tab until it is painted."""
    panel.tabs.setCurrentIndex(tab)
    while panel.pretty._reading:
        QApplication.processEvents()
    panel.grab()


def lines(panel: DetailPanel) -> list[str]:
    """Return the open lines of the pretty view."""
    view, found = panel.pretty, []
    index = view.model().index(0, 0)
    while index.isValid():
        found.append(index.data())
        index = view.indexBelow(index)
    return found


def cells(table: QTableView, row: int) -> list[str]:
    """Return the texts of a row."""
    model = table.model()
    return [model.index(row, column).data() for column in range(model.columnCount())]


def test_says_what_to_do_while_nothing_is_chosen(panel: DetailPanel) -> None:
    """Instead of empty tabs."""
    assert not panel.tabs.isVisible()
    assert "Choose a row" in panel._empty.text


def test_pretty_json_is_open_and_folds(panel: DetailPanel) -> None:
    """Every field is there, and can be folded away."""
    show(panel, record(b'{"a":{"b":[1,"\\u00e9\\u202e"]},"c":null}'))
    assert lines(panel) == [
        "{ 2 fields }", "a: { 1 field }", "b: [ 2 items ]", "0: 1", r'1: "é\u202e"', "c: null",
    ]  # fmt: skip
    panel.pretty.collapse(panel.pretty.model().index(0, 0))
    assert lines(panel) == ["{ 2 fields }"]


def test_copies_a_value_as_written(panel: DetailPanel, qtbot: QtBot) -> None:
    """Ctrl+C on a line gives its JSON."""
    show(panel, record(b'{"a": {"b": 1.50}}'))
    panel.pretty.setCurrentIndex(panel.pretty.model().index(0, 0, panel.pretty.model().index(0, 0)))
    qtbot.keyClick(panel.pretty, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == '{"b": 1.50}'


@pytest.mark.parametrize(
    "payload",
    [
        b'{"a":"' + b"x" * (1024 * 1024 - 8) + b'"}',
        b"[" + b"1," * 500_000 + b"1]",
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        ("[" + ",".join(json.dumps({"id": n, "text": "hello"}) for n in range(30_000)) + "]").encode(),
        b"\x00\xff" * 500_000,
    ],
    ids=["one string", "one line of numbers", "ten thousand levels", "thirty thousand objects", "bytes"],
)
def test_large_payloads_on_every_tab(
    panel: DetailPanel, qtbot: QtBot, payload: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A megabyte on one line and ten thousand levels do not stop the window: what is seen is worked on, no more."""
    # Time stands: the slices have tests of their own, and so reading is no work of the window here.
    monkeypatch.setattr(json_document, "perf_counter", TickingClock())
    panel.tabs.setCurrentIndex(DELIVERY)
    show(panel, record(payload))
    assert calls_of(lambda: turn_to(panel, RAW)) < 2 * SHOWN_BYTES + MOST_CALLS
    assert calls_of(lambda: turn_to(panel, HEX)) < MOST_CALLS
    document = panel.raw.document()
    lengths = [document.findBlockByNumber(number).length() for number in range(document.blockCount())]
    assert max(lengths) <= 1001, "Qt takes seconds for a line of a megabyte"
    assert sum(lengths) <= 2**20, "a byte takes four characters at most"
    turn_to(panel, PRETTY)
    qtbot.keyClick(panel.pretty, Qt.Key.Key_Asterisk)
    assert calls_of(lambda: turn_to(panel, PRETTY)) < MOST_CALLS
    assert len(lines(panel)) <= OPENED_AT_FIRST + PORTION


def test_the_window_has_its_turn_while_a_payload_is_read(
    panel: DetailPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each slice of reading ends when its time is over."""
    monkeypatch.setattr(json_document, "perf_counter", TickingClock(json_document.SLICE_S))
    panel.show_record(record(b"[" + b"1," * 5000 + b"1]"))
    turns = 0
    while panel.pretty._reading:
        QApplication.processEvents()
        turns += 1
    assert turns >= 10_000 // 256
    assert lines(panel)[0] == "[ 5,001 items ]"


def test_html_stays_text(panel: DetailPanel) -> None:
    """Nothing of a user's text becomes markup."""
    hostile = Identity(1, "c1", "10.0.0.1", "id", "<h1>ana</h1>", "t", "<img src=x>")
    shown = record(
        b'"<b>x</b>"',
        identity=hostile,
        detail="<i>why</i>",
        outcome="E",
        delivery=Delivery((hostile,), (), 0.001),
    )
    show(panel, shown)
    assert "<h1>ana</h1>" in panel._summary.text()
    assert panel._summary.textFormat() is Qt.TextFormat.PlainText
    panel.tabs.setCurrentIndex(RAW)
    assert panel.raw.toPlainText() == '"<b>x</b>"'
    panel.tabs.setCurrentIndex(DELIVERY)
    assert panel._delivery_note.text() == "E: <i>why</i>"
    assert panel._delivery_note.textFormat() is Qt.TextFormat.PlainText
    assert cells(panel.delivery, 0)[0] == "<h1>ana</h1>"


def test_raw_shows_what_cannot_be_seen(panel: DetailPanel) -> None:
    """ANSI, bidirectional and zero-width characters are written out; lines stay."""
    panel.tabs.setCurrentIndex(RAW)
    show(panel, record("a\x1b[31m\u202e\u200b\nb".encode()))
    assert panel.raw.toPlainText() == "a\\e[31m\\u202e\\u200b\nb"


def test_bytes_open_in_hex(panel: DetailPanel) -> None:
    """What is no text is shown as bytes; the next text is pretty again."""
    show(panel, record(b"\x00\x01\xfe\xffabc", is_binary=True))
    assert panel.tabs.currentIndex() == HEX
    assert not panel.tabs.isTabVisible(PRETTY)
    assert "binary" in panel._summary.text()
    show(panel, record(b"{}"))
    assert panel.tabs.currentIndex() == PRETTY


def test_hex_lines() -> None:
    """Offset, sixteen bytes, characters."""
    assert hex_line(b"0123456789abcdef\x00A", 16).split() == ["00000010", "00", "41", "·A"]


def test_broken_json_is_said_and_its_beginning_shown(panel: DetailPanel) -> None:
    """The place of the mistake is named."""
    show(panel, record(b'{"a":1,"b":}'))
    assert panel._pretty_note.text() == "The JSON is wrong at character 12."
    assert "a: 1" in lines(panel)
    show(panel, record(b'{"a":1}'))
    assert not panel._pretty_note.isVisible()


def test_cut_payload_is_not_called_wrong(panel: DetailPanel) -> None:
    """The record keeps only the beginning of a very long frame."""
    show(panel, record(b'{"a":[1,2', size_bytes=5_000_000))
    assert "was cut at 9 B" in panel._pretty_note.text()


def test_claims_say_why_claim_by_claim(panel: DetailPanel) -> None:
    """Each part of the token with its verdict, in words and shape."""
    shown = record(
        b'{"type":"authenticate"}',
        kind=Kind.AUTHENTICATE,
        outcome="AUTH_ERROR/expired",
        claims=REFUSED_CLAIMS,
    )
    show(panel, shown)
    panel.tabs.setCurrentIndex(CLAIMS)
    assert cells(panel.claims, 2) == ["exp", "refused", "Expired 12 min 34 s ago."]
    assert cells(panel.claims, 0)[1] == "accepted"
    chip = panel.claims.model().index(2, 1).data(CHIP_ROLE)
    assert isinstance(chip, Chip)
    assert chip.tone == "bad"
    show(panel, record(b"{}"))
    assert not panel.tabs.isTabVisible(CLAIMS)
    assert panel.tabs.currentIndex() == PRETTY
    show(panel, shown)
    assert panel.tabs.currentIndex() == CLAIMS


@pytest.mark.parametrize("claims", [b"", b"{", b"[1]", b'{"a":1}', b"[" * 100_000])
def test_broken_claims_do_no_harm(panel: DetailPanel, claims: bytes) -> None:
    """They are shown as none."""
    panel.claims.load(claims)
    assert panel.claims.shown_count() == 0


def test_delivery_lists_each_recipient(panel: DetailPanel, qtbot: QtBot) -> None:
    """Written, waiting, sent late or lost, and after how long, trouble first; it follows while shown."""
    people = tuple(Identity(n, f"c{n}", f"10.0.0.{n}", f"id{n}", f"u{n}", "", "phone") for n in (1, 2, 3, 4))
    held = tuple(HeldFrame(each, 5.0) for each in people[1:])
    held[2].settle(Fate.LOST, 6.5)
    show(panel, record(b"{}", delivery=Delivery(people, held, 0.0021)))
    panel.tabs.setCurrentIndex(DELIVERY)
    assert panel._delivery_note.text().startswith("Written to 1 of 4 connections within 2.1 ms.")
    assert "2 read slowly: it waits for them." in panel._delivery_note.text()
    assert "1 was lost as the connection closed." in panel._delivery_note.text()
    assert cells(panel.delivery, 3) == ["u1", "#1", "written", "2.1 ms", "10.0.0.1", "phone"]
    right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    assert panel.delivery.model().index(0, 3).data(Qt.ItemDataRole.TextAlignmentRole) == right
    assert cells(panel.delivery, 0)[2:4] == ["waiting", ""]
    assert cells(panel.delivery, 2)[2:4] == ["lost: closed", "1.5 s"]
    with qtbot.waitSignal(panel.delivery.model().dataChanged):
        held[0].settle(Fate.SENT, 5.25)
        panel.refresh()
    assert cells(panel.delivery, 0)[2:4] == ["sent late", "250 ms"]
    assert "1 was sent late." in panel._delivery_note.text()
    assert "1 reads slowly: it waits." in panel._delivery_note.text()


def test_row_without_payload(panel: DetailPanel) -> None:
    """A connect or a refusal opens on its sentence."""
    show(panel, record(kind=Kind.REFUSED, outcome="401", detail="POST /auth/login. Wrong name."))
    assert panel.tabs.currentIndex() == DELIVERY
    assert panel._delivery_note.text() == "401: POST /auth/login. Wrong name."
    assert not panel.copy_button.isEnabled()


def test_json_model_hands_out_long_lists_in_portions(theme: Theme, qtmodeltester: ModelTester) -> None:
    """A hundred thousand items are not laid out at once."""
    document = JsonDocument("[" + "[1]," * 999 + "2]")
    while not document.run():
        pass
    model = JsonModel()
    model.set_document(document)
    root = model.index(0, 0)
    assert model.rowCount(root) == 256
    qtmodeltester.check(model)
    while model.canFetchMore(root):
        model.fetchMore(root)
    assert model.rowCount(root) == 1000
    assert model.index(999, 0, root).data() == "999: 2"
    assert model.parent(model.index(5, 0, root)) == root
    assert model.rowCount(QModelIndex()) == 1


def test_model_tester_on_tables(panel: DetailPanel, qtmodeltester: ModelTester) -> None:
    """Qt's own checks on the plain tables."""
    hex_model = HexModel()
    for model in (hex_model, panel.claims.model(), panel.delivery.model()):
        qtmodeltester.check(model)
    hex_model.set_payload(b"x" * 100)
    panel.claims.load(REFUSED_CLAIMS)
    assert hex_model.rowCount() == 7


def test_the_tabs_have_room_in_a_narrow_window(panel: DetailPanel, qtbot: QtBot) -> None:
    """The summary gives way: every tab can be seen without scrolling through them."""
    panel.resize(600, 300)
    long_name = Identity(12, "c12", "192.168.1.30", "id1", "somebody.with.a.long.name")
    show(panel, record(b"{}", identity=long_name, is_binary=True))
    bar = panel.tabs.tabBar()
    assert bar.width() >= bar.sizeHint().width()
    panel.resize(1200, 300)
    QApplication.processEvents()
    assert panel._summary.text().endswith("binary")


def test_broken_bytes_are_shown_with_the_error(panel: DetailPanel, qtbot: QtBot) -> None:
    """What is no text opens in hex, and above it stands what is wrong."""
    broken = record(b"\x00\xff", kind=Kind.INVALID, outcome="INVALID_MESSAGE", detail="Not UTF-8.")
    show(panel, broken)
    assert panel.tabs.currentIndex() == HEX
    assert panel._hex_note.text() == "INVALID_MESSAGE: Not UTF-8."
    show(panel, record(b"\x00\xff"))
    assert not panel._hex_note.isVisible()


def test_no_empty_table_where_nobody_was_to_get_it(panel: DetailPanel, qtbot: QtBot) -> None:
    """A refusal has a sentence and no recipients."""
    show(panel, record(b"", kind=Kind.REFUSED, outcome="401", detail="Wrong name or password."))
    assert panel.tabs.currentIndex() == DELIVERY
    assert not panel.delivery.isVisible()
    assert panel._delivery_note.isVisible()


def test_requests_have_their_own_panes(panel: DetailPanel) -> None:
    """Request, Response and Why, a body set out in lines, and no tab that shows nothing."""
    http = HttpExchange(
        'POST /auth/login HTTP/1.1\nHost: here\n\n{"username":"ana"}',
        'HTTP/1.1 401 Unauthorized\n\n{"message":"Username or password is wrong.","more":"<b>\u202e"}',
    )
    show(panel, record(b"", kind=Kind.REFUSED, outcome="401", detail="POST /auth/login 401", http=http))
    bar = panel.tabs.tabBar()
    assert [bar.tabText(tab) for tab in range(bar.count()) if bar.isTabVisible(tab)] == [
        "Request", "Response", "Why",
    ]  # fmt: skip
    assert panel.tabs.currentIndex() == REQUEST
    assert panel.request.toPlainText().split("\n")[1:] == ["Host: here", "", "{", '  "username": "ana"', "}"]
    panel.tabs.setCurrentIndex(RESPONSE)
    assert '  "more": "<b>\\u202e"' in panel.response.toPlainText()
    panel.copy_button.click()
    assert QGuiApplication.clipboard().text() == http.response
    panel.tabs.setCurrentIndex(REQUEST)
    panel.copy_button.click()
    assert QGuiApplication.clipboard().text() == http.request
    panel.tabs.setCurrentIndex(RESPONSE)
    show(panel, record(b"", kind=Kind.REFUSED, outcome="401", http=HttpExchange("GET / HTTP/1.1\n", "{")))
    assert panel.tabs.currentIndex() == RESPONSE
    assert panel.response.toPlainText() == "{"
    show(panel, record(b"{}"))
    assert bar.tabText(DELIVERY) == "Delivery"
    assert not panel.tabs.isTabVisible(REQUEST)


def test_a_long_string_unfolds(panel: DetailPanel) -> None:
    """Choosing a line that is wider than the view shows the whole value, wrapped, escapes decoded."""
    show(panel, record(b'{"long":"' + b"tea \\u00e9\\n" * 200 + b'","short":"x"}'))
    root = panel.pretty.model().index(0, 0)
    panel.pretty.setCurrentIndex(panel.pretty.model().index(0, 0, root))
    assert panel.value.isVisible()
    assert panel.value.toPlainText() == "tea é\n" * 200
    assert panel.value.lineWrapMode() is QPlainTextEdit.LineWrapMode.WidgetWidth
    panel.pretty.setCurrentIndex(panel.pretty.model().index(1, 0, root))
    assert not panel.value.isVisible()

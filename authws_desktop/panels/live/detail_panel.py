"""The detail of the chosen row: payload pretty, raw and in hex; the token's claims; who got it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QLabel,
    QStackedWidget,
    QTabWidget,
    QWidget,
)

from authws_desktop.panels.kit.boxes import NO_MARGINS, horizontal_box, vertical_box
from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.empty_state import EmptyState
from authws_desktop.panels.kit.escape import as_tip
from authws_desktop.panels.kit.icon_button import icon_button
from authws_desktop.panels.kit.sentences import said
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant
from authws_desktop.panels.kit.words import size_text, time_text
from authws_desktop.panels.live import record_text
from authws_desktop.panels.live.detail_tables import ClaimsTable, DeliveryTable
from authws_desktop.panels.live.explain_bar import ExplainBar
from authws_desktop.panels.live.find_bar import FindBar
from authws_desktop.panels.live.json_view import JsonView
from authws_desktop.panels.live.payload_views import HexView, HttpView, RawView
from authws_desktop.panels.live.send_actions import resend_trouble
from authws_desktop.panels.live.verdicts import verdict
from authws_desktop.traffic.record import Kind, Record

PRETTY, RAW, HEX, REQUEST, RESPONSE, CLAIMS, DELIVERY, DOCKED = range(8)


VALUE_PX = 12 * GRID
"""Height of the field with a long value: some lines; it scrolls."""
_WITHOUT_RECIPIENTS = (Kind.HTTP, Kind.REFUSED, Kind.CONNECT, Kind.DISCONNECT, Kind.SERVER)


class DetailPanel(QWidget):
    """Everything that is known of one record.

    Attributes:
        tabs: Pretty, Raw, Hex, Request, Response, Claims, Delivery; only those that have something are there.
        record: What is shown.
        explain_bar: Why it went wrong, above the tabs.
        find_bar: Finds words within the payload.

    Signals:
        resend_asked: Send this frame again; carries the `Record`.
        closed: The person has read it.
    """

    resend_asked = Signal(object)
    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.record: Record | None = None
        self._wanted_tab = PRETTY
        self._is_switching = False
        self._is_read_only = False
        self._loaded: set[int] = set()
        self._build_views()
        self._build()
        self._connect()

    def _build_views(self) -> None:
        self.pretty = JsonView(self._theme)
        self.value = RawView(self._theme, self.tr("The chosen value"))
        self.value.setFixedHeight(VALUE_PX)
        self.value.hide()
        self.raw = RawView(self._theme, self.tr("Payload as text"))
        self.hex = HexView(self._theme)
        self.request = HttpView(self._theme, self.tr("Request"))
        self.response = HttpView(self._theme, self.tr("Response"))
        self.claims = ClaimsTable(self._theme)
        self.delivery = DeliveryTable(self._theme)
        self.tabs = QTabWidget(documentMode=True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.setAccessibleName(self.tr("Detail of the row"))
        pretty, self._pretty_note = _with_note(self.pretty, self.value)
        hex_page, self._hex_note = _with_note(self.hex)
        delivery, self._delivery_note = _with_note(self.delivery)
        for view, title in (
            (pretty, self.tr("Pretty")),
            (self.raw, self.tr("Raw")),
            (hex_page, self.tr("Hex")),
            (self.request, self.tr("Request")),
            (self.response, self.tr("Response")),
            (self.claims, self.tr("Claims")),
            (delivery, self.tr("Delivery")),
        ):
            self.tabs.addTab(view, title)

    def _build(self) -> None:
        self._summary = QLabel(textFormat=Qt.TextFormat.PlainText)
        set_variant(self._summary, "role", "muted")
        self._summary.setFont(self._theme.number_font())
        tip = self.tr("Copy the payload as it was sent, without tokens and passwords")
        self.copy_button = icon_button(self._theme, "copy", self.tr("Copy payload"), tip, has_text=True)
        corner = QWidget()
        row = horizontal_box(corner, margins=(GRID, 0, GRID, 0), spacing=GRID)
        self.resend_button = icon_button(self._theme, "send", self.tr("Resend"), has_text=True)
        row.addWidget(self._summary)
        row.addWidget(self.resend_button)
        row.addWidget(self.copy_button)
        self.close_button = icon_button(self._theme, "x", self.tr("Close the detail"), self.tr("Close (Esc)"))
        row.addWidget(self.close_button)
        self.tabs.setCornerWidget(corner, Qt.Corner.TopRightCorner)
        self._empty = EmptyState(self._theme, "scroll-text")
        self._empty.say(self.tr("No row chosen"), self.tr("Choose a row above to see what is in it."))
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.tabs)
        layout = vertical_box(self, margins=NO_MARGINS, spacing=0)
        self.explain_bar = ExplainBar()
        layout.addWidget(self.explain_bar)
        layout.addWidget(self._stack)
        self.find_bar = FindBar(self._theme, self._find, self)
        layout.addWidget(self.find_bar)

    def dock(self, panel: QWidget, title: str) -> None:
        """Give a panel that belongs to no row a tab of its own, behind the others."""
        self.tabs.addTab(panel, title)

    def show_docked(self) -> None:
        """Turn to the docked panel; a row that is chosen next is shown in its place."""
        if self.record is None:
            for tab in range(DOCKED):
                self.tabs.setTabVisible(tab, False)
        self._stack.setCurrentWidget(self.tabs)
        self.tabs.setCurrentIndex(DOCKED)

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self._on_tab_changed)
        self.copy_button.clicked.connect(self._on_copy)
        self.resend_button.clicked.connect(self._on_resend)
        self.close_button.clicked.connect(self.closed)
        QShortcut(
            QKeySequence(Qt.Key.Key_Escape),
            self,
            self._on_escape,
            context=Qt.ShortcutContext.WidgetWithChildrenShortcut,
        )
        self.pretty.loaded.connect(self._on_loaded)
        self.find_bar.closed.connect(self.tabs.setFocus)
        self.pretty.long_value_chosen.connect(self._on_long_value)

    @Slot(object)
    def show_record(self, record: Record) -> None:
        """Show another record, on the tab that was chosen last if it has something."""
        self.record = record
        self._loaded.clear()
        self._stack.setCurrentWidget(self.tabs)
        self._summary.setToolTip(as_tip(record_text.identity_lines(record, said)))
        self.copy_button.setEnabled(bool(record.payload) or record.http is not None)
        trouble = self.tr("This row is of a file") if self._is_read_only else resend_trouble(record)
        self.resend_button.setEnabled(not trouble)
        self.resend_button.setToolTip(trouble or self.tr("Send this frame again…"))
        self._show_tabs_of(record)
        self._fit_summary()

    def _show_tabs_of(self, record: Record) -> None:
        """Offer the tabs that have something to show; there are no dead ones."""
        has = {
            PRETTY: bool(record.payload) and not _is_bytes(record),
            RAW: bool(record.payload),
            HEX: bool(record.payload),
            REQUEST: record.http is not None,
            RESPONSE: record.http is not None,
            CLAIMS: bool(record.claims),
            DELIVERY: True,
        }
        why = self.tr("Why") if record.kind in _WITHOUT_RECIPIENTS or record.outcome else self.tr("Delivery")
        fallback = next(tab for tab in (PRETTY, HEX, REQUEST, DELIVERY) if has[tab])
        tab = self._wanted_tab if has[self._wanted_tab] else fallback
        self._is_switching = True
        self.tabs.setTabText(DELIVERY, why)
        for each, is_there in has.items():
            self.tabs.setTabVisible(each, is_there)
        self.tabs.setCurrentIndex(tab)
        self._is_switching = False
        self._load(tab)

    def set_read_only(self, is_read_only: bool) -> None:
        """Say whether the rows are of a file; none of them is shown until one is chosen."""
        self._is_read_only = is_read_only
        self.record = None
        self._stack.setCurrentWidget(self._empty)

    def refresh(self) -> None:
        """Follow frames that wait for slow readers, while their delivery is shown."""
        if DELIVERY in self._loaded and self.record is not None and self.delivery.refresh():
            self._say_verdict(self.record)

    def _say_verdict(self, record: Record) -> None:
        _say(self._delivery_note, verdict(record), is_bad=record_text.is_refusal(record))

    def _summaries(self, record: Record) -> list[str]:
        """Return what is said of a record beside the tabs, the longest first."""
        who = record_text.who(record)
        size = size_text(record.size_bytes) if record.size_bytes else ""
        binary = self.tr("binary") if record.is_binary else ""
        wholes = ([time_text(record.time_s), who, size, binary], [who, size, binary], [who])
        return ["   ".join(part for part in parts if part) for parts in wholes]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the tabs their room first; overrides Qt's."""
        super().resizeEvent(event)
        self._fit_summary()

    def _fit_summary(self) -> None:
        """Say as much as the tabs and the buttons leave room for."""
        if self.record is None:
            return
        taken = [self.tabs.tabBar(), self.resend_button, self.copy_button, self.close_button]
        room = self.width() - sum(each.sizeHint().width() for each in taken) - 5 * GRID
        metrics = self._summary.fontMetrics()
        fitting = (each for each in self._summaries(self.record) if metrics.horizontalAdvance(each) <= room)
        self._summary.setText(next(fitting, ""))

    def _load(self, tab: int) -> None:
        record = self.record
        if record is None or tab in self._loaded:
            return
        self._loaded.add(tab)
        if tab == PRETTY:
            _say(self._pretty_note, "")
            self.value.hide()
            self.pretty.load(record.payload.decode("utf-8", "replace"))
        elif tab == RAW:
            self.raw.load(record.payload)
        elif tab == HEX:
            is_bad = record_text.is_refusal(record)
            _say(self._hex_note, verdict(record) if is_bad else "", is_bad=is_bad)
            self.hex.load(record.payload)
        elif tab == REQUEST and record.http is not None:
            self.request.show_message(record.http.request)
        elif tab == RESPONSE and record.http is not None:
            self.response.show_message(record.http.response)
        elif tab == CLAIMS:
            self.claims.load(record.claims)
        elif tab == DELIVERY:
            self.delivery.load(record.delivery)
            self.delivery.setVisible(self.delivery.shown_count() > 0)
            self._say_verdict(record)

    @Slot(str)
    def _on_loaded(self, error: str) -> None:
        if self.record is not None and len(self.record.payload) < self.record.size_bytes and error:
            error = self.tr("The payload was cut at {size}; this is its beginning.").format(
                size=size_text(len(self.record.payload))
            )
        _say(self._pretty_note, error, is_bad=True)

    @Slot(int)
    def _on_tab_changed(self, tab: int) -> None:
        is_of_row = tab != DOCKED
        for each in (self._summary, self.resend_button, self.copy_button):
            each.setVisible(is_of_row)
        if not is_of_row:
            self.find_bar.hide()
            self.explain_bar.hide()
        elif not self._is_switching:
            self._wanted_tab = tab
            self._load(tab)

    # Finding

    def open_find(self) -> None:
        """Let the person look for words in the payload."""
        if self.record is None or self.tabs.currentIndex() == DOCKED:
            return
        for tab in (PRETTY, RAW):
            if self.tabs.currentIndex() in (HEX, CLAIMS, DELIVERY) and self.tabs.isTabVisible(tab):
                self.tabs.setCurrentIndex(tab)
        self.find_bar.open()

    def _find(self, words: str, step: int) -> bool:
        tab = self.tabs.currentIndex()
        if tab == PRETTY:
            if self.pretty.find_words(words, step):
                return True
            # Broken JSON, and what lies too deep for a tree, is in the text all the same.
            self._load(RAW)
            if not self.raw.find_words(words, step):
                return False
            self.tabs.setCurrentIndex(RAW)
            return True
        views = {RAW: self.raw, REQUEST: self.request, RESPONSE: self.response}
        return tab in views and views[tab].find_words(words, step)

    @Slot(str)
    def _on_long_value(self, text: str) -> None:
        """Unfold a value that is longer than its line: whole, and with its lines broken."""
        self.value.setVisible(bool(text))
        if text:
            self.value.load(text.encode("utf-8", "surrogatepass"))

    @Slot()
    def _on_escape(self) -> None:
        if self.find_bar.isVisible():
            self.find_bar.close_bar()
        else:
            self.closed.emit()

    @Slot()
    def _on_resend(self) -> None:
        if self.record is not None:
            self.resend_asked.emit(self.record)

    @Slot()
    def _on_copy(self) -> None:
        if self.record is None:
            return
        text = self.record.payload.decode("utf-8", "backslashreplace")
        if (http := self.record.http) is not None:
            text = http.response if self.tabs.currentIndex() == RESPONSE else http.request
        QGuiApplication.clipboard().setText(text)


def _with_note(view: QWidget, below: QWidget | None = None) -> tuple[QWidget, QLabel]:
    """Put a line of note above a view, and perhaps more below it."""
    note = text_label("", "", is_selectable=True)
    note.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
    note.hide()
    holder = QWidget()
    layout = vertical_box(holder, margins=NO_MARGINS, spacing=0)
    layout.addWidget(note)
    layout.addWidget(view, 1)
    if below is not None:
        layout.addWidget(below)
    layout.setAlignment(note, Qt.AlignmentFlag.AlignTop)
    return holder, note


def _say(note: QLabel, text: str, *, is_bad: bool = False) -> None:
    note.setText(text)
    note.setVisible(bool(text))
    set_variant(note, "role", "bad" if is_bad else "muted")


def _is_bytes(record: Record) -> bool:
    """Whether a payload is no text: it is shown as bytes."""
    try:
        record.payload.decode()
    except UnicodeDecodeError:
        # A payload that was cut may end within a character.
        return len(record.payload) == record.size_bytes or b"\0" in record.payload[:1024]
    return False

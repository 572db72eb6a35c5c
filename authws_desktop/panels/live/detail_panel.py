"""The detail of the chosen row: payload pretty, raw and in hex; the token's claims; who got it."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from authws_desktop.hub.traffic import Delivery, Fate, Record
from authws_desktop.panels.empty_state import EmptyState
from authws_desktop.panels.live import formats, record_text
from authws_desktop.panels.live.detail_tables import ClaimsModel, DeliveryModel, DetailTable
from authws_desktop.panels.live.escape import as_tip, visible
from authws_desktop.panels.live.json_view import JsonView
from authws_desktop.panels.live.payload_views import HexView, RawView
from authws_desktop.panels.live.send_actions import resend_trouble
from authws_desktop.panels.theme import GRID, Theme, set_variant

PRETTY, RAW, HEX, CLAIMS, DELIVERY = range(5)


class DetailPanel(QWidget):
    """Everything that is known of one record.

    Attributes:
        tabs: Pretty, Raw, Hex, Claims, Delivery.
        record: What is shown.

    Signals:
        resend_asked: Send this frame again; carries the `Record`.
    """

    resend_asked = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
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
        self.raw = RawView(self._theme)
        self.hex = HexView(self._theme)
        self.claims = ClaimsModel(self)
        self.delivery = DeliveryModel(self)
        claims_table = DetailTable(self.claims, [96, 112], self._theme)
        claims_table.setAccessibleName(self.tr("Claims of the token"))
        self._delivery_table = delivery_table = DetailTable(
            self.delivery, [140, 92, 104, 92, 132], self._theme
        )
        delivery_table.setAccessibleName(self.tr("Delivery"))
        self.tabs = QTabWidget(documentMode=True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.setAccessibleName(self.tr("Detail of the row"))
        pretty, self._pretty_note = _with_note(self.pretty)
        hex_page, self._hex_note = _with_note(self.hex)
        delivery, self._delivery_note = _with_note(delivery_table)
        for view, title in (
            (pretty, self.tr("Pretty")),
            (self.raw, self.tr("Raw")),
            (hex_page, self.tr("Hex")),
            (claims_table, self.tr("Claims")),
            (delivery, self.tr("Delivery")),
        ):
            self.tabs.addTab(view, title)

    def _build(self) -> None:
        self._summary = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._summary.setProperty("role", "muted")
        self._summary.setFont(self._theme.number_font())
        self.copy_button = QToolButton(toolButtonStyle=Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.copy_button.setText(self.tr("Copy payload"))
        self.copy_button.setToolTip(self.tr("Copy the payload as it was sent, without tokens and passwords"))
        self._theme.decorate(self.copy_button, "copy", "muted")
        corner = QWidget()
        row = QHBoxLayout(corner)
        row.setContentsMargins(GRID, 0, GRID, 0)
        row.setSpacing(GRID)
        self.resend_button = QToolButton(toolButtonStyle=Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.resend_button.setText(self.tr("Resend"))
        self._theme.decorate(self.resend_button, "send", "muted")
        row.addWidget(self._summary)
        row.addWidget(self.resend_button)
        row.addWidget(self.copy_button)
        self.tabs.setCornerWidget(corner, Qt.Corner.TopRightCorner)
        self._empty = EmptyState(self._theme, "scroll-text")
        self._empty.say(self.tr("No row chosen"), self.tr("Choose a row above to see what is in it."))
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.tabs)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self._on_tab_changed)
        self.copy_button.clicked.connect(self._on_copy)
        self.resend_button.clicked.connect(self._on_resend)
        self.pretty.loaded.connect(self._on_loaded)

    @Slot(object)
    def show_record(self, record: Record) -> None:
        """Show another record, on the tab that was chosen last if it has something."""
        self.record = record
        self._loaded.clear()
        self._stack.setCurrentWidget(self.tabs)
        self._summary.setToolTip(as_tip(record_text.identity_lines(record)))
        self._fit_summary()
        self.copy_button.setEnabled(bool(record.payload))
        trouble = self.tr("This row is of a file") if self._is_read_only else resend_trouble(record)
        self.resend_button.setEnabled(not trouble)
        self.resend_button.setToolTip(trouble or self.tr("Send this frame again…"))
        enabled = {
            PRETTY: bool(record.payload) and not _is_bytes(record),
            RAW: bool(record.payload),
            HEX: bool(record.payload),
            CLAIMS: bool(record.claims),
            DELIVERY: True,
        }
        fallback = next(tab for tab in (PRETTY, HEX, DELIVERY) if enabled[tab])
        tab = self._wanted_tab if enabled[self._wanted_tab] else fallback
        self._is_switching = True
        for each, is_enabled in enabled.items():
            self.tabs.setTabEnabled(each, is_enabled)
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
        _say(self._delivery_note, self._verdict(record), is_bad=record_text.is_refusal(record))

    def _summaries(self, record: Record) -> list[str]:
        """Return what is said of a record beside the tabs, the longest first."""
        who = record_text.who(record)
        size = formats.size(record.size_bytes) if record.size_bytes else ""
        binary = self.tr("binary") if record.is_binary else ""
        wholes = ([formats.time_of_day(record.time_s), who, size, binary], [who, size, binary], [who])
        return ["   ".join(part for part in parts if part) for parts in wholes]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the tabs their room first; overrides Qt's."""
        super().resizeEvent(event)
        self._fit_summary()

    def _fit_summary(self) -> None:
        """Say as much as the tabs and the buttons leave room for."""
        if self.record is None:
            return
        taken = [self.tabs.tabBar(), self.resend_button, self.copy_button]
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
            self.pretty.load(record.payload.decode("utf-8", "replace"))
        elif tab == RAW:
            self.raw.load(record.payload)
        elif tab == HEX:
            is_bad = record_text.is_refusal(record)
            _say(self._hex_note, self._verdict(record) if is_bad else "", is_bad=is_bad)
            self.hex.load(record.payload)
        elif tab == CLAIMS:
            self.claims.load(record.claims)
        elif tab == DELIVERY:
            self.delivery.load(record.delivery)
            self._delivery_table.setVisible(self.delivery.rowCount() > 0)
            self._say_verdict(record)

    def _verdict(self, record: Record) -> str:
        detail = visible(record.detail)
        if record.outcome:
            outcome = record_text.untold_outcome(record)
            return ": ".join(part for part in (outcome, detail) if part)
        delivery = record.delivery
        if delivery is None:
            if record.recipients:
                return self.tr("Written to {0}.").format(self._connections(record.recipients))
            return detail or self.tr("Received; nothing was passed on.")
        written = len(delivery.recipients) - len(delivery.held)
        text = self.tr("Written to {0:,} of {1} within {2}.").format(
            written, self._connections(len(delivery.recipients)), formats.duration(delivery.took_s)
        )
        return " ".join([text, *self._fates(delivery)])

    def _fates(self, delivery: Delivery) -> list[str]:
        """Return what became of what could not be written at once."""
        counts = Counter(held.fate for held in delivery.held)
        words = {
            Fate.SENT: (self.tr("1 was sent late."), self.tr("{0:,} were sent late.")),
            Fate.WAITING: (
                self.tr("1 reads slowly: it waits."),
                self.tr("{0:,} read slowly: it waits for them."),
            ),
            Fate.LOST: (
                self.tr("1 was lost as the connection closed."),
                self.tr("{0:,} were lost as their connections closed."),
            ),
        }
        return [
            one if counts[fate] == 1 else many.format(counts[fate])
            for fate, (one, many) in words.items()
            if counts[fate]
        ]

    def _connections(self, count: int) -> str:
        return self.tr("1 connection") if count == 1 else self.tr("{0:,} connections").format(count)

    @Slot(str)
    def _on_loaded(self, error: str) -> None:
        if self.record is not None and len(self.record.payload) < self.record.size_bytes and error:
            error = self.tr("The payload was cut at {0}; this is its beginning.").format(
                formats.size(len(self.record.payload))
            )
        _say(self._pretty_note, error, is_bad=True)

    @Slot(int)
    def _on_tab_changed(self, tab: int) -> None:
        if not self._is_switching:
            self._wanted_tab = tab
            self._load(tab)

    @Slot()
    def _on_resend(self) -> None:
        if self.record is not None:
            self.resend_asked.emit(self.record)

    @Slot()
    def _on_copy(self) -> None:
        if self.record is not None:
            text = self.record.payload.decode("utf-8", "backslashreplace")
            QGuiApplication.clipboard().setText(text)


def _with_note(view: QWidget) -> tuple[QWidget, QLabel]:
    """Put a line of note above a view."""
    note = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
    note.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
    note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    note.hide()
    holder = QWidget()
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(note)
    layout.addWidget(view, 1)
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

"""The traffic: filter, highlight, Follow, Pause, Clear, and the table."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from authws_desktop.panels.kit.boxes import horizontal_box, vertical_box
from authws_desktop.panels.kit.counting_text import set_counting_text
from authws_desktop.panels.kit.notices import NoticeBar, NoticeKind
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.kit.words import counted, duration_text, grouped
from authws_desktop.panels.live.group_chips import GroupChips
from authws_desktop.panels.live.row_groups import FOLDED_AT_FIRST, RowGroup, both, leaving_out
from authws_desktop.panels.live.time_bins import Span, within
from authws_desktop.panels.live.time_strip import TimeStrip, span_text
from authws_desktop.panels.live.traffic_columns import MOST_PATHS
from authws_desktop.panels.live.traffic_model import TrafficModel
from authws_desktop.panels.live.traffic_sorting import TrafficSorting
from authws_desktop.panels.live.traffic_tools import TrafficTools
from authws_desktop.panels.live.traffic_view import TrafficView
from authws_desktop.panels.live.traffic_welcome import TrafficWelcome
from authws_desktop.server.service import Service
from authws_desktop.traffic.filter import TrafficFilter
from authws_desktop.traffic.filter_checks import node_name
from authws_desktop.traffic.redaction import redact_text

_STATE = "live/traffic"
_COLUMNS = "live/traffic/chosen"
_PATHS = "live/traffic/paths"
UNDO_MS = 10_000
FOOT_PX = 28
"""The line below the table is as high as a note of one line, whether there is one or not."""
MISTAKE_PX = 52 * GRID


class TrafficPanel(QWidget):
    """The table of everything that passed, and what narrows it.

    Attributes:
        model, view: The rows.
        chips: Leaves out groups of rows.
        tools: Boxes and buttons above the table.
        new_button: Says how many rows came, and shows the newest.
        strip: The last hours at a glance; narrows to a part of them.
        sorting: Goes back to the order of time.
        notice: Says what was cleared or lost.

    Signals:
        token_asked: A program is to connect: a token and snippets are wanted.
        time_chosen: Rows of another part of the time are shown; carries the `Span`, or `None` for all of it.
    """

    time_chosen = Signal(object)
    token_asked = Signal()

    def __init__(self, service: Service, theme: Theme, window_state: WindowState) -> None:
        super().__init__()
        self._service = service
        self._theme = theme
        self._window_state = window_state
        self._new_count = 0
        self._floor_before: int | None = None
        self._filter: TrafficFilter | None = None
        self._wanted_row = 0
        self._undo_timer = QTimer(self, singleShot=True, interval=UNDO_MS)
        self.model = TrafficModel(service.traffic, self)
        self.view = TrafficView(self.model, theme)
        self.tools = TrafficTools(theme, window_state, self._names, _STATE)
        self.chips = GroupChips(window_state, f"{_STATE}/left_out")
        self._build()
        self._build_overlays()
        self.sorting = TrafficSorting(self.model, self.view, self.tools)
        self._connect()
        self._restore()

    # Building

    def _build(self) -> None:
        # It lies upon the table's first rows while the filter is wrong: nothing moves for it.
        self.error_label = QLabel(self, textFormat=Qt.TextFormat.PlainText, wordWrap=True)
        set_variant(self.error_label, "role", "mistake")
        self.error_label.hide()
        layout = vertical_box(self, margins=(0, GRID, 0, 0), spacing=GRID // 2)
        layout.addWidget(self.tools)
        layout.addWidget(self.chips)
        layout.addWidget(self.view, 1)
        layout.addWidget(self._build_foot())

    def _build_foot(self) -> QWidget:
        """Return the line below the table: notes stand in it, so that no row moves when one comes or goes."""
        self.strip = TimeStrip(self.chips.counts, self._theme)
        self.status = QLabel(textFormat=Qt.TextFormat.PlainText)
        set_variant(self.status, "role", "small")
        self.new_button = QPushButton()
        set_variant(self.new_button, "kind", "primary")
        self.new_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.new_button.hide()
        self.notice = NoticeBar(self._theme)
        _lower(self.notice)
        foot = QWidget()
        foot.setMinimumHeight(FOOT_PX)
        self._foot = horizontal_box(foot, margins=(GRID, 0, GRID // 2, 0), spacing=GRID)
        self._foot.addWidget(self.notice, 1)
        self._foot.addWidget(self.status)
        self._foot.addWidget(self.strip, 1)
        self._foot.addWidget(self.new_button)
        return foot

    def add_bar(self, bar: QWidget) -> None:
        """Put a bar into the line below the table."""
        _lower(bar)
        self._foot.insertWidget(0, bar, 1)

    def set_read_only(self, is_read_only: bool) -> None:
        """Turn off what only means something for live traffic."""
        for button in (self.tools.pause_button, self.tools.clear_button, self.tools.follow_button):
            button.setEnabled(not is_read_only)
        self.tools.pause_button.setChecked(False)
        self.view.set_following(not is_read_only)
        self._new_count = 0
        self._show_status()

    def _build_overlays(self) -> None:
        self._empty = TrafficWelcome(self._service, self.model, self.view, self._theme, self.token_asked.emit)
        self.view.viewport().installEventFilter(self)

    def _connect(self) -> None:
        self.tools.filter_box.filter_changed.connect(self._on_filter_changed)
        self.chips.changed.connect(self._apply_filter)
        self.strip.brushed.connect(self._on_brushed)
        self.view.answers_asked.connect(self.chips.buttons[RowGroup.ANSWERS].click)
        self.tools.filter_box.error_changed.connect(self._show_error)
        self.tools.highlight_box.filter_changed.connect(self._on_highlight_changed)
        self.tools.highlight_box.error_changed.connect(self._show_error)
        for box in (self.tools.filter_box, self.tools.highlight_box):
            box.left.connect(self.view.setFocus)
        self.tools.saved_filters.chosen.connect(self.tools.filter_box.set_filter_text)
        self.tools.follow_button.toggled.connect(self.view.set_following)
        self.tools.pause_button.toggled.connect(self._on_pause_toggled)
        self.tools.clear_button.clicked.connect(self.clear)
        self.new_button.clicked.connect(self.show_newest)
        self.view.follow_changed.connect(self._on_follow_changed)
        self.view.pause_asked.connect(self.tools.pause_button.toggle)
        self.model.rowsInserted.connect(self._on_rows_inserted)
        self.model.filtering_changed.connect(self._show_status)
        self.model.order_changed.connect(self._show_status)
        # Taking a filter away takes some turns of the loop where there are many rows.
        self.model.filtering_changed.connect(self._choose_wanted)
        self._undo_timer.timeout.connect(self._on_undo_over)
        self.view.selectionModel().selectionChanged.connect(self._show_status)
        self.view.columns_chosen.connect(self._on_columns_chosen)

    def _restore(self) -> None:
        header = self.view.horizontalHeader()
        for path in self._window_state.text(_PATHS).splitlines()[:MOST_PATHS]:
            self.model.add_path(path)
        self.view.has_own_columns = self._window_state.restore_header(_COLUMNS, header)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)  # only what is looked at is frozen
        self.view.setSortingEnabled(True)
        self.tools.highlight_box.set_filter_text(self._window_state.text(f"{_STATE}/highlight"))
        self.tools.filter_box.set_filter_text(self._window_state.text(f"{_STATE}/filter"))
        self._apply_filter()
        self._show_status()

    def _names(self, field: str) -> list[str]:
        clients = self._service.hub.everywhere().values()
        if field == "node":
            return [node_name(client.identity) for client in clients]
        return [client.username for client in clients if client.username]

    # Following the traffic

    def refresh(self) -> None:
        """Take in what is new."""
        self.model.refresh()
        self.chips.refresh(self.model.ring)
        self.strip.refresh()
        self._show_status()

    @Slot(QModelIndex, int, int)
    def _on_rows_inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        if not self.view.is_following:
            self._new_count += last - first + 1

    @Slot()
    def _show_status(self) -> None:
        count, total = self.model.rowCount(), self.model.total
        parts = [self._rows(count)]
        if count < total:
            parts = [self.tr("{shown} of {rows}").format(shown=grouped(count), rows=self._rows(total))]
        if self.strip.span is not None:
            parts.append(span_text(self.strip.span))
        if (percent := self.model.filter_percent) is not None:
            parts.append(self.tr("filtering, {percent} %").format(percent=percent))
        if text := self.sorting.text():
            parts.append(text)
        if self.tools.pause_button.isChecked():
            parts.append(
                self.tr("paused, {count} came since").format(count=grouped(self.model.waiting_count))
            )
        if (pair := self.view.chosen_pair()) is not None:
            apart = duration_text(abs(pair[1].time_s - pair[0].time_s))
            parts.append(self.tr("the two are {time} apart").format(time=apart))
        set_counting_text(self.status, "   ·   ".join(parts))
        self._show_new()
        self._empty.refresh()

    def _rows(self, count: int) -> str:
        return counted(count, "%n row", "%n rows")

    def _show_new(self) -> None:
        count = self.model.waiting_count if self.model.is_paused else self._new_count
        is_sorted = self.model.order is not None
        self.new_button.setVisible(count > 0 or is_sorted)
        new = self.tr("{count} new ↓").format(count=grouped(count))
        text = self.tr("Time order") if is_sorted else new
        if self.new_button.text() != text:
            self.new_button.setText(text)
            tip = self.tr("By time again, with what came meanwhile (Esc)") if is_sorted else ""
            self.new_button.setToolTip(tip)

    @Slot()
    def show_newest(self) -> None:
        """End a pause, and keep the newest row in view."""
        self.tools.pause_button.setChecked(False)
        self.view.set_following(True)
        self.view.setFocus()

    @Slot(bool)
    def _on_follow_changed(self, is_on: bool) -> None:
        self._new_count = 0
        self.tools.follow_button.setChecked(is_on)
        self._show_status()

    @Slot(bool)
    def _on_pause_toggled(self, is_on: bool) -> None:
        self.tools.show_paused(is_on)
        if is_on:
            self.model.pause()
        elif lost := self.model.resume():
            text = self.tr("{rows} came and went while paused: the memory for traffic was full.")
            self.notice.show_notice(text.format(rows=self._rows(lost)), NoticeKind.WARN)
        self._show_status()

    # Filter and highlight

    @Slot()
    def focus_filter(self) -> None:
        """Let the person type a filter."""
        self.tools.filter_box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.tools.filter_box.selectAll()

    @Slot(int)
    def show_row(self, number: int) -> None:
        """Choose a row by its record's number; a filter that hides it is taken away."""
        if self.model.row_of(number) is None:
            self.tools.filter_box.set_filter_text("")
            self.chips.show_only(FOLDED_AT_FIRST)
            self.strip.choose(None)
        self._wanted_row = number
        self._choose_wanted()

    @Slot()
    def _choose_wanted(self) -> None:
        row = self.model.row_of(self._wanted_row) if self._wanted_row else None
        if row is not None:
            self._wanted_row = 0
            self.view.choose_row(row)

    @Slot(str)
    def leave_out(self, term: str) -> None:
        """Add a term to the filter."""
        self.tools.filter_box.set_filter_text(f"{self.tools.filter_box.text()} {term}".strip())

    @Slot(object)
    def _on_filter_changed(self, compiled: TrafficFilter) -> None:
        self._window_state.set_text(f"{_STATE}/filter", redact_text(compiled.text))
        self._filter = None if compiled.is_empty else compiled
        self._apply_filter()

    @Slot()
    def _apply_filter(self) -> None:
        self._new_count = 0
        # Who asks for a type by its name wants to see it, whatever the chips leave out.
        is_named = self._filter is not None and self._filter.names_type
        chosen = None if is_named else leaving_out(self.chips.left_out)
        self.model.set_filter(both(within(self.strip.span), both(chosen, self._filter)))
        self._show_status()

    @Slot(object)
    def _on_brushed(self, span: Span | None) -> None:
        # What is past does not run on; whoever takes all of it again goes on with the newest.
        self.view.set_following(span is None and self.tools.follow_button.isEnabled())
        self._apply_filter()
        self.time_chosen.emit(span)

    @Slot(object)
    def _on_highlight_changed(self, compiled: TrafficFilter) -> None:
        self._window_state.set_text(f"{_STATE}/highlight", redact_text(compiled.text))
        self.model.set_highlight(None if compiled.is_empty else compiled)

    @Slot()
    def _show_error(self) -> None:
        text = self.tools.filter_box.error or self.tools.highlight_box.error
        self.error_label.setText(text)
        self.error_label.setVisible(bool(text))
        self._place_overlays()

    # Clearing

    @Slot()
    def clear(self) -> None:
        """Empty the view; can be undone for 10 s."""
        count = self.model.total
        if not count:
            return
        before = self.model.clear()
        if not self._undo_timer.isActive():
            self._floor_before = before
        self.chips.start_over(self.model.last_number)
        self._new_count = 0
        text = self.tr("Cleared {rows}.").format(rows=self._rows(count))
        self.notice.show_notice(text, NoticeKind.INFO, self.tr("Undo"), self.undo_clear)
        self._undo_timer.start()
        self._show_status()

    def undo_clear(self) -> None:
        """Bring back what was cleared."""
        self._on_undo_over()
        if self._floor_before is not None:
            self.model.undo_clear(self._floor_before)
            self.chips.start_over(self._floor_before)
            self._floor_before = None
        self._show_status()

    @Slot()
    def _on_undo_over(self) -> None:
        self._undo_timer.stop()
        self.notice.clear()

    # Layout

    @Slot()
    def _on_columns_chosen(self) -> None:
        self._window_state.set_text(_PATHS, "\n".join(self.model.columns.paths))
        self._window_state.save_header(_COLUMNS, self.view.horizontalHeader())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep what lies upon the table in place; overrides Qt's."""
        if event.type() is QEvent.Type.Resize and watched is self.view.viewport():
            self._place_overlays()
        return super().eventFilter(watched, event)

    def _place_overlays(self) -> None:
        self._empty.place()
        box = self.tools.filter_box.geometry()
        width = max(box.width(), min(MISTAKE_PX, self.width() - box.left() - GRID))
        self.error_label.setGeometry(
            box.left(), box.bottom() + 2, width, self.error_label.heightForWidth(width)
        )
        self.error_label.raise_()


def _lower(bar: QWidget) -> None:
    """Take away a note's margins above and below, so that it is no higher than the line it stands in."""
    layout = bar.layout()
    if layout is not None:
        margins = layout.contentsMargins()
        layout.setContentsMargins(margins.left(), 0, margins.right(), 0)

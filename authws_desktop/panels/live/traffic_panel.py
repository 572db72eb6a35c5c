"""The traffic: filter, highlight, Follow, Pause, Clear, and the table."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from authws_desktop.hub.traffic_filter import TrafficFilter
from authws_desktop.panels.empty_state import EmptyState
from authws_desktop.panels.live.filter_box import FilterBox
from authws_desktop.panels.live.saved_filters import SavedFilters
from authws_desktop.panels.live.traffic_model import TrafficModel
from authws_desktop.panels.live.traffic_view import TrafficView
from authws_desktop.panels.notices import NoticeBar, NoticeKind
from authws_desktop.panels.theme import GRID, Theme, set_variant
from authws_desktop.panels.window_state import WindowState
from authws_desktop.panels.wording import counted
from authws_desktop.server.service import ServerState, Service

_STATE = "live/traffic"
UNDO_MS = 10_000


class TrafficPanel(QWidget):
    """The table of everything that passed, and what narrows it.

    Attributes:
        model, view: The rows.
        filter_box, highlight_box: What narrows and what marks.
        follow_button, pause_button, clear_button, new_button: As named.
        notice: Says what was cleared or lost.

    Signals:
        record_chosen: Another row was chosen; carries its `Record`.
    """

    record_chosen = Signal(object)

    def __init__(
        self, service: Service, theme: Theme, window_state: WindowState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._service = service
        self._theme = theme
        self._window_state = window_state
        self._new_count = 0
        self._floor_before: int | None = None
        self._filter: TrafficFilter | None = None
        self._undo_timer = QTimer(self, singleShot=True, interval=UNDO_MS)
        self.model = TrafficModel(service.traffic, theme, self)
        self.view = TrafficView(self.model, theme)
        self._build_boxes()
        self._build_buttons()
        self._build()
        self._build_overlays()
        self._connect()
        self._restore()

    # Building

    def _build_boxes(self) -> None:
        self.filter_box = FilterBox(self._theme, self._usernames)
        self.filter_box.setPlaceholderText(self.tr("Filter: words user: type: code: size>1k /regex/ !not"))
        self.filter_box.setAccessibleName(self.tr("Filter"))
        self.filter_box.setToolTip(
            self.tr(
                "Words are searched in the content.\n"
                "user: type: dir: ip: conn: code: to: compare a field, with * for any characters\n"
                'size>1k size<10   /regular expression/   !not this   "several words"\n'
                "Press / to come here, Return to go back, Escape to show everything."
            )
        )
        self.highlight_box = FilterBox(self._theme, self._usernames, "pencil")
        self.highlight_box.setPlaceholderText(self.tr("Highlight"))
        self.highlight_box.setAccessibleName(self.tr("Highlight"))
        self.highlight_box.setToolTip(
            self.tr("Marks rows without hiding the others; same language as the filter.")
        )
        self.highlight_box.setFixedWidth(132)
        self.saved_filters = SavedFilters(self._theme, self._window_state, self.filter_box.text)

    def _build_buttons(self) -> None:
        self.follow_button = self._make_button(
            self.tr("Follow"), self.tr("Keep the newest row in view (F)"), "arrow-down"
        )
        self.follow_button.setCheckable(True)
        self.follow_button.setChecked(True)
        self.pause_button = self._make_button(
            self.tr("Pause"), self.tr("Freeze the view; nothing is lost (Space)"), "pause"
        )
        self.pause_button.setCheckable(True)
        self._hold_width(self.pause_button, self.tr("Resume"))
        self.clear_button = self._make_button(
            self.tr("Clear"), self.tr("Empty the view; can be undone for 10 s (Ctrl+L)"), "trash-2"
        )
        self.clear_button.setShortcut(QKeySequence("Ctrl+L"))

    def _make_button(self, text: str, tip: str, icon: str) -> QToolButton:
        button = QToolButton(toolButtonStyle=Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        self._theme.decorate(button, icon, "muted")
        return button

    @staticmethod
    def _hold_width(button: QToolButton, other_text: str) -> None:
        """Give a button the width that its other word needs, so that its neighbours stay where they are."""
        text = button.text()
        button.setText(other_text)
        widest = button.sizeHint().width()
        button.setText(text)
        button.setMinimumWidth(max(widest, button.sizeHint().width()))

    def _build(self) -> None:
        tools = QHBoxLayout()
        tools.setContentsMargins(GRID, 0, GRID, 0)
        tools.setSpacing(GRID // 2)
        tools.addWidget(self.filter_box, 1)
        tools.addWidget(self.saved_filters)
        tools.addWidget(self.highlight_box)
        tools.addSpacing(GRID // 2)
        for button in (self.follow_button, self.pause_button, self.clear_button):
            tools.addWidget(button)
        self.error_label = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
        self.error_label.setProperty("role", "bad")
        self.error_label.setContentsMargins(GRID + 2, 0, GRID, 0)
        self.error_label.hide()
        self.notice = NoticeBar(self._theme)
        self.status = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.status.setProperty("role", "small")
        self.status.setContentsMargins(GRID, 2, GRID, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, GRID, 0, 0)
        layout.setSpacing(GRID // 2)
        self._tools = tools
        layout.addLayout(tools)
        layout.addWidget(self.error_label)
        layout.addWidget(self.notice)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.status)

    def add_tool(self, button: QWidget, bar: QWidget) -> None:
        """Put a button behind the others, and the bar that belongs to it above the table."""
        self._tools.addWidget(button)
        self.setTabOrder(self.clear_button, button)
        self.add_bar(bar)

    def add_bar(self, bar: QWidget) -> None:
        """Put a bar above the table."""
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)  # noqa: S101 - as built
        layout.insertWidget(layout.indexOf(self.notice), bar)

    def set_read_only(self, is_read_only: bool) -> None:
        """Turn off what only means something for live traffic."""
        for button in (self.pause_button, self.clear_button, self.follow_button):
            button.setEnabled(not is_read_only)
        self.pause_button.setChecked(False)
        self.view.set_following(not is_read_only)
        self._new_count = 0
        self._show_status()

    def _build_overlays(self) -> None:
        self._empty = EmptyState(self._theme, "radio", self.view.viewport())
        self.new_button = QPushButton(self.view)
        set_variant(self.new_button, "kind", "primary")
        self.new_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.new_button.hide()
        self.view.viewport().installEventFilter(self)

    def _connect(self) -> None:
        self.filter_box.filter_changed.connect(self._on_filter_changed)
        self.filter_box.error_changed.connect(self._show_error)
        self.highlight_box.filter_changed.connect(self._on_highlight_changed)
        self.highlight_box.error_changed.connect(self._show_error)
        for box in (self.filter_box, self.highlight_box):
            box.left.connect(self.view.setFocus)
        self.saved_filters.chosen.connect(self.filter_box.set_filter_text)
        self.follow_button.toggled.connect(self._on_follow_toggled)
        self.pause_button.toggled.connect(self._on_pause_toggled)
        self.clear_button.clicked.connect(self.clear)
        self.new_button.clicked.connect(self.show_newest)
        self.view.follow_changed.connect(self._on_follow_changed)
        self.view.pause_asked.connect(self.pause_button.toggle)
        self.view.record_chosen.connect(self.record_chosen)
        self.model.rowsInserted.connect(self._on_rows_inserted)
        self.model.filtering_changed.connect(self._show_status)
        self._undo_timer.timeout.connect(self._on_undo_over)
        header = self.view.horizontalHeader()
        header.sectionResized.connect(self._on_columns_changed)
        header.sectionMoved.connect(self._on_columns_changed)
        self.view.column_menu.columns_changed.connect(self._on_columns_changed)

    def _restore(self) -> None:
        self._window_state.restore_header(_STATE, self.view.horizontalHeader())
        self.highlight_box.set_filter_text(self._window_state.text(f"{_STATE}/highlight"))
        self.filter_box.set_filter_text(self._window_state.text(f"{_STATE}/filter"))
        self._show_status()

    def _usernames(self) -> list[str]:
        return [client.username for client in self._service.hub.clients.values() if client.username]

    # Following the traffic

    def refresh(self) -> None:
        """Take in what is new."""
        self.model.refresh()
        self._show_status()

    @Slot(QModelIndex, int, int)
    def _on_rows_inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        if not self.view.is_following:
            self._new_count += last - first + 1

    @Slot()
    def _show_status(self) -> None:
        count, total = self.model.rowCount(), self.model.total
        parts = [self._rows(count)]
        if self._filter is not None:
            parts = [self.tr("{0:,} of {1}").format(count, self._rows(total))]
            if skipped := self._filter.skipped:
                text = self.tr("{0} too long for this regular expression")
                parts.append(text.format(self._rows(skipped)))
        if (percent := self.model.filter_percent) is not None:
            parts.append(self.tr("filtering, {0} %").format(percent))
        if self.model.is_paused:
            parts.append(self.tr("paused, {0:,} came since").format(self.model.waiting_count))
        _set_text(self.status, "   ·   ".join(parts))
        self._show_new()
        self._show_empty(count, total)

    def _rows(self, count: int) -> str:
        return counted(count, self.tr("row"), self.tr("rows"))

    def _show_new(self) -> None:
        count = self.model.waiting_count if self.model.is_paused else self._new_count
        self.new_button.setVisible(count > 0)
        if count > 0:
            text = self.tr("{0:,} new ↓").format(count)
            if self.new_button.text() != text:
                self.new_button.setText(text)
                self._place_overlays()

    def _show_empty(self, count: int, total: int) -> None:
        is_empty = not count and self.model.filter_percent is None
        self._empty.setVisible(is_empty)
        if not is_empty:
            return
        # Scrolling moves what lies on a viewport.
        self._empty.setGeometry(self.view.viewport().rect())
        if total:
            self._empty.say(
                self.tr("No row passes the filter"), self.tr("Press / and then Escape to show everything.")
            )
        elif self.model.is_cleared:
            self._empty.say(self.tr("Cleared"), self.tr("New traffic shows up here."))
        elif self._service.state is ServerState.RUNNING:
            text = self.tr("Everything that passes shows up here. Connect to {0}").format(
                self._service.ws_url
            )
            self._empty.say(self.tr("No traffic yet"), text)
        else:
            text = self.tr("Start the server: logins, connections and messages show up here.")
            self._empty.say(self.tr("No traffic yet"), text)

    @Slot()
    def show_newest(self) -> None:
        """Go on, and keep the newest row in view."""
        self.pause_button.setChecked(False)
        self.view.set_following(True)
        self.view.setFocus()

    @Slot(bool)
    def _on_follow_toggled(self, is_on: bool) -> None:
        self.view.set_following(is_on)

    @Slot(bool)
    def _on_follow_changed(self, is_on: bool) -> None:
        self._new_count = 0
        self.follow_button.setChecked(is_on)
        self._show_status()

    @Slot(bool)
    def _on_pause_toggled(self, is_on: bool) -> None:
        self._theme.decorate(self.pause_button, "play" if is_on else "pause", "muted")
        self.pause_button.setText(self.tr("Resume") if is_on else self.tr("Pause"))
        if is_on:
            self.model.pause()
        elif lost := self.model.resume():
            text = self.tr("{0} came and went while paused: the memory for traffic was full.")
            self.notice.show_notice(text.format(self._rows(lost)), NoticeKind.WARN)
        self._show_status()

    # Filter and highlight

    @Slot()
    def focus_filter(self) -> None:
        """Let the person type a filter."""
        self.filter_box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter_box.selectAll()

    def set_filter_text(self, text: str) -> None:
        """Filter by this text."""
        self.filter_box.set_filter_text(text)

    @Slot(object)
    def _on_filter_changed(self, compiled: TrafficFilter) -> None:
        self._window_state.set_text(f"{_STATE}/filter", compiled.text)
        self._filter = None if compiled.is_empty else compiled
        self._new_count = 0
        self.model.set_filter(self._filter)
        self._show_status()

    @Slot(object)
    def _on_highlight_changed(self, compiled: TrafficFilter) -> None:
        self._window_state.set_text(f"{_STATE}/highlight", compiled.text)
        self.model.set_highlight(None if compiled.is_empty else compiled)

    @Slot()
    def _show_error(self) -> None:
        text = self.filter_box.error or self.highlight_box.error
        self.error_label.setText(text)
        self.error_label.setVisible(bool(text))

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
        self._new_count = 0
        text = self.tr("Cleared {0}.").format(self._rows(count))
        self.notice.show_notice(text, NoticeKind.INFO, self.tr("Undo"), self.undo_clear)
        self._undo_timer.start()
        self._show_status()

    def undo_clear(self) -> None:
        """Bring back what was cleared."""
        self._on_undo_over()
        if self._floor_before is not None:
            self.model.undo_clear(self._floor_before)
            self._floor_before = None
        self._show_status()

    @Slot()
    def _on_undo_over(self) -> None:
        self._undo_timer.stop()
        self.notice.clear()

    # Layout

    @Slot()
    def _on_columns_changed(self) -> None:
        self._window_state.save_header(_STATE, self.view.horizontalHeader())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the overlays in place; overrides Qt's."""
        if event.type() is QEvent.Type.Resize and watched is self.view.viewport():
            self._place_overlays()
        return super().eventFilter(watched, event)

    def _place_overlays(self) -> None:
        viewport = self.view.viewport()
        self._empty.setGeometry(viewport.rect())
        self.new_button.adjustSize()
        geometry = self.new_button.rect()
        geometry.moveCenter(viewport.geometry().center())
        geometry.moveBottom(viewport.geometry().bottom() - GRID)
        self.new_button.setGeometry(geometry)


def _set_text(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)

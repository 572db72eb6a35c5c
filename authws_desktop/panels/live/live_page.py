"""The Live page: who is connected on the left, everything that passes on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from authws_desktop.panels.kit.boxes import NO_MARGINS, vertical_box
from authws_desktop.panels.kit.folding import FoldingSplitter
from authws_desktop.panels.kit.notices import NoticeKind
from authws_desktop.panels.kit.theme import GRID, Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.announce_field import AnnounceField
from authws_desktop.panels.live.compare_actions import CompareActions
from authws_desktop.panels.live.detail_panel import DetailPanel
from authws_desktop.panels.live.file_actions import FileActions
from authws_desktop.panels.live.history_actions import HistoryActions
from authws_desktop.panels.live.message_actions import MessageActions
from authws_desktop.panels.live.node_rows import NodeRows
from authws_desktop.panels.live.past_users import users_at
from authws_desktop.panels.live.remedies import Remedies
from authws_desktop.panels.live.row_menu import RowMenu
from authws_desktop.panels.live.send_actions import SendActions
from authws_desktop.panels.live.time_bins import Span
from authws_desktop.panels.live.traffic_menu import TrafficMenu
from authws_desktop.panels.live.traffic_panel import TrafficPanel
from authws_desktop.panels.live.users_panel import UsersPanel
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Record

LEFT_PX = 280
SEND_PX = 30 * GRID
"""Height of the panel for sending: a message of some lines."""
LEAST_LEFT_PX = 25 * GRID
LEAST_RIGHT_PX = 92 * GRID
"""The table with its first columns: in a small window the left side gets narrower before these are cut."""


class LivePage(QWidget):
    """Users and traffic.

    Attributes:
        users, traffic, detail: Its three parts.
        announce: Says something to everyone.
        remedies: Explains what went wrong, and mends it.
        send: Fills the panel for sending, which is docked under the traffic.
        row_menu: The context menu of the traffic.
        files: Export and opening.
        history: Pages back into launches before.
        node_rows: Shows what passes at all nodes of a cluster.
        compare: Tells where two runs part.
        menu: Of the window's menu bar.

    Args:
        service: What is shown.
        theme: Colours, fonts and icons.
        window_state: Where sizes, columns, sorting and filters are remembered.
    """

    def __init__(self, service: Service, theme: Theme, window_state: WindowState) -> None:
        super().__init__()
        self._service = service
        self._window_state = window_state
        self.users = UsersPanel(service, theme, window_state)
        self.announce = AnnounceField(service, theme)
        self.traffic = TrafficPanel(service, theme, window_state)
        self.detail = DetailPanel(theme)
        self.remedies = Remedies(service, self.detail.explain_bar, self)
        self.send = SendActions(service, theme, window_state, self)
        self.detail.dock(self.send.panel, self.tr("Send"))
        self.row_menu = RowMenu(self.traffic.view, self.traffic.model, theme)
        self.files = FileActions(self.traffic.model, self.traffic.view, theme, self)
        self.traffic.tools.add(self.files.button)
        self.history = HistoryActions(service, self.files, theme, self)
        self.node_rows = NodeRows(service, self.files, self.traffic.view, theme, self)
        self.compare = CompareActions(self.traffic.model, self.files, theme, self)
        self.menu = TrafficMenu(self.traffic, self.users, self.files, self)
        self.menu.addMenu(self.announce.room)
        self.messages = MessageActions(service, self.announce.room, theme, self)
        for notice in (self.files.notice, self.history.notice, self.messages.notice):
            self.traffic.add_bar(notice)
        self._build()
        self._connect()

    def _build(self) -> None:
        self._rows = FoldingSplitter(Qt.Orientation.Vertical, self._window_state, "live/rows")
        self._rows.addWidget(self.traffic)
        self._rows.addWidget(self.detail)
        self._rows.setStretchFactor(0, 3)
        self._rows.setStretchFactor(1, 2)
        self._columns = FoldingSplitter(Qt.Orientation.Horizontal, self._window_state, "live/columns")
        left = self._build_left()
        self._columns.addWidget(left)
        self._columns.addWidget(self._rows)
        self._columns.setStretchFactor(0, 0)
        self._columns.setStretchFactor(1, 1)
        self._rows.setMinimumWidth(LEAST_RIGHT_PX)
        self.detail.setMinimumHeight(120)
        self.traffic.setMinimumHeight(160)
        self._columns.setSizes([LEFT_PX, 900])
        self._rows.setSizes([420, 240])
        layout = vertical_box(self, margins=NO_MARGINS)
        layout.addWidget(self._columns)
        self._columns.set_foldable(left, is_remembered=True)
        self.traffic.tools.users_button.setChecked(not self._columns.is_folded)
        # A detail is of a row, and none is chosen yet: the table has the whole height.
        self._rows.set_foldable(self.detail, is_remembered=False)
        self.detail.hide()

    def _build_left(self) -> QWidget:
        left = QWidget()
        left.setMinimumWidth(LEAST_LEFT_PX)
        column = vertical_box(left, margins=NO_MARGINS, spacing=0)
        column.addWidget(self.users, 1)
        column.addWidget(self.announce)
        return left

    def _connect(self) -> None:
        self.traffic.view.record_chosen.connect(self._on_record_chosen)
        self.traffic.time_chosen.connect(self._on_time_chosen)
        self.users.past.left.connect(lambda: self.traffic.strip.choose(None))
        self.traffic.view.detail_asked.connect(self._on_detail_asked)
        self.traffic.tools.users_button.toggled.connect(self._on_users_toggled)
        self._columns.folded.connect(self._on_users_folded)
        QShortcut(QKeySequence("Ctrl+B"), self, self._columns.toggle)
        self.users.traffic_asked.connect(self.traffic.tools.filter_box.set_filter_text)
        bans, room = self.users.bans, self.announce.room
        for failed in (self.users.failed, bans.failed, room.failed, self.remedies.failed):
            failed.connect(self.show_error)
        self.users.send_asked.connect(self.send.write_to)
        self.send.shown.connect(self._on_send_shown)
        self.detail.resend_asked.connect(self.send.resend)
        self.detail.closed.connect(self.close_detail)
        self.remedies.row_asked.connect(self.traffic.show_row)
        self.compare.row_asked.connect(self.traffic.show_row)
        self.remedies.done.connect(self._on_remedied)
        self.row_menu.resend_asked.connect(self.send.resend)
        self.row_menu.test_asked.connect(self.files.ask_test)
        self.files.file_shown.connect(self._on_file_shown)
        find, within = QKeySequence.StandardKey.Find, Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(QKeySequence("/"), self, self.traffic.focus_filter, context=within)
        QShortcut(QKeySequence(find), self, self._on_find, context=within)
        self.row_menu.filter_asked.connect(self.traffic.tools.filter_box.set_filter_text)
        self.row_menu.hide_asked.connect(self.traffic.leave_out)

    def refresh(self) -> None:
        """Take in what changed; called some times a second while the page is shown."""
        self.users.refresh()
        self.announce.refresh()
        self.traffic.refresh()
        self.detail.refresh()
        if self.send.panel.isVisible():
            self.send.panel.follow()
        self.history.refresh()
        self.node_rows.refresh()

    def show_error(self, text: str) -> None:
        """Say what did not work."""
        self.traffic.notice.show_notice(text, NoticeKind.BAD)

    @Slot(object)
    def _on_time_chosen(self, span: Span | None) -> None:
        """Show the users as they were at the end of the chosen time."""
        if span is None:
            self.users.show_now()
            return
        model = self.traffic.model
        clients = () if self.files.file_name else self._service.hub.clients.values()
        self.users.show_past(span.end_s - 1, users_at(span.end_s, model.ring.after(0), clients))

    @Slot(str)
    def _on_remedied(self, text: str) -> None:
        self.traffic.notice.show_notice(text, NoticeKind.GOOD)

    @Slot(str)
    def _on_file_shown(self, name: str) -> None:
        # A file's connections are not those of today.
        self.detail.set_read_only(bool(name))
        self._rows.fold()
        self.row_menu.is_read_only = bool(name)
        self.traffic.set_read_only(bool(name))

    @Slot()
    def _on_find(self) -> None:
        """Find in the payload where the keyboard is in it, else in the rows."""
        focused = QApplication.focusWidget()
        if focused is not None and self.detail.isAncestorOf(focused):
            self.detail.open_find()
        else:
            self.traffic.focus_filter()

    # Folding

    @Slot()
    def _on_send_shown(self) -> None:
        self.detail.show_docked()
        self._rows.fold(False)
        room = self._rows.sizes()
        if room[1] < SEND_PX < sum(room) - self.traffic.minimumHeight():
            self._rows.setSizes([sum(room) - SEND_PX, SEND_PX])

    @Slot(object)
    def _on_record_chosen(self, record: Record) -> None:
        self.detail.show_record(record)
        self.remedies.show(record, can_act=not self.files.file_name)
        self._show_detail()

    @Slot(bool)
    def _on_detail_asked(self, is_wanted: bool) -> None:
        if not is_wanted and self._rows.is_folded:
            self.traffic.sorting.back()
        elif not is_wanted:
            self.close_detail()
        elif self.detail.record is not None:
            self._show_detail()

    def _show_detail(self) -> None:
        if self._rows.is_folded:
            self._rows.fold(False)
            # The row that is read must not lie behind what is said of it.
            QTimer.singleShot(0, self.traffic.view, self.traffic.view.show_chosen)

    @Slot()
    def close_detail(self) -> None:
        """Give the table the whole height, and the keyboard."""
        self._rows.fold()
        self.traffic.view.setFocus()

    @Slot(bool)
    def _on_users_toggled(self, is_on: bool) -> None:
        self._columns.fold(not is_on)

    @Slot(bool)
    def _on_users_folded(self, is_folded: bool) -> None:
        self.traffic.tools.users_button.setChecked(not is_folded)

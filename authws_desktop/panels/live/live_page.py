"""The Live page: who is connected on the left, everything that passes on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from authws_desktop.panels.live.announce_field import AnnounceField
from authws_desktop.panels.live.detail_panel import DetailPanel
from authws_desktop.panels.live.file_actions import FileActions
from authws_desktop.panels.live.history_actions import HistoryActions
from authws_desktop.panels.live.row_menu import RowMenu
from authws_desktop.panels.live.send_actions import SendActions
from authws_desktop.panels.live.traffic_menu import TrafficMenu
from authws_desktop.panels.live.traffic_panel import TrafficPanel
from authws_desktop.panels.live.users_panel import UsersPanel
from authws_desktop.panels.notices import NoticeKind
from authws_desktop.panels.theme import GRID, Theme
from authws_desktop.panels.window_state import WindowState
from authws_desktop.server.service import Service

LEFT_PX = 280
LEAST_RIGHT_PX = 87 * GRID
"""The table with its first columns: a small window takes from the left side before it cuts them."""


class LivePage(QWidget):
    """Users and traffic.

    Attributes:
        users, traffic, detail: Its three parts.
        announce: Says something to everyone.
        send: The window for sending.
        row_menu: The context menu of the traffic.
        files: Export and opening.
        history: Pages back into launches before.
        menu: Of the window's menu bar.

    Args:
        service: What is shown.
        theme: Colours, fonts and icons.
        window_state: Where sizes, columns, sorting and filters are remembered.
        parent: Owner.
    """

    def __init__(
        self, service: Service, theme: Theme, window_state: WindowState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._window_state = window_state
        self.users = UsersPanel(service, theme, window_state)
        self.announce = AnnounceField(service, theme)
        self.traffic = TrafficPanel(service, theme, window_state)
        self.detail = DetailPanel(theme)
        self.send = SendActions(service, theme, window_state, self)
        self.row_menu = RowMenu(self.traffic.view, self.traffic.model, theme)
        self.files = FileActions(self.traffic.model, self.traffic.view, theme, self)
        self.traffic.add_tool(self.files.button, self.files.bar)
        self.history = HistoryActions(service, self.files, theme, self)
        self.traffic.add_bar(self.history.bar)
        self.menu = TrafficMenu(self.traffic, self.users, self.files, self)
        self._build()
        self._connect()

    def _build(self) -> None:
        self._rows = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False, handleWidth=1)
        self._rows.addWidget(self.traffic)
        self._rows.addWidget(self.detail)
        self._rows.setStretchFactor(0, 3)
        self._rows.setStretchFactor(1, 2)
        self._columns = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False, handleWidth=1)
        self._columns.addWidget(self._build_left())
        self._columns.addWidget(self._rows)
        self._columns.setStretchFactor(0, 0)
        self._columns.setStretchFactor(1, 1)
        self._rows.setMinimumWidth(LEAST_RIGHT_PX)
        self.detail.setMinimumHeight(120)
        self.traffic.setMinimumHeight(160)
        self._columns.setSizes([LEFT_PX, 900])
        self._rows.setSizes([420, 240])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._columns)
        self._window_state.restore_splitter("live/columns", self._columns)
        self._window_state.restore_splitter("live/rows", self._rows)

    def _build_left(self) -> QWidget:
        left = QWidget()
        left.setMinimumWidth(180)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.users, 1)
        column.addWidget(self.announce)
        return left

    def _connect(self) -> None:
        self.traffic.record_chosen.connect(self.detail.show_record)
        self.users.traffic_asked.connect(self.traffic.set_filter_text)
        self.users.send_asked.connect(self.send.write_to)
        self.detail.resend_asked.connect(self.send.resend)
        self.row_menu.resend_asked.connect(self.send.resend)
        self.files.file_shown.connect(self._on_file_shown)
        for keys in (QKeySequence("/"), QKeySequence(QKeySequence.StandardKey.Find)):
            to_filter = QShortcut(keys, self)
            to_filter.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            to_filter.activated.connect(self.traffic.focus_filter)
        self.row_menu.filter_asked.connect(self.traffic.set_filter_text)
        self._columns.splitterMoved.connect(self._on_splitter_moved)
        self._rows.splitterMoved.connect(self._on_splitter_moved)

    def refresh(self) -> None:
        """Take in what changed; called some times a second while the page is shown."""
        self.users.refresh()
        self.announce.refresh()
        self.traffic.refresh()
        self.detail.refresh()
        self.history.refresh()

    def show_error(self, text: str) -> None:
        """Say what did not work."""
        self.traffic.notice.show_notice(text, NoticeKind.BAD)

    @Slot(str)
    def _on_file_shown(self, name: str) -> None:
        # A file's connections are not those of today.
        self.detail.set_read_only(bool(name))
        self.row_menu.is_read_only = bool(name)
        self.traffic.set_read_only(bool(name))

    @Slot()
    def _on_splitter_moved(self) -> None:
        self._window_state.save_splitter("live/columns", self._columns)
        self._window_state.save_splitter("live/rows", self._rows)

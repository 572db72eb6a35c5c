"""The users tree as a widget."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
)

from authws_desktop.hub.client import Client
from authws_desktop.panels.kit.column_menu import ColumnMenu
from authws_desktop.panels.kit.column_widths import size_columns
from authws_desktop.panels.kit.indexes import Index
from authws_desktop.panels.kit.theme import ROW_HEIGHT, Theme
from authws_desktop.panels.live.user_rows import VOLATILE, Group, UserColumn, app_beside
from authws_desktop.panels.live.users_model import UsersModel

NAME_PX = 120
"""Least width of the names, which take what the other columns leave."""
SAMPLES: dict[int, str] = {
    UserColumn.ADDRESS: "192.168.100.100",
    UserColumn.APP: "board-game/2.1",
    UserColumn.SINCE: "00:00:00",
    UserColumn.ACTIVITY: "59 min",
    UserColumn.ROUND_TRIP: "0.050 ms",
    UserColumn.IN: "999.9 k",
    UserColumn.OUT: "999.9 k",
    UserColumn.BYTES: "999.9 KiB",
    UserColumn.NODE: "hub-1-a1b2c3",
}
"""The text by which the first width of each column is measured."""
FIRST_SHOWN = (UserColumn.NAME, UserColumn.ACTIVITY)
LEADING = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
MAX_OPENED = 50
"""While no more users than this are shown, one who gets a second connection is shown open."""


class RowDelegate(QStyledItemDelegate):
    """Gives every row the same height, and mutes the app beside a name: names may have blanks, too.

    Args:
        theme: The colour.
        parent: The tree.
    """

    def __init__(self, theme: Theme, parent: QTreeView) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a cell; overrides Qt's."""
        model = index.model()
        row = model.row_at(index) if isinstance(model, UsersModel) else None
        app = app_beside(row) if row is not None and index.column() == UserColumn.NAME else ""
        if not app:
            super().paint(painter, option, index)
            return
        cell = QStyleOptionViewItem(option)
        self.initStyleOption(cell, index)
        name = cell.text.removesuffix(app)
        cell.text = name.rstrip()
        style = cell.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, cell, painter, cell.widget)
        self._draw_app(painter, cell, app, cell.fontMetrics.horizontalAdvance(name))

    def _draw_app(self, painter: QPainter, cell: QStyleOptionViewItem, app: str, name_px: int) -> None:
        style = cell.widget.style()
        margin = style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, cell, cell.widget) + 1
        room = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, cell, cell.widget)
        place = room.adjusted(margin + name_px, 0, -margin, 0)
        if place.width() <= 0:
            return
        is_chosen = bool(cell.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setFont(cell.font)
        painter.setPen(self._theme.colour("selection_text" if is_chosen else "muted"))
        text = cell.fontMetrics.elidedText(app, cell.textElideMode, place.width())
        place = style.visualRect(cell.direction, room, place)
        painter.drawText(place, style.visualAlignment(cell.direction, LEADING), text)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return a cell's size; overrides Qt's."""
        return QSize(super().sizeHint(option, index).width(), ROW_HEIGHT)


class UsersView(QTreeView):
    """A tree of a `UsersModel`.

    Signals:
        columns_changed: Widths, order, sorting or choice of columns changed.
    """

    columns_changed = Signal()

    def __init__(self, model: UsersModel, theme: Theme) -> None:
        super().__init__()
        self._model = model
        self._theme = theme
        self.setModel(model)
        self._build()
        self._build_header()
        self._connect()

    def _build(self) -> None:
        self.setAccessibleName(self.tr("Connected users"))
        self.setUniformRowHeights(True)
        self.setItemDelegate(RowDelegate(self._theme, self))
        self.setAllColumnsShowFocus(True)
        self.setExpandsOnDoubleClick(False)  # it shows what the user sends; the arrow and the keys unfold
        self.setIndentation(16)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def _build_header(self) -> None:
        header = self.header()
        header.setMinimumSectionSize(32)
        header.setStretchLastSection(False)
        header.setFixedHeight(ROW_HEIGHT)
        header.resizeSection(UserColumn.NAME, NAME_PX)
        size_columns(header, SAMPLES, self._theme.number_font())
        for column in UserColumn:
            header.setSectionHidden(column, column not in FIRST_SHOWN)
        header.setSortIndicator(UserColumn.NAME, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self.column_menu = ColumnMenu(header, UserColumn.NAME)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the names have what the other columns leave; overrides Qt's."""
        super().resizeEvent(event)
        self._fit_names()

    def show_nodes(self) -> None:
        """Show the column of the nodes; the names make room for it."""
        self.header().showSection(UserColumn.NODE)
        self._fit_names()

    def _fit_names(self) -> None:
        header = self.header()
        others = header.length() - header.sectionSize(UserColumn.NAME)
        room = self.viewport().width() - others
        if room >= NAME_PX or not self.isColumnHidden(UserColumn.NODE):
            header.resizeSection(UserColumn.NAME, max(room, NAME_PX))

    def _connect(self) -> None:
        self._model.rowsInserted.connect(self._on_rows_inserted)
        self._model.modelReset.connect(self._on_reset)
        header = self.header()
        header.sectionResized.connect(lambda *_: self.columns_changed.emit())
        header.sectionMoved.connect(lambda *_: self.columns_changed.emit())
        header.sortIndicatorChanged.connect(lambda *_: self.columns_changed.emit())
        self.column_menu.columns_changed.connect(self.columns_changed)

    @Slot(QModelIndex, int, int)
    def _on_rows_inserted(self, parent: QModelIndex, first: int, last: int) -> None:
        if not parent.isValid():
            for row in range(first, last + 1):
                self._open_first(self._model.index(row, 0))
        elif self._model.rowCount(parent) - (last - first + 1) < 2:
            self._open_first(parent)

    @Slot()
    def _on_reset(self) -> None:
        for row in range(min(self._model.rowCount(), MAX_OPENED + 1)):
            self._open_first(self._model.index(row, 0))

    def _open_first(self, index: QModelIndex) -> None:
        """Open a row that has just come, if it says more open: one connection is shown in its user's row."""
        group = self._model.row_at(index)
        if not isinstance(group, Group) or self._model.rowCount() > MAX_OPENED:
            return
        if len(group.clients) > 1 or not group.key:
            self.expand(index)

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:  # noqa: N802 - Qt's name
        """Draw an arrow only where it unfolds more than the row says already; overrides Qt's."""
        row = self._model.row_at(index)
        if isinstance(row, Group) and row.key and len(row.clients) < 2 and not self.isExpanded(index):
            return
        super().drawBranches(painter, rect, index)

    def visible_indexes(self) -> list[QModelIndex]:
        """Return column 0 of the rows in view, top to bottom."""
        found: list[QModelIndex] = []
        index = self.indexAt(QPoint(0, 0)).siblingAtColumn(0)
        most = self.viewport().height() // ROW_HEIGHT + 2  # the first and the last one may be cut
        while index.isValid() and len(found) < most:
            found.append(index)
            index = self.indexBelow(index)
        return found

    def visible_figures(self) -> list[UserColumn]:
        """Return the columns in view that change without anybody coming or going."""
        return [column for column in VOLATILE if not self.isColumnHidden(column)]

    def selected_groups(self) -> list[Group]:
        """Return the selected users."""
        return [row for row in self._selected_rows() if isinstance(row, Group)]

    def selected_clients(self) -> list[Client]:
        """Return the connections that are selected, or whose user is."""
        clients: dict[str, Client] = {}
        for row in self._selected_rows():
            for client in row.clients if isinstance(row, Group) else [row]:
                clients[client.client_id] = client
        return list(clients.values())

    def _selected_rows(self) -> list[Group | Client]:
        rows = (self._model.row_at(index) for index in self.selectionModel().selectedRows())
        return [row for row in rows if row is not None]

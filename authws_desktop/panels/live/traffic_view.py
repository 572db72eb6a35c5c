"""The traffic table: follows the newest row until the person scrolls up, and keeps its place after that."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QRect, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyleOptionViewItem, QTableView, QWidget

from authws_desktop.hub.traffic import Record
from authws_desktop.panels.chips import ChipDelegate
from authws_desktop.panels.live import record_text
from authws_desktop.panels.live.column_menu import ColumnMenu
from authws_desktop.panels.live.column_widths import size_columns
from authws_desktop.panels.live.traffic_model import MARK_ROLE, Column, Index, TrafficModel
from authws_desktop.panels.theme import ROW_HEIGHT, Theme

SAMPLES: dict[int, str] = {
    Column.TIME: "00:00:00.000",
    Column.DIFFERENCE: "+999 ms",
    Column.DIRECTION: "· event",
    Column.WHO: "maria.low #12",
    Column.TYPE: "authentication  ",  # and the edges of its chip
    Column.TO: "all 1000",
    Column.SIZE: "999.9 KiB",
}
"""What decides the first width of each column."""
MAX_COPIED_ROWS = 10_000
_STRIPE_PX = 3
_UP_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_Home)


class TrafficDelegate(ChipDelegate):
    """Paints chips, and a stripe at the left of a highlighted row."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802 - Qt's name
        """Shorten names in their middle, so that the connection's number stays; overrides Qt's."""
        super().initStyleOption(option, index)
        if index.column() in (Column.WHO, Column.TO):
            option.textElideMode = Qt.TextElideMode.ElideMiddle

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a cell; overrides Qt's."""
        is_marked = index.data(MARK_ROLE)
        rect: QRect = option.rect
        if is_marked:
            # The style sheet's items leave out the model's own background.
            painter.fillRect(rect, self._theme.colour("chip_warn"))
        super().paint(painter, option, index)
        if is_marked and index.column() == Column.TIME:
            stripe = QRect(rect.left(), rect.top(), _STRIPE_PX, rect.height())
            painter.fillRect(stripe, self._theme.colour("warn"))


class TrafficView(QTableView):
    """A table of a `TrafficModel`.

    Signals:
        follow_changed: Following began or ended; carries which.
        record_chosen: The person chose another row; carries its `Record`.
        pause_asked: The Space key.
    """

    follow_changed = Signal(bool)
    record_chosen = Signal(object)
    pause_asked = Signal()

    def __init__(self, model: TrafficModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._is_following = True
        self._chosen_number = 0
        self._kept: tuple[list[int], int, int] = ([], 0, 0)
        # Before the selection model's own handler, which would choose the next row and scroll there.
        model.rowsAboutToBeRemoved.connect(self._on_rows_about_to_be_removed)
        self.setModel(model)
        self._build(theme)
        self._connect()

    def _build(self, theme: Theme) -> None:
        self.setAccessibleName(self.tr("Traffic"))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setItemDelegate(TrafficDelegate(theme, self))
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(ROW_HEIGHT)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        self._build_header(theme)

    def _build_header(self, theme: Theme) -> None:
        header = self.horizontalHeader()
        header.setMinimumSectionSize(32)
        header.setSectionsMovable(True)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setFixedHeight(ROW_HEIGHT)
        size_columns(header, SAMPLES, theme.number_font())
        self.column_menu = ColumnMenu(header, Column.CONTENT)

    def _connect(self) -> None:
        self._model.rowsInserted.connect(self._on_rows_inserted)
        self._model.rowsRemoved.connect(self._on_rows_removed)
        self._model.modelAboutToBeReset.connect(self._on_about_to_reset)
        self._model.modelReset.connect(self._on_reset)
        self.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.verticalScrollBar().actionTriggered.connect(self._on_scrolled)

    # Following

    @property
    def is_following(self) -> bool:
        """Whether the newest row is kept in view."""
        return self._is_following

    def set_following(self, is_following: bool) -> None:
        """Keep the newest row in view, or no longer."""
        if is_following:
            self.scrollToBottom()
        if is_following != self._is_following:
            self._is_following = is_following
            self.follow_changed.emit(is_following)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the newest row in view in another size; overrides Qt's."""
        super().resizeEvent(event)
        if self._is_following:
            self.scrollToBottom()

    @Slot(int)
    def _on_scrolled(self, _action: int) -> None:
        bar = self.verticalScrollBar()
        self.set_following(bar.sliderPosition() >= bar.maximum())

    @Slot(QModelIndex, int, int)
    def _on_rows_inserted(self, _parent: QModelIndex, _first: int, _last: int) -> None:
        if self._is_following:
            self.scrollToBottom()

    @Slot(QModelIndex, int, int)
    def _on_rows_about_to_be_removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        if first <= self.currentIndex().row() <= last:
            self.selectionModel().clearCurrentIndex()

    @Slot(QModelIndex, int, int)
    def _on_rows_removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        # Rows leave at the top: what is being read must stay where it is.
        if first == 0 and not self._is_following:
            bar = self.verticalScrollBar()
            bar.setValue(max(0, bar.value() - (last - first + 1)))

    # Chosen rows

    @property
    def chosen_number(self) -> int:
        """Number of the record whose detail is shown; 0 if none was chosen."""
        return self._chosen_number

    def selected_numbers(self) -> list[int]:
        """Return the record numbers of the selected rows, ascending."""
        rows: set[int] = set()
        selection = self.selectionModel().selection()
        for block in (selection.at(index) for index in range(selection.count())):
            rows.update(range(block.top(), block.bottom() + 1))
        return [self._model.number_at(row) for row in sorted(rows)]

    def select_number(self, number: int) -> bool:
        """Choose a row by its record number; `False` if it is not shown."""
        row = self._model.row_of(number)
        if row is None:
            return False
        self.selectRow(row)
        self.scrollTo(self._model.index(row, 0))
        return True

    @Slot(QItemSelection, QItemSelection)
    def _on_selection_changed(self, _selected: QItemSelection, _deselected: QItemSelection) -> None:
        selection = self.selectionModel().selection()
        if selection.isEmpty():
            return
        current = self.currentIndex()
        row = current.row() if selection.contains(current) else selection.first().top()
        record = self._model.record_at(row)
        if record is not None and record.number != self._chosen_number:
            self._chosen_number = record.number
            self.record_chosen.emit(record)

    @Slot()
    def _on_about_to_reset(self) -> None:
        current = self.currentIndex().row()
        top = self.rowAt(0)
        self._kept = (
            self.selected_numbers()[:MAX_COPIED_ROWS],
            self._model.number_at(current) if current >= 0 else 0,
            self._model.number_at(top) if top >= 0 else 0,
        )

    @Slot()
    def _on_reset(self) -> None:
        numbers, current, top = self._kept
        found = (self._model.row_of(number) for number in numbers)
        selection = _selection(self._model, [row for row in found if row is not None])
        if (row := self._model.row_of(current)) is not None:
            self.selectionModel().setCurrentIndex(
                self._model.index(row, 0), QItemSelectionModel.SelectionFlag.NoUpdate
            )
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if self._is_following:
            self.scrollToBottom()
        else:
            anchor = self._model.row_of(current) if current in numbers else self._model.row_of(top)
            if anchor is not None:
                self.scrollTo(self._model.index(anchor, 0), QAbstractItemView.ScrollHint.PositionAtCenter)

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle the view's own keys; overrides Qt's."""
        key = event.key()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_rows()
        elif key == Qt.Key.Key_Space:
            self.pause_asked.emit()
        elif key == Qt.Key.Key_F and not event.modifiers():
            self.set_following(not self._is_following)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and not event.modifiers():
            self._go_to_end(key == Qt.Key.Key_Home)
        else:
            if key in _UP_KEYS:
                self.set_following(False)
            super().keyPressEvent(event)

    def _go_to_end(self, is_first: bool) -> None:
        count = self._model.rowCount()
        if count:
            self.set_following(not is_first)
            self.selectRow(0 if is_first else count - 1)
            self.scrollTo(self.currentIndex())

    def keyboardSearch(self, search: str) -> None:  # noqa: N802 - Qt's name
        """Do nothing; Qt's would look through every row. `/` goes to the filter."""

    def copy_rows(self) -> int:
        """Put the selected rows on the clipboard as JSON, one a line; return how many."""
        records: list[Record | None] = [
            self._model.record_at(row)
            for number in self.selected_numbers()[:MAX_COPIED_ROWS]
            if (row := self._model.row_of(number)) is not None
        ]
        lines = [record_text.as_json(record) for record in records if record is not None]
        if lines:
            QGuiApplication.clipboard().setText("\n".join(lines))
        return len(lines)


def _selection(model: TrafficModel, rows: list[int]) -> QItemSelection:
    """Return a selection of rows, in as few blocks as there are."""
    selection = QItemSelection()
    last_column = len(Column) - 1
    start = 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or rows[end] != rows[end - 1] + 1:
            top, bottom = model.index(rows[start], 0), model.index(rows[end - 1], last_column)
            selection.select(top, bottom)
            start = end
    return selection

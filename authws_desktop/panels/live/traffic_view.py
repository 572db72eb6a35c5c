"""The traffic table: follows the newest row until the person scrolls up or chooses a row to read."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, QRect, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView

from authws_desktop.panels.kit.column_widths import size_columns, width_of
from authws_desktop.panels.kit.fixed_header import FixedHeader
from authws_desktop.panels.kit.indexes import stretches
from authws_desktop.panels.kit.table import show_whole_rows
from authws_desktop.panels.kit.theme import ROW_HEIGHT, Theme
from authws_desktop.panels.live.path_menu import PathMenu
from authws_desktop.panels.live.row_painter import RowPainter, ShownColumn, ShownRow
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.panels.live.traffic_model import TrafficModel
from authws_desktop.traffic.filter_checks import is_error
from authws_desktop.traffic.record import Record
from authws_desktop.traffic.rows import json_line

SAMPLES: dict[int, str] = {
    TrafficColumn.TIME: "00:00:00.000",
    TrafficColumn.DIFFERENCE: "+999 ms",
    TrafficColumn.DIRECTION: "· event",
    TrafficColumn.WHO: "maria.low #12",
    TrafficColumn.TYPE: "authentication  ",  # and the edges of its chip
    TrafficColumn.TO: "maria.low #12",
    TrafficColumn.SIZE: "999.9 KiB",
    TrafficColumn.NODE: "hub-1-a1b2c3",
}
"""The text by which the first width of each column is measured."""
DISPENSABLE = (TrafficColumn.SIZE, TrafficColumn.DIFFERENCE, TrafficColumn.DIRECTION)
"""Columns that a narrow table hides, in this order, until the content has its share of the width."""
CONTENT_SHARE = 0.4
ROOMY_SAMPLE = "192.168.178.107 #12"
"""The text by which Who and To are measured where the content has its share all the same."""
MAX_COPIED_ROWS = 10_000
_UP_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_Home)


class TrafficView(QTableView):
    """A table of a `TrafficModel`.

    Attributes:
        painter: Paints the rows, in place of Qt's delegates.
        has_own_columns: Whether the person chose the columns; else they follow the width of the table.

    Signals:
        follow_changed: Following began or ended; carries which.
        record_chosen: The person chose another row; carries its `Record`.
        pause_asked: The Space key.
        detail_asked: Return, or Escape: the detail is wanted, or no longer; carries which.
        answers_asked: The E key: the raw answers are wanted, or no longer.
        columns_chosen: The person changed widths, order or choice of columns.
    """

    follow_changed = Signal(bool)
    record_chosen = Signal(object)
    pause_asked = Signal()
    detail_asked = Signal(bool)
    columns_chosen = Signal()
    answers_asked = Signal()

    def __init__(self, model: TrafficModel, theme: Theme) -> None:
        super().__init__()
        self._model = model
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # JSON reads so in every language
        self._is_following = True
        self.has_own_columns = False
        self._is_fitting = False
        self._roomy_px = width_of(ROOMY_SAMPLE, theme.number_font())
        self._usual_px = width_of(SAMPLES[TrafficColumn.WHO], theme.number_font())
        self._chosen_number = 0
        self._kept: tuple[list[int], int, int] = ([], 0, 0)
        # Before the selection model's own handler, which would choose the next row and scroll there.
        model.rowsAboutToBeRemoved.connect(self._on_rows_about_to_be_removed)
        self.setHorizontalHeader(FixedHeader(ROW_HEIGHT, self))
        self.setModel(model)
        self._build(theme)
        self._connect()

    def _build(self, theme: Theme) -> None:
        self.setAccessibleName(self.tr("Traffic"))
        show_whole_rows(self)
        self.painter = RowPainter(self._model, theme, self)
        self.painter.take_font(self.font())
        # The painter fills all of it; else Qt would have each widget below paint its ground first.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._build_header(theme)

    def _build_header(self, theme: Theme) -> None:
        header = self.horizontalHeader()
        header.setMinimumSectionSize(32)
        header.setSectionsMovable(True)
        header.setStretchLastSection(True)
        size_columns(header, SAMPLES, theme.number_font())
        header.hideSection(TrafficColumn.NODE)
        self.column_menu = PathMenu(header, self._model, theme)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)

    def _connect(self) -> None:
        self._model.rowsInserted.connect(self._on_rows_inserted)
        self._model.rowsRemoved.connect(self._on_rows_removed)
        self._model.modelAboutToBeReset.connect(self._on_about_to_reset)
        self._model.modelReset.connect(self._on_reset)
        self.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.verticalScrollBar().actionTriggered.connect(self._on_scrolled)
        # A click on the row that is chosen already changes no selection, but asks for its detail, too.
        self.clicked.connect(lambda _index: self.detail_asked.emit(True))
        header = self.horizontalHeader()
        header.sectionResized.connect(self._on_section_resized)
        header.sectionMoved.connect(self._on_columns_chosen)
        self.column_menu.columns_changed.connect(self._on_columns_chosen)
        self._model.order_changed.connect(self._on_order_changed)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows; overrides Qt's, which asks a delegate for each cell."""
        area = event.rect()
        painter = QPainter(self.viewport())
        self.painter.is_mirrored = self.isRightToLeft()
        self.painter.paint(painter, area, self._shown_rows(area), self._shown_columns(area), ROW_HEIGHT)
        painter.end()

    def _shown_rows(self, area: QRect) -> Iterator[ShownRow]:
        first, last = self.rowAt(area.top()), self.rowAt(area.bottom())
        if first < 0:
            return
        if last < 0:
            last = self._model.rowCount() - 1
        top = self.rowViewportPosition(first)
        chosen = self.selectionModel() if self.selectionModel().hasSelection() else None
        for row in range(first, last + 1):
            yield ShownRow(row, top, chosen is not None and chosen.isRowSelected(row))
            top += ROW_HEIGHT

    def _shown_columns(self, area: QRect) -> Iterator[ShownColumn]:
        for column in range(len(self._model.columns)):
            left, width = self.columnViewportPosition(column), self.columnWidth(column)
            if width and left <= area.right() and left + width > area.left():
                yield ShownColumn(column, left, width)

    def changeEvent(self, event: QEvent) -> None:
        """Take over another font; overrides Qt's."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.painter.take_font(self.font())

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
        self._fit_columns()
        if self._is_following:
            self.scrollToBottom()

    def _fit_columns(self) -> None:
        """Leave out columns until the content has its share, unless the person chose the columns."""
        if self.has_own_columns:
            return
        header, room = self.horizontalHeader(), self.viewport().width()
        self._widen_names(self._usual_px)
        for column in DISPENSABLE:
            header.showSection(column)
        for column in DISPENSABLE:
            others = header.length() - header.sectionSize(TrafficColumn.CONTENT)
            if room - others >= CONTENT_SHARE * room:
                break
            header.hideSection(column)
        others = header.length() - header.sectionSize(TrafficColumn.CONTENT)
        if room - others - 2 * (self._roomy_px - self._usual_px) >= CONTENT_SHARE * room:
            self._widen_names(self._roomy_px)

    def _widen_names(self, width_px: int) -> None:
        self._is_fitting = True  # So it is not taken for the person's choice.
        for column in (TrafficColumn.WHO, TrafficColumn.TO):
            self.horizontalHeader().resizeSection(column, width_px)
        self._is_fitting = False

    @Slot(int, int, int)
    def _on_section_resized(self, column: int, old_px: int, new_px: int) -> None:
        # The content takes what is left: it changes with the window, by nobody's choice. From or to 0 is a
        # column that comes or goes; the header may tell of it after `_fit_columns` is over.
        if column != TrafficColumn.CONTENT and old_px and new_px and not self._is_fitting:
            self._on_columns_chosen()

    @Slot()
    def _on_order_changed(self) -> None:
        header = self.horizontalHeader()
        if self._model.order is None and header.sortIndicatorSection() >= 0:
            header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)

    @Slot()
    def _on_columns_chosen(self) -> None:
        self.has_own_columns = True
        self.columns_chosen.emit()

    @Slot(int)
    def _on_scrolled(self, _action: int) -> None:
        bar = self.verticalScrollBar()
        self.set_following(self._model.order is None and bar.sliderPosition() >= bar.maximum())

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

    def show_chosen(self) -> None:
        """Have the row that is read in view, after the table got less room."""
        if not self._is_following and self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def selected_numbers(self) -> list[int]:
        """Return the record numbers of the selected rows, top to bottom."""
        rows: set[int] = set()
        selection = self.selectionModel().selection()
        for block in (selection.at(index) for index in range(selection.count())):
            rows.update(range(block.top(), block.bottom() + 1))
        return [self._model.number_at(row) for row in sorted(rows)]

    def chosen_pair(self) -> tuple[Record, Record] | None:
        """Return the two selected records, the earlier first; `None` where it is not two."""
        selection = self.selectionModel().selection()
        blocks = [selection.at(index) for index in range(min(selection.count(), 3))]
        rows = {row for block in blocks for row in (block.top(), block.bottom())}
        if len(rows) != 2 or sum(block.height() for block in blocks) != 2:
            return None
        first, last = (self._model.record(each) for each in sorted(map(self._model.number_at, rows)))
        return (first, last) if first is not None and last is not None else None

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
            # Whoever reads a row must not have it run away.
            self.set_following(False)
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
            # Of rows in another order the first ones are of interest, unless one is being read.
            first = self._model.row_of(top) if self._model.order is None else 0
            anchor = self._model.row_of(current) if current in numbers else first
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
        elif key == Qt.Key.Key_E and not event.modifiers():
            self.answers_asked.emit()
        elif key == Qt.Key.Key_M and not event.modifiers():
            self._model.toggle_notes(self.selected_numbers())
        elif key == Qt.Key.Key_F8:
            is_back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.show_next_error(-1 if is_back else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.detail_asked.emit(key != Qt.Key.Key_Escape)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and not event.modifiers():
            self._go_to_end(key == Qt.Key.Key_Home)
        else:
            if key in _UP_KEYS:
                self.set_following(False)
            super().keyPressEvent(event)

    def show_next_error(self, step: int) -> None:
        """Choose the next row about something that went wrong, or the one before.

        Args:
            step: 1 for the next one, -1 for the one before.
        """
        count, current = self._model.rowCount(), self.currentIndex().row()
        first = current + step if current >= 0 else (0 if step > 0 else count - 1)
        for row in range(first, count if step > 0 else -1, step):
            record = self._model.record_at(row)
            if record is not None and is_error(record):
                self.choose_row(row)
                return

    def choose_row(self, row: int) -> None:
        """Select one row and bring it into view."""
        # Not `selectRow`: it extends the selection while Shift is held, as for the error before.
        flags = QItemSelectionModel.SelectionFlag
        index = self._model.index(row, 0)
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.scrollTo(index)

    def _go_to_end(self, is_first: bool) -> None:
        count = self._model.rowCount()
        if count:
            self.selectRow(0 if is_first else count - 1)
            self.scrollTo(self.currentIndex())
            self.set_following(not is_first and self._model.order is None)

    def keyboardSearch(self, search: str) -> None:  # noqa: N802 - Qt's name
        """Do nothing; Qt's would look through every row. `/` goes to the filter."""

    def copy_rows(self) -> int:
        """Put the selected rows on the clipboard as JSON, one a line; return how many."""
        records: list[Record | None] = [
            self._model.record_at(row)
            for number in self.selected_numbers()[:MAX_COPIED_ROWS]
            if (row := self._model.row_of(number)) is not None
        ]
        lines = [json_line(record) for record in records if record is not None]
        if lines:
            QGuiApplication.clipboard().setText("\n".join(lines))
        return len(lines)


def _selection(model: TrafficModel, rows: list[int]) -> QItemSelection:
    """Return a selection of rows, in as few blocks as there are."""
    selection, last_column = QItemSelection(), model.columnCount() - 1
    for first, last in stretches(rows):
        selection.select(model.index(first, 0), model.index(last, last_column))
    return selection

"""Search and sort of a table.

Qt's own proxy asks for two sort keys at each comparison: with 100,000 rows that is some millions of calls
from C++ into Python, in which nothing else runs. Here Python sorts, with one key a row.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractProxyModel,
    QCollator,
    QCollatorSortKey,
    QModelIndex,
    QObject,
    Qt,
)

from authws_desktop.accounts.names import fold
from authws_desktop.panels.kit.indexes import ROOT, Index
from authws_desktop.panels.kit.table_model import TableModel

_COLLATOR = QCollator()
NAMES_KEPT = 200_000
"""Names whose sort keys are cached."""
T = TypeVar("T")


def natural_key(name: str) -> str:
    """Return a key by which `test-2` sorts before `test-10`, whatever their case."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(12), fold(name))


@functools.lru_cache(NAMES_KEPT)
def name_key(name: str) -> QCollatorSortKey:
    """Return a key by which names stand as people of this computer's language expect it."""
    return _COLLATOR.sortKey(natural_key(name))


class TableFilter(QAbstractProxyModel, Generic[T]):
    """Shows the rows in which every word of a search is found, whatever its case and width, in an order.

    Whatever changes, views are told in at most four steps, so that selection and place survive: those that
    leave go to the end, and go; those that come join at the end, and find their place.

    Args:
        model: The rows; until `sort` is called they stand in its order.
        text_of: Returns what a search looks at; all of a row's texts if not given. Asked once for each value
            of a row.
        parent: Qt parent.
    """

    def __init__(
        self,
        model: TableModel[T],
        text_of: Callable[[T], str] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._source = model
        self._text_of = text_of or self._all_texts
        self._words: list[str] = []
        self._texts: dict[Hashable, str] = {}
        self._accepts: Callable[[T], bool] | None = None
        self._sorted_by = -1
        self._is_descending = False
        self._shown: list[int] = []
        self._places: list[int] = []
        self.setSourceModel(model)
        self._connect(model)
        self._arrange()

    def _connect(self, model: TableModel[T]) -> None:
        model.rowsInserted.connect(self._arrange)
        model.rowsAboutToBeRemoved.connect(self._on_about_to_remove)
        model.rowsRemoved.connect(self._on_removed)
        model.dataChanged.connect(self._on_data_changed)
        model.modelAboutToBeReset.connect(self._on_about_to_reset)
        model.modelReset.connect(self._on_reset)

    def search(self, text: str) -> None:
        """Narrow to a search; an empty one shows everything."""
        words = fold(text).split()
        if words != self._words:
            self._words = words
            self._arrange()

    def narrow(self, accepts: Callable[[T], bool] | None) -> None:
        """Show only the rows that a function accepts, of those that the search finds; `None` for all."""
        self._accepts = accepts
        self._arrange()

    # What is shown, and in which order

    def _arrange(self) -> None:
        """Show the rows that search and narrowing leave, in order."""
        self._show(self._wanted())

    def _wanted(self) -> list[int]:
        rows, accepts = self._source.rows(), self._accepts
        found: Sequence[int] = range(len(rows))
        if accepts is not None:
            found = [place for place in found if accepts(rows[place])]
        if self._words:
            found = [place for place in found if self._is_found(rows[place])]
        if self._sorted_by < 0:
            return list(found)
        column = self._source.columns[self._sorted_by]
        key = column.key or column.text
        keys = {place: key(rows[place]) for place in found}
        return sorted(found, key=keys.__getitem__, reverse=self._is_descending)

    def _all_texts(self, row: T) -> str:
        return "\n".join(column.text(row) for column in self._source.columns)

    def _is_found(self, row: T) -> bool:
        key = self._source.key(row)
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = fold(self._text_of(row))
        return all(word in text for word in self._words)

    def _show(self, wanted: list[int]) -> None:
        stays = set(wanted)
        staying = [place for place in self._shown if place in stays]
        leaving = [place for place in self._shown if place not in stays]
        if leaving:
            self._permute(staying + leaving)
            self.beginRemoveRows(ROOT, len(staying), len(self._shown) - 1)
            self._set_shown(staying)
            self.endRemoveRows()
        known = set(staying)
        coming = [place for place in wanted if place not in known]
        if coming:
            self.beginInsertRows(ROOT, len(staying), len(wanted) - 1)
            self._set_shown(staying + coming)
            self.endInsertRows()
        self._permute(wanted)

    def _permute(self, order: list[int]) -> None:
        if order == self._shown:
            return
        self.layoutAboutToBeChanged.emit()
        # Qt keeps selection and current row as persistent indexes: moved by hand, they stay on their rows.
        held, before = self.persistentIndexList(), self._shown
        self._set_shown(order)
        moved = [self.index(self._places[before[each.row()]], each.column()) for each in held]
        self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()

    def _set_shown(self, shown: list[int]) -> None:
        self._shown = shown
        self._places = [-1] * len(self._source.rows())
        for row, place in enumerate(shown):
            self._places[place] = row

    # What the rows announce

    def _on_about_to_remove(self, _parent: QModelIndex, first: int, last: int) -> None:
        # Before the model drops them: views may still ask for the rows that leave.
        self._show([place for place in self._shown if not first <= place <= last])
        self._forget(first, last)

    def _on_removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        gone = last - first + 1
        self._set_shown([place - gone if place > last else place for place in self._shown])

    def _forget(self, first: int, last: int) -> None:
        """Forget what is searched in rows that change or go."""
        for row in self._source.rows()[first : last + 1]:
            self._texts.pop(self._source.key(row), None)

    def _on_data_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        self._forget(first.row(), last.row())
        self._arrange()
        changed = [row for place in range(first.row(), last.row() + 1) if (row := self._places[place]) >= 0]
        if changed:
            # Apart in this order, they make one range: views paint what is in sight only.
            top, bottom = self.index(min(changed), first.column()), self.index(max(changed), last.column())
            self.dataChanged.emit(top, bottom)

    def _on_about_to_reset(self) -> None:
        self.beginResetModel()

    def _on_reset(self) -> None:
        self._texts.clear()
        self._set_shown(self._wanted())
        self.endResetModel()

    # Qt

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 is the order of the model. Overrides Qt's."""
        self._sorted_by = column if column < len(self._source.columns) else -1
        self._is_descending = order == Qt.SortOrder.DescendingOrder
        self._arrange()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return how many rows are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return self._source.columnCount(parent)

    def index(self, row: int, column: int, parent: Index = ROOT) -> QModelIndex:
        """Return the index of a cell."""
        return self.createIndex(row, column) if self.hasIndex(row, column, parent) else QModelIndex()

    def parent(self, _child: Index = ROOT) -> QModelIndex:  # type: ignore[override]
        """Return no parent: the table is flat."""
        return QModelIndex()

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Return a column's title."""
        return self._source.headerData(section, orientation, role)

    def mapToSource(self, proxy_index: Index) -> QModelIndex:
        """Return the cell of the model that a cell shows."""
        if not proxy_index.isValid() or proxy_index.row() >= len(self._shown):
            return QModelIndex()
        return self._source.index(self._shown[proxy_index.row()], proxy_index.column())

    def mapFromSource(self, source_index: Index) -> QModelIndex:
        """Return where a cell of the model is shown; invalid if it is not."""
        if not source_index.isValid() or source_index.row() >= len(self._places):
            return QModelIndex()
        return self.index(self._places[source_index.row()], source_index.column())

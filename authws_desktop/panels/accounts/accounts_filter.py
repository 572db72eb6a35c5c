"""Search and sort of the accounts table.

Qt's own proxy asks for two sort keys at each comparison: with 100,000 accounts that is some millions of
calls from C++ into Python, in which nothing else runs. Here Python sorts, with one key a row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractProxyModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from authws_desktop.accounts.names import fold
from authws_desktop.accounts.records import Role
from authws_desktop.panels.accounts.accounts_model import (
    SORT_KEYS,
    AccountColumn,
    AccountRow,
    AccountsModel,
    name_key,
)

_ROOT = QModelIndex()
_KIND_COLUMNS = (AccountColumn.ROLE, AccountColumn.STATUS)
_KEYS: dict[int, Callable[[AccountRow], Any]] = {
    **SORT_KEYS,
    AccountColumn.NAME: lambda row: name_key(row.account.username),
}
Index = QModelIndex | QPersistentModelIndex


class AccountsFilter(QAbstractProxyModel):
    """Shows the accounts in which every word of the search is found: in name, role or status.

    Whatever changes, views are told in at most four steps, so that selection and place survive: those that
    leave go to the end, and go; those that come join at the end, and find their place.
    """

    def __init__(self, model: AccountsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._accounts = model
        self._words: list[str] = []
        self._texts: dict[str, str] = {}
        self._kinds: dict[tuple[Role, bool], str] = {}
        self._sorted_by: int = AccountColumn.NAME
        self._is_descending = False
        self._shown: list[int] = []
        self._places: list[int] = []
        self.setSourceModel(model)
        self._connect(model)
        self._arrange()

    def _connect(self, model: AccountsModel) -> None:
        model.rowsInserted.connect(self._arrange)
        model.rowsAboutToBeRemoved.connect(self._on_about_to_remove)
        model.rowsRemoved.connect(self._on_removed)
        model.dataChanged.connect(self._on_data_changed)

    def search(self, text: str) -> None:
        """Narrow to a search; an empty one shows everybody."""
        words = fold(text).split()
        if words != self._words:
            self._words = words
            self._arrange()

    # What is shown, and in which order

    def _arrange(self) -> None:
        """Show what is to be shown now."""
        self._show(self._wanted())

    def _wanted(self) -> list[int]:
        rows, key = self._accounts.rows(), _KEYS[self._sorted_by]
        found: Sequence[int] = range(len(rows))
        if self._words:
            found = [place for place in found if self._is_found(rows[place])]
        keys = {place: key(rows[place]) for place in found}
        return sorted(found, key=keys.__getitem__, reverse=self._is_descending)

    def _is_found(self, row: AccountRow) -> bool:
        account = row.account
        text = self._texts.get(account.id)
        if text is None:
            text = f"{fold(account.username)}\n{self._words_of(row)}"
            self._texts[account.id] = text
        return all(word in text for word in self._words)

    def _words_of(self, row: AccountRow) -> str:
        """Return role and status as a search looks at them; there are few."""
        key = (row.account.role, row.account.is_disabled)
        if key not in self._kinds:
            words = (self._accounts.text_of(row, column) for column in _KIND_COLUMNS)
            self._kinds[key] = fold("\n".join(words))
        return self._kinds[key]

    def _show(self, wanted: list[int]) -> None:
        stays = set(wanted)
        staying = [place for place in self._shown if place in stays]
        leaving = [place for place in self._shown if place not in stays]
        if leaving:
            self._permute(staying + leaving)
            self.beginRemoveRows(_ROOT, len(staying), len(self._shown) - 1)
            self._set_shown(staying)
            self.endRemoveRows()
        known = set(staying)
        coming = [place for place in wanted if place not in known]
        if coming:
            self.beginInsertRows(_ROOT, len(staying), len(wanted) - 1)
            self._set_shown(staying + coming)
            self.endInsertRows()
        self._permute(wanted)

    def _permute(self, order: list[int]) -> None:
        if order == self._shown:
            return
        self.layoutAboutToBeChanged.emit()
        held, before = self.persistentIndexList(), self._shown
        self._set_shown(order)
        moved = [self.index(self._places[before[each.row()]], each.column()) for each in held]
        self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()

    def _set_shown(self, shown: list[int]) -> None:
        self._shown = shown
        self._places = [-1] * len(self._accounts.rows())
        for row, place in enumerate(shown):
            self._places[place] = row

    # What the accounts announce

    def _on_about_to_remove(self, _parent: QModelIndex, first: int, last: int) -> None:
        self._show([place for place in self._shown if not first <= place <= last])
        self._forget(first, last)

    def _on_removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        gone = last - first + 1
        self._set_shown([place - gone if place > last else place for place in self._shown])

    def _forget(self, first: int, last: int) -> None:
        """Forget what is searched in rows that change or go."""
        for row in self._accounts.rows()[first : last + 1]:
            self._texts.pop(row.account.id, None)

    def _on_data_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        self._forget(first.row(), last.row())
        self._arrange()
        changed = [row for place in range(first.row(), last.row() + 1) if (row := self._places[place]) >= 0]
        if changed:
            # Apart in this order, they make one range: views paint what is in sight only.
            top, bottom = self.index(min(changed), first.column()), self.index(max(changed), last.column())
            self.dataChanged.emit(top, bottom)

    # Qt

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 is by name. Overrides Qt's."""
        self._sorted_by = column if column in _KEYS else AccountColumn.NAME
        self._is_descending = order == Qt.SortOrder.DescendingOrder
        self._arrange()

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return how many accounts are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Return the number of columns."""
        return self._accounts.columnCount(parent)

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        """Return the index of a cell."""
        return self.createIndex(row, column) if self.hasIndex(row, column, parent) else QModelIndex()

    def parent(self, _child: Index = _ROOT) -> QModelIndex:  # type: ignore[override]
        """Return no parent: the table is flat."""
        return QModelIndex()

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Return a column's title."""
        return self._accounts.headerData(section, orientation, role)

    def mapToSource(self, proxy_index: Index) -> QModelIndex:
        """Return the cell of the accounts that a cell shows."""
        if not proxy_index.isValid() or proxy_index.row() >= len(self._shown):
            return QModelIndex()
        return self._accounts.index(self._shown[proxy_index.row()], proxy_index.column())

    def mapFromSource(self, source_index: Index) -> QModelIndex:
        """Return where a cell of the accounts is shown; invalid if it is not."""
        if not source_index.isValid() or source_index.row() >= len(self._places):
            return QModelIndex()
        return self.index(self._places[source_index.row()], source_index.column())

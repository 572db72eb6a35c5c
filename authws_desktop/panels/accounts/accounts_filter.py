"""Search and sort of the accounts table."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel

from authws_desktop.accounts.names import fold
from authws_desktop.panels.accounts.accounts_model import SORT_ROLE, AccountColumn, AccountsModel

_SEARCHED = (AccountColumn.NAME, AccountColumn.ROLE, AccountColumn.STATUS)


class AccountsFilter(QSortFilterProxyModel):
    """Shows the accounts in which every word of the search is found: in name, role or status."""

    def __init__(self, model: AccountsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._accounts = model
        self._words: list[str] = []
        self.setSortRole(SORT_ROLE)
        self.setSortLocaleAware(True)
        self.setSourceModel(model)

    def search(self, text: str) -> None:
        """Narrow to a search; an empty one shows everybody."""
        words = fold(text).split()
        if words != self._words:
            self._words = words
            # Only to have every row judged anew: the call for that is deprecated in new versions of Qt,
            # and its successor unknown to older ones.
            self.setFilterFixedString(text)

    def filterAcceptsRow(self, source_row: int, source_parent: QModelIndex | QPersistentModelIndex) -> bool:
        """Tell whether a row matches."""
        if not self._words:
            return True
        row = self._accounts.rows()[source_row]
        text = "\n".join(fold(self._accounts.text_of(row, column)) for column in _SEARCHED)
        return all(word in text for word in self._words)

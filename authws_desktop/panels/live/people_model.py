"""Users or connections to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from authws_desktop.panels.kit.escape import as_tip

KEY_ROLE = Qt.ItemDataRole.UserRole


class PeopleModel(QStandardItemModel):
    """Names with a check mark each; who is checked stays so while others come and go."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown: list[tuple[str, str]] = []

    def show_people(self, people: Sequence[tuple[str, str]]) -> None:
        """Show these: key and name. Who left goes, who came is added at the end."""
        if list(people) == self._shown:
            return
        present = dict(people)
        for row in reversed(range(self.rowCount())):
            key = self.item(row).data(KEY_ROLE)
            if key in present:
                self.item(row).setText(present.pop(key))
            else:
                self.removeRow(row)
        for key, name in present.items():
            item = QStandardItem(name)
            item.setToolTip(as_tip(name))
            item.setData(key, KEY_ROLE)
            item.setFlags(
                Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
            )
            item.setCheckState(Qt.CheckState.Unchecked)
            self.appendRow(item)
        self._shown = list(people)

    def check(self, keys: Iterable[str]) -> None:
        """Check exactly these."""
        wanted = set(keys)
        for row in range(self.rowCount()):
            is_on = self.item(row).data(KEY_ROLE) in wanted
            self.item(row).setCheckState(Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked)

    def checked(self) -> list[str]:
        """Return the keys of those that are checked."""
        items = (self.item(row) for row in range(self.rowCount()))
        return [item.data(KEY_ROLE) for item in items if item.checkState() is Qt.CheckState.Checked]

"""The menu of a header: which columns are shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHeaderView, QMenu


class ColumnMenu(QObject):
    """Lets the person choose columns by the header's context menu; one column always stays.

    Signals:
        columns_changed: A column was shown or hidden.

    Args:
        header: The header; it owns this.
        fixed: The column that stays.
    """

    columns_changed = Signal()

    def __init__(self, header: QHeaderView, fixed: int) -> None:
        super().__init__(header)
        self._header = header
        self._fixed = fixed
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._on_asked)

    def make_menu(self) -> QMenu:
        """Return a menu with a tick for each column; the caller shows it."""
        menu = QMenu(self._header)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        model = self._header.model()
        for column in range(self._header.count()):
            title = model.headerData(column, Qt.Orientation.Horizontal)
            action = QAction(
                str(title), menu, checkable=True, checked=not self._header.isSectionHidden(column)
            )
            action.setEnabled(column != self._fixed)
            action.toggled.connect(lambda is_shown, column=column: self.show_column(column, is_shown))
            menu.addAction(action)
        return menu

    def show_column(self, column: int, is_shown: bool) -> None:
        """Show or hide a column."""
        self._header.setSectionHidden(column, not is_shown)
        self.columns_changed.emit()

    @Slot(QPoint)
    def _on_asked(self, position: QPoint) -> None:
        self.make_menu().popup(self._header.mapToGlobal(position))

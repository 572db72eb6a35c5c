"""The menu of the traffic's header: which columns are shown, and which paths into the JSON are columns."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QHeaderView, QLineEdit, QMenu, QWidget

from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.column_menu import ColumnMenu
from authws_desktop.panels.kit.form_dialog import FormDialog
from authws_desktop.panels.kit.form_field import FormField
from authws_desktop.panels.kit.theme import GRID, Theme
from authws_desktop.panels.live.traffic_cells import TrafficCells
from authws_desktop.panels.live.traffic_columns import (
    MOST_PATH_CHARS,
    MOST_PATHS,
    TrafficColumn,
)

PATH_PX = 14 * GRID


class PathDialog(FormDialog):
    """Asks for a path.

    Attributes:
        field: What is typed.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent.tr("Add a column"), parent.tr("Add"), None, parent)
        line = QLineEdit(self, placeholderText="content.text")
        line.setMaxLength(MOST_PATH_CHARS)
        hint = self.tr("The keys on the way to a value, as in the filter; a number is a place in a list.")
        field = FormField(theme, self.tr("Path"), line, hint, self._problem)
        self.field = self.add_field("path", field)
        line.setFocus()
        self.update_controls()

    def _problem(self, text: str) -> str:
        if not text.strip():
            return self.tr("Write the keys on the way, such as content.text.")
        return "" if all(text.strip().split(".")) else self.tr("A key is missing beside a dot.")


class PathMenu(ColumnMenu):
    """Columns can be added; a path that is unticked is gone.

    Args:
        header: Of the traffic's table; it owns this.
        model: Its columns.
        theme: Of the dialog.
    """

    def __init__(self, header: QHeaderView, model: TrafficCells, theme: Theme) -> None:
        super().__init__(header, TrafficColumn.CONTENT)
        self._model = model
        self._theme = theme

    def make_menu(self) -> QMenu:
        """Return the menu with its way to another column; the caller shows it."""
        menu = super().make_menu()
        menu.addSeparator()
        add = menu.addAction(self.tr("Add column…"))
        add.setEnabled(len(self._model.columns.paths) < MOST_PATHS)
        add.triggered.connect(self.ask_path)
        return menu

    @async_slot
    async def ask_path(self) -> None:
        """Ask for a path, and make it a column."""
        dialog = PathDialog(self._theme, self._header.window())
        if await dialog.run():
            self.add_path(dialog.field.line.text().strip())

    def add_path(self, path: str) -> None:
        """Make a path a column, in front of the content."""
        if path in self._model.columns.paths:
            return
        header = self._header
        with QSignalBlocker(header):  # the person chose one column, not each of these steps
            column = self._model.add_path(path)
            header.resizeSection(column, PATH_PX)
            header.moveSection(header.visualIndex(column), header.visualIndex(TrafficColumn.CONTENT))
        self.columns_changed.emit()

    def show_error(self, text: str) -> None:
        """Nothing can go wrong with a path; see `async_slot`."""

    def show_column(self, column: int, is_shown: bool) -> None:
        """Show or hide a column; one of a path is taken away. Overrides the kit's."""
        if column < len(TrafficColumn):
            super().show_column(column, is_shown)
            return
        self._model.remove_path(column)
        self.columns_changed.emit()

"""The lines of a list as they were understood, each with what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from authws_desktop.accounts.bulk import ImportPreview, ImportRow
from authws_desktop.panels.accounts.column_model import Column, ColumnModel
from authws_desktop.panels.accounts.reach import account_count
from authws_desktop.panels.accounts.table_view import RowsTable
from authws_desktop.panels.chips import Chip, ChipDelegate, ChipShape
from authws_desktop.panels.live.escape import visible
from authws_desktop.panels.theme import Theme
from authws_desktop.panels.wording import counted, grouped

LINE, NAME, PASSWORD, ROLE, STATE, PROBLEM = range(6)
_WIDTHS = {LINE: 64, NAME: 144, PASSWORD: 88, ROLE: 72, STATE: 80}


def _tr(text: str) -> str:
    return QCoreApplication.translate("import", text)


class ImportPreviewTable(QWidget):
    """A table of lines; passwords are not shown.

    Attributes:
        model: The lines.
        table: Shows them in their order.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.model = ColumnModel[ImportRow](_columns(), lambda row: row.line, self)
        self.table = RowsTable(theme, self.model, _WIDTHS, PROBLEM, self)
        self.table.setSortingEnabled(False)
        self.table.setAccessibleName(self.tr("Lines of the list"))
        self.table.setItemDelegateForColumn(STATE, ChipDelegate(theme, self.table))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)

    def show_rows(self, rows: Sequence[ImportRow]) -> None:
        """Show other lines."""
        self.model.replace_rows(rows)
        self.table.scrollToTop()


def _columns() -> list[Column[ImportRow]]:
    good, bad = Chip(_tr("good"), "good", ChipShape.PILL), Chip(_tr("left out"), "bad", ChipShape.CUT)
    return [
        Column(_tr("Line"), lambda row: grouped(row.line), is_number=True),
        Column(_tr("Name"), lambda row: visible(row.username), tip=lambda row: visible(row.username)),
        Column(_tr("Password"), lambda row: _tr("generated") if row.is_generated else _tr("given")),
        Column(_tr("Role"), lambda row: visible(row.role)),
        Column(
            _tr("State"),
            lambda row: good.text if row.is_good else bad.text,
            chip=lambda row: good if row.is_good else bad,
        ),
        Column(_tr("Why"), lambda row: _why(row), tip=lambda row: _why(row)),
    ]


def _why(row: ImportRow) -> str:
    return visible(" ".join(row.problems))


def preview_words(preview: ImportPreview) -> str:
    """Return what Create will do, in one sentence."""
    good, bad = len(preview.good), len(preview.bad)
    if not good:
        return _tr("No line can be used.")
    words = _tr("{} will be made.").format(account_count(good))
    if bad:
        lines = counted(bad, _tr("line has a problem and is"), _tr("lines have a problem and are"))
        words += " " + _tr("{} left out.").format(lines)
    return words

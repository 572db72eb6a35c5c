"""The lines of a list as they were understood, each with what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from authws_desktop.accounts.bulk import ImportPreview, ImportRow
from authws_desktop.panels.kit.chips import Chip, ChipShape
from authws_desktop.panels.kit.columns import chip_column, text_column
from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import counted, grouped

LINE, NAME, PASSWORD, ROLE, STATE, PROBLEM = range(6)


class ImportPreviewTable(Table[ImportRow]):
    """The lines in their order; passwords are not shown."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, tr("Lines of the list"), _columns(), lambda row: row.line, parent)

    def show_rows(self, rows: Sequence[ImportRow]) -> None:
        """Show other lines, however many, from the first one on."""
        self.source.replace_rows(rows)
        self.scrollToTop()


def _columns() -> list[Column[ImportRow]]:
    good, bad = Chip(tr("good"), "good", ChipShape.PILL), Chip(tr("left out"), "bad", ChipShape.CUT)
    return [
        Column(tr("Line"), lambda row: grouped(row.line), is_number=True, width_px=64),
        text_column(tr("Name"), lambda row: row.username, 144),
        Column(tr("Password"), _password_words, width_px=88),
        Column(tr("Role"), lambda row: visible(row.role), width_px=72),
        chip_column(tr("State"), lambda row: good if row.is_good else bad, 80),
        Column(tr("Why"), _why, tip=_why),
    ]


def _password_words(row: ImportRow) -> str:
    if row.password_hash:
        return tr("kept")
    return tr("generated") if row.is_generated else tr("given")


def _why(row: ImportRow) -> str:
    return visible(" ".join(row.problems))


def preview_words(preview: ImportPreview) -> str:
    """Return what Create will do, in one sentence."""
    good, bad = len(preview.good), len(preview.bad)
    if not good:
        return tr("No line can be used.")
    words = counted(good, "%n account will be made.", "%n accounts will be made.")
    if bad:
        one = "%n line has a problem and is left out."
        words += " " + counted(bad, one, "%n lines have a problem and are left out.")
    return words

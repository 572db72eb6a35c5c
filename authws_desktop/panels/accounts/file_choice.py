"""Asking for a file without stopping the server: Qt's dialog, awaited."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from authws_desktop.panels.confirm import finished


async def choose_file_to_save(parent: QWidget, title: str, name_filter: str, name: str) -> Path | None:
    """Ask where to save; `None` if the person thought better of it.

    Args:
        parent: What asks.
        title: The dialog's title.
        name_filter: As Qt writes it, such as `CSV files (*.csv)`.
        name: The name proposed; its ending is the default.
    """
    dialog = QFileDialog(parent, title)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(name.rpartition(".")[2])
    return await _ask(dialog, name_filter, name)


async def choose_file_to_open(parent: QWidget, title: str, name_filter: str) -> Path | None:
    """Ask for a file that exists; `None` if the person thought better of it."""
    dialog = QFileDialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    return await _ask(dialog, name_filter, "")


async def _ask(dialog: QFileDialog, name_filter: str, name: str) -> Path | None:
    dialog.setNameFilter(name_filter)
    if name:
        dialog.selectFile(name)
    chosen: list[str] = []
    dialog.fileSelected.connect(chosen.append)
    is_accepted = await finished(dialog) == QDialog.DialogCode.Accepted
    return Path(chosen[0]) if is_accepted and chosen else None

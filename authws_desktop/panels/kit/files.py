"""Asking for a file without stopping the server, and writing one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from authws_desktop.files import write_atomically
from authws_desktop.panels.kit.dialog import finished
from authws_desktop.panels.kit.language import tr


async def choose_file_to_save(
    parent: QWidget, title: str, name_filters: Sequence[str], name: str
) -> Path | None:
    """Ask where to save; `None` if the person thought better of it.

    Args:
        parent: What asks.
        title: The dialog's title.
        name_filters: The kinds of files, as Qt writes them, such as `CSV files (*.csv)`; the chosen one's
            ending is added to a name without one.
        name: The name proposed.
    """
    dialog = QFileDialog(parent, title)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(name_filters)
    dialog.setDefaultSuffix(name.rpartition(".")[2])
    # Qt keeps the first suffix when another kind is chosen: a CSV would be saved under the other name.
    dialog.filterSelected.connect(
        lambda chosen: dialog.setDefaultSuffix(chosen.rpartition("*.")[2].rstrip(")"))
    )
    dialog.selectFile(name)
    return await _ask(dialog)


async def choose_file_to_open(parent: QWidget, title: str, name_filter: str) -> Path | None:
    """Ask for a file that exists; `None` if the person thought better of it."""
    dialog = QFileDialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(name_filter)
    return await _ask(dialog)


async def _ask(dialog: QFileDialog) -> Path | None:
    chosen: list[str] = []
    dialog.fileSelected.connect(chosen.append)
    is_accepted = await finished(dialog) == QDialog.DialogCode.Accepted
    return Path(chosen[0]) if is_accepted and chosen else None


async def write_or_say(file: Path, content: bytes, show_error: Callable[[str], object]) -> bool:
    """Write a file whole, in a thread; where that fails, say why and return `False`.

    Args:
        file: Where; only this user may read it.
        content: What.
        show_error: Gets a sentence for the person.
    """
    try:
        await asyncio.to_thread(write_atomically, file, content)
    except OSError as error:
        text = tr("{file} cannot be written ({reason}). Choose another folder.")
        show_error(text.format(file=file.name, reason=error.strerror))
        return False
    return True

"""What the window remembers, in a file of its own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication, QHeaderView, QSplitter, QTableView, QWidget

from authws_desktop.panels.kit.table_model import Column, TableModel
from authws_desktop.panels.kit.window_state import WindowState


def test_values_survive_a_restart(tmp_path: Path, app: QApplication) -> None:
    """Text and number come back from the file, in their kinds."""
    first = WindowState(tmp_path / "window.ini")
    first.set_text("page", "log, and more")
    first.set_number("life", 3600)
    first.flush()
    second = WindowState(tmp_path / "window.ini")
    assert second.text("page") == "log, and more"
    assert second.number("life") == 3600


def test_defaults_and_nonsense(tmp_path: Path, app: QApplication) -> None:
    """What was never remembered, or is of another kind, gives the default."""
    state = WindowState(tmp_path / "window.ini")
    assert state.text("page", "live") == "live"
    state.set_text("life", "many")
    assert state.number("life", 60) == 60
    assert not state.restore_geometry("window", QWidget())


def test_header_and_splitter_survive(tmp_path: Path, app: QApplication) -> None:
    """Widths of columns and parts come back."""
    state = WindowState(tmp_path / "window.ini")
    table, splitter = _table(), _splitter()
    table.horizontalHeader().resizeSection(1, 77)
    splitter.setSizes([100, 300])
    state.save_header("log", table.horizontalHeader())
    state.save_splitter("log", splitter)
    state.flush()
    state = WindowState(tmp_path / "window.ini")
    other_table, other_splitter = _table(), _splitter()
    assert state.restore_header("log", other_table.horizontalHeader())
    assert other_table.horizontalHeader().sectionSize(1) == 77
    assert state.restore_splitter("log", other_splitter)
    assert other_splitter.sizes() == splitter.sizes()


def test_broken_file_is_no_error(tmp_path: Path, app: QApplication) -> None:
    """A file of nonsense costs the remembered state, not the window."""
    (tmp_path / "window.ini").write_bytes(b"\xff\xfe[[[ nonsense = \x00")
    assert WindowState(tmp_path / "window.ini").text("page", "live") == "live"


def _table() -> QTableView:
    table = QTableView()
    table.setModel(TableModel([Column(title, str) for title in ("a", "b", "c")], str, table))
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    return table


def _splitter() -> QSplitter:
    splitter = QSplitter()
    splitter.resize(400, 100)
    splitter.addWidget(QWidget())
    splitter.addWidget(QWidget())
    return splitter

"""Boxes of widgets one below or beside the other."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

Box = TypeVar("Box", bound=QBoxLayout)
Margins = tuple[int, int, int, int]
"""Left, top, right and bottom, pixels."""
NO_MARGINS: Margins = (0, 0, 0, 0)


def vertical_box(
    parent: QWidget | None = None, *, margins: Margins | None = None, spacing: int | None = None
) -> QVBoxLayout:
    """Return a layout of widgets one below the other.

    Args:
        parent: What it lays out; a layout that goes into another one has none.
        margins: Around it; those of the style if omitted.
        spacing: Between two widgets, pixels; that of the style if omitted.
    """
    return _spaced(QVBoxLayout() if parent is None else QVBoxLayout(parent), margins, spacing)


def horizontal_box(
    parent: QWidget | None = None, *, margins: Margins | None = None, spacing: int | None = None
) -> QHBoxLayout:
    """Return a layout of widgets beside each other; see `vertical_box`."""
    return _spaced(QHBoxLayout() if parent is None else QHBoxLayout(parent), margins, spacing)


def _spaced(box: Box, margins: Margins | None, spacing: int | None) -> Box:
    if margins is not None:
        box.setContentsMargins(*margins)
    if spacing is not None:
        box.setSpacing(spacing)
    return box

"""Pictures of what is drawn, for people to look at."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget

OUT = Path(__file__).parents[1] / "screenshots" / "out"
ROUNDS = 3
"""A layout that is done may have asked for its parent's."""


def shoot(widget: QWidget, name: str) -> None:
    """Keep a picture in `OUT`; it must show something."""
    # A label whose text has just changed gets its new width only when the layout has its turn.
    for _ in range(ROUNDS):
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    OUT.mkdir(parents=True, exist_ok=True)
    image = widget.grab().toImage()
    assert image.save(str(OUT / f"{name}.png"))
    colours = {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
    assert len(colours) > 3, f"{name} is empty"

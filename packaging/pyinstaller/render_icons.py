"""Draws an SVG in several sizes with Qt: `render_icons.py SVG FOLDER SIZE…`, files are FOLDER/SIZE.png."""

import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer


def render(renderer: QSvgRenderer, size: int, file: Path) -> bool:
    """Draw into a square picture with a clear ground and save it."""
    picture = QImage(size, size, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter)
    painter.end()
    return picture.save(str(file))


if __name__ == "__main__":
    source, folder, *sizes = sys.argv[1:]
    loaded = QSvgRenderer(source)
    saved = [render(loaded, int(size), Path(folder) / f"{size}.png") for size in sizes]
    sys.exit(0 if loaded.isValid() and all(saved) else 1)

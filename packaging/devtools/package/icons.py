"""The icon in every size and container, from the one SVG."""

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from devtools.package.places import NAME, Places
from devtools.processes import DevError

SIZES_PX = (16, 20, 22, 24, 32, 40, 48, 64, 96, 128, 256, 512, 1024)
LINUX_SIZES_PX = (16, 22, 24, 32, 48, 64, 96, 128, 256, 512)
ICO_SIZES_PX = (16, 20, 24, 32, 40, 48, 64, 256)


def render_icons(places: Places) -> None:
    """Render PNGs with Qt, as the window draws the icon, and put them into .ico and .icns."""
    renderer = QSvgRenderer(str(places.root / "resources" / "icons" / f"{NAME}.svg"))
    places.icons.mkdir(parents=True, exist_ok=True)
    for size in SIZES_PX:
        picture = QImage(size, size, QImage.Format.Format_ARGB32)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        renderer.render(painter)
        painter.end()
        if not renderer.isValid() or not picture.save(str(places.icons / f"{size}.png")):
            raise DevError("The icons could not be rendered.")
    # Each size as it was drawn: scaled down from the largest, the small ones would be blurred.
    pictures = []
    for size in SIZES_PX:
        with Image.open(places.icons / f"{size}.png") as file:
            pictures.append(file.copy())
    largest, icon = pictures[-1], places.icons / NAME
    sides = [(size, size) for size in ICO_SIZES_PX]
    largest.save(icon.with_suffix(".ico"), sizes=sides, append_images=pictures)
    largest.save(icon.with_suffix(".icns"), append_images=pictures)

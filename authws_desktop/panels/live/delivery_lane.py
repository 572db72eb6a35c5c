"""What became of a message at each of its receivers, as a lane of small marks under the recipients.

A mark is higher the more it matters, so that the lane can be read without its colours: what was written is a
low dash, what waits a hollow box, what is lost the highest. Those that matter come first.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from authws_desktop.panels.live.record_text import DeliveryCounts

LANE_PX = 5
"""Height of the lane, and of its highest mark."""
PITCH_PX = 6
"""Distance of two marks where there is room for it; at least half of it."""
_GAP_PX = 1
_HEIGHTS = {"lost": LANE_PX, "waiting": 4, "late": 3, "written": 2}
_INKS = {"lost": "bad", "waiting": "warn", "late": "warn", "written": "muted"}


def lane_widths(counts: DeliveryCounts, room_px: int) -> list[tuple[str, int, int]]:
    """Return the marks of a lane: the fate, where it begins and how wide it is, pixels.

    Where there is no room for a mark each, a fate is one long mark, as wide as its share but never too small.
    """
    receivers, least = sum(counts), PITCH_PX // 2
    marks, left = [], 0
    if receivers * least <= room_px:
        pitch = min(PITCH_PX, room_px // max(1, receivers))
        for fate, count in counts._asdict().items():
            for _ in range(count):
                marks.append((fate, left, pitch - _GAP_PX))
                left += pitch
        return marks
    widths = {
        fate: max(least, room_px * count // receivers) for fate, count in counts._asdict().items() if count
    }
    widest = max(widths, key=widths.__getitem__)
    widths[widest] -= max(0, sum(widths.values()) - room_px)
    for fate, width in widths.items():
        marks.append((fate, left, width - _GAP_PX))
        left += width
    return marks


def paint_lane(
    counts: DeliveryCounts, width: int, ratio: float, colours: dict[str, QColor], ink: str | None
) -> QPixmap:
    """Return a picture of a lane on nothing.

    Args:
        counts: What it shows.
        width: Room for it, pixels.
        ratio: Pixels of the screen to one of the window.
        colours: By their role.
        ink: The role of all marks, on a ground that the others do not stand out from; `None` for their own.
    """
    pixmap = QPixmap(round(width * ratio), round(LANE_PX * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    for fate, left, mark_width in lane_widths(counts, width):
        colour, height = colours[ink or _INKS[fate]], _HEIGHTS[fate]
        top = LANE_PX - height
        if fate == "waiting" and mark_width > 2:
            painter.setPen(colour)
            painter.drawRect(left, top, mark_width - 1, height - 1)
        else:
            painter.fillRect(left, top, mark_width, height, colour)
    painter.end()
    return pixmap

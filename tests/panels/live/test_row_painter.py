"""The rows of the traffic as they are painted: what is seen, and how little is done for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.theme import ROW_HEIGHT, Theme
from authws_desktop.panels.live import row_painter
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.row_painter import STRIPE_PX, TEXT_MARGIN_PX
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.panels.live.traffic_model import TrafficModel
from authws_desktop.panels.live.traffic_view import TrafficView
from authws_desktop.traffic.filter import TrafficFilter
from authws_desktop.traffic.record import Identity
from authws_desktop.traffic.ring import TrafficRing
from tests.panels.live.support import PlainService, fill

ROOT = Path(__file__).parents[3]
LONG = b'{"type":"message","content":"%s"}'


@pytest.fixture
def ring() -> TrafficRing:
    """An empty ring."""
    return TrafficRing(5000)


@pytest.fixture
def view(ring: TrafficRing, theme: Theme, qtbot: QtBot) -> TrafficView:
    """Its table, shown: thirteen rows are in view, and a part of one more."""
    made = TrafficView(TrafficModel(ring), theme)
    qtbot.addWidget(made)
    made.resize(900, 14 * ROW_HEIGHT + 30)
    made.show()
    return made


def model_of(view: TrafficView) -> TrafficModel:
    """Return the model of a view."""
    model = view.model()
    assert isinstance(model, TrafficModel)
    return model


def paint(view: TrafficView) -> QImage:
    """Take in what is new, and return what is seen of the rows."""
    model_of(view).refresh()
    QApplication.processEvents()
    return view.viewport().grab().toImage()


def colours(view: TrafficView, row: int, column: TrafficColumn) -> set[str]:
    """Return the colours of a cell."""
    rect: QRect = view.visualRect(model_of(view).index(row, column)).intersected(view.viewport().rect())
    image = view.viewport().grab(rect).toImage()
    return {QColor(image.pixel(x, y)).name() for x in range(image.width()) for y in range(image.height())}


def test_only_what_is_in_view_is_painted(ring: TrafficRing, view: TrafficView) -> None:
    """Whether ten rows come or five thousand, no more are painted than there is room for."""
    fill(ring, 2000)
    paint(view)
    for count in (10, 5000):
        before = view.painter.painted_rows
        fill(ring, count)
        model_of(view).refresh()
        QApplication.processEvents()
        assert 0 < view.painter.painted_rows - before <= view.viewport().height() // ROW_HEIGHT + 2


def test_a_part_that_is_uncovered_is_all_that_is_painted(ring: TrafficRing, view: TrafficView) -> None:
    """What asks for two rows of the table gets two rows."""
    fill(ring, 100)
    paint(view)
    before = view.painter.painted_rows
    first = view.visualRect(model_of(view).index(95, TrafficColumn.TIME))
    view.viewport().grab(QRect(0, first.top(), 300, 2 * ROW_HEIGHT))
    assert view.painter.painted_rows - before == 2


def test_what_is_known_is_not_measured_or_drawn_again(ring: TrafficRing, view: TrafficView) -> None:
    """People and types recur: a screen of new rows measures few texts, and draws no chip that was there."""
    fill(ring, 1000)
    paint(view)
    painter = view.painter
    texts, chips = painter.measured_texts, painter.painted_chips
    for _ in range(10):
        fill(ring, 39)  # the same people again
        paint(view)
    assert painter.painted_chips == chips
    # The people of a screen are others each time, until all 39 have been there; what they say needs no measuring.
    assert painter.measured_texts - texts <= 39
    assert painter.painted_rows > 200


def test_a_text_that_recurs_is_copied_and_looks_the_same(ring: TrafficRing, view: TrafficView) -> None:
    """Painted, painted to be kept, copied: the pixels are the same, on each ground; and it is kept once."""
    fill(ring, 3)
    model_of(view).set_highlight(TrafficFilter("user:user3"))
    paint(view)
    view.choose_row(0)
    view.painter.take_font(view.font())  # forgets everything
    first, second = view.viewport().grab().toImage(), view.viewport().grab().toImage()
    painted = view.painter.painted_texts
    assert painted > 0
    assert first == second == view.viewport().grab().toImage()
    assert view.painter.painted_texts == painted


COLOURED_EDGES = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><include>/etc/fonts/fonts.conf</include><match target="pattern">
<edit name="rgba" mode="assign"><const>rgb</const></edit></match></fontconfig>"""


@pytest.mark.skipif(sys.platform != "linux", reason="fontconfig's settings")
def test_so_it_does_where_the_system_gives_letters_coloured_edges(tmp_path: Path) -> None:
    """As Ubuntu 26.04 does; Qt reads that once, so another process does the same again."""
    (tmp_path / "fonts.conf").write_text(COLOURED_EDGES)
    again = f"{__file__}::{test_a_text_that_recurs_is_copied_and_looks_the_same.__name__}"
    command = [sys.executable, "-m", "pytest", "-q", "--no-cov", "-n", "0", "-p", "no:cacheprovider", again]
    env = {**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")}
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_pictures_of_texts_are_bounded(
    ring: TrafficRing, view: TrafficView, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest makes room, one at a time; what was seen once is forgotten, too."""
    monkeypatch.setattr(row_painter, "MAX_PICTURES", 10)
    monkeypatch.setattr(row_painter, "MAX_KNOWN", 60)
    for number in range(100):
        fill(ring, 1, to=f"user{number:04}")
    paint(view)
    for top in range(0, 90, 10):
        view.verticalScrollBar().setValue(top)
        for _ in range(2):
            view.viewport().grab()
    assert len(view.painter._pictures) == 10
    assert len(view.painter._seen) <= 60


def test_long_content_is_measured_and_cut(ring: TrafficRing, view: TrafficView) -> None:
    """What does not fit ends where the table does; nothing of it lies beside its column."""
    fill(ring, 1, payload=LONG % (b"W" * 300))
    fill(ring, 1, payload=LONG % (b"W" * 10))
    before = view.painter.measured_texts
    paint(view)
    assert view.painter.measured_texts > before
    image = paint(view)
    edge = image.copy(image.width() - 4, 0, 4, ROW_HEIGHT)
    assert {QColor(edge.pixel(x, y)).name() for x in range(4) for y in range(ROW_HEIGHT)} == {
        QColor(edge.pixel(0, 0)).name()
    }


@pytest.mark.parametrize("name", ["עמית ישראלי מקבוצת הנגרים", "ana of the carpenters of the north"])
def test_a_cut_name_keeps_its_number_behind_it(
    ring: TrafficRing, view: TrafficView, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A name from right to left keeps the mark that holds its number back, too."""
    fill(ring, 1, identity=Identity(12, "c12", "10.0.0.1", "id", name))
    drawn: list[str] = []
    draw = QPainter.drawText

    def note(painter: QPainter, x: int, y: int, text: str) -> None:
        drawn.append(text)
        draw(painter, x, y, text)

    monkeypatch.setattr(QPainter, "drawText", note)
    paint(view)
    (shown,) = {text for text in drawn if text.endswith("#12")}
    assert "…" in shown
    assert shown.endswith("\N{LEFT-TO-RIGHT MARK} #12") == (not name.isascii())
    assert QFontMetrics(view.font()).horizontalAdvance(shown) <= view.columnWidth(TrafficColumn.WHO)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("maximilia… ✓ 31 µs", " ✓ 31 µs"),
        ("maximilia… ✓ acknowledged", " ✓ acknowledged"),
        ("maximilia… … 12", " … 12"),
        ("maximilia… ✗ 3", " ✗ 3"),
        ("maximilia… ✓", " ✓"),
    ],
)
def test_a_cut_recipient_keeps_what_became_of_it(view: TrafficView, text: str, shown: str) -> None:
    """Of the name there is as much as there is room for; sign, number and unit are whole."""
    metrics = QFontMetrics(view.font())
    room = metrics.horizontalAdvance(f"maxi…{shown}")
    cut = row_painter._cut(text, room, metrics, is_name=True)
    assert cut.endswith(shown)
    assert cut.startswith("max")
    assert metrics.horizontalAdvance(cut) <= room


def test_chosen_marked_and_refused_rows_look_so(ring: TrafficRing, view: TrafficView, theme: Theme) -> None:
    """Each has its ground, a marked one its stripe; a refusal is red until its row is chosen."""
    tokens = theme.tokens
    fill(ring, 3)
    fill(ring, 1, outcome="RATE_LIMIT_EXCEEDED")
    paint(view)
    assert tokens.surface in colours(view, 0, TrafficColumn.WHO)
    assert tokens.bad in colours(view, 3, TrafficColumn.CONTENT)
    assert tokens.bad not in colours(view, 2, TrafficColumn.CONTENT)
    assert tokens.muted in colours(view, 2, TrafficColumn.DIRECTION)
    model_of(view).set_highlight(TrafficFilter("code:RATE_LIMIT_EXCEEDED"))
    assert tokens.chip_warn in colours(view, 3, TrafficColumn.WHO)
    stripe = view.visualRect(model_of(view).index(3, TrafficColumn.TIME))
    stripe.setWidth(STRIPE_PX)
    image = view.viewport().grab(stripe).toImage()
    assert {QColor(image.pixel(x, 3)).name() for x in range(STRIPE_PX)} == {tokens.warn}
    view.choose_row(3)
    assert tokens.selection in colours(view, 3, TrafficColumn.CONTENT)
    assert tokens.bad not in colours(view, 3, TrafficColumn.CONTENT)
    assert tokens.selection not in colours(view, 2, TrafficColumn.CONTENT)


def test_another_look_is_taken_over(ring: TrafficRing, view: TrafficView, theme: Theme) -> None:
    """Other colours, and another font, are there at the next painting."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    fill(ring, 5)
    paint(view)
    chips = view.painter.painted_chips
    theme.apply(app, "dark")
    assert theme.tokens.surface in colours(view, 0, TrafficColumn.WHO)
    before = paint(view)
    assert view.painter.painted_chips > chips
    font = view.font()
    font.setPointSizeF(font.pointSizeF() * 2)
    view.setFont(font)
    assert paint(view) != before


def test_read_from_right_to_left_columns_begin_at_their_right(
    ring: TrafficRing, view: TrafficView, theme: Theme
) -> None:
    """Names stand at the right of their column, and so does the stripe of a marked row."""
    fill(ring, 3)
    model_of(view).set_highlight(TrafficFilter("dir:in"))
    view.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    paint(view)
    for column in (TrafficColumn.TIME, TrafficColumn.WHO):
        cell = view.visualRect(model_of(view).index(1, column))
        image = view.viewport().grab(cell).toImage()
        inked = [
            x
            for x in range(image.width())
            if {QColor(image.pixel(x, y)).name() for y in range(4, 22)} != {theme.tokens.chip_warn}
        ]
        assert image.width() - inked[-1] <= TEXT_MARGIN_PX + 2
        assert inked[0] > TEXT_MARGIN_PX + 2


class Titled(TrafficModel):
    """Counts how often it is asked about its columns."""

    asked = 0

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a title."""
        self.asked += orientation is Qt.Orientation.Horizontal
        return super().headerData(section, orientation, role)


def test_rows_that_come_and_go_ask_for_no_titles(ring: TrafficRing, theme: Theme, qtbot: QtBot) -> None:
    """Qt lays the table out anew at each change of its rows; its header has nothing to look up for it."""
    model = Titled(ring)
    view = TrafficView(model, theme)
    qtbot.addWidget(view)
    view.resize(900, 400)
    view.show()
    fill(ring, 5000)
    for _ in range(5):
        model.asked = 0  # the header itself is painted in the first ones
        fill(ring, 50)
        paint(view)
    assert model.asked == 0


class Layouts(QObject):
    """Counts how often widgets are asked to lay out what is in them."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Count; overrides Qt's."""
        self.count += event.type() is QEvent.Type.LayoutRequest
        return False


def test_a_flood_lays_nothing_out_anew(page: LivePage, plain: PlainService, qtbot: QtBot) -> None:
    """Counts change at every refresh; chips and status keep their place, and so does all else."""
    fill(plain.traffic, 20_000)
    for _ in range(10):
        page.refresh()
        QApplication.processEvents()
    layouts, app = Layouts(), QApplication.instance()
    assert app is not None
    app.installEventFilter(layouts)
    try:
        for _ in range(10):
            fill(plain.traffic, 1000)
            page.refresh()
            QApplication.processEvents()
    finally:
        app.removeEventFilter(layouts)
    assert layouts.count == 0

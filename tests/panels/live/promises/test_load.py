"""The Live page while ten thousand rows a second pass; time does, too, a tenth of a second a frame."""

from __future__ import annotations

import gc
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live import filter_scan
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.traffic.ring import TrafficRing
from tests.panels.live.support import PlainService, as_service, choose_number, fill
from tests.work import TickingClock, calls_of

ROWS_A_FRAME = 1000
RING_ROWS = 20_000
FRAMES = 40


@pytest.fixture
def plain() -> PlainService:
    """A small ring, so that it is full after twenty frames."""
    return PlainService(traffic=TrafficRing(RING_ROWS))


@pytest.fixture
def page(qtbot: QtBot, plain: PlainService, theme: Theme, window_state: WindowState) -> LivePage:
    """The Live page, shown."""
    made = LivePage(as_service(plain), theme, window_state)
    qtbot.addWidget(made)
    made.resize(1180, 640)
    made.show()
    return made


@pytest.fixture(autouse=True)
def slices_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine cuts no slice of a filter's work short."""
    monkeypatch.setattr(filter_scan, "thread_time", TickingClock())


class Load:
    """Fills the ring at a steady rate and refreshes the page as the window does.

    Attributes:
        most_calls: The work of the busiest frame.
    """

    def __init__(self, page: LivePage, plain: PlainService) -> None:
        self.page = page
        self.plain = plain
        self.most_calls = 0

    def frame(self) -> None:
        """A tenth of a second: rows, a refresh, painting."""
        fill(self.plain.traffic, ROWS_A_FRAME)
        self.most_calls = max(self.most_calls, calls_of(self._show))

    def _show(self) -> None:
        self.page.refresh()
        QApplication.processEvents()


def shown_numbers(page: LivePage) -> list[int]:
    """Return the record numbers of all rows, top to bottom."""
    model = page.traffic.model
    return [model.number_at(row) for row in range(model.rowCount())]


def test_ten_thousand_rows_a_second(page: LivePage, plain: PlainService) -> None:
    """Clicks are answered, memory is flat once the ring is full, nothing twice or out of order."""
    load = Load(page, plain)
    # Once through the ring: now each new row replaces one, and what Qt keeps for painting is there.
    while plain.traffic.last_number < 2 * RING_ROWS:
        load.frame()
    before, load.most_calls = objects(), 0
    is_following = True
    for _ in range(FRAMES):
        load.frame()
        is_following = not is_following
        QTest.mouseClick(page.traffic.tools.follow_button, Qt.MouseButton.LeftButton)
        assert page.traffic.view.is_following is is_following
        if is_following:
            ring = plain.traffic
            assert shown_numbers(page) == list(range(ring.first_number, ring.last_number + 1))
    assert load.most_calls < 9 * ROWS_A_FRAME, "what is seen is painted, what passes is looked at once"
    assert objects() - before < FRAMES * ROWS_A_FRAME / 10, "not even an object for ten rows"


def objects() -> int:
    """Return how many pieces of memory Python's objects take."""
    gc.collect()
    return sys.getallocatedblocks()


def test_a_filter_and_a_choice_under_load(page: LivePage, plain: PlainService) -> None:
    """Filtered rows are complete and ordered; the chosen row and what is read stay where they are."""
    load = Load(page, plain)
    page.traffic.tools.filter_box.set_filter_text("user:user7")
    for _ in range(5):
        load.frame()
    page.traffic.view.set_following(False)
    chosen = page.traffic.model.number_at(page.traffic.model.rowCount() - 1)
    assert choose_number(page.traffic.view, chosen)
    for _ in range(5):
        load.frame()
    assert page.traffic.view.selected_numbers() == [chosen]
    ring = plain.traffic
    right = [each.number for each in ring.after(0) if each.identity.username == "user7"]
    assert shown_numbers(page) == right


@pytest.mark.parametrize(("frames", "is_lossy"), [(3, False), (40, True)])
def test_pause_and_resume_say_what_was_lost(
    page: LivePage, plain: PlainService, frames: int, is_lossy: bool
) -> None:
    """Nothing that still fits the ring is lost; of the rest the number is said."""
    load = Load(page, plain)
    for _ in range(10):
        load.frame()
    QTest.mouseClick(page.traffic.tools.pause_button, Qt.MouseButton.LeftButton)
    before = shown_numbers(page)
    last = plain.traffic.last_number
    for _ in range(frames):
        load.frame()
    assert shown_numbers(page) == before
    came = plain.traffic.last_number - last
    assert f"{came:,} came since" in page.traffic.status.text()
    QTest.mouseClick(page.traffic.tools.pause_button, Qt.MouseButton.LeftButton)
    kept = len(plain.traffic)
    assert shown_numbers(page) == list(range(plain.traffic.first_number, plain.traffic.last_number + 1))
    lost = plain.traffic.first_number - 1 - last
    assert (lost > 0) is is_lossy
    if is_lossy:
        assert page.traffic.notice.text.startswith(f"{came - kept:,} rows came and went while paused")
    else:
        assert page.traffic.notice.text == ""

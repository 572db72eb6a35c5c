"""The Live page while ten thousand rows a second pass.

`AUTHWS_LOAD_S=60` runs it for a minute, as the contract of the window says; the suite is content with less.
"""

from __future__ import annotations

import os
import time

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from authws_desktop.hub.traffic import TrafficRing
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.theme import Theme
from authws_desktop.panels.window_state import WindowState
from tests.panels.live.support import PlainService, as_service, fill

DURATION_S = float(os.environ.get("AUTHWS_LOAD_S", "5"))
ROWS_PER_S = 10_000
FRAME_S = 0.1
RING_ROWS = 20_000


@pytest.fixture
def plain() -> PlainService:
    """A small ring, so that it is full within two seconds."""
    return PlainService(traffic=TrafficRing(RING_ROWS))


@pytest.fixture
def page(qtbot: QtBot, plain: PlainService, theme: Theme, window_state: WindowState) -> LivePage:
    """The Live page, shown."""
    made = LivePage(as_service(plain), theme, window_state)
    qtbot.addWidget(made)
    made.resize(1180, 640)
    made.show()
    return made


class Load:
    """Fills the ring at a steady rate and refreshes the page as the window does."""

    def __init__(self, page: LivePage, plain: PlainService) -> None:
        self.page = page
        self.plain = plain
        self.longest_s = 0.0
        self._last_s = time.perf_counter() - FRAME_S

    def frame(self) -> None:
        """A tenth of a second: rows, a refresh, painting; then the rest of the time is left to others."""
        started_s = time.perf_counter()
        passed_s = min(started_s - self._last_s, 1.0)
        self._last_s = started_s
        fill(self.plain.traffic, max(1, int(ROWS_PER_S * passed_s)))
        self.timed(self.page.refresh)
        self.timed(QApplication.processEvents)
        while time.perf_counter() - started_s < FRAME_S:
            QTest.qWait(5)

    def timed(self, act: object) -> None:
        """Note how long the window did not answer, in its own processor time."""
        before_s = time.thread_time()
        act()  # type: ignore[operator]
        self.longest_s = max(self.longest_s, time.thread_time() - before_s)


def shown_numbers(page: LivePage) -> list[int]:
    """Return the record numbers of all rows, top to bottom."""
    model = page.traffic.model
    return [model.number_at(row) for row in range(model.rowCount())]


def test_ten_thousand_rows_a_second(page: LivePage, plain: PlainService) -> None:
    """Clicks are answered, memory is flat once the ring is full, nothing twice or out of order."""
    load = Load(page, plain)
    process = psutil.Process()
    # Once through the ring: now each new row replaces one, and what Qt keeps for painting is there.
    while plain.traffic.last_number < 2 * RING_ROWS:
        load.frame()
    before_bytes, first, load.longest_s = process.memory_info().rss, plain.traffic.last_number, 0.0
    started_s = time.perf_counter()
    is_following = True
    while time.perf_counter() < started_s + DURATION_S:
        load.frame()
        is_following = not is_following
        load.timed(lambda: QTest.mouseClick(page.traffic.follow_button, Qt.MouseButton.LeftButton))
        assert page.traffic.view.is_following is is_following
        if is_following:
            ring = plain.traffic
            assert shown_numbers(page) == list(range(ring.first_number, ring.last_number + 1))
    rate = (plain.traffic.last_number - first) / (time.perf_counter() - started_s)
    grown_bytes = process.memory_info().rss - before_bytes
    print(
        f"{rate:,.0f} rows/s for {DURATION_S:.0f} s, longest {load.longest_s * 1e3:.0f} ms, "
        f"grown by {grown_bytes / 1024:,.0f} KiB"
    )
    assert rate > ROWS_PER_S / 2  # the machine may be shared
    assert load.longest_s < 0.1
    assert grown_bytes < 16 * 1024 * 1024


def test_a_filter_and_a_choice_under_load(page: LivePage, plain: PlainService) -> None:
    """Filtered rows are complete and ordered; the chosen row and what is read stay where they are."""
    load = Load(page, plain)
    page.traffic.filter_box.set_filter_text("user:user7")
    for _ in range(5):
        load.frame()
    page.traffic.view.set_following(False)
    chosen = page.traffic.model.number_at(page.traffic.model.rowCount() - 1)
    assert page.traffic.view.select_number(chosen)
    for _ in range(5):
        load.frame()
    assert page.traffic.view.selected_numbers() == [chosen]
    page.refresh()
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
    QTest.mouseClick(page.traffic.pause_button, Qt.MouseButton.LeftButton)
    before = shown_numbers(page)
    last = plain.traffic.last_number
    for _ in range(frames):
        load.frame()
    assert shown_numbers(page) == before
    came = plain.traffic.last_number - last
    assert f"{came:,} came since" in page.traffic.status.text()
    QTest.mouseClick(page.traffic.pause_button, Qt.MouseButton.LeftButton)
    kept = len(plain.traffic)
    assert shown_numbers(page) == list(range(plain.traffic.first_number, plain.traffic.last_number + 1))
    lost = plain.traffic.first_number - 1 - last
    assert (lost > 0) is is_lossy
    if is_lossy:
        assert page.traffic.notice.text.startswith(f"{came - kept:,} rows came and went while paused")
    else:
        assert page.traffic.notice.text == ""

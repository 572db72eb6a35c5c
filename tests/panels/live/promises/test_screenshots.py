"""Pictures of the Live page in each state, for looking at."""

from __future__ import annotations

import time

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.detail_panel import CLAIMS, DELIVERY, HEX, PRETTY, RAW
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.row_groups import FOLDED_AT_FIRST
from authws_desktop.server.service import ServerState
from tests.panels.live.support import PlainService, as_service, busy_scene, choose_number
from tests.panels.pictures import OUT, shoot

pytestmark = pytest.mark.long


@pytest.fixture(params=["light", "dark"])
def look(request: pytest.FixtureRequest, theme: Theme, app: QApplication) -> str:
    """Each look in turn."""
    theme.apply(app, request.param)
    return str(request.param)


def settle(page: LivePage, qtbot: QtBot) -> None:
    """Let filters, slices and layout come to an end."""
    page.refresh()
    qtbot.waitUntil(lambda: page.traffic.model.filter_percent is None and not page.detail.pretty._reading)
    QApplication.processEvents()
    page.refresh()
    QApplication.processEvents()


def picture(widget: QWidget, name: str) -> None:
    shoot(widget, f"live-{name}")


def test_states(qtbot: QtBot, plain: PlainService, page: LivePage, look: str) -> None:
    """Every state is drawn; empty ones name the live address."""
    now_s = time.time()
    plain.clock.now_s = now_s - 40
    plain.state = ServerState.STOPPED
    settle(page, qtbot)
    picture(page, f"stopped-{look}")
    plain.state = ServerState.RUNNING
    settle(page, qtbot)
    assert plain.location.http_url in page.users._empty.text
    assert plain.location.ws_url in page.traffic._empty.text
    picture(page, f"empty-{look}")
    busy_scene(plain)
    settle(page, qtbot)
    page.users.view.expandAll()
    choose_number(page.traffic.view, plain.traffic.last_number)
    page.traffic.tools.highlight_box.set_filter_text("type:direct")
    settle(page, qtbot)
    picture(page, f"twelve-{look}")
    page.traffic.tools.highlight_box.set_filter_text("")
    for tab, name in ((RAW, "raw"), (HEX, "hex"), (DELIVERY, "delivery")):
        page.detail.tabs.setCurrentIndex(tab)
        settle(page, qtbot)
        picture(page.detail, f"detail-{name}-{look}")
    page.detail.tabs.setCurrentIndex(PRETTY)
    refused = next(r for r in plain.traffic.after(0) if r.outcome.startswith("AUTH_ERROR/"))
    choose_number(page.traffic.view, refused.number)
    page.detail.tabs.setCurrentIndex(CLAIMS)
    settle(page, qtbot)
    picture(page, f"claims-{look}")
    page.traffic.tools.filter_box.set_filter_text("user:ana type:mesage")
    settle(page, qtbot)
    picture(page, f"filter-error-{look}")
    page.traffic.tools.filter_box.set_filter_text("user:ana,eva")
    settle(page, qtbot)
    page.traffic.clear()
    settle(page, qtbot)
    picture(page, f"cleared-{look}")
    page.traffic.undo_clear()
    page.traffic.tools.filter_box.set_filter_text("")
    settle(page, qtbot)
    page.traffic.tools.pause_button.setChecked(True)
    for client in list(plain.hub.clients.values()):
        if client.is_authenticated:
            plain.say(client, {"text": "while paused"})
    settle(page, qtbot)
    picture(page, f"paused-{look}")
    page.resize(960, 560)
    settle(page, qtbot)
    picture(page, f"small-{look}")
    page.traffic.tools.pause_button.setChecked(False)
    page.traffic.chips.show_only(FOLDED_AT_FIRST)
    page.resize(1440, 900)
    settle(page, qtbot)
    picture(page, f"folded-{look}")


def test_at_double_size(qtbot: QtBot, theme: Theme, window_state: WindowState) -> None:
    """The page can be drawn with twice the pixels."""
    plain = PlainService()
    busy_scene(plain)
    made = LivePage(as_service(plain), theme, window_state)
    qtbot.addWidget(made)
    made.resize(1180, 640)
    made.show()
    settle(made, qtbot)
    from PySide6.QtGui import QPixmap

    drawn = QPixmap(made.size() * 2)
    drawn.setDevicePixelRatio(2)
    made.render(drawn)
    assert drawn.save(str(OUT / "live-double.png"))

"""Pictures of what the host leads with, for looking at."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.server.announcements import announce
from tests.panels.live.promises.test_screenshots import picture, settle
from tests.panels.live.support import PlainService, busy_scene


@pytest.mark.parametrize("look", ["light", "dark"])
def test_an_announcement_that_stays(
    qtbot: QtBot, plain: PlainService, page: LivePage, theme: Theme, app: QApplication, look: str
) -> None:
    """It stands above the field, whole, beside the list of users."""
    theme.apply(app, look)
    busy_scene(plain)
    announce(
        plain.hub, "Pizza at 8 in the hall. Bring your badge, and tell those who come later.", is_pinned=True
    )
    page.announce.pin_button.setChecked(True)
    settle(page, qtbot)
    assert page.announce.pinned.isVisible()
    picture(page, f"pinned-{look}")
    page.announce.room.setStyleSheet(app.styleSheet())
    picture(page.announce.room, f"room-menu-{look}")

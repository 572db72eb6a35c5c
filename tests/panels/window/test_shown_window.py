"""The window takes another language in its place."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest
import shiboken6
from PySide6.QtWidgets import QApplication, QDialog

from authws_desktop.logs import LogRing
from authws_desktop.panels.kit.language import ENGLISH, SPEECH
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.window import shown_window
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.panels.window.shown_window import ShownWindow
from authws_desktop.server.service import Service
from tests.own_clients import eventually


@pytest.fixture
async def shown(
    app: QApplication,
    service: Service,
    theme: Theme,
    window_state: WindowState,
    log_ring: LogRing,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[ShownWindow]:
    """The window, as the program holds it."""
    monkeypatch.setattr(shown_window, "GONE_AFTER_MS", 0)
    made = ShownWindow(app, service, lambda: MainWindow(service, theme, window_state, log_ring), lambda: None)
    made.show()
    yield made
    await made.close()
    made.window.deleteLater()
    await eventually(lambda: not shiboken6.isValid(made.window))
    SPEECH.leave(app)


async def choose(service: Service, tag: str) -> None:
    """Save another language, as the settings page does."""
    await service.apply(msgspec.structs.replace(service.settings.saved, window_language=tag))


async def test_it_is_built_anew_where_it_was(shown: ShownWindow, service: Service) -> None:
    """On the same page, while the server runs on; the window before goes."""
    await service.start()
    shown.window.show_page("log")
    before = shown.window
    await choose(service, "de")
    await eventually(lambda: not shiboken6.isValid(before))
    assert SPEECH.tag == "de"
    assert shown.window.isVisible()
    assert shown.window.page_key == "log"
    assert service.location.listening_at
    await choose(service, "en")
    await eventually(lambda: SPEECH.tag == ENGLISH)


async def test_nothing_open_is_lost(shown: ShownWindow, service: Service) -> None:
    """While a dialog is open the window stays, and says when it will speak the other language."""
    shown.window.about_action.trigger()
    await eventually(lambda: shown.window.findChildren(QDialog))
    before = shown.window
    await choose(service, "de")
    await eventually(lambda: "from the next start on" in before.bar.notice.text)
    assert shown.window is before
    assert SPEECH.tag == ENGLISH


async def test_other_settings_build_nothing(shown: ShownWindow, service: Service) -> None:
    """And a language that is spoken already neither."""
    before = shown.window
    await service.apply(msgspec.structs.replace(service.settings.saved, message_rate=77))
    await choose(service, "en")
    await service.start()
    await service.stop()
    assert shown.window is before

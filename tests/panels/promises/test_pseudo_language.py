"""No text of the window escapes translation, and none is cut where another language needs more room."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from authws_desktop.logs import LogRing
from authws_desktop.panels.kit.dialog import Dialog
from authws_desktop.panels.kit.language import SPEECH
from authws_desktop.panels.kit.refresh import open_dialogs
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Kind
from tests.own_clients import http_client, ws_client
from tests.panels.conftest import deleted
from tests.panels.live.support import choose_number
from tests.panels.pseudo import Pseudo, cut, texts_of
from tests.panels.support import closed, until

OUT = Path(__file__).resolve().parents[2] / "screenshots" / "out"
SPOKEN = re.compile(r"[^\W\d_]{2,}")
NAMES = {
    "Python",
    "PySide6 (Qt)",
    "websockets",
    "aiohttp",
    "SQLAlchemy",
    "PyJWT",
    "bcrypt",
    "qasync",
    "Browser",
}
NAMES |= {"wscat", "curl", "Node", "Go", "Java", "Qt", "Unity", "ana\nben;own-password\nchloé;;host"}
DATA = re.compile(
    r"Authws Desktop|authws-desktop|https?://\S*|wss?://\S*|localhost|127\.0\.0\.1|Ctrl\+\S+|\bDel\b|Shift\+\S+|\bEsc\b|\bF\d\b|"
    r"</?p\b[^>]*>|: [\w-]+(?=\n|<|$)|\b(ana|phone)\b|\t(Space|E)$|\((Del|Ctrl\+Shift\+\w)\)|[\w.-]+\.(db|log|toml|json|ini)\b|/[\w./-]+|\b(ms|KiB|MiB|GiB|kB|min|WebSocket|TLS|HTTP|JSON|CSV)\b"
)
NATIVE = {
    "English",
    "Deutsch",
    "Español",
    "Français",
    "Português (Brasil)",
    "Türkçe",
    "العربية",
    "简体中文",
    "日本語",
}
"""Languages are called what their speakers call them."""


@pytest.fixture
def speaking(app: QApplication) -> Iterator[None]:
    """The pseudo-language, until the test is over."""
    SPEECH.speak(app, Pseudo())
    yield
    SPEECH.leave(app)


def escaped(top: QWidget) -> list[str]:
    """Return the texts, or parts of them, that are not in brackets and no data."""
    found = []
    for owner, kind, text in texts_of(top):
        outside = DATA.sub("", re.sub(r"⟦[^⟦⟧]*⟧", "", _innermost(text)))
        if SPOKEN.search(outside) and text not in NATIVE | NAMES:
            found.append(f"{type(owner).__name__} {owner.objectName()} {kind}: {text!r}")
    return found


def _innermost(text: str) -> str:
    """Return a text without the translations within translations."""
    while (shorter := re.sub(r"(⟦[^⟦⟧]*)⟦[^⟦⟧]*⟧", r"\1", text)) != text:
        text = shorter
    return text


async def make_window(
    service: Service, theme: Theme, window_state: WindowState, log_ring: LogRing
) -> MainWindow:
    made = MainWindow(service, theme, window_state, log_ring)
    made.resize(1240, 780)
    made.show()
    return made


@asynccontextmanager
async def busy(service: Service) -> AsyncIterator[None]:
    """A server with two people, one of whom sent what nobody could get."""
    await service.start()
    async with http_client(service) as http, ws_client(service) as ana, ws_client(service) as ben:
        await ana.log_in((await http.register("ana"))["token"], "phone")
        await ben.log_in((await http.register("ben"))["token"])
        await ana.send({"type": "message", "content": {"text": "hello"}})
        await ana.expect("message")
        await ana.send({"type": "direct", "to": "nobody", "content": "psst"})
        await ana.expect("error")
        yield


def show_scene(window: MainWindow, key: str, name: str) -> None:
    """Show a page with something chosen on it, and take its picture."""
    window.show_page(key)
    window.refresh()
    if key == "live":
        wrong = next(each for each in window._service.traffic.after(0) if each.kind is Kind.DIRECT)
        choose_number(window._live_page.traffic.view, wrong.number)
    elif key == "accounts":
        window._accounts_page.table.selectRow(0)
    QApplication.sendPostedEvents()
    window.grab().save(str(OUT / f"{name}-{key}.png"))


PAGES = ("live", "accounts", "settings", "log")


async def test_pages_and_menus(
    speaking: None, service: Service, theme: Theme, window_state: WindowState, log_ring: LogRing
) -> None:
    """Each page, every menu, tool tip and accessible name."""
    OUT.mkdir(parents=True, exist_ok=True)
    window = await make_window(service, theme, window_state, log_ring)
    found: list[str] = []
    async with busy(service):
        for key in PAGES:
            show_scene(window, key, "pseudo")
            found.extend(f"{key}: {type(each).__name__}: {text!r}" for each, text in cut(window))
        assert "\n".join(escaped(window)) == ""
        assert found == []
    window.close_for_good()
    await deleted(window)


@pytest.mark.parametrize("tag", ["de", "ar", "ja"])
async def test_pages_in_a_language(
    app: QApplication,
    service: Service,
    theme: Theme,
    window_state: WindowState,
    log_ring: LogRing,
    tag: str,
) -> None:
    """Nothing is cut in the longest, the mirrored and the densest one; to be looked at by people."""
    OUT.mkdir(parents=True, exist_ok=True)
    SPEECH.use(app, tag)
    try:
        window = await make_window(service, theme, window_state, log_ring)
        found: list[str] = []
        async with busy(service):
            for key in PAGES:
                show_scene(window, key, tag)
                found.extend(f"{key}: {type(each).__name__}: {text!r}" for each, text in cut(window))
        window.close_for_good()
        await deleted(window)
    finally:
        SPEECH.leave(app)
    assert found == []


DIALOGS = (
    "new_user",
    "new_test_user",
    "import_accounts",
    "inspect_token",
    "about",
    "check",
)


@pytest.mark.parametrize("name", DIALOGS)
async def test_dialogs(
    speaking: None,
    service: Service,
    theme: Theme,
    window_state: WindowState,
    log_ring: LogRing,
    name: str,
) -> None:
    """Each dialog that a menu opens."""
    OUT.mkdir(parents=True, exist_ok=True)
    window = await make_window(service, theme, window_state, log_ring)
    page = window._accounts_page
    own = {"about": window.about_action, "check": window.check_action}
    action = own.get(name) or getattr(page.commands, name, None) or getattr(page.tools, name)
    action.trigger()
    dialog: Dialog = await until(lambda: next(iter(open_dialogs()), None))
    dialog.grab().save(str(OUT / f"pseudo-{name}.png"))
    found = "\n".join(escaped(dialog)), [text for _, text in cut(dialog)]
    dialog.reject()
    await closed()
    window.close_for_good()
    await deleted(window)
    assert found == ("", [])

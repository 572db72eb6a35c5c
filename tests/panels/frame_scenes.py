"""Pictures of the window's frame in its states, on a real server; run as a program of its own.

The scale factor holds for a whole process, so the test starts this once for each:
`QT_SCALE_FACTOR=2 python -m tests.panels.frame_scenes FOLDER light`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QWidget

from authws_desktop import eventloop
from authws_desktop.logs import LogRing
from authws_desktop.panels.accounts.accounts_page import INVITATIONS, PEOPLE, WAITING, AccountsPage
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.detail_panel import DELIVERY, PRETTY, RESPONSE
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.log.log_page import AUDIT, PROGRAM, LogPage
from authws_desktop.panels.settings.settings_page import SettingsPage
from authws_desktop.panels.window.close_dialog import CloseDialog
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import Service
from authws_desktop.settings import load_settings
from authws_desktop.traffic.record import Kind
from tests.own_clients import eventually, http_client, ws_client

SIZE = (1180, 740)
TOUR_SIZES = ((1024, 640), (1440, 900))
TOUR = (
    "live", "live-http", "live-refused", "live-detail", "live-send", "accounts", "accounts-invitations",
    "accounts-waiting", "settings", "log", "audit",
)  # fmt: skip
"""What is taken at each of the sizes."""
SETTLED_S = 0.05
"""So long the window has to lay itself out anew."""


class Scenes:
    """Drives the window from state to state and takes a picture of each.

    Args:
        folder: Where the pictures go.
        look: `light` or `dark`; part of each picture's name.
        data: The service's files.
    """

    def __init__(self, folder: Path, look: str, data: Path) -> None:
        self._folder = folder
        self._name = f"{look}-{os.environ.get('QT_SCALE_FACTOR', '1')}x"
        self._ring = LogRing()
        settings = load_settings(
            data / "settings.toml",
            environment={"AUTHWS_THEME": look, "AUTHWS_PING_TIMEOUT_S": "30"},
            dotenv_file=data / "none",
            command_line={"port": None},
        )
        self.service = Service(settings, DataPaths.under(data), password_cost=4)
        self.window = MainWindow(self.service, Theme(), WindowState(data / "window.ini"), self._ring)
        self.window.resize(*SIZE)

    async def take(self, scene: str, widget: QWidget | None = None) -> None:
        """Save a picture of the window or of a dialog."""
        await asyncio.sleep(SETTLED_S)
        (widget or self.window).grab().save(str(self._folder / f"frame-{scene}-{self._name}.png"))

    async def play(self) -> None:
        """Go through every scene."""
        logging.getLogger("authws_desktop").addHandler(self._ring)
        logging.getLogger("authws_desktop").setLevel(logging.DEBUG)
        self.window.show()
        await self.take("stopped")
        await self._fail_then_run()
        await self._settings()
        await self._dialogs()
        await self._log()
        await self._tour()
        self.window.resize(1024, 640)
        await self.take("smallest")
        self.window.close_for_good()
        await self.service.close()

    async def _fail_then_run(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            await self._use_port(taken.getsockname()[1])
            await self.window.bar.toggle()
            await self.take("port-taken")
        await self._use_port(0)
        await self.window.bar.toggle()
        await self.take("running")

    async def _use_port(self, port: int) -> None:
        page = self._settings_page()
        page.refresh()
        self._enter("port", str(port))
        await self.service.apply(page.edited_settings())
        page.refresh()

    async def _settings(self) -> None:
        self.window.show_page("settings")
        await self.take("settings")
        self._enter("port", "70000")
        await self.take("settings-wrong")
        self._enter("port", "4001")
        self._settings_page().navigation.button(1).click()
        await self.take("settings-security")
        self._settings_page().revert_button.click()

    async def _dialogs(self) -> None:
        self._settings_page().secret.replace_button.click()
        await self._take_dialog("secret")
        self.window.about_action.trigger()
        await self._take_dialog("about")
        asked = CloseDialog(self.window._theme, 12, self.window)
        asked.open()
        await self._take_dialog("close")
        asked.deleteLater()

    async def _take_dialog(self, scene: str) -> None:
        await eventually(self._open_dialogs)
        (dialog,) = self._open_dialogs()
        await self.take(scene, dialog)
        dialog.reject()
        await eventually(lambda: not self._open_dialogs())

    def _open_dialogs(self) -> list[QDialog]:
        return [dialog for dialog in self.window.findChildren(QDialog) if dialog.isVisible()]

    async def _log(self) -> None:
        log = logging.getLogger("authws_desktop.server.websocket.sweeper")
        log.debug("3 connections swept")
        log.warning("A client answered no ping for 20 s")
        try:
            raise OSError("No space left on device")
        except OSError:
            log.exception("The settings cannot be saved")
        self.window.show_page("log")
        await self.take("log")

    async def _tour(self) -> None:
        """Take each page with something on it, in the smallest window and in an ordinary one."""
        async with AsyncExitStack() as stack:
            await self._fill(stack)
            for width, height in TOUR_SIZES:
                self.window.resize(width, height)
                await self._tour_of_live(f"{width}x{height}")
                await self._tour_of_accounts(f"{width}x{height}")
                for key in ("settings", "log"):
                    self.window.show_page(key)
                    await self.take(f"{key}-{width}x{height}")
                log = self.window.pages["log"]
                assert isinstance(log, LogPage)
                log.tabs.setCurrentIndex(AUDIT)
                log.refresh()
                await eventually(lambda log=log: log.audit.table.model().rowCount() > 0)  # type: ignore[misc]
                await self.take(f"audit-{width}x{height}")
                log.tabs.setCurrentIndex(PROGRAM)

    async def _fill(self, stack: AsyncExitStack) -> None:
        """Let some people come, talk, and make mistakes."""
        http = await stack.enter_async_context(http_client(self.service))
        clients = []
        for name in ("ana", "Chloé", "عمر الخيام", "maximilian-alexander"):
            token = (await http.register(name))["token"]
            client = await stack.enter_async_context(ws_client(self.service))
            await client.log_in(token, "phone 1.7")
            clients.append(client)
        await http.post("/auth/login", {"username": "ana", "password": "not this one"})
        for turn, client in enumerate(clients * 3):
            await client.send(
                {"type": "message", "content": {"text": f"Move {turn} is on the board 👨\u200d👩\u200d👧"}}
            )
        await clients[0].send(
            {"type": "direct", "to": "Chloé", "content": {"text": "your turn"}, "messageId": 1}
        )
        await clients[0].send({"type": "direct", "to": "pavel", "content": "there?", "messageId": 2})
        await clients[0].expect("error")
        await self.service.accounts.registration.create_invite("class 7b", 30)
        await self.service.accounts.registration.apply(
            "dmitri", "correct-horse-battery", address="192.168.1.31"
        )
        ana = self.service.accounts.find("ana")
        assert ana is not None
        await self.service.accounts.administration.update(ana.id, role="host")

    async def _tour_of_live(self, size: str) -> None:
        self.window.show_page("live")
        live = self.window.pages["live"]
        assert isinstance(live, LivePage)
        self.window.refresh()
        live.close_detail()
        await self.take(f"live-{size}")
        rows = self.service.traffic.after(0)
        login = next(row for row in rows if row.kind is Kind.REFUSED and row.http is not None)
        direct = next(row for row in rows if row.kind is Kind.DIRECT and row.outcome)
        told = next(row for row in rows if row.kind is Kind.MESSAGE)
        for scene, row, tab in (
            ("http", login, RESPONSE),
            ("refused", direct, PRETTY),
            ("detail", told, DELIVERY),
        ):
            live.traffic.show_row(row.number)
            live.detail.tabs.setCurrentIndex(tab)
            await self.take(f"live-{scene}-{size}")
        live.send.write_to(list(self.service.hub.clients.values())[:1])
        await self.take(f"live-send-{size}")
        live.close_detail()

    async def _tour_of_accounts(self, size: str) -> None:
        self.window.show_page("accounts")
        accounts = self.window.pages["accounts"]
        assert isinstance(accounts, AccountsPage)
        self.window.refresh()
        ana = self.service.accounts.find("ana")
        assert ana is not None
        accounts.select_account(ana.id)
        await eventually(lambda: "…" not in accounts.inspector.facts["messages"].text())
        await self.take(f"accounts-{size}")
        for tab, name in ((INVITATIONS, "invitations"), (WAITING, "waiting")):
            accounts.tabs.setCurrentIndex(tab)
            self.window.refresh()
            await self.take(f"accounts-{name}-{size}")
        accounts.tabs.setCurrentIndex(PEOPLE)

    def _settings_page(self) -> SettingsPage:
        page = self.window.pages["settings"]
        assert isinstance(page, SettingsPage)
        return page

    def _enter(self, name: str, text: str) -> None:
        field = self._settings_page().fields[name]
        assert isinstance(field.input, QLineEdit)
        field.input.setText(text)
        field.input.textEdited.emit(text)


def main() -> None:
    """Take the pictures: folder and look are the arguments."""
    app = QApplication([])
    app.setQuitOnLastWindowClosed(False)

    async def play() -> None:
        with tempfile.TemporaryDirectory() as data:
            await Scenes(Path(sys.argv[1]), sys.argv[2], Path(data)).play()

    eventloop.run(app, play)


if __name__ == "__main__":
    main()

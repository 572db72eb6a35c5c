"""The host's acceptance test: a class of thirty, from the list of names to a new secret, in the window.

Everything the host does is done through the window's own controls; everything the pupils see is seen by
real clients over HTTP and WebSocket.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest

from authws_desktop.accounts.models import Role
from authws_desktop.panels.accounts.account_dialogs import ResetPasswordDialog
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.accounts.accounts_table import AccountColumn
from authws_desktop.panels.accounts.cards_dialog import CardsDialog
from authws_desktop.panels.accounts.import_dialog import DONE, PREVIEW, ImportDialog
from authws_desktop.panels.kit.affected_dialog import AffectedDialog
from authws_desktop.panels.log.acts import ACT, TARGET
from authws_desktop.panels.log.log_page import AUDIT, LogPage
from authws_desktop.panels.settings.secret_dialog import SecretDialog
from authws_desktop.panels.settings.settings_page import SettingsPage
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.server.service import ServerState, Service
from tests.own_clients import HttpClient, WsClient, eventually, http_client, ws_client
from tests.panels.support import closed, dialog_of

pytestmark = pytest.mark.e2e
PUPILS = [f"pupil-{number:02}" for number in range(1, 31)]


@dataclass
class Pupil:
    """One person of the class at a device of their own."""

    name: str
    password: str
    token: str
    client: WsClient


async def test_a_class_of_thirty(window: MainWindow, service: Service, tmp_path: Path) -> None:
    """Import, print cards, join, disable one, reset one password, rotate the secret both ways."""
    QTest.mouseClick(window.bar.start_button, Qt.MouseButton.LeftButton)
    await eventually(lambda: service.state is ServerState.RUNNING)
    passwords = await import_and_print(window, service, tmp_path / "cards.pdf")
    async with AsyncExitStack() as stack, http_client(service) as http:
        pupils = [await join(stack, service, http, name, password) for name, password in passwords.items()]
        await pupils[0].client.expect_users(*PUPILS)
        await eventually(lambda: shown_connections(window) == dict.fromkeys(PUPILS, "1"))

        await disable_one(window, http, pupils.pop(3))
        await eventually(lambda: shown_connections(window)["pupil-04"] == "")
        await pupils[0].client.expect_users(*(pupil.name for pupil in pupils))

        changed = pupils.pop(6)
        new_password = await reset_one(window, http, changed)
        pupils.append(await join(stack, service, http, changed.name, new_password))
        await everybody_hears(pupils, "all of us again")

        await rotate(window, keep=True)
        await eventually(lambda: secret_note(window).startswith("29 connections still use the old secret."))
        await everybody_hears(pupils, "with old tokens")
        assert (await http.get("/auth/me", token=pupils[0].token))[0] == 200
        late = pupils.pop(0)
        await late.client.socket.close()
        pupils.append(await join(stack, service, http, late.name, late.password))
        await eventually(lambda: secret_note(window).startswith("28 connections still use the old secret."))

        await rotate(window, keep=False)
        for pupil in pupils:
            assert (await pupil.client.expect_close())[0] == 4010
            assert (await http.get("/auth/me", token=pupil.token))[0] == 401
        await eventually(lambda: set(shown_connections(window).values()) == {""})
        again = [await join(stack, service, http, pupil.name, pupil.password) for pupil in pupils]
        await everybody_hears(again, "and here we are")
        await eventually(lambda: "old secret" not in secret_note(window))
        await acts_are_noted(window, service)
        assert not any(password in everything_logged(window) for password in passwords.values())


# What the host does


def accounts_page(window: MainWindow) -> AccountsPage:
    """Go to the accounts."""
    window.show_page("accounts")
    page = window.pages["accounts"]
    assert isinstance(page, AccountsPage)
    return page


async def import_and_print(window: MainWindow, service: Service, file: Path) -> dict[str, str]:
    """Paste the names, create, save the cards; return names and passwords as they are shown."""
    page = accounts_page(window)
    page.tools.import_accounts.trigger()
    dialog = await dialog_of(ImportDialog)
    assert isinstance(dialog, ImportDialog)
    dialog.input.setPlainText("\n".join([*PUPILS, "x"]))
    dialog.next_button.click()
    await eventually(lambda: dialog.step == PREVIEW and dialog.next_button.isEnabled())
    assert dialog.summary.text() == "30 accounts will be made. 1 line has a problem and is left out."
    dialog.next_button.click()
    await eventually(lambda: dialog.step == DONE)
    shown = dict(line.split("\t") for line in dialog.credentials.list_view.toPlainText().splitlines())
    dialog.credentials.print_button.click()
    cards = await dialog_of(CardsDialog)
    assert cards is not None
    assert cards.sheets.address == service.location.http_url
    await cards.save_to(file)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", file.read_bytes())) == 3
    cards.close_button.click()
    await closed(CardsDialog)
    await eventually(dialog.next_button.isEnabled)
    dialog.next_button.click()
    await closed()
    assert list(shown) == PUPILS
    return shown


def choose(page: AccountsPage, name: str) -> None:
    """Select one account in the table."""
    model, flags = page.table.model(), QItemSelectionModel.SelectionFlag
    row = next(row for row in range(model.rowCount()) if model.index(row, AccountColumn.NAME).data() == name)
    page.table.selectionModel().select(model.index(row, 0), flags.ClearAndSelect | flags.Rows)


async def disable_one(window: MainWindow, http: HttpClient, pupil: Pupil) -> None:
    """The reach is said before, the client is closed with 4004, the token is dead and login refused."""
    page = accounts_page(window)
    choose(page, pupil.name)
    page.commands.toggle.trigger()
    dialog = await dialog_of(AffectedDialog)
    assert isinstance(dialog, AffectedDialog)
    assert dialog.reach_label.text() == f"Disables {pupil.name} and ends 1 connection."
    dialog.ok_button.click()
    assert (await pupil.client.expect_close())[0] == 4004
    assert (await http.get("/auth/me", token=pupil.token))[0] == 401
    body = {"username": pupil.name, "password": pupil.password}
    assert (await http.post("/auth/login", body))[1]["code"] == "ACCOUNT_DISABLED"
    await closed()


async def reset_one(window: MainWindow, http: HttpClient, pupil: Pupil) -> str:
    """A generated password: the old one and its token are dead, the client is closed with 4004."""
    page = accounts_page(window)
    choose(page, pupil.name)
    page.commands.reset_password.trigger()
    dialog = await dialog_of(ResetPasswordDialog)
    assert isinstance(dialog, ResetPasswordDialog)
    assert f"Logs {pupil.name} out everywhere: ends 1 connection." in dialog.reach_label.text()
    dialog.password.generate_button.click()
    password = dialog.password.line.text()
    dialog.ok_button.click()
    assert (await pupil.client.expect_close())[0] == 4004
    await closed()
    assert (await http.get("/auth/me", token=pupil.token))[0] == 401
    body = {"username": pupil.name, "password": pupil.password}
    assert (await http.post("/auth/login", body))[1]["code"] == "INVALID_CREDENTIALS"
    return password


async def rotate(window: MainWindow, *, keep: bool) -> None:
    """Replace the secret on the settings page."""
    field = settings_page(window).secret
    field.replace_button.click()
    dialog = await dialog_of(SecretDialog)
    assert "(29 clients)" in dialog.disconnect_all.text()
    (dialog.keep if keep else dialog.disconnect_all).click()
    dialog.replace_button.click()
    await closed(SecretDialog)


def settings_page(window: MainWindow) -> SettingsPage:
    """Go to the settings."""
    window.show_page("settings")
    page = window.pages["settings"]
    assert isinstance(page, SettingsPage)
    return page


# What the window shows


def shown_connections(window: MainWindow) -> dict[str, str]:
    """Return the live connections of each account, as the table shows them."""
    page = accounts_page(window)
    page.refresh()
    model = page.table.model()
    cells: Callable[[int, int], str] = lambda row, column: str(model.index(row, column).data())  # noqa: E731
    return {
        cells(row, AccountColumn.NAME): cells(row, AccountColumn.CONNECTIONS)
        for row in range(model.rowCount())
    }


def secret_note(window: MainWindow) -> str:
    """Return what stands under the secret."""
    return settings_page(window).secret.note


async def acts_are_noted(window: MainWindow, service: Service) -> None:
    """The audit tells the whole lesson, newest first."""
    window.show_page("log")
    page = window.pages["log"]
    assert isinstance(page, LogPage)
    page.tabs.setCurrentIndex(AUDIT)
    model = page.audit.table.model()

    def acts() -> list[tuple[str, str]]:
        page.refresh()
        rows = range(model.rowCount())
        found = [(model.index(row, ACT).data(), model.index(row, TARGET).data()) for row in rows]
        return [each for each in found if each[0] != "start server"]

    wanted = [
        ("rotate secret", "everyone logged out"),
        ("rotate secret", "old tokens kept"),
        ("reset password", "pupil-08"),
        ("disable user", "pupil-04"),
        ("create user", f"{len(PUPILS)}: {', '.join(PUPILS)}"),
    ]
    await eventually(lambda: acts() == wanted)


def everything_logged(window: MainWindow) -> str:
    """Return the log as the page shows it."""
    page = window.pages["log"]
    assert isinstance(page, LogPage)
    page.program.refresh()
    model = page.program.table.model()
    return "\n".join(str(model.index(row, 3).data()) for row in range(model.rowCount()))


# What the pupils do and see


async def join(stack: AsyncExitStack, service: Service, http: HttpClient, name: str, password: str) -> Pupil:
    """Log in and connect as the card says."""
    answer = await http.login(name, password)
    assert service.accounts.find(name).role is Role.MEMBER  # type: ignore[union-attr]
    client = await stack.enter_async_context(ws_client(service))
    await client.log_in(answer["token"], "classroom")
    return Pupil(name, password, answer["token"], client)


async def everybody_hears(pupils: list[Pupil], words: str) -> None:
    """One broadcasts, and each of the class gets it."""
    await pupils[-1].client.send({"type": "message", "content": words})
    for pupil in pupils:
        await pupil.client.expect("message", lambda message: message["content"] == words)

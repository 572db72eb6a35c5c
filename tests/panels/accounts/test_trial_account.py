"""New test user: one click, a token of a chosen life, and snippets that run for real."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from authws_desktop.accounts.errors import AccountsError, TokenRefused
from authws_desktop.accounts.models import Account
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.accounts.trial_account import LIVES_S
from authws_desktop.panels.accounts.trial_account_dialog import TrialUserDialog
from authws_desktop.panels.kit.affected_dialog import AffectedDialog
from authws_desktop.panels.kit.refresh import open_dialogs
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.server.service import Service
from tests.panels.accounts.support import Connect, create, refresh
from tests.panels.support import PASSWORD, closed, dialog_of, until


async def open_trial(page: AccountsPage) -> TrialUserDialog:
    """Click once."""
    page.commands.new_test_user.trigger()
    return await dialog_of(TrialUserDialog)


async def leave(page: AccountsPage, dialog: TrialUserDialog) -> None:
    """Press Done."""
    dialog.done_button.click()
    await closed()


def snippet(dialog: TrialUserDialog, title: str) -> str:
    """Return a snippet as shown."""
    for place in range(dialog.tabs.count()):
        if dialog.tabs.tabText(place) == title:
            dialog.tabs.setCurrentIndex(place)
            return dialog._pages[place].code.toPlainText()
    raise AssertionError(title)


async def test_one_click_makes_a_user_with_a_token(
    page: AccountsPage, service: Service, clipboard: Callable[[], str]
) -> None:
    """The name is free, the password logs in, the token counts, and each can be copied."""
    await create(service, "test-1")
    dialog = await open_trial(page)
    assert dialog.name_line.line.text() == "test-2"
    await service.accounts.logins.login("test-2", dialog.password_line.line.text())
    checked = service.accounts.sessions.check(dialog.token_line.line.text())
    assert checked.account.username == "test-2"
    dialog.token_line.button.click()
    assert clipboard() == dialog.token_line.line.text()
    assert [account.username for account in page.chosen_accounts()] == ["test-2"]
    await leave(page, dialog)


async def test_another_life_gives_another_token(
    page: AccountsPage, service: Service, window_state: WindowState
) -> None:
    """The old token ends, the new one lasts as chosen, the snippets have it; the choice is remembered."""
    dialog = await open_trial(page)
    old = dialog.user.issued
    assert LIVES_S[0] == 10
    assert LIVES_S[-1] == 30 * 86_400
    dialog.life_choice.setCurrentIndex(dialog.life_choice.findData(10))
    dialog.life_choice.activated.emit(dialog.life_choice.currentIndex())
    await until(lambda: dialog.user.issued != old)
    await until(lambda: dialog.token_line.line.text() == dialog.user.issued.token)
    with pytest.raises(TokenRefused):
        service.accounts.sessions.check(old.token)
    claims = service.accounts.sessions.check(dialog.user.issued.token).claims
    assert claims.issued_at is not None
    assert 9 <= claims.expires_at - claims.issued_at <= 11
    assert dialog.user.issued.token in snippet(dialog, "Python")
    assert old.token not in snippet(dialog, "Python")
    await leave(page, dialog)
    again = await open_trial(page)
    assert again.life_choice.currentData() == 10
    await leave(page, again)


async def test_the_address_is_the_live_one(page: AccountsPage, service: Service) -> None:
    """A stopped server is said to be stopped; once it runs, the snippets have its address."""
    dialog = await open_trial(page)
    assert "stopped" in dialog.notice.text
    assert f"http://{service.location.host}:PORT/" in snippet(dialog, "curl")
    await service.start()
    refresh(page)
    assert dialog.notice.text == ""
    assert f"{service.location.http_url}/auth/me" in snippet(dialog, "curl")
    assert service.location.ws_url in snippet(dialog, "Browser")
    await leave(page, dialog)


async def test_its_login_is_watched_arriving(
    page: AccountsPage, service: Service, connect_as: Connect
) -> None:
    """The dialog lies beside the window, and says who came in."""
    dialog = await open_trial(page)
    assert not dialog.isModal()
    assert dialog.arrival_label.text().startswith("○ Not connected yet")
    await connect_as(dialog.user.account)
    await until(lambda: service.hub.authenticated_count == 1)
    dialog.refresh()
    assert dialog.arrival_label.text().startswith("● Connected from 127.0.0.1")
    await leave(page, dialog)


async def test_an_account_that_is_there_gets_a_token(page: AccountsPage, service: Service) -> None:
    """Its password and its other tokens stay; nothing is asked about deleting it."""
    (ana,) = await create(service, "ana")
    before = await service.accounts.logins.login("ana", PASSWORD)
    refresh(page)
    page.select_account(ana.id)
    page.commands.update_controls()
    page.commands.token.trigger()
    dialog = await dialog_of(TrialUserDialog)
    assert dialog.windowTitle() == "Token for ana"
    assert service.accounts.sessions.check(dialog.user.issued.token).account.username == "ana"
    assert service.accounts.sessions.check(before.token).account.username == "ana"
    assert not dialog.password_line.isVisible()
    assert not dialog.delete_button.isVisible()
    assert dialog.user.issued.token in snippet(dialog, "Python")
    await leave(page, dialog)
    assert page.hand_over.cards == []


async def test_its_card_is_there_from_the_first_moment(page: AccountsPage) -> None:
    """Whoever quits with the dialog open is asked; its button brings the open dialog to the front."""
    dialog = await open_trial(page)
    (card,) = page.hand_over.cards
    card.more_button.click()
    await until(lambda: card.more_button.isEnabled())
    assert len([each for each in open_dialogs() if isinstance(each, TrialUserDialog)]) == 1
    await leave(page, dialog)
    assert page.hand_over.cards == [card]


async def test_the_user_can_be_deleted_at_once(page: AccountsPage, service: Service) -> None:
    """After a question with its reach; nothing is left of the trial."""
    dialog = await open_trial(page)
    dialog.delete_button.click()
    question = await dialog_of(AffectedDialog)
    assert "test-1" in question.reach_label.text()
    question.ok_button.click()
    await closed()
    assert service.accounts.users() == []


async def test_a_failure_is_said_on_the_page(
    page: AccountsPage, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No dialog opens for a user that could not be made."""

    async def fail(*_: object) -> Account:
        raise AccountsError("The database is read-only.")

    monkeypatch.setattr(service.accounts.administration, "create", fail)
    page.commands.new_test_user.trigger()
    await until(lambda: page.notice.text == "The database is read-only.")
    assert not open_dialogs()
    await until(page.commands.new_test_user.isEnabled)


# The snippets, run for real


@asynccontextmanager
async def running(*command: str) -> AsyncIterator[Process]:
    """Run a program and end it; its input stays open meanwhile, as in a terminal."""
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


WSCAT = Path(__file__).parents[2] / "e2e" / "node_modules" / ".bin" / "wscat"


async def printed(process: Process, text: str) -> str:
    """Wait until a program prints a text, and return all it printed."""
    assert process.stdout is not None
    seen = ""
    async with asyncio.timeout(20):
        while text not in seen:
            line = (await process.stdout.readline()).decode()
            assert line, (await process.communicate())[1].decode()
            seen += line
    return seen


async def test_the_python_snippet_runs(page: AccountsPage, service: Service) -> None:
    """It logs in and prints its own greeting, which came back from the server."""
    await service.start()
    dialog = await open_trial(page)
    code = snippet(dialog, "Python")
    await leave(page, dialog)
    async with running(sys.executable, "-c", code) as process:
        assert "'username': 'test-1'" in await printed(process, "Hello from Python")


async def test_the_curl_snippet_runs(page: AccountsPage, service: Service) -> None:
    """It tells who the token belongs to, and logs in for a new one."""
    await service.start()
    dialog = await open_trial(page)
    code = snippet(dialog, "curl")
    await leave(page, dialog)
    async with running("bash", "-c", code) as process, asyncio.timeout(20):
        output, _ = await process.communicate()
    who, login = _objects(output.decode())
    assert who["user"]["username"] == "test-1"
    assert service.accounts.sessions.check(login["token"]).account.username == "test-1"


def _objects(text: str) -> list[dict[str, Any]]:
    decoder, found, place = json.JSONDecoder(), [], 0
    while (place := text.find("{", place)) >= 0:
        value, place = decoder.raw_decode(text, place)
        found.append(value)
    return found


async def test_the_wscat_snippet_runs(page: AccountsPage, service: Service) -> None:
    """It logs in and greets everyone."""
    await service.start()
    dialog = await open_trial(page)
    code = snippet(dialog, "wscat").replace("npx wscat", str(WSCAT))
    await leave(page, dialog)
    async with running("bash", "-c", code) as process:
        assert '"username":"test-1"' in await printed(process, "Hello from wscat")


def _node_with_websocket() -> list[str]:
    """Return how to start a Node.js that has the browser's WebSocket; nothing if there is none."""
    node = shutil.which("node")
    for command in ([node], [node, "--experimental-websocket"]) if node else []:
        check = [*command, "-e", "process.exit(typeof WebSocket === 'function' ? 0 : 1)"]
        if subprocess.run(check, check=False, capture_output=True).returncode == 0:
            return [str(part) for part in command]
    return []


async def test_the_browser_snippet_runs(page: AccountsPage, service: Service) -> None:
    """In Node, which has the browser's WebSocket: it logs in and hears its own greeting."""
    node = _node_with_websocket()
    if not node:
        pytest.skip("this Node.js has no WebSocket; 20 and newer have one")
    await service.start()
    dialog = await open_trial(page)
    code = snippet(dialog, "Browser")
    await leave(page, dialog)
    async with running(*node, "-e", code) as process:
        assert "authentication" in await printed(process, "Hello from the browser")

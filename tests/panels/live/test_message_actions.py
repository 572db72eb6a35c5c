"""Exporting and clearing what is kept, from the window, on a running server."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from authws_desktop.panels.kit.confirm import ChoiceDialog
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live import message_actions
from authws_desktop.panels.live.detail_panel import DELIVERY
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.record_text import recipient
from authws_desktop.panels.live.verdicts import verdict
from authws_desktop.server.service import Service
from tests.own_clients import eventually, http_client, running_service, ws_client
from tests.panels.conftest import deleted
from tests.panels.pictures import shoot


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Service]:
    async with running_service(tmp_path, messages_kept=100) as service:
        yield service


@pytest.fixture
async def page(running: Service, theme: Theme, window_state: WindowState) -> AsyncIterator[LivePage]:
    made = LivePage(running, theme, window_state)
    made.resize(1180, 640)
    made.show()
    yield made
    await deleted(made)


async def talk(service: Service) -> None:
    """Ana says something to everyone, and something to Ben, who is away."""
    async with http_client(service) as http:
        tokens = {name: (await http.register(name))["token"] for name in ("ana", "ben")}
    async with ws_client(service) as ana:
        await ana.log_in(tokens["ana"])
        await ana.send({"type": "message", "content": {"text": "hello"}, "messageId": 1})
        await ana.expect("message_accepted")
        await ana.send({"type": "direct", "to": "ben", "content": "see you"})
        await ana.expect("message_delivered")


def question() -> ChoiceDialog | None:
    return next((each for each in QApplication.topLevelWidgets() if isinstance(each, ChoiceDialog)), None)


async def test_the_question_says_how_many_and_what_stays(page: LivePage, running: Service) -> None:
    """Cancel leaves them; the button has the number; the act is noted."""
    page.messages.clear_action.trigger()
    await eventually(page.messages.notice.isVisible)
    await talk(running)
    for key, left in (("", 2), ("yes", 0)):
        page.messages.clear_action.trigger()
        await eventually(lambda: question() is not None)
        dialog = question()
        assert dialog is not None
        assert "2 messages" in dialog.body.text()
        assert dialog.buttons["yes"].text() == "Clear 2 messages"
        for scheme in ("dark", "light"):
            app = QApplication.instance()
            assert isinstance(app, QApplication)
            page.messages._theme.apply(app, scheme)
            shoot(dialog, f"clear-messages-{scheme}")
        dialog.buttons[key].click()
        await eventually(lambda: question() is None)
        await asyncio.sleep(0)
        if key:
            await eventually(lambda: "Cleared" in page.messages.notice.text)
        assert await running.messages.count() == left
    await running.moderation.close()
    assert ("clear messages", "2") in [(e.act, e.target) for e in await running.accounts.audit.entries()]


async def test_an_export_has_a_line_a_message(
    page: LivePage, running: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With who, when, to whom and what, as it was written."""
    await talk(running)
    file = tmp_path / "messages.jsonl"

    async def chosen(*_: object) -> Path:
        return file

    monkeypatch.setattr(message_actions, "choose_file_to_save", chosen)
    page.messages.export_action.trigger()
    await eventually(lambda: page.messages.notice.isVisible() and file.exists())
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(each["username"], each.get("to"), each["content"]) for each in lines] == [
        ("ana", None, {"text": "hello"}),
        ("ana", "ben", "see you"),
    ]


async def test_the_row_says_what_became_of_it(page: LivePage, running: Service) -> None:
    """Queued, then replayed, in the row, in the words below and in the table of who got it."""
    await talk(running)
    row = next(each for each in running.traffic.after(0) if each.kind == "direct")
    assert recipient(row) == "ben … queued"
    words = r"ben is away: it waits for the next login, until \d+ \w+ \d{4}, \d\d:\d\d\."
    assert re.fullmatch(words, verdict(row))
    page.refresh()
    page.traffic.view.record_chosen.emit(row)
    page.detail.tabs.setCurrentIndex(DELIVERY)
    assert page.detail.delivery.shown_count() == 1
    shoot(page, "queued-direct")
    account = running.accounts.find("ben")
    assert account is not None
    assert await running.messages.count_of(account.id) == (1, 1)
    async with http_client(running) as http, ws_client(running) as ben:
        await ben.log_in((await http.login("ben"))["token"])
        await ben.expect("direct")
    assert recipient(row) == "ben ✓ replayed"
    assert "got it" in verdict(row)
    assert page.detail.delivery.refresh()
    assert not page.detail.delivery.refresh()

"""The window with twelve clients and their traffic, as the README shows it.

Each run writes the pictures to `tests/screenshots/out`; with `SAVE_PICTURES=1` also where the README finds
them.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from authws_desktop.app import new_application
from authws_desktop.logs import LogRing
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Kind
from tests.own_clients import WsClient, eventually, http_client, loaded, ws_client

SCREENSHOTS = Path(__file__).parents[1] / "screenshots"
PEOPLE = {"ana": ["phone", "laptop"], "ben": ["laptop"], "cem": ["phone"], "dora": ["phone", "tablet"],
          "emil": ["laptop"], "fatma": ["phone"], "gus": ["kiosk"], "hana": ["phone", "laptop"], "ivo": ["bot"]}  # fmt: skip
TALK: list[tuple[str, dict[str, Any]]] = [
    ("ana", {"type": "message", "content": {"text": "Good morning! The build is green again."}}),
    ("ben", {"type": "message", "content": {"text": "Deploying to the kiosk now"}}),
    (
        "ben",
        {"type": "direct", "to": "gus", "content": {"cmd": "reload", "version": "2.4.1"}, "messageId": 17},
    ),
    ("gus", {"type": "message", "content": {"status": "reloading", "progress": 0.4}}),
    ("dora", {"type": "message", "content": {"text": "Who has the projector cable?"}}),
    ("cem", {"type": "direct", "to": "dora", "content": "Me. Room 3."}),
    ("ivo", {"type": "message", "content": {"poll": "Lunch", "options": ["soup", "salad", "pizza"]}}),
    ("hana", {"type": "direct", "to": "nobody", "content": "hello?", "messageId": "x1"}),
    ("emil", {"type": "shout", "content": 1}),
    ("fatma", {"type": "message", "content": {"vote": {"poll": "Lunch", "choice": "soup"}}}),
]
WAVES = [8, 20]
"""How many messages a second the machine sends, second by second."""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[tuple[Service, dict[str, WsClient]]]:
    """A server with twelve clients."""
    settings = loaded(tmp_path)
    if os.environ.get("SAVE_PICTURES"):
        settings = settings.with_saved(msgspec.structs.replace(settings.saved, host="localhost", port=4000))
    service = Service(settings, DataPaths.under(tmp_path), password_cost=4)
    await service.start()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(http_client(service))
        clients: dict[str, WsClient] = {}
        for name, apps in PEOPLE.items():
            token = (await http.register(name))["token"]
            for app in apps:
                clients[name] = await stack.enter_async_context(ws_client(service))
                await clients[name].log_in(token, app)
        await stack.enter_async_context(ws_client(service))
        await http.post("/auth/login", {"username": "ben", "password": "not his password"})
        yield service, clients
    await service.close()


async def talk(service: Service, clients: dict[str, WsClient]) -> None:
    """Have a machine report, for numbers in the server bar, and then people talk."""
    for second in WAVES:
        for number in range(second):
            await clients["gus"].send({"type": "message", "content": {"visitors": number}})
            await asyncio.sleep(1 / second)
    for name, message in TALK:
        await clients[name].send(message)
        await asyncio.sleep(0.03)  # people do not all type in the same millisecond
    await eventually(lambda: service.hub.counters.messages_in >= sum(WAVES) + len(TALK) + 12)


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_the_window_with_twelve_clients(stage: tuple[Service, dict[str, WsClient]], look: str) -> None:
    """Taken from the real window on a real server; the chosen message is shown below."""
    service, clients = stage
    app = new_application()
    theme = Theme()
    ring = LogRing()
    logging.getLogger().addHandler(ring)
    service._current.replace(service.settings.with_saved(_with_theme(service, look)))
    window = MainWindow(service, theme, WindowState(service.paths.window_file), ring)
    window.resize(1280, 800)
    window.show()
    try:
        await talk(service, clients)
        await asyncio.sleep(0.4)  # a few refreshes
        _choose(window, service)
        await asyncio.sleep(0.3)
        picture = window.grab()
        assert not picture.isNull()
        (SCREENSHOTS / "out").mkdir(exist_ok=True)
        assert picture.save(str(SCREENSHOTS / "out" / f"window-{look}.png"))
        if os.environ.get("SAVE_PICTURES"):
            assert picture.save(str(SCREENSHOTS / f"window-{look}.png"))
        assert theme.is_dark is (look == "dark")
    finally:
        logging.getLogger().removeHandler(ring)
        window.close_for_good()
        window.deleteLater()
        theme.apply(app, "light")


def _with_theme(service: Service, look: str) -> Any:
    return msgspec.structs.replace(service.settings.saved, theme=look)


def _choose(window: MainWindow, service: Service) -> None:
    """Choose the poll's row."""
    page: Any = window.pages["live"]
    chosen = next(
        record
        for record in service.traffic.after(0)
        if record.kind is Kind.MESSAGE and b"Lunch" in record.payload and b"poll" in record.payload
    )
    model = page.traffic.view.model()
    for row in range(model.rowCount()):
        content, who = (model.index(row, each).data() for each in (TrafficColumn.CONTENT, TrafficColumn.WHO))
        if content.startswith('{"poll"') and chosen.identity.username in who:
            page.traffic.view.setCurrentIndex(model.index(row, 0))
            return
    raise AssertionError("the row is not shown")

"""A server that keeps messages, and clients that ask for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from authws_desktop.server.service import Service
from tests.own_clients import HttpClient, WsClient, eventually, running_service, ws_client

Enter = Callable[..., Awaitable[tuple[WsClient, dict[str, Any]]]]
SQLITE, POSTGRESQL = "sqlite", "postgresql"
LOOK_AT_THE_FILE = ("test_locked", "test_gone", "test_off_the_wire_is_as_it_was")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests on SQLite and on PostgreSQL; not those that do something to the SQLite file itself."""
    if "database_url" in metafunc.fixturenames:
        is_both = metafunc.function.__name__ not in LOOK_AT_THE_FILE
        metafunc.parametrize("database_url", [SQLITE, POSTGRESQL] if is_both else [SQLITE], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """Where the messages are kept, as the setting says it; empty for the SQLite file of the data folder."""
    if request.param == SQLITE:
        return ""
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def service(tmp_path: Path, database_url: str, changes: dict[str, Any]) -> AsyncIterator[Service]:
    """Run a server on the test's database."""
    async with running_service(tmp_path, database_url=database_url, **changes) as service:
        yield service


@pytest.fixture
def changes() -> dict[str, Any]:
    """Messages are kept, and nobody is slowed down."""
    return {"messages_kept": 10_000, "message_rate": 0}


@pytest.fixture
def tokens() -> dict[str, str]:
    """Tokens by name."""
    return {}


@pytest.fixture
async def enter(service: Service, http: HttpClient, tokens: dict[str, str]) -> AsyncIterator[Enter]:
    """Return a function that registers a user (once) and logs in, with fields of `authenticate`."""
    async with AsyncExitStack() as stack:

        async def enter(name: str, **fields: Any) -> tuple[WsClient, dict[str, Any]]:
            if name not in tokens:
                tokens[name] = (await http.register(name))["token"]
            client = await stack.enter_async_context(ws_client(service))
            return client, await log_in(client, tokens[name], **fields)

        yield enter


async def log_in(client: WsClient, token: str, **fields: Any) -> dict[str, Any]:
    await client.send({"type": "authenticate", "token": token, **fields})
    return await client.expect("authentication")


async def say(client: WsClient, *contents: Any) -> list[dict[str, Any]]:
    """Say something to everyone, and wait until it is accepted."""
    for number, content in enumerate(contents):
        await client.send({"type": "message", "content": content, "messageId": number})
    return [await client.expect("message_accepted") for _ in contents]


async def read(client: WsClient, count: int, kind: str = "message") -> list[dict[str, Any]]:
    return [await client.expect(kind) for _ in range(count)]


async def gone(service: Service, client: WsClient) -> None:
    """Close, and wait until the server knows."""
    await client.socket.close()
    await eventually(lambda: client.client_id not in service.hub.clients)

"""A running server with an HTTP client, and a way to join it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from authws_desktop.server.service import Service
from tests.clients import HttpClient, Join, WsClient, http_client, running_service, ws_client


@pytest.fixture
def changes() -> dict[str, Any]:
    """Settings that differ from the defaults; modules and tests override it."""
    return {}


@pytest.fixture
async def service(tmp_path: Path, changes: dict[str, Any]) -> AsyncIterator[Service]:
    """Run a server."""
    async with running_service(tmp_path, **changes) as service:
        yield service


@pytest.fixture
async def http(service: Service) -> AsyncIterator[HttpClient]:
    """Return an HTTP client of the server."""
    async with http_client(service) as client:
        yield client


@pytest.fixture
async def join(service: Service, http: HttpClient) -> AsyncIterator[Join]:
    """Return a function that registers a user (once) and joins with a WebSocket."""
    tokens: dict[str, str] = {}
    async with AsyncExitStack() as stack:

        async def join(name: str = "", **options: Any) -> WsClient:
            client = await stack.enter_async_context(ws_client(service, **options))
            if name:
                if name not in tokens:
                    tokens[name] = (await http.register(name))["token"]
                await client.log_in(tokens[name])
            return client

        yield join

"""Real clients for tests: HTTP by aiohttp, WebSocket by websockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import websockets
from websockets.asyncio.client import ClientConnection

from authws_desktop.paths import DataPaths
from authws_desktop.server.service import Service
from authws_desktop.settings import LoadedSettings, Settings, load_settings

PASSWORD = "correct horse"
WAIT_S = 30.0


def loaded(folder: Path, **changes: Any) -> LoadedSettings:
    """Return settings for a server on a free loopback port."""
    plain = load_settings(folder / "none.toml", environment={}, dotenv_file=folder / "none.env")
    values = msgspec.structs.replace(Settings(), **{"host": "127.0.0.1", "port": 0, **changes})
    return plain.with_saved(values)


@asynccontextmanager
async def running_service(folder: Path, **changes: Any) -> AsyncIterator[Service]:
    """Run a real server on a free loopback port, with cheap password hashing."""
    service = Service(loaded(folder, **changes), DataPaths.under(folder), password_cost=4)
    try:
        await service.start()
        yield service
    finally:
        await service.close()


async def eventually(condition: Callable[[], object], within_s: float = WAIT_S) -> None:
    """Wait until a condition holds; fail if it does not in time."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.01)


class HttpClient:
    """Calls the auth API.

    Attributes:
        base: The server's address.
    """

    def __init__(self, base: str, session: aiohttp.ClientSession) -> None:
        self.base = base
        self.session = session

    async def post(
        self, path: str, body: Any = None, token: str = "", **options: Any
    ) -> tuple[int, dict[str, Any]]:
        """Post JSON; return status and decoded answer."""
        return await self.call("POST", path, token, body, **options)

    async def get(self, path: str, token: str = "", **options: Any) -> tuple[int, dict[str, Any]]:
        """Get JSON; return status and decoded answer."""
        return await self.call("GET", path, token, **options)

    async def call(
        self, method: str, path: str, token: str = "", body: Any = None, **options: Any
    ) -> tuple[int, dict[str, Any]]:
        """Send any request; return status and decoded answer."""
        headers = dict(options.pop("headers", {}))
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            options["json"] = body
        async with self.session.request(method, self.base + path, headers=headers, **options) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else {}

    async def register(self, name: str, password: str = PASSWORD) -> dict[str, Any]:
        """Register and return the answer."""
        status, answer = await self.post("/auth/register", {"username": name, "password": password})
        assert status == 201, answer
        return answer

    async def login(self, name: str, password: str = PASSWORD) -> dict[str, Any]:
        """Log in and return the answer."""
        status, answer = await self.post("/auth/login", {"username": name, "password": password})
        assert status == 200, answer
        return answer


@asynccontextmanager
async def http_client(service: Service) -> AsyncIterator[HttpClient]:
    """Return a client of a running server."""
    async with aiohttp.ClientSession() as session:
        yield HttpClient(f"http://127.0.0.1:{service.location.port}", session)


class WsClient:
    """A WebSocket client that keeps what it received until asked for it by type.

    Attributes:
        socket: The library's connection.
        client_id: From the `connection` frame.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.client_id = ""
        self._kept: list[dict[str, Any]] = []

    async def send(self, message: Any) -> None:
        """Send a text frame: JSON, or a string as it is."""
        await self.socket.send(
            message if isinstance(message, str | bytes) else json.dumps(message, ensure_ascii=False)
        )

    async def receive(self) -> dict[str, Any]:
        """Return the next message."""
        async with asyncio.timeout(WAIT_S):
            message: dict[str, Any] = json.loads(await self.socket.recv())
            return message

    async def expect(self, kind: str, check: Callable[[dict[str, Any]], object] = bool) -> dict[str, Any]:
        """Return the next message of a type that passes a check; others are kept for later."""
        for message in self._kept:
            if message["type"] == kind and check(message):
                self._kept.remove(message)
                return message
        while True:
            message = await self.receive()
            if message["type"] == kind and check(message):
                return message
            self._kept.append(message)

    async def log_in(self, token: str, app: str = "") -> dict[str, Any]:
        """Authenticate."""
        await self.send({"type": "authenticate", "token": token, **({"app": app} if app else {})})
        return await self.expect("authentication")

    async def expect_users(self, *names: str) -> None:
        """Wait for the user list that holds exactly these names."""
        await self.expect(
            "user_list", lambda got: sorted(u["username"] for u in got["users"]) == sorted(names)
        )

    async def expect_close(self) -> tuple[int, str]:
        """Wait until the server closes; return code and reason."""
        async with asyncio.timeout(WAIT_S):
            try:
                while True:
                    self._kept.append(json.loads(await self.socket.recv()))
            except websockets.ConnectionClosed as closed:
                assert closed.rcvd is not None, "the connection broke without a close frame"
                return closed.rcvd.code, closed.rcvd.reason


@asynccontextmanager
async def ws_client(service: Service, path: str = "/", **options: Any) -> AsyncIterator[WsClient]:
    """Connect to a running server."""
    # What a test does not read must not fill the client's queue: it would stop reading, miss the closing
    # handshake, and wait for it until its time is up.
    settings = {"proxy": None, "compression": None, "max_queue": None, **options}
    async with websockets.connect(f"ws://127.0.0.1:{service.location.port}{path}", **settings) as socket:
        client = WsClient(socket)
        client.client_id = (await client.receive())["clientId"]
        yield client


Join = Callable[..., Awaitable[WsClient]]


async def join(stack: AsyncExitStack, service: Service, name: str, app: str = "") -> WsClient:
    """Register a user (once), connect and log in; the stack ends the connection."""
    account = service.accounts.find(name)
    if account is None:
        async with http_client(service) as http:
            token = (await http.register(name))["token"]
    else:
        token = (await service.accounts.sessions.issue(account.id, 600)).token
    client = await stack.enter_async_context(ws_client(service))
    await client.log_in(token, app)
    return client

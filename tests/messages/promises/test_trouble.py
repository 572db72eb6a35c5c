"""A database that is locked, full or gone, a killed process, a full inbox, messages that expire: nothing is accepted and lost."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import websockets.sync.client

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.store import sqlite
from authws_desktop.messages import line
from authws_desktop.protocol import limits
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Fate
from tests.e2e.conftest import Running, Serve, serve
from tests.engines import Postgres
from tests.messages.conftest import Enter, gone, log_in, read, say
from tests.own_clients import WsClient, eventually, http_client, running_service, ws_client

__all__ = ["serve"]
KEEPING: dict[str, Any] = {"messages_kept": 1000, "message_rate": 0}


@pytest.fixture
async def service(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Service]:
    """A server that waits for a locked database for a moment only."""
    defaults = {**(Accounts.__init__.__kwdefaults__ or {}), "busy_timeout_s": 0.05}
    monkeypatch.setattr(Accounts.__init__, "__kwdefaults__", defaults)
    async with running_service(tmp_path, database_url=database_url, **KEEPING) as service:
        yield service


async def refused(client: WsClient, kind: str = "message", **fields: Any) -> None:
    """Say something that cannot be kept."""
    await client.send({"type": kind, "content": "lost?", "messageId": "x", **fields})
    error = await client.expect("error")
    assert (error["code"], error["messageId"]) == ("UNAVAILABLE", "x")
    assert error["retryAfterMs"] > 0


async def still_together(service: Service, *clients: WsClient) -> None:
    """Without keeping, everybody hears everybody, whatever the database does."""
    service.hub.talk.keeper = None
    for number, speaker in enumerate(clients):
        word = f"now {number}"
        await speaker.send({"type": "message", "content": word})
        for client in clients:
            while (await client.expect("message"))["content"] != word:
                pass


async def test_locked(service: Service, enter: Enter) -> None:
    """Refused while another program has it, accepted again afterwards; nobody got what was refused."""
    ana, start = await enter("ana", since="start")
    ben, _ = await enter("ben")
    with closing(sqlite3.connect(service.paths.database_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await refused(ana)
        await refused(ana, "direct", to="ben")
        other.execute("ROLLBACK")
    await say(ana, "kept")
    assert (await ben.expect("message"))["content"] == "kept"
    _, answer = await enter("ana", since=start["last"])
    assert answer["missed"] == 1


async def test_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused from the message on that has no room; what was accepted is there."""
    set_up = sqlite.set_up

    def small(connection: Any, record: object) -> None:
        set_up(connection, record)
        connection.execute("PRAGMA max_page_count=120").close()

    monkeypatch.setattr(sqlite, "set_up", small)
    async with running_service(tmp_path, **KEEPING) as service, http_client(service) as http:
        token = (await http.register("ana"))["token"]
        async with ws_client(service) as ana:
            start = await log_in(ana, token, since="start")
            accepted = 0
            while True:
                await ana.send({"type": "message", "content": "x" * 20_000, "messageId": accepted})
                answer = await ana.receive()
                while answer["type"] not in ("message_accepted", "error"):
                    answer = await ana.receive()
                if answer["type"] == "error":
                    break
                accepted += 1
            assert (answer["code"], answer["messageId"]) == ("UNAVAILABLE", accepted)
            assert accepted > 3
            async with ws_client(service) as again:
                assert (await log_in(again, token, since=start["last"]))["missed"] == accepted
                await still_together(service, ana)


async def test_gone(service: Service, enter: Enter) -> None:
    """Refused; who logs in learns that the past cannot be read, and takes part all the same."""
    ana, start = await enter("ana", since="start")
    await say(ana, 1)
    service.paths.database_file.unlink()
    await refused(ana)
    await ana.send({"type": "history", "messageId": "h"})
    assert (await ana.expect("error"))["code"] == "UNAVAILABLE"
    ben, answer = await enter("ana", since=start["last"])
    assert (answer["recovered"], answer["reason"]) == (False, "unavailable")
    service.host_messages.to_everyone('"from the host"')
    await refused(ana)
    assert [row.outcome for row in service.traffic.after(0) if row.is_from_host] == ["UNAVAILABLE"]
    await still_together(service, ana, ben)


async def test_postgresql_away(tmp_path: Path, postgres: Postgres, postgres_url: str) -> None:
    """Refused while it is down, accepted again afterwards; what was accepted is there, what was refused nobody got."""
    async with (
        running_service(tmp_path, database_url=postgres_url, **KEEPING) as service,
        AsyncExitStack() as stack,
    ):
        http = await stack.enter_async_context(http_client(service))
        token = (await http.register("ana"))["token"]
        ana, ben = [await stack.enter_async_context(ws_client(service)) for _ in range(2)]
        start = await log_in(ana, token, since="start")
        await log_in(ben, token)
        await say(ana, "before")
        await asyncio.to_thread(postgres.stop)
        try:
            await refused(ana)
            await refused(ana, "direct", to="ana")
        finally:
            await asyncio.to_thread(postgres.start)
        await say(ana, "after")
        assert [each["content"] for each in await read(ben, 2)] == ["before", "after"]
        again = await stack.enter_async_context(ws_client(service))
        assert (await log_in(again, token, since=start["last"]))["missed"] == 2


async def test_more_than_can_wait(service: Service, enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound of the queue nothing is taken."""
    ana, _ = await enter("ana")
    monkeypatch.setattr(line, "MAX_MESSAGES", 0)
    await refused(ana)
    await ana.send({"type": "history", "messageId": "h"})
    assert (await ana.expect("error"))["code"] == "UNAVAILABLE"


async def test_a_full_inbox(service: Service, enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than may wait is refused; there is room again once it was fetched."""
    from authws_desktop.messages import inbox

    assert limits.INBOX_MAX == 1000
    monkeypatch.setattr(inbox, "INBOX_MAX", 3)
    ana, _ = await enter("ana")
    ben, _ = await enter("ben")
    await gone(service, ben)
    for number in range(4):
        await ana.send({"type": "direct", "to": "ben", "content": number, "messageId": number})
    error = await ana.expect("error")
    assert (error["code"], error["messageId"]) == ("INBOX_FULL", 3)
    ben, _ = await enter("ben")
    assert [each["content"] for each in await read(ben, 3, "direct")] == [0, 1, 2]
    await gone(service, ben)
    keeper, account = service.messages._keeper, service.accounts.find("ben")
    assert keeper is not None
    assert account is not None
    await eventually(lambda: not keeper.inbox.holds_for(account.id))
    await ana.send({"type": "direct", "to": "ben", "content": 4})
    assert [(await ana.expect("message_delivered"))["queued"] for _ in range(4)] == [True] * 4


async def test_what_is_not_fetched_in_time(service: Service, enter: Enter) -> None:
    """Its sender is told, and it is not delivered any more; the row of the traffic knows."""
    ana, _ = await enter("ana")
    ben, _ = await enter("ben")
    await gone(service, ben)
    await ana.send({"type": "direct", "to": "ben", "content": 1, "messageId": "m"})
    await ana.expect("message_delivered")
    row = next(each for each in service.traffic.after(0) if each.kind == "direct")
    assert row.delivery is not None
    assert row.delivery.stored is not None
    assert row.delivery.stored.fate is Fate.QUEUED
    keeper = service.messages._keeper
    assert keeper is not None
    keeper._now = lambda: service.hub._now() + 40 * 24 * 3600
    service.messages.tidy()
    error = await ana.expect("error")
    assert (error["code"], error["messageId"]) == ("DELIVERY_EXPIRED", "m")
    assert row.delivery.stored.fate.value == Fate.EXPIRED.value
    ben, _ = await enter("ben")
    assert (await ben.receive())["type"] == "user_list"
    service.messages.tidy()
    assert await service.messages.count() == 0


async def test_cleared_and_told_by_the_row(service: Service, enter: Enter) -> None:
    """The rows follow what waits: replayed, acknowledged. What is cleared is too old for who comes back."""
    ana, start = await enter("ana", since="start")
    ben, _ = await enter("ben", ack=True)
    await ana.send({"type": "direct", "to": "ben", "content": 1})
    direct = (await read(ben, 1, "direct"))[0]
    await ben.send({"type": "ack", "id": direct["id"]})
    await gone(service, ben)
    await ana.send({"type": "direct", "to": "ben", "content": 2})
    await ana.expect("message_delivered", lambda got: got.get("queued"))
    ben, _ = await enter("ben")
    await read(ben, 1, "direct")
    rows = [each.delivery for each in service.traffic.after(0) if each.kind == "direct"]
    fates = [row.stored.fate for row in rows if row is not None and row.stored is not None]
    assert fates == [Fate.ACKNOWLEDGED, Fate.REPLAYED]
    assert [kept.content for page in [each async for each in service.messages.pages()] for kept in page] == [
        b"1",
        b"2",
    ]
    assert await service.messages.clear() == 2
    _, answer = await enter("ana", since=start["last"])
    assert answer["reason"] == "too_old"


@pytest.mark.parametrize("wrong", [{}, {"id": 5}, {"id": "x"}, {"id": "s00000000-1"}, {"id": "FUTURE"}])
async def test_an_ack_of_nothing(enter: Enter, wrong: dict[str, Any]) -> None:
    """The sentence names the field."""
    ana, _ = await enter("ana")
    (said,) = await say(ana, 1)
    if wrong.get("id") == "FUTURE":
        wrong = {"id": said["id"] + "f"}
    await ana.send({"type": "ack", **wrong})
    error = await ana.expect("error")
    assert error["code"] == "INVALID_MESSAGE"
    assert "'id'" in error["message"]


async def test_a_slow_reader_gets_all_of_it_without_filling_the_buffer(tmp_path: Path) -> None:
    """The replay waits for the client; its send buffer never holds more than a frame of it."""
    options = {**KEEPING, "max_buffer_bytes": 64 * 1024}
    async with running_service(tmp_path, **options) as service, AsyncExitStack() as stack:
        http = await stack.enter_async_context(http_client(service))
        token = (await http.register("ana"))["token"]
        ana = await stack.enter_async_context(ws_client(service))
        start = await log_in(ana, token, since="start")
        await say(ana, *(f"{number:04}" + "x" * 30_000 for number in range(300)))
        slow = await stack.enter_async_context(ws_client(service, max_queue=1))
        answer = await log_in(slow, token, since=start["last"])
        assert answer["missed"] == 300
        got = [int(each["content"][:4]) for each in await read(slow, 300)]
        assert got == list(range(300))


def test_killed_and_started_again(serve: Serve) -> None:
    """Everything that anybody saw or that was accepted before kill -9 is there afterwards, under its id."""
    keeping = {"AUTHWS_MESSAGES_KEPT": "1000", "AUTHWS_MESSAGE_RATE": "0"}
    running = serve(**keeping)
    token = register(running, "ana")
    accepted: dict[str, int] = {}
    with websockets.sync.client.connect(f"ws://127.0.0.1:{running.port}", proxy=None, close_timeout=0) as ana:
        start = authenticate(ana, token, since="start")
        for number in range(200):
            ana.send(json.dumps({"type": "message", "content": number, "messageId": number}))
        while len(accepted) < 100:
            frame = json.loads(ana.recv(timeout=30))
            if frame["type"] == "message_accepted":
                accepted[frame["id"]] = frame["messageId"]
        running.process.send_signal(signal.SIGKILL)
        running.process.wait(30)
    running = serve(**keeping)
    with websockets.sync.client.connect(f"ws://127.0.0.1:{running.port}", proxy=None, close_timeout=0) as ana:
        answer = authenticate(ana, token, since=start["last"])
        frames = [json.loads(ana.recv(timeout=30)) for _ in range(answer["missed"])]
        found = {frame["id"]: frame["content"] for frame in frames}
        assert accepted.items() <= found.items()
        assert list(found.values()) == list(range(len(found)))
        ana.send(json.dumps({"type": "message", "content": "new", "messageId": 1}))
        frame = json.loads(ana.recv(timeout=30))
        while frame["type"] != "message":
            frame = json.loads(ana.recv(timeout=30))
        assert frame["id"] not in found


def register(running: Running, name: str) -> str:
    """Return a token of a new user."""
    from urllib.request import ProxyHandler, Request, build_opener

    body = json.dumps({"username": name, "password": "correct horse"}).encode()
    url = f"http://127.0.0.1:{running.port}/auth/register"
    request = Request(url, body, {"Content-Type": "application/json"})
    with build_opener(ProxyHandler({})).open(request, timeout=30) as answer:
        token: str = json.loads(answer.read())["token"]
        return token


def authenticate(
    client: websockets.sync.client.ClientConnection, token: str, **fields: Any
) -> dict[str, Any]:
    """Log in; return the answer."""
    assert json.loads(client.recv(timeout=30))["type"] == "connection"
    client.send(json.dumps({"type": "authenticate", "token": token, **fields}))
    answer: dict[str, Any] = json.loads(client.recv(timeout=30))
    assert answer["type"] == "authentication"
    return answer


async def test_off_the_wire_is_as_it_was(tmp_path: Path) -> None:
    """Frame by frame, also for who sends what would ask for more: the fields of base, no id of a store, no new type."""
    async with running_service(tmp_path) as service, http_client(service) as http, ws_client(service) as ana:
        token = (await http.register("ana"))["token"]
        await ana.send({"type": "authenticate", "token": token, "since": "start", "ack": True, "echo": True})
        answer = await ana.receive()
        assert list(answer) == ["type", "user", "timestamp", "clientId", "expiresAt", "status"]
        assert (await ana.receive())["type"] == "user_list"
        await ana.send({"type": "message", "content": 1, "messageId": {"any": "thing"}})
        assert list(await ana.receive()) == ["type", "from", "username", "content", "timestamp", "id"]
        await ana.send({"type": "direct", "to": "ana", "content": 2, "receipt": True})
        assert list(await ana.receive()) == ["type", "from", "to", "username", "content", "timestamp", "id"]
        assert list(await ana.receive()) == ["type", "to", "timestamp", "id", "recipients"]
        for kind in ("ack", "history"):
            await ana.send({"type": kind, "id": "x"})
            assert (await ana.receive())["code"] == "INVALID_MESSAGE_TYPE"
        assert await service.messages.count() == 0
        with closing(sqlite3.connect(service.paths.database_file)) as other:
            assert other.execute("SELECT count(*) FROM message_store").fetchone() == (0,)

"""Two servers on one PostgreSQL: what one has issued counts at the other at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from authws_desktop.accounts import fresh_sessions, tokens
from authws_desktop.accounts.ledger import Ledger
from authws_desktop.paths import DataPaths
from authws_desktop.server import storage as storage_module
from authws_desktop.server.service import Service
from tests.engines import Postgres
from tests.own_clients import WsClient, http_client, loaded, ws_client

SECRET = "a secret of thirty-two bytes and more, of two servers"


@pytest.fixture
async def servers(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Service, Service]]:
    """Two running servers that never look at what the other wrote by themselves."""
    monkeypatch.setattr(storage_module, "POLL_INTERVAL_S", 3600.0)
    async with AsyncExitStack() as stack:
        started = []
        for name in ("a", "b"):
            folder = tmp_path / name
            settings = loaded(folder, database_url=postgres_url)
            service = Service(settings, DataPaths.under(folder), jwt_secret=SECRET, password_cost=4)
            stack.push_async_callback(service.close)
            await service.start()
            started.append(service)
        yield started[0], started[1]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One entry for each session that is looked for in the database."""
    found: list[object] = []
    learn = Ledger.learn

    async def counted(self: Ledger, find: object) -> bool:
        found.append(find)
        return await learn(self, find)  # type: ignore[arg-type]

    monkeypatch.setattr(Ledger, "learn", counted)
    return found


async def test_a_fresh_token_counts_at_the_other_server(servers: tuple[Service, Service]) -> None:
    """Registered at one, authenticated at the other at once, 50 of 50; over HTTP and by a token at the door, too."""
    one, other = servers
    async with http_client(one) as http, http_client(other) as elsewhere:
        for number in range(50):
            token = (await http.register(f"user{number}"))["token"]
            async with ws_client(other) as client:
                assert (await client.log_in(token))["user"]["username"] == f"user{number}"
        token = (await http.register("ana"))["token"]
        status, answer = await elsewhere.get("/auth/me", token)
        assert (status, answer["user"]["username"]) == (200, "ana")
        token = (await http.register("bob"))["token"]
        async with ws_client(other, f"/?token={token}") as client:
            assert (await client.expect("authentication"))["user"]["username"] == "bob"


async def test_what_comes_behind_a_fresh_token_waits_for_it(servers: tuple[Service, Service]) -> None:
    """A client that does not wait for its answer is served in its own order."""
    one, other = servers
    async with http_client(one) as http, ws_client(other) as client:
        token = (await http.register("ana"))["token"]
        await client.send({"type": "authenticate", "token": token})
        for number in range(20):
            await client.send({"type": "message", "content": number})
        kinds = [(await client.receive())["type"]]
        said = [(await client.expect("message"))["content"] for _ in range(20)]
        assert kinds == ["authentication"]
        assert said == list(range(20))


async def test_an_unknown_token_costs_one_read(
    servers: tuple[Service, Service], reads: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One for many that ask at once, none for who asks again; without a good signature none at all."""
    monkeypatch.setattr(fresh_sessions, "REMEMBERED_S", 3600.0)
    _, other = servers
    key = other.keys.active
    now_s = other.accounts._ledger.now()
    unknown, _ = tokens.issue(key, user_id="nobody", username="nobody", jti="j", now=now_s, life_s=60)

    async def refused(client: WsClient, token: str) -> str:
        await client.send({"type": "authenticate", "token": token})
        reason: str = (await client.expect("error"))["reason"]
        return reason

    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(ws_client(other)) for _ in range(20)]
        assert await refused(clients[0], unknown[:-4] + "AAAA") == "bad_signature"
        assert reads == []
        reasons = await asyncio.gather(*(refused(client, unknown) for client in clients))
        assert set(reasons) == {"unknown_token"}
        assert await refused(clients[0], unknown) == "unknown_token"
        assert len(reads) == 1


async def test_known_tokens_count_while_the_database_is_away(
    servers: tuple[Service, Service], postgres: Postgres
) -> None:
    """Who is known comes in from memory, others are told to come again, and all is well afterwards."""
    one, other = servers
    async with http_client(one) as http, http_client(other) as elsewhere:
        known, fresh = (await http.register("ana"))["token"], (await http.register("bob"))["token"]
        postgres.stop()
        try:
            async with ws_client(one) as client:
                await client.log_in(known)
                await client.send({"type": "message", "content": "still here"})
                await client.expect("message")
            async with ws_client(other) as client:
                await client.send({"type": "authenticate", "token": fresh})
                assert (await client.expect("error"))["code"] == "UNAVAILABLE"
                assert (await client.expect_close())[0] == 1001
            status, _ = await http.post("/auth/login", {"username": "ana", "password": "correct horse"})
            assert status == 503
        finally:
            postgres.start()
        assert (await http.login("ana"))["status"] == "success"
        assert (await elsewhere.login("bob"))["status"] == "success"

"""PostgreSQL frozen under a running cluster: it answers nothing and ends no connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from authws_desktop.accounts.store import postgresql
from authws_desktop.cluster.database_follower import DatabaseFollower
from tests.cluster.conftest import StartNode, meet
from tests.cluster.test_node import Crowd
from tests.engines import Postgres
from tests.own_clients import eventually, http_client, ws_client


@pytest.fixture
def frozen(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postgres]:
    """The engine, to be frozen; it is given up on early, and runs again afterwards."""
    for name, value in (("CONNECT_S", 2), ("PING_S", 0.5), ("SILENCE_S", 0.5)):
        monkeypatch.setattr(postgresql, name, value)
    monkeypatch.setattr(postgresql.TimedConnection, "silence_s", 0.5)
    yield postgres
    postgres.thaw()


async def test_live_traffic_goes_on_and_logins_are_told_to_come_back(
    frozen: Postgres, start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 over HTTP, `UNAVAILABLE` over WebSocket where a token is not known here; nobody is logged out."""
    one, two = await start_node(), await start_node()
    await meet(one, two)
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ana, ben = await crowd.join(one, "ana"), await crowd.join(two, "ben")
        await ana.expect_users("ana", "ben")
        # A token that the second node has not heard of.
        monkeypatch.setattr(DatabaseFollower, "look_soon", lambda _self: None)
        http = await stack.enter_async_context(http_client(one))
        other = await stack.enter_async_context(http_client(two))
        fresh = (await http.register("kim"))["token"]
        frozen.freeze()
        assert two.accounts.find("kim") is None
        late = await stack.enter_async_context(ws_client(two))
        await late.send({"type": "authenticate", "token": fresh})
        error = await late.expect("error")
        assert (error["code"], error["retryAfterMs"]) == ("UNAVAILABLE", 1000)
        assert (await late.expect_close())[0] == 1001
        status, _ = await other.get("/auth/me", token=fresh)
        assert status == 503
        password = {"username": "ana", "password": "correct horse"}
        for client in (http, other):
            assert (await client.post("/auth/login", password))[0] == 503
            assert (await client.get("/healthz"))[0] == 200
        await ana.send({"type": "message", "content": "still here"})
        assert (await ben.expect("message"))["content"] == "still here"
        await ben.send({"type": "direct", "to": "ana", "content": 1})
        assert (await ben.expect("message_delivered"))["recipients"] == 1
        await eventually(lambda: any("no answer" in each or "timeout" in each for each in one.troubles))
        frozen.thaw()
        await eventually(lambda: not one.troubles and not two.troubles)
        again = await stack.enter_async_context(ws_client(two))
        await again.log_in(fresh)
        await ana.expect_users("ana", "ben", "kim")

"""Messages that are kept, in a cluster: one order at all nodes, nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest

from authws_desktop.errors import ServiceError
from authws_desktop.messages import sequence, spread
from authws_desktop.server.service import Service
from tests.cluster.conftest import StartNode, meet, node_of
from tests.engines import Redis
from tests.messages.conftest import gone, log_in, read, say
from tests.own_clients import WsClient, eventually, http_client, ws_client

KEEPING: dict[str, Any] = {"messages_kept": 10_000, "message_rate": 0}
Enter = Callable[..., Awaitable[tuple[WsClient, dict[str, Any]]]]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nodes wait for each other as long as a slow machine needs."""
    monkeypatch.setattr(spread, "ANSWER_S", 60.0)


@pytest.fixture
async def nodes(start_node: StartNode) -> list[Service]:
    """Two nodes that know each other."""
    found = [await start_node(**KEEPING) for _ in range(2)]
    await meet(*found)
    return found


@pytest.fixture
async def enter() -> AsyncIterator[Enter]:
    """Return a function that registers a user (once) and logs in at a node, with fields of `authenticate`."""
    tokens: dict[str, str] = {}
    async with AsyncExitStack() as stack:

        async def enter(node: Service, name: str, **fields: Any) -> tuple[WsClient, dict[str, Any]]:
            if name not in tokens:
                http = await stack.enter_async_context(http_client(node))
                tokens[name] = (await http.register(name))["token"]
            client = await stack.enter_async_context(ws_client(node))
            return client, await log_in(client, tokens[name], **fields)

        yield enter


async def test_one_order_at_every_node(start_node: StartNode, enter: Enter) -> None:
    """Three nodes where all talk at once: each client hears all of it once, and all in the same order."""
    nodes = [await start_node(**KEEPING) for _ in range(3)]
    await meet(*nodes)
    clients = [(await enter(node, f"user{number}"))[0] for number, node in enumerate(nodes)]
    for number in range(40):
        for client in clients:
            await client.send({"type": "message", "content": number, "messageId": number})
    heard = [await read(client, 120) for client in clients]
    orders = [[each["id"] for each in messages] for messages in heard]
    assert orders[0] == orders[1] == orders[2]
    assert len(set(orders[0])) == 120
    for sender in ("user0", "user1", "user2"):
        assert [each["content"] for each in heard[0] if each["username"] == sender] == list(range(40))
    for client in clients:
        accepted = [await client.expect("message_accepted") for _ in range(40)]
        assert {each["id"] for each in accepted} <= set(orders[0])


async def test_what_was_missed_comes_from_another_node(nodes: list[Service], enter: Enter) -> None:
    """Somebody drops at one node and comes back at the other, while people talk at both."""
    one, two = nodes
    ana, _ = await enter(one, "ana")
    kim, _ = await enter(two, "kim")
    ben, start = await enter(one, "ben", since="start")
    await say(ana, *range(10))
    assert [each["content"] for each in await read(ben, 10)] == list(range(10))
    await gone(one, ben)
    await say(ana, *range(10, 100))

    async def talk(client: WsClient, words: str) -> None:
        for number in range(200):
            await client.send({"type": "message", "content": f"{words}{number}"})
            if number % 5 == 0:
                await asyncio.sleep(0)

    async def resume(node: Service) -> list[str]:
        client, answer = await enter(node, "ben", since=start["last"])
        assert answer["recovered"] is True
        return [each["id"] for each in await read(client, 500)]

    async with asyncio.TaskGroup() as group:
        group.create_task(talk(ana, "a"))
        group.create_task(talk(kim, "k"))
        resuming = [group.create_task(resume(nodes[number % 2])) for number in range(8)]
    seen = [each.result() for each in resuming]
    assert len(set(seen[0])) == 500
    assert all(each == seen[0] for each in seen)


async def test_directs_cross(nodes: list[Service], enter: Enter) -> None:
    """To somebody at the other node, to both places at once, and to somebody away, who comes to the other node."""
    one, two = nodes
    ana, _ = await enter(one, "ana", echo=True)
    ben, start = await enter(two, "ben")
    await ana.expect_users("ana", "ben")
    for to in ("ben", "BEN", ben.client_id):
        await ana.send({"type": "direct", "to": to, "content": to, "messageId": to})
        answer = await ana.expect("message_delivered")
        assert (answer["messageId"], answer["recipients"], answer.get("queued")) == (to, 1, None)
        (got,) = await read(ben, 1, "direct")
        assert (got["to"], got["id"], got["username"]) == (to, answer["id"], "ana")
        assert "echo" not in got
    here, _ = await enter(one, "ben")
    other, _ = await enter(two, "ana", echo=True)
    await ana.expect_users("ana", "ana", "ben", "ben")
    await ana.send({"type": "direct", "to": "ben", "content": "both"})
    assert (await ana.expect("message_delivered"))["recipients"] == 2
    assert (await read(ben, 1, "direct"))[0]["content"] == "both"
    assert (await read(here, 1, "direct"))[0]["content"] == "both"
    assert (await read(other, 1, "direct"))[0]["echo"] is True
    await gone(two, ben)
    await gone(one, here)
    await ana.expect_users("ana", "ana")
    await ana.send({"type": "direct", "to": "ben", "content": "later", "receipt": True})
    answer = await ana.expect("message_delivered")
    assert (answer["recipients"], answer["queued"]) == (0, True)
    assert answer["expiresAt"] > answer["timestamp"]
    ben, _ = await enter(two, "ben", ack=True)
    (got,) = await read(ben, 1, "direct")
    assert (got["content"], got["replayed"]) == ("later", True)
    await ben.send({"type": "ack", "id": got["id"]})
    receipt = await ana.expect("message_acknowledged")
    assert (receipt["id"], receipt["by"]["username"]) == (got["id"], "ben")
    await gone(two, ben)
    _, answer = await enter(one, "ben", since=start.get("last", got["id"]))
    assert answer["missed"] == 0


async def test_what_a_node_never_told_is_found(
    nodes: list[Service], enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that dies behind its commit has told nobody: the others look, or see the hole in the numbers."""
    one, two = nodes
    ana, _ = await enter(one, "ana")
    ben, _ = await enter(two, "ben")
    others = node_of(one).others
    tell, others.tell = others.tell, lambda *_: None  # type: ignore[method-assign]
    await say(ana, "untold")
    assert (await read(ben, 1))[0]["content"] == "untold"
    monkeypatch.setattr(spread, "LOOK_S", 1000.0)
    for keeper in (each.messages._keeper for each in nodes):
        assert keeper is not None
        assert keeper.spread is not None
        keeper.spread._looking.cancel()
    await say(ana, "in a hole")
    others.tell = tell  # type: ignore[method-assign]
    await say(ana, "told")
    assert [each["content"] for each in await read(ben, 2)] == ["in a hole", "told"]


async def test_numbers_of_which_nothing_is_left(nodes: list[Service], enter: Enter) -> None:
    """A hole that is none: the message was deleted with its user before anybody read it."""
    one, two = nodes
    ana, _ = await enter(one, "ana")
    ben, _ = await enter(two, "ben")
    others = node_of(one).others
    tell, others.tell = others.tell, lambda *_: None  # type: ignore[method-assign]
    keeper = two.messages._keeper
    assert keeper is not None
    assert keeper.spread is not None
    keeper.spread._looking.cancel()
    await say(ana, "deleted")
    assert await one.messages.clear() == 1
    others.tell = tell  # type: ignore[method-assign]
    await say(ana, "stays")
    assert (await read(ben, 1))[0]["content"] == "stays"


async def test_who_joins_behind_or_ahead_of_a_node(
    nodes: list[Service], enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the past has shown already is not delivered once more; what is no longer in memory is read."""
    one, two = nodes
    ana, start = await enter(one, "ana", since="start")
    kim, _ = await enter(two, "kim")
    keeper = two.messages._keeper
    assert keeper is not None
    assert keeper.spread is not None
    keeper.spread._looking.cancel()
    news: list[Any] = []
    hear = keeper.spread.hear
    monkeypatch.setattr(keeper.spread, "hear", lambda *item: news.append(item))
    await say(ana, "first")
    await ana.send({"type": "direct", "to": "kim", "content": "to kim", "messageId": 1})
    await eventually(lambda: len(news) == 2)
    ben, answer = await enter(two, "ben", since=start["last"])
    other, _ = await enter(two, "kim", since=start["last"])
    assert answer["missed"] == 1
    assert (await read(ben, 1))[0]["content"] == "first"
    assert [(await other.receive())["content"] for _ in range(2)] == ["first", "to kim"]
    await ben.expect("user_list")
    await other.expect("user_list")
    for item in news:
        hear(*item)
    assert (await ana.expect("message_delivered"))["recipients"] == 2
    assert (await read(kim, 1))[0]["content"] == "first"
    assert (await read(kim, 1, "direct"))[0]["content"] == "to kim"
    monkeypatch.setattr(keeper.spread, "hear", hear)
    await say(ana, "second")
    for client in (ben, other, kim):
        assert (await read(client, 1))[0]["content"] == "second"
    monkeypatch.setattr(sequence, "RECENT", 0)
    await say(ana, *range(5))
    late, _ = await enter(two, "ben", since=start["last"])
    assert [each["content"] for each in await read(late, 7)] == ["first", "second", *range(5)]


async def test_without_an_answer_a_direct_waits(
    nodes: list[Service], enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sender is told that it waits, and so it does; the recipient drops the double by its id."""
    one, two = nodes
    ana, _ = await enter(one, "ana")
    kim, _ = await enter(two, "kim")
    await ana.expect_users("ana", "kim")
    keeper = two.messages._keeper
    assert keeper is not None
    assert keeper.spread is not None
    keeper.spread._looking.cancel()
    monkeypatch.setattr(spread, "ANSWER_S", 0.05)
    news: list[Any] = []
    hear = keeper.spread.hear
    monkeypatch.setattr(keeper.spread, "hear", lambda *item: news.append(item))
    await ana.send({"type": "direct", "to": "kim", "content": 1})
    answer = await ana.expect("message_delivered")
    assert (answer["recipients"], answer["queued"]) == (0, True)
    await eventually(lambda: news)
    hear(*news[0])
    assert (await read(kim, 1, "direct"))[0]["id"] == answer["id"]
    again, _ = await enter(two, "kim")
    assert (await read(again, 1, "direct"))[0]["id"] == answer["id"]


async def test_without_its_engine_a_node_accepts_nothing_for_all(
    start_node: StartNode, own_redis: Redis, enter: Enter
) -> None:
    """Refused with a time rather than accepted; a direct to who is here, or away, goes on."""
    url = own_redis.url
    one, two = [await start_node(cluster_url=url, **KEEPING) for _ in range(2)]
    await meet(one, two)
    ana, _ = await enter(one, "ana")
    kim, _ = await enter(one, "kim")
    ben, start = await enter(two, "ben", since="start")
    await ana.expect_users("ana", "ben", "kim")
    own_redis.kill()
    await eventually(lambda: not node_of(one).bus.is_up and not node_of(two).bus.is_up)
    await ana.send({"type": "message", "content": "lost?", "messageId": 1})
    error = await ana.expect("error")
    assert (error["code"], error["messageId"]) == ("UNAVAILABLE", 1)
    assert error["retryAfterMs"] > 0
    await ana.send({"type": "direct", "to": "ben", "content": 1})
    assert (await ana.expect("error"))["code"] == "RECIPIENT_UNREACHABLE"
    await ana.send({"type": "direct", "to": "kim", "content": "here"})
    assert (await ana.expect("message_delivered"))["recipients"] == 1
    assert (await read(kim, 1, "direct"))[0]["content"] == "here"
    own_redis.start()
    await eventually(lambda: node_of(one).bus.is_up and node_of(two).bus.is_up)
    await say(ana, "kept")
    assert (await read(ben, 1))[0]["content"] == "kept"
    _, answer = await enter(one, "ben", since=start["last"])
    assert answer["missed"] == 1


async def test_an_announcement_that_stays_and_what_expires(nodes: list[Service], enter: Enter) -> None:
    """The pin is at every node; who wrote what nobody fetched is told, wherever it is."""
    one, two = nodes
    ana, _ = await enter(two, "ana")
    ben, _ = await enter(one, "ben")
    one.hub.talk.broadcast_from_host(msgspec.Raw(b'"at noon"'), is_pinned=True)
    for client in (ana, ben):
        (got,) = await read(client, 1)
        assert (got["content"], got["pinned"], got["username"]) == ("at noon", True, "server")
    await gone(one, ben)
    await ana.expect_users("ana")
    await ana.send({"type": "direct", "to": "ben", "content": 1, "messageId": "m"})
    assert (await ana.expect("message_delivered"))["queued"] is True
    keeper = one.messages._keeper
    assert keeper is not None
    keeper._now = lambda: one.hub._now() + 40 * 24 * 3600
    one.messages.tidy()
    error = await ana.expect("error")
    assert (error["code"], error["messageId"]) == ("DELIVERY_EXPIRED", "m")
    late, _ = await enter(two, "kim")
    assert (await read(late, 1))[0]["pinned"] is True


async def test_all_keep_or_none(start_node: StartNode) -> None:
    """A node that keeps nothing would not hear what the others say; nor is that changed while it runs."""
    one = await start_node(**KEEPING)
    with pytest.raises(ServiceError, match="the same AUTHWS_MESSAGES_KEPT"):
        await start_node()
    with pytest.raises(ServiceError, match="AUTHWS_MESSAGES_KEPT"):
        await one.apply(msgspec.structs.replace(one.settings.values, messages_kept=0))
    await one.apply(msgspec.structs.replace(one.settings.values, messages_kept=500))
    assert one.settings.values.messages_kept == 500

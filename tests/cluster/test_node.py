"""Several nodes are one server to their clients."""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import AsyncExitStack

import pytest

from authws_desktop.cluster import bus
from authws_desktop.cluster.engine_link import EngineLink
from authws_desktop.cluster.errors import ClusterError
from authws_desktop.errors import ServiceError
from authws_desktop.server.service import Service
from tests.cluster.conftest import StartNode, meet, node_of
from tests.engines import Redis
from tests.own_clients import WAIT_S, WsClient, eventually, http_client, ws_client


class Crowd:
    """Clients of several nodes, each logged in by a name.

    Attributes:
        tokens: Theirs, by name.
    """

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self.tokens: dict[str, str] = {}

    async def join(self, service: Service, name: str) -> WsClient:
        """Register at a node and connect to it."""
        http = await self._stack.enter_async_context(http_client(service))
        token = self.tokens[name] = (await http.register(name))["token"]
        client = await self._stack.enter_async_context(ws_client(service))
        await client.log_in(token)
        return client


async def test_messages_and_lists_cross(start_node: StartNode) -> None:
    """Everyone gets every message once, in the order of its sender; the list is the same everywhere."""
    nodes = [await start_node() for _ in range(3)]
    await meet(*nodes)
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        clients = [await crowd.join(node, f"user{number}") for number, node in enumerate(nodes)]
        for client in clients:
            await client.expect_users("user0", "user1", "user2")
        for number in range(30):
            for client in clients:
                await client.send({"type": "message", "content": number})
        for client in clients:
            got: dict[str, list[int]] = {}
            ids = set()
            for _ in range(90):
                message = await client.expect("message")
                got.setdefault(message["username"], []).append(message["content"])
                ids.add(message["id"])
            assert got == {f"user{number}": list(range(30)) for number in range(3)}
            assert len(ids) == 90
        assert [node_of(each).gaps for each in nodes] == [0, 0, 0]


async def test_directs_cross(start_node: StartNode) -> None:
    """By name, user id and client id; delivered only once the other node has written it, to all connections."""
    one, two = await start_node(), await start_node()
    await meet(one, two)
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ana, ben = await crowd.join(one, "ana"), await crowd.join(two, "ben")
        await ana.expect_users("ana", "ben")
        user_id = next(each.id for each in two.accounts.users() if each.username == "ben")
        for to in ("ben", "BEN", user_id, ben.client_id):
            await ana.send({"type": "direct", "to": to, "content": to, "messageId": "m"})
            answer = await ana.expect("message_delivered")
            assert (answer["to"], answer["recipients"], answer["messageId"]) == (to, 1, "m")
            got = await ben.expect("direct")
            assert (got["to"], got["content"], got["username"], got["from"]) == (to, to, "ana", ana.client_id)
        http = await stack.enter_async_context(http_client(one))
        again = await stack.enter_async_context(ws_client(one))
        await again.log_in((await http.login("ben"))["token"])
        await ana.send({"type": "direct", "to": "ben", "content": "both"})
        assert (await ana.expect("message_delivered"))["recipients"] == 2
        assert (await ben.expect("direct", lambda got: got["content"] == "both"))["username"] == "ana"
        assert (await again.expect("direct"))["content"] == "both"
        await ana.send({"type": "direct", "to": "nobody", "content": 1, "messageId": 7})
        error = await ana.expect("error")
        assert (error["code"], error["messageId"]) == ("INVALID_RECIPIENT", 7)


async def test_who_goes_leaves_every_list(start_node: StartNode) -> None:
    """A connection that ends, a user who is renamed, and a node that stops."""
    one, two = await start_node(), await start_node()
    await meet(one, two)
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ana = await crowd.join(one, "ana")
        ben, kim = await crowd.join(two, "ben"), await crowd.join(two, "kim")
        await ana.expect_users("ana", "ben", "kim")
        await ben.socket.close()
        await ana.expect_users("ana", "kim")
        kims_id = next(each.id for each in two.accounts.users() if each.username == "kim")
        await two.accounts.administration.update(kims_id, username="Kimberly")
        await ana.expect_users("ana", "Kimberly")
        await two.stop()
        assert (await kim.expect_close())[0] == 1001
        ana._kept.clear()  # a list of hers from before the others came
        await ana.expect_users("ana")
        assert node_of(one).directory.nodes() == []


async def test_what_one_node_writes_is_in_force_at_all(
    start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user who is disabled at one node loses the connection to another, without waiting for a poll."""
    monkeypatch.setattr("authws_desktop.server.storage.POLL_INTERVAL_S", 3600.0)
    one, two = await start_node(), await start_node()
    await meet(one, two)
    async with AsyncExitStack() as stack:
        ben = await Crowd(stack).join(two, "ben")
        await eventually(lambda: one.accounts.find("ben"))
        account = one.accounts.find("ben")
        assert account is not None
        await one.accounts.administration.set_disabled(account.id, True)
        assert (await ben.expect_close())[0] == 4004


async def test_wrong_passwords_count_at_every_node(start_node: StartNode) -> None:
    """Who failed at one waits at the others, too, until a host lifts it anywhere."""
    one, two = await start_node(auth_rate=3), await start_node(auth_rate=3)
    await meet(one, two)
    async with http_client(one) as http, http_client(two) as other:
        wrong = {"username": "nobody", "password": "wrong password"}
        for _ in range(3):
            assert (await http.post("/auth/login", wrong))[0] == 401
        await eventually(two.accounts.logins.lockouts)
        assert (await other.post("/auth/login", wrong))[0] == 429
        await two.accounts.logins.lift(two.accounts.logins.lockouts()[0])
        await eventually(lambda: not one.accounts.logins.lockouts())
        assert (await http.post("/auth/login", wrong))[0] == 401


async def test_without_its_engine_a_node_goes_on_alone(start_node: StartNode, own_redis: Redis) -> None:
    """Own clients talk on, others are unreachable, and afterwards all is as before."""
    url = own_redis.url
    one, two = await start_node(cluster_url=url), await start_node(cluster_url=url)
    await meet(one, two)
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ana, ben = await crowd.join(one, "ana"), await crowd.join(two, "ben")
        await ana.expect_users("ana", "ben")
        own_redis.kill()
        await eventually(lambda: not node_of(one).bus.is_up and not node_of(two).bus.is_up)
        await eventually(lambda: one.troubles and "is away" in one.troubles[0])
        async with http_client(one) as http:
            assert (await http.get("/healthz"))[0] == 200
            assert (await http.get("/readyz"))[0] == 503
        await ana.send({"type": "message", "content": "alone"})
        assert (await ana.expect("message"))["content"] == "alone"
        await ana.send({"type": "direct", "to": "ben", "content": 1})
        assert (await ana.expect("error"))["code"] == "RECIPIENT_UNREACHABLE"
        kim = await crowd.join(one, "kim")
        await kim.expect_users("ana", "ben", "kim")
        own_redis.start()
        await eventually(lambda: node_of(one).bus.is_up and node_of(two).bus.is_up)
        await ben.expect_users("ana", "ben", "kim")
        await ana.send({"type": "direct", "to": "ben", "content": 2})
        assert (await ana.expect("message_delivered"))["recipients"] == 1
        await ana.send({"type": "message", "content": "together"})
        await ben.expect("message", lambda got: got["content"] == "together")
        assert one.troubles == []


async def test_a_frozen_engine_is_known_by_its_silence(start_node: StartNode, own_redis: Redis) -> None:
    """It answers nothing and ends nothing; nobody waits for it, and it is taken back when it answers."""
    url = own_redis.url
    one, two = await start_node(cluster_url=url), await start_node(cluster_url=url)
    await meet(one, two)
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ana, ben = await crowd.join(one, "ana"), await crowd.join(two, "ben")
        await ana.expect_users("ana", "ben")
        own_redis.freeze()
        await eventually(lambda: not node_of(one).bus.is_up)
        await ana.send({"type": "message", "content": "alone"})
        await ana.expect("message")
        own_redis.thaw()
        await eventually(lambda: node_of(one).bus.is_up and node_of(two).bus.is_up)
        await ana.send({"type": "message", "content": "together"})
        await ben.expect("message", lambda got: got["content"] == "together")


async def test_a_node_stops_while_it_looks_for_its_engine(
    start_node: StartNode, own_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine whose machine answers nothing, not even to a connection, holds nobody up."""
    one = await start_node(cluster_url=own_redis.url)
    looking = asyncio.Event()

    async def look(*_: object) -> EngineLink:
        looking.set()
        never: asyncio.Future[EngineLink] = asyncio.get_running_loop().create_future()
        return await never

    monkeypatch.setattr(bus, "open_link", look)
    own_redis.kill()
    async with asyncio.timeout(WAIT_S):
        await looking.wait()
        await one.stop()


async def test_an_emptied_engine_is_filled_again(start_node: StartNode, own_redis: Redis) -> None:
    """Who is connected where is known to the nodes themselves."""
    url = own_redis.url
    one, two = await start_node(cluster_url=url), await start_node(cluster_url=url)
    await meet(one, two)
    async with AsyncExitStack() as stack:
        ana = await Crowd(stack).join(one, "ana")
        key = f"authws:{{{url.rpartition('=')[2]}}}:node:{node_of(one).id}:conns"
        with own_redis.client() as redis:
            redis.flushall()
            await eventually(lambda: redis.hexists(key, ana.client_id))
        three = await start_node(cluster_url=url)
        await meet(one, two, three)
        ben = await Crowd(stack).join(three, "ben")
        await ben.expect_users("ana", "ben")


async def test_an_engine_that_is_full_is_as_good_as_away(start_node: StartNode, own_redis: Redis) -> None:
    """It takes no list of who is connected: the node goes on alone, says why, and comes back by itself."""
    one = await start_node(cluster_url=own_redis.url)
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        with own_redis.client() as redis:
            redis.config_set("maxmemory", "1")
            ana = await crowd.join(one, "ana")
            await eventually(lambda: one.troubles and "OOM" in one.troubles[0])
            await ana.send({"type": "message", "content": "alone"})
            await ana.expect("message")
            redis.config_set("maxmemory", "0")
        await eventually(lambda: node_of(one).bus.is_up)
        assert one.troubles == []


async def test_a_dead_nodes_people_go_with_its_lease(
    start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody cleans up after it: a node that beats no more is forgotten by the others."""
    monkeypatch.setattr("authws_desktop.cluster.roll.LEASE_S", 2)
    monkeypatch.setattr("authws_desktop.cluster.node.BEAT_TICKS", 1)
    monkeypatch.setattr("authws_desktop.cluster.node.TICK_S", 0.1)
    one, two = await start_node(), await start_node()
    await meet(one, two)
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ana, _ = await crowd.join(one, "ana"), await crowd.join(two, "ben")
        await ana.expect_users("ana", "ben")
        dead = node_of(two)
        assert dead._ticking is not None
        dead._ticking.cancel()
        await asyncio.wait([dead._ticking])
        await eventually(lambda: not node_of(one).directory.people())
        ana._kept.clear()  # a list of hers from before ben came
        await ana.expect_users("ana")
        # It lives after all: with its next beat its people are back.
        dead._ticking = asyncio.get_running_loop().create_task(dead._tick())
        await ana.expect_users("ana", "ben")


async def test_a_hole_is_seen_and_mended(start_node: StartNode) -> None:
    """An envelope that never came is counted, and that node's people are read anew."""
    one, two = await start_node(), await start_node()
    await meet(one, two)
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ana, ben = await crowd.join(one, "ana"), await crowd.join(two, "ben")
        await ana.expect_users("ana", "ben")
        node_of(one).directory.remove(ben.client_id)
        node_of(two).bus._number += 3
        await ben.send({"type": "message", "content": 1})
        await ana.expect("message")
        assert node_of(one).gaps == 3
        await eventually(lambda: node_of(one).directory.find("ben"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"secret": "another secret, of thirty-two bytes and more"}, "the same JWT_SECRET"),
        ({"cluster_url": "http://localhost"}, "redis://"),
        ({"cluster_url": "redis://localhost/0?name=a b"}, "letters, digits"),
        ({"cluster_url": "redis://127.0.0.1:1/0"}, "cannot be reached"),
        ({"database_url": ""}, "PostgreSQL"),
    ],
)
async def test_who_does_not_fit_is_told(start_node: StartNode, changes: dict[str, str], words: str) -> None:
    """Another secret, no engine, no shared database: the server does not start, and a sentence says why."""
    await start_node()
    with pytest.raises(ServiceError, match=words):
        await start_node(**changes)


async def test_a_version_that_is_too_far_away_is_told(
    start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One apart works together; two apart, and nothing is joined."""
    one = await start_node()
    version = node_of(one).info.version
    monkeypatch.setattr("authws_desktop.cluster.node.VERSION", version + 1)
    monkeypatch.setattr("authws_desktop.cluster.roll.VERSION", version + 1)
    two = await start_node()
    await meet(one, two)
    await two.close()
    monkeypatch.setattr("authws_desktop.cluster.node.VERSION", version + 2)
    monkeypatch.setattr("authws_desktop.cluster.roll.VERSION", version + 2)
    with pytest.raises(ClusterError, match="one version at a time"):
        await start_node()


async def test_a_name_that_is_taken_is_told(start_node: StartNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two nodes by one name would each undo the other's list."""
    await start_node()
    real = secrets.token_bytes
    first = bytes.fromhex("a1b2c3")
    monkeypatch.setattr(
        "authws_desktop.cluster.node.secrets.token_bytes", lambda size: first + real(size)[3:]
    )
    await start_node()
    with pytest.raises(ClusterError, match="called"):
        await start_node()


async def test_clocks_that_are_apart_are_told(start_node: StartNode) -> None:
    """Leases go by the engine's clock, so the lists stay right; the host is told whose clock is off."""
    one, two = await start_node(), await start_node()
    await meet(one, two)
    node_of(two).roll._clock = lambda: time.time() - 3600
    await eventually(lambda: any("behind" in each and "NTP" in each for each in two.troubles))
    assert one.troubles == []
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ana, _ = await crowd.join(one, "ana"), await crowd.join(two, "ben")
        await ana.expect_users("ana", "ben")
    node_of(two).roll._clock = time.time
    await eventually(lambda: not two.troubles)


async def test_an_engine_that_becomes_a_replica_is_as_good_as_away(
    start_node: StartNode, own_redis: Redis
) -> None:
    """After a failover it takes no writes: said, and healed by itself when it does again."""
    one = await start_node(cluster_url=own_redis.url)
    async with AsyncExitStack() as stack:
        with own_redis.client() as redis:
            redis.replicaof("127.0.0.1", 1)
            ana = await Crowd(stack).join(one, "ana")
            await eventually(lambda: one.troubles and "READONLY" in one.troubles[0])
            await ana.send({"type": "message", "content": "alone"})
            await ana.expect("message")
            redis.replicaof("NO", "ONE")
        await eventually(lambda: node_of(one).bus.is_up)


async def test_another_cluster_on_the_same_engine_is_another_one(
    start_node: StartNode, redis_engine: Redis
) -> None:
    """The name keeps them apart; nothing of one reaches the other."""
    one, other = await start_node(), await start_node(cluster_url=redis_engine.url)
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ana, ben = await crowd.join(one, "ana"), await crowd.join(other, "ben")
        await ben.expect_users("ben")
        await ben.send({"type": "message", "content": 1})
        await ben.expect("message")
        await ana.send({"type": "direct", "to": "ben", "content": 1})
        assert (await ana.expect("error"))["code"] == "INVALID_RECIPIENT"


async def test_a_wrong_password_is_told(start_node: StartNode, own_redis: Redis) -> None:
    """And is repeated nowhere."""
    with own_redis.client() as redis:
        redis.config_set("requirepass", "right")
    where = f"127.0.0.1:{own_redis.port}/0"
    with pytest.raises(ClusterError, match="password") as refused:
        await start_node(cluster_url=f"redis://:hunter22@{where}")
    assert "hunter22" not in str(refused.value)
    await start_node(cluster_url=f"redis://:right@{where}")

"""Bans and kicks reach every node."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from authws_desktop.admission.bans import BanError, BanList
from authws_desktop.cluster.bans import TableBans
from tests.cluster.conftest import StartNode, meet
from tests.cluster.test_node import Crowd
from tests.engines import Postgres
from tests.own_clients import eventually


@pytest.fixture(autouse=True)
def no_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is followed unless another node tells."""
    monkeypatch.setattr("authws_desktop.server.storage.POLL_INTERVAL_S", 3600.0)


async def test_a_ban_holds_at_every_node(start_node: StartNode) -> None:
    """Made at one, it ends the connection to another with 4006, also at nodes that come later, until it is lifted."""
    one, two = await start_node(), await start_node()
    await meet(one, two)
    async with AsyncExitStack() as stack:
        ben = await Crowd(stack).join(two, "ben")
        await eventually(lambda: one.accounts.find("ben"))
        account = one.accounts.find("ben")
        assert account is not None
        ban = await one.moderation.ban_user(account.id, None, "spam")
        code, reason = await ben.expect_close()
        assert (code, "spam" in reason) == (4006, True)
        three = await start_node()
        assert [each.value for each in three.bans.current()] == [account.id]
        await three.moderation.lift(ban.id)
        await eventually(lambda: one.bans.current() == two.bans.current() == [])


async def test_a_kick_reaches_other_nodes(start_node: StartNode) -> None:
    """The host at one node closes a connection to another."""
    one, two = await start_node(), await start_node()
    await meet(one, two)
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ana, ben = await crowd.join(one, "ana"), await crowd.join(two, "ben")
        await ana.expect_users("ana", "ben")
        assert one.moderation.disconnect([ana.client_id, ben.client_id, "nobody"]) == 2
        assert await ben.expect_close() == (4005, "disconnected by the host")
        assert await ana.expect_close() == (4005, "disconnected by the host")


async def test_bans_that_are_made_at_once_are_all_kept(tmp_path: Path, postgres_url: str) -> None:
    """Nodes that write at the same time do not undo each other."""
    nodes = [TableBans(postgres_url, tmp_path / "bans.json") for _ in range(4)]
    for each in nodes:
        each.load()
    await asyncio.gather(
        *(
            asyncio.to_thread(each.add_address, f"203.0.113.{number}{turn}")
            for number, each in enumerate(nodes, 1)
            for turn in range(5)
        )
    )
    nodes[0].reload_if_changed()
    assert len(nodes[0].current()) == 20
    assert not nodes[0].reload_if_changed()
    for each in nodes:
        each.close()


def test_the_first_takes_its_own_files_bans_over(tmp_path: Path, postgres_url: str) -> None:
    """Who was banned while the server was alone stays out; a later node's file does not count."""
    for name, address in (("a", "203.0.113.1"), ("b", "203.0.113.2")):
        BanList(tmp_path / name).add_address(address)
    for name in ("a", "b"):
        bans = TableBans(postgres_url, tmp_path / name)
        bans.load()
        assert [each.value for each in bans.current()] == ["203.0.113.1"]
        bans.close()


def test_a_database_that_is_away_leaves_bans_in_force(tmp_path: Path, postgres: Postgres) -> None:
    """That is said; who is banned stays out."""
    bans = TableBans(postgres.new_database(), tmp_path / "bans.json")
    bans.add_address("203.0.113.1")
    postgres.stop()
    try:
        assert not bans.reload_if_changed()
        assert "cannot be read" in bans.trouble
        assert bans.of_address("203.0.113.1")
        with pytest.raises(BanError):
            bans.add_address("203.0.113.2")
    finally:
        postgres.start()
    assert not bans.reload_if_changed()
    assert bans.trouble == ""
    bans.close()

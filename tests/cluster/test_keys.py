"""The keys that all nodes share."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from authws_desktop.accounts.errors import InvalidField, KeysError
from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.accounts.store.database import Database
from authws_desktop.cluster.errors import ClusterError
from authws_desktop.cluster.keys import TableKeys
from tests.cluster.conftest import StartNode, meet
from tests.cluster.test_node import Crowd
from tests.engines import Postgres
from tests.own_clients import eventually, ws_client


def connected(url: str, folder: Path) -> TableKeys:
    """Return a node's keys."""
    keys = TableKeys(url, folder / "secret")
    keys.connect()
    return keys


def test_the_first_gives_its_files_keys(tmp_path: Path, postgres_url: str) -> None:
    """Its users' tokens go on; whoever comes later signs with the same key, and no file is touched."""
    own = SigningKeys(tmp_path / "secret")
    own.rotate(keep_until=2e9)
    one = connected(postgres_url, tmp_path)
    two = connected(postgres_url, tmp_path / "other")
    assert one.accepted_ids() == two.accepted_ids() == own.accepted_ids()
    assert one.active == two.active == own.active
    one.rotate(keep_until=None)
    assert SigningKeys(tmp_path / "secret").active == own.active
    assert two.reload_if_changed()
    assert not two.reload_if_changed()
    assert two.active == one.active
    one.close()
    two.close()


def test_a_key_is_accepted_before_it_signs(tmp_path: Path, postgres_url: str) -> None:
    """A token that another node signs a moment too early for this one is no stranger's."""
    one, two = connected(postgres_url, tmp_path), connected(postgres_url, tmp_path)
    old = one.active
    assert one.announce("a secret that was chosen by hand, and is long")
    assert two.reload_if_changed()
    assert one.active == two.active == old
    assert len(two.accepted_ids()) == 2
    one.rotate(keep_until=2e9)
    two.reload_if_changed()
    assert two.active.secret == b"a secret that was chosen by hand, and is long"
    assert {key.id: key.accepted_until for key in two.accepted()} == {two.active.id: None, old.id: 2e9}
    with pytest.raises(InvalidField):
        one.announce("short")
    one.close()
    two.close()


def test_two_that_rotate_at_once_lose_no_key(tmp_path: Path, postgres_url: str) -> None:
    """One of them signs, and tokens of the other one's key still count."""
    one, two = connected(postgres_url, tmp_path), connected(postgres_url, tmp_path)
    for each in (one, two):
        each.announce(None)
    for each in (one, two):
        each.rotate(keep_until=2e9)
    one.reload_if_changed()
    assert one.active == two.active
    assert len(one.accepted_ids()) == 3
    one.close()
    two.close()


def test_what_cannot_be_read_leaves_the_keys(tmp_path: Path, postgres: Postgres) -> None:
    """The database is away, or the table is empty: said, and nothing is forgotten."""
    url = postgres.new_database()
    keys = connected(url, tmp_path)
    before = keys.active
    database = Database(url)
    database.open()
    with database.writing() as connection:
        connection.execute(text("DELETE FROM signing_keys"))
    database.close()
    with pytest.raises(KeysError, match="empty"):
        keys.reload_if_changed()
    keys.close()
    for act in (keys.reload_if_changed, lambda: keys.announce(None), lambda: keys.rotate(keep_until=None)):
        with pytest.raises(KeysError, match="cannot be"):
            act()
    assert keys.active == before
    with pytest.raises(KeysError, match="cannot be read"):
        connected("postgresql://tests@127.0.0.1:1/x", tmp_path)


@pytest.mark.parametrize("is_kept", [True, False])
async def test_a_rotation_reaches_every_node(
    start_node: StartNode, monkeypatch: pytest.MonkeyPatch, is_kept: bool
) -> None:
    """Told, not polled: old tokens go on at all nodes, or everyone everywhere is closed with 4010."""
    monkeypatch.setattr("authws_desktop.server.storage.POLL_INTERVAL_S", 3600.0)
    one, two = await start_node(secret=""), await start_node(secret="")
    await meet(one, two)
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ana, ben = await crowd.join(one, "ana"), await crowd.join(two, "ben")
        await ana.expect_users("ana", "ben")
        old = one.keys.active.id
        await one.rotate_secret(keep_connected=is_kept)
        await eventually(lambda: two.keys.active.id == one.keys.active.id != old)
        if is_kept:
            kim = await crowd.join(two, "kim")
            again = await stack.enter_async_context(ws_client(one))
            await again.log_in(crowd.tokens["kim"])
            assert kim.client_id != again.client_id
            await ana.expect_users("ana", "ben", "kim", "kim")
        else:
            for client in (ana, ben):
                assert (await client.expect_close())[0] == 4010
            assert one.accounts.sessions.inspect(crowd.tokens["ben"]).reason is not None


async def test_who_shares_keys_and_who_is_given_one_do_not_mix(start_node: StartNode) -> None:
    """Tokens of one would count nothing at the other."""
    await start_node(secret="")
    with pytest.raises(ClusterError, match="another secret"):
        await start_node()

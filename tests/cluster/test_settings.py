"""Nodes share the rules that people meet: one row of settings, with a revision."""

from __future__ import annotations

import asyncio
import logging

import pytest
from msgspec.structs import replace

from authws_desktop.accounts.store.database import Database
from authws_desktop.cluster.settings import change_row, open_row, read_row
from authws_desktop.errors import ServiceError
from authws_desktop.settings import Settings
from authws_desktop.settings.shared import SHARED
from tests.cluster.conftest import StartNode, meet
from tests.engines import Postgres
from tests.own_clients import eventually


async def test_a_rule_is_changed_at_all_nodes(start_node: StartNode) -> None:
    """By whichever node; two that change at once lose nothing, a node's own stays its own, who comes takes over."""
    one, two = await start_node(welcome="Of the first"), await start_node(welcome="Of the second")
    await meet(one, two)
    await eventually(lambda: two.settings.values.welcome == "Of the first")
    await asyncio.gather(
        one.apply(replace(one.settings.saved, title="Hub", traffic_max_records=2000)),
        two.apply(replace(two.settings.saved, message_rate=7)),
    )
    await eventually(
        lambda: (
            {(each.settings.values.title, each.settings.values.message_rate) for each in (one, two)}
            == {("Hub", 7)}
        )
    )
    assert one.clustering.settings_revision == two.clustering.settings_revision == 3
    assert (one.settings.values.traffic_max_records, two.settings.values.traffic_max_records) == (
        2000,
        100_000,
    )
    await two.apply(replace(two.settings.saved, history_max_mib=1))
    late = await start_node()
    await eventually(lambda: late.settings.values.title == "Hub")
    assert late.settings.values.message_rate == 7
    assert late.clustering.settings_revision == 3
    assert late.settings.values.history_max_mib == 0
    await two.stop()
    assert two.clustering.settings_revision == 0
    await two.apply(replace(two.settings.saved, title="Alone"))
    assert one.settings.values.title == "Hub"


async def test_a_change_under_way_is_not_undone(start_node: StartNode) -> None:
    """What another node has changed is put upon the settings of then, not upon those of when it was heard of."""
    one = await start_node()
    async with one._lock:
        own = asyncio.ensure_future(one.apply(replace(one.settings.saved, traffic_max_records=2000)))
        await asyncio.sleep(0)
        await asyncio.to_thread(change_row, one.accounts.database, {"title": "Hub"})
        told = asyncio.ensure_future(one.clustering.follow_settings())
        await eventually(lambda: len(one._lock._waiters or ()) > 1)
    await asyncio.gather(own, told)
    assert (one.settings.values.title, one.settings.values.traffic_max_records) == ("Hub", 2000)


async def test_without_the_database_no_rule_is_changed(
    start_node: StartNode,
    postgres: Postgres,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is said why, and nothing is changed; what is a node's own can be."""
    one = await start_node()
    await eventually(lambda: one.clustering.settings_revision == 1)
    postgres.stop()
    try:
        with pytest.raises(ServiceError, match="settings of all nodes cannot be saved"):
            await one.apply(replace(one.settings.saved, title="Hub", theme="dark"))
        assert (one.settings.values.title, one.settings.values.theme) == ("", "system")
        await one.apply(replace(one.settings.saved, theme="dark"))
        await one.clustering.follow_settings()
        assert "is not in force here" in caplog.text
    finally:
        postgres.start()
    assert one.settings.values.theme == "dark"


def test_what_a_newer_version_shares_is_passed_over(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A name that this version does not share, and a value that it does not allow, which is told."""
    database = Database(postgres_url)
    database.open()
    open_row(database, Settings(title="First"))
    open_row(database, Settings(title="Late"))
    assert set(read_row(database).values) == SHARED
    assert read_row(database).values["title"] == "First"
    changed = change_row(database, {"title": "Hub", "port": 1, "unheard_of": 2, "message_rate": -1})
    with caplog.at_level(logging.WARNING):
        found = read_row(database)
    assert changed.revision == found.revision == 2
    assert found.values["title"] == "Hub"
    assert SHARED - set(found.values) == {"message_rate"}
    assert "port" not in found.values
    assert "message_rate" in caplog.text
    database.close()


def test_only_settings_are_shared() -> None:
    """Each name is one of a setting; where a node is and what it keeps to itself is not shared."""
    assert set(Settings.__struct_fields__) >= SHARED
    assert not SHARED & {"host", "port", "tls", "database_url", "cluster_url", "theme", "traffic_max_records"}

"""The nodes in a window, with three real ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from authws_desktop.panels.kit.refresh import open_dialogs
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.window.cluster_dialog import ClusterDialog, NodeRow
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import Service
from tests.engines import Redis
from tests.own_clients import eventually, http_client, loaded, ws_client
from tests.panels.conftest import deleted
from tests.panels.support import until

OUT = Path(__file__).parents[2] / "screenshots" / "out"


@pytest.fixture
async def nodes(
    tmp_path: Path, postgres_url: str, redis_engine: Redis, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[Service]]:
    """Three nodes of one cluster that beat often."""
    monkeypatch.setattr("authws_desktop.cluster.node.BEAT_TICKS", 1)
    monkeypatch.setattr("authws_desktop.cluster.node.TICK_S", 0.1)
    monkeypatch.setattr("authws_desktop.panels.window.cluster_dialog.QUIET_S", 1)
    url = redis_engine.url
    async with AsyncExitStack() as stack:
        started: list[Service] = []
        for name in ("a", "b", "c"):
            settings = loaded(tmp_path / name, database_url=postgres_url, cluster_url=url, drain_s=0)
            service = Service(settings, DataPaths.under(tmp_path / name), password_cost=4)
            stack.push_async_callback(service.close)
            await service.start()
            started.append(service)
        yield started


def texts(dialog: ClusterDialog) -> list[list[str]]:
    """Return what the table shows; the state's chip as its text."""
    dialog.refresh()
    columns = dialog.table.source.columns

    def cell(column: Column[NodeRow], row: NodeRow) -> str:
        chip = column.chip(row) if column.chip is not None else None
        return chip.text if chip is not None else column.text(row)

    return [[cell(column, row) for column in columns] for row in dialog.table.shown()]


async def test_nodes_are_listed_and_drained(app: QApplication, nodes: list[Service], theme: Theme) -> None:
    """Clients, state and lag of each; one is sent empty from here, takes clients again, and one that died is told."""
    one, two, three = nodes
    window = QWidget()
    dialog = ClusterDialog(one, theme, window)
    dialog.show()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(http_client(two))
        ben = await stack.enter_async_context(ws_client(two))
        await ben.log_in((await http.register("ben"))["token"])

        def shown(service: Service) -> list[str]:
            assert service.clustering.node is not None
            name = service.clustering.node.id
            return next((row for row in texts(dialog) if row[0] == name), [])

        await eventually(lambda: len(texts(dialog)) == 3 and shown(two)[4] == "1")
        assert [shown(each)[1] for each in nodes] == ["this one", "there", "there"]
        assert shown(two)[2] == two.location.http_url
        assert "there" in dialog.engine_label.text()
        assert dialog.engine_label.text().endswith("Settings of all nodes: revision 1")
        node = two.clustering.node
        assert node is not None
        assert [(row.person.username, row.node) for row in dialog.people.shown()] == [("ben", node.id)]
        kim = await stack.enter_async_context(ws_client(two))
        await kim.log_in((await http.register("kim"))["token"])

        def are_shown(*names: str) -> bool:
            dialog.refresh()
            return [row.person.username for row in dialog.people.shown()] == list(names)

        await eventually(lambda: are_shown("ben", "kim"))
        assert not dialog.disconnect_button.isEnabled()
        assert dialog.people.choose(kim.client_id)
        dialog.disconnect_button.click()
        question = await until(lambda: next((each for each in open_dialogs() if each is not dialog), None))
        next(each for each in question.findChildren(QPushButton) if each.text() == "Disconnect").click()
        assert (await kim.expect_close())[0] == 4005
        await eventually(lambda: are_shown("ben"))
        dialog.table.choose(node.id)
        assert dialog.drain_button.isEnabled()
        assert one.clustering.node is not None
        one.clustering.node.drain(node.id, is_on=True)
        assert (await ben.expect_close())[0] == 1001
        await eventually(lambda: shown(two)[1] == "draining")
        assert two.clustering.is_cut_off()
        dialog.update_controls()
        assert dialog.drain_button.text() == "Take clients again"
        dialog.drain_button.click()
        await eventually(lambda: shown(two)[1] == "there" and not two.clustering.is_cut_off())
        # The third dies: it beats no more.
        dead = three.clustering.node
        assert dead is not None
        assert dead._ticking is not None
        dead._ticking.cancel()
        await eventually(lambda: shown(three)[1].startswith("silent"))
        OUT.mkdir(parents=True, exist_ok=True)
        for choice in ("light", "dark"):
            theme.apply(app, choice)
            dialog.refresh()
            dialog.grab().save(str(OUT / f"cluster_dialog_{choice}.png"))
    await deleted(dialog)
    await deleted(window)


async def test_alone_it_says_what_there_would_be(service: Service, theme: Theme) -> None:
    """No empty table, and nothing to press."""
    window = QWidget()
    dialog = ClusterDialog(service, theme, window)
    assert texts(dialog) == []
    assert "docs/cluster.md" in dialog.empty_label.text()
    assert not dialog.drain_button.isEnabled()
    await deleted(dialog)
    await deleted(window)

"""What the bar says of a cluster, with two real nodes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.window.server_bar import ServerBar
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import Service
from tests.engines import Redis
from tests.own_clients import eventually, http_client, loaded, ws_client
from tests.panels.conftest import deleted
from tests.panels.pictures import shoot


@pytest.fixture
async def nodes(tmp_path: Path, postgres_url: str, own_redis: Redis) -> AsyncIterator[list[Service]]:
    """Two nodes of one cluster."""
    url = own_redis.url
    async with AsyncExitStack() as stack:
        started: list[Service] = []
        for name in ("a", "b"):
            settings = loaded(tmp_path / name, database_url=postgres_url, cluster_url=url, drain_s=0)
            secret = "a secret of thirty-two bytes and more"
            folder = DataPaths.under(tmp_path / name)
            service = Service(settings, folder, jwt_secret=secret, password_cost=4)
            stack.push_async_callback(service.close)
            await service.start()
            started.append(service)
        yield started


async def test_the_bar_counts_all_nodes(
    app: QApplication, nodes: list[Service], theme: Theme, own_redis: Redis
) -> None:
    """Own clients and everybody's, each node in the tip; alone again, the line goes, and an engine that is away is told."""
    one, two = nodes
    bar = ServerBar(one, theme)
    bar.resize(1280, 110)
    bar.show()
    async with http_client(two) as http, ws_client(two) as client:
        await client.log_in((await http.register("ana"))["token"])

        def shows(text: str) -> bool:
            bar.refresh()
            return text in bar.cluster_label.text()

        await eventually(lambda: shows("of 2 · 0 here · 1 in all"))
        assert bar.cluster_label.isVisible()
        assert two.location.http_url in bar.cluster_label.toolTip()
        for choice in ("light", "dark"):
            theme.apply(app, choice)
            shoot(bar, f"cluster-bar-{choice}")
        own_redis.kill()
        await eventually(lambda: shows("Node") and "is away" in bar.trouble_notice.text)
        bar.resize(1280, 200)
        shoot(bar, "cluster-bar-away")
    await one.stop()
    bar.refresh()
    assert not bar.cluster_label.isVisible()
    await deleted(bar)

"""Nodes in one process, on a real engine and a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from authws_desktop.cluster.node import Node
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import Service
from tests.engines import Redis
from tests.own_clients import eventually, loaded

SECRET = "a secret of thirty-two bytes and more, of all nodes"
StartNode = Callable[..., Awaitable[Service]]


@pytest.fixture
def cluster_url(redis_engine: Redis) -> str:
    """A cluster that nobody is part of yet."""
    return redis_engine.url


@pytest.fixture
async def start_node(tmp_path: Path, postgres_url: str, cluster_url: str) -> AsyncIterator[StartNode]:
    """Starts one node after the other."""
    async with AsyncExitStack() as stack:
        count = 0

        async def start(*, secret: str = SECRET, **changes: Any) -> Service:
            nonlocal count
            count += 1
            folder = tmp_path / f"node{count}"
            values = {"database_url": postgres_url, "cluster_url": cluster_url, "drain_s": 0, **changes}
            settings = loaded(folder, **values)
            service = Service(settings, DataPaths.under(folder), jwt_secret=secret, password_cost=4)
            stack.push_async_callback(service.close)
            await service.start()
            return service

        yield start


def node_of(service: Service) -> Node:
    """Return a running server as a node."""
    node = service.clustering.node
    assert node is not None
    return node


async def meet(*services: Service) -> None:
    """Wait until each knows of all others."""
    ids = {node_of(each).id for each in services}

    def is_met() -> bool:
        return all(ids <= {node_of(each).id, *node_of(each).directory.nodes()} for each in services)

    await eventually(is_met)

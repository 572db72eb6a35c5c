"""A server's part in a cluster: nothing while it is alone, and an end that is no storm."""

from __future__ import annotations

import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from authws_desktop.paths import DataPaths
from authws_desktop.server import clustering
from authws_desktop.server.service import Service
from tests.engines import Redis
from tests.own_clients import loaded, ws_client

ALONE = """
import asyncio, sys
from pathlib import Path
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import Service
from authws_desktop.settings import load_settings

async def run(folder):
    settings = load_settings(folder / "none.toml", command_line={"host": "127.0.0.1", "port": 0}, environment={})
    service = Service(settings, DataPaths.under(folder), password_cost=4)
    await service.start()
    await service.close()

asyncio.run(run(Path(sys.argv[1])))
print([name for name in sys.modules if "authws_desktop.cluster" in name or name.split(".")[0] in ("hiredis", "redis", "psycopg")])
"""


def test_a_server_that_is_alone_loads_nothing_of_clusters(tmp_path: Path) -> None:
    """Neither the room nor the clients of engines, from start to stop."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=True,
        timeout=120,
    )
    assert done.stdout == "[]\n"


async def test_a_node_that_stops_sends_its_clients_away_in_parts(
    tmp_path: Path, postgres_url: str, redis_engine: Redis
) -> None:
    """Each gets 1001, and nobody is sent to a node that drains: it is not ready from the first on."""
    settings = loaded(tmp_path, database_url=postgres_url, cluster_url=redis_engine.url, drain_s=1)
    secret = "a secret of thirty-two bytes and more"
    service = Service(settings, DataPaths.under(tmp_path), jwt_secret=secret, password_cost=4)
    await service.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(service.close)
        clients = [await stack.enter_async_context(ws_client(service)) for _ in range(clustering.SLICES + 5)]
        ready: list[bool] = []
        open_before: list[int] = []
        close = service.hub.close

        def counted(chosen: list[object], *rest: object) -> int:
            open_before.append(len(service.hub.clients))
            ready.append(service.clustering.is_cut_off())
            return close(chosen, *rest)  # type: ignore[arg-type]

        service.hub.close = counted  # type: ignore[method-assign, assignment]
        await service.stop()
        assert [(await client.expect_close())[0] for client in clients] == [1001] * len(clients)
        assert open_before[:3] == [25, 23, 21]
        assert all(ready[:13])

"""The check before a node is started."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.accounts.store.database import Database
from authws_desktop.cluster.check import check_cluster
from authws_desktop.cluster.errors import ClusterError
from tests.cluster.conftest import SECRET, StartNode, node_of
from tests.engines import Postgres, Redis


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    """The database of a cluster."""
    opened = Database(postgres_url)
    opened.open()
    yield opened
    opened.close()


def keys(folder: Path, secret: str = SECRET) -> SigningKeys:
    """Return the keys of a server that is given its secret."""
    return SigningKeys(folder / "secret", override=secret)


async def test_what_fits_is_told(
    start_node: StartNode, cluster_url: str, tmp_path: Path, database: Database
) -> None:
    """With the engine and the nodes that are there; nothing is left behind."""
    one = await start_node()
    found = await check_cluster(cluster_url, keys(tmp_path), database)
    assert "fits" in found[0]
    assert node_of(one).id in found[2]
    assert one.location.http_url in found[2]
    again = await check_cluster(cluster_url, keys(tmp_path), database)
    assert again[2] == found[2]


async def test_another_secret_is_told(
    start_node: StartNode, cluster_url: str, tmp_path: Path, database: Database
) -> None:
    """A node that signs with another one would refuse everybody's tokens."""
    await start_node()
    with pytest.raises(ClusterError, match="JWT_SECRET"):
        await check_cluster(
            cluster_url, keys(tmp_path, "another secret, of thirty-two bytes and more"), database
        )


async def test_another_database_is_told(
    start_node: StartNode, cluster_url: str, tmp_path: Path, postgres: Postgres
) -> None:
    """Its users would be strangers to the others, whatever they sign with."""
    await start_node()
    other = Database(postgres.new_database())
    other.open()
    try:
        with pytest.raises(ClusterError, match="another database"):
            await check_cluster(cluster_url, keys(tmp_path), other)
    finally:
        other.close()


async def test_an_engine_that_forgets_is_told(own_redis: Redis, tmp_path: Path, database: Database) -> None:
    """One that drops keys at will, one that is full, one that is a replica, one without rights."""
    with own_redis.client() as redis:
        redis.config_set("maxmemory-policy", "allkeys-lru")
        with pytest.raises(ClusterError, match="noeviction"):
            await check_cluster(own_redis.url, keys(tmp_path), database)
        redis.config_set("maxmemory-policy", "noeviction")
        redis.config_set("maxmemory", "1")
        with pytest.raises(ClusterError, match="OOM"):
            await check_cluster(own_redis.url, keys(tmp_path), database)
        redis.config_set("maxmemory", "0")
        redis.replicaof("127.0.0.1", 1)
        with pytest.raises(ClusterError, match="READONLY"):
            await check_cluster(own_redis.url, keys(tmp_path), database)
        redis.replicaof("NO", "ONE")
        redis.acl_setuser("weak", enabled=True, passwords=["+weak"], commands=["+@connection", "+info"])
    weak = own_redis.url.replace("redis://", "redis://weak:weak@")
    with pytest.raises(ClusterError, match="rights"):
        await check_cluster(weak, keys(tmp_path), database)

"""Whether a node would fit into a cluster: engine, rights, memory, version and secret; nothing is joined."""

from __future__ import annotations

import asyncio
import secrets
import time

from authws_desktop import __version__
from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.accounts.store.database import Database
from authws_desktop.cluster.codec import VERSION, NodeInfo
from authws_desktop.cluster.engine_address import EngineAddress, read_engine_address
from authws_desktop.cluster.engine_link import EngineError, EngineLink, open_link
from authws_desktop.cluster.errors import ClusterError
from authws_desktop.cluster.mark import read_mark
from authws_desktop.cluster.roll import Fit, Roll

OLDEST = (6, 2)
"""Of Redis; Valkey began at 7.2 and tells that it is compatible with Redis 7.2."""


async def check_cluster(url: str, keys: SigningKeys, database: Database) -> list[str]:
    """Look whether this server would fit.

    Args:
        url: The cluster's address.
        keys: This server's.
        database: This server's, open.

    Returns:
        What was found, as sentences; the first says that all fits.

    Raises:
        ClusterError: Something does not fit; says what to do.
        StoreError: The database cannot be used.
    """
    engine = read_engine_address(url)
    fit = Fit.of(keys, await asyncio.to_thread(read_mark, database))
    try:
        link = await open_link(engine, lambda _channel, _data: None, lambda: None)
    except OSError as error:
        raise ClusterError(
            f"The cluster's engine at {engine.shown} cannot be reached "
            f"({str(error) or 'no answer in time'}). Start it, or correct the cluster's address."
        ) from None
    try:
        return await _look(link, engine, fit)
    except (OSError, EngineError) as error:
        raise ClusterError(
            f"The cluster's engine at {engine.shown} does not do what is needed ({error}). The user needs "
            "the rights for keys and channels of the cluster, scripts included; it must be no replica."
        ) from None
    finally:
        link.close()


async def _look(link: EngineLink, engine: EngineAddress, fit: Fit) -> list[str]:
    info = _facts(await link.call("INFO"))
    version = tuple(int(part) for part in info.get("redis_version", "0.0").split(".")[:2])
    if version < OLDEST:
        raise ClusterError(f"The engine is Redis {info.get('redis_version')}; 6.2 or newer is needed.")
    if (policy := info.get("maxmemory_policy", "noeviction")) != "noeviction":
        raise ClusterError(
            f"The engine drops keys when its memory is full ({policy}), also the list of who is connected. "
            "Set its maxmemory-policy to noeviction."
        )
    probe = f"check-{secrets.token_hex(4)}"
    roll = Roll(engine, probe)
    await roll.read(link)
    mine = NodeInfo("", VERSION, __version__, fit.key, "", 0, time.time(), fit.database)
    roll.check_fit(mine)
    await link.call("HSET", engine.key("node", probe, "conns"), "", "")
    await roll.beat(link, mine)
    await roll.leave(link)
    await link.call("SUBSCRIBE", engine.key("node", probe))
    await link.call("PUBLISH", engine.key("node", probe), "")
    name = (
        "Valkey " + info["valkey_version"] if "valkey_version" in info else "Redis " + info["redis_version"]
    )
    others = [f"{node}: {row.info.url or 'no address'}" for node, row in roll.rows.items()]
    return [
        f"This server fits into the cluster '{engine.name}'.",
        f"Engine: {name} at {engine.shown}.",
        f"Nodes now: {', '.join(others) or 'none'}.",
    ]


def _facts(reply: bytes | str) -> dict[str, str]:
    text = reply.decode() if isinstance(reply, bytes) else reply
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)

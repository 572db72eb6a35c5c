"""Which nodes there are: their leases, renewed by the engine's own clock, and who joins whom.

A node's connections stand in a hash that ends by itself unless its node renews it. Nobody has to clean up
after a node that died, and the nodes' own clocks do not matter.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.cluster.codec import VERSION, NodeInfo
from authws_desktop.cluster.engine_address import EngineAddress
from authws_desktop.cluster.engine_link import EngineError, EngineLink
from authws_desktop.cluster.errors import ClusterError

SHARED_KEYS = "table"
LEASE_S = 15
"""How long a node that is silent counts as alive, seconds; it renews its lease three times within it."""
CLOCK_S = 30
"""Clocks that are further apart are told, seconds."""
FORGET_S = 60
"""After this long without a beat a node's row goes, seconds."""

WRITE_FIELDS = 1000
"""Connections that one command writes, at most."""

_BEAT = """
local now = redis.call('TIME')[1]
redis.call('HSET', KEYS[1], ARGV[1], now .. ' ' .. ARGV[2])
return {now, redis.call('EXPIRE', KEYS[2], ARGV[3])}
"""
"""Renews both leases by the engine's clock; tells the time, and whether the connections were still there."""


@dataclass(frozen=True)
class Fit:
    """What nodes of one cluster must have in common, beside the version.

    Attributes:
        key: A fingerprint of the signing key, or `SHARED_KEYS` where all follow one table.
        database: The database's mark.
    """

    key: str
    database: str

    @classmethod
    def of(cls, keys: SigningKeys, database: str) -> Fit:
        """Return what this server would bring into a cluster."""
        return cls(SHARED_KEYS if keys.is_shared else fingerprint(keys.active.secret), database)


@dataclass(frozen=True)
class Row:
    """A node's entry at the engine.

    Attributes:
        info: What it told with its last beat.
        beat_s: When that was, by the engine's clock.
    """

    info: NodeInfo
    beat_s: int


class Roll:
    """Reads which nodes are alive, and renews this node's own lease.

    Attributes:
        rows: The nodes that are alive, by id, as last read.
        now_s: The engine's clock then, seconds.
        clock_off_s: How far this computer's clock was ahead of it then.

    Args:
        engine: The engine.
        node: This node's id.
        clock: This computer's, seconds since the epoch.
    """

    def __init__(self, engine: EngineAddress, node: str, clock: Callable[[], float] = time.time) -> None:
        self._node = node
        self._nodes_key = engine.key("nodes")
        self._people_key = engine.key("node", node, "conns")
        self.rows: dict[str, Row] = {}
        self.now_s = 0
        self.clock_off_s = 0.0
        self._clock = clock

    @property
    def clock_trouble(self) -> str:
        """That this computer's clock and the engine's are apart, a sentence; empty if they are not."""
        off_s = round(self.clock_off_s)
        if abs(off_s) <= CLOCK_S:
            return ""
        side = "ahead of" if off_s > 0 else "behind"
        return (
            f"This computer's clock is {abs(off_s):,} s {side} the one of the cluster's engine. Other nodes "
            "may refuse its tokens as not yet valid or expired. Set both by NTP."
        )

    async def beat(self, link: EngineLink, info: NodeInfo) -> bool:
        """Renew this node's leases.

        Returns:
            Whether its connections were still there; if not, they must be written anew.

        Raises:
            OSError: The engine does not answer.
            EngineError: It refuses.
        """
        text = msgspec.json.encode(info)
        _, is_there = await link.call(
            "EVAL", _BEAT, 2, self._nodes_key, self._people_key, self._node, text, LEASE_S
        )
        return bool(is_there)

    async def write_people(self, link: EngineLink, fields: Sequence[str | bytes]) -> None:
        """Write who is connected to this node, in place of what is there, at one moment; leased.

        Args:
            link: The link.
            fields: Client id and connection, one after the other.

        Raises: See `beat`.
        """
        key = self._people_key
        # With a field that is no connection: a hash without fields is none, and could not be leased.
        # In one transaction: who reads meanwhile finds the old connections or the new ones, never none.
        commands: list[list[str | bytes]] = [["MULTI"], ["DEL", key], ["HSET", key, "", b""]]
        step = 2 * WRITE_FIELDS
        commands += [["HSET", key, *fields[at : at + step]] for at in range(0, len(fields), step)]
        replies = [link.send(*command) for command in commands]
        link.send("EXPIRE", key, LEASE_S)
        try:
            await link.call("EXEC")
        except EngineError:
            # It only says that something was refused before.
            for reply in replies:
                await reply
            raise

    async def read(self, link: EngineLink) -> None:
        """Read which nodes are alive.

        Raises: See `beat`.
        """
        now, part_us = await link.call("TIME")
        self.clock_off_s = self._clock() - int(now) - int(part_us) / 1e6
        found = await link.call("HGETALL", self._nodes_key)
        rows, old = {}, []
        for node, value in hash_pairs(found):
            beat, _, text = value.partition(b" ")
            try:
                row = Row(msgspec.json.decode(text, type=NodeInfo), int(beat))
            except (msgspec.DecodeError, ValueError):
                continue  # a much newer node's
            if int(now) - row.beat_s < LEASE_S:
                rows[node.decode()] = row
            elif int(now) - row.beat_s > FORGET_S:
                old.append(node)
        # Whoever finds such a row removes it: its node is dead, and nobody else is in charge.
        if old:
            link.send("HDEL", self._nodes_key, *old)
        self.rows, self.now_s = rows, int(now)

    async def leave(self, link: EngineLink) -> None:
        """Remove this node's entry and its connections from the engine.

        Raises: See `beat`.
        """
        await link.call("HDEL", self._nodes_key, self._node)
        await link.call("DEL", self._people_key)

    def check_fit(self, info: NodeInfo) -> None:
        """Check that this node can work with those that are there.

        Raises:
            ClusterError: Its key, its database or its version is another one, it alone keeps messages, or its
                name is taken.
        """
        for node, row in self.rows.items():
            if node == self._node:
                if row.info.epoch != info.epoch:
                    raise ClusterError(
                        f"Another node is called {node} already. Start this server again under another name."
                    )
                continue
            # Nodes one version apart work together (`codec`), so that a cluster can be upgraded node by node.
            if abs(row.info.version - VERSION) > 1:
                raise ClusterError(
                    f"The node {node} runs version {row.info.program} of this program, which is too far from "
                    f"this one ({info.program}). Bring the nodes up one version at a time."
                )
            if row.info.key != info.key:
                raise ClusterError(
                    f"The node {node} signs tokens with another secret. Give all nodes the same JWT_SECRET, "
                    "or none, and they share the keys in their database."
                )
            # Older nodes tell no mark.
            if row.info.database and row.info.database != info.database:
                raise ClusterError(
                    f"The node {node} has its accounts in another database. Give all nodes the same "
                    "AUTHWS_DATABASE_URL, or this cluster another name (?name=)."
                )
            if row.info.is_keeping is not info.is_keeping:
                what = "keeps messages" if row.info.is_keeping else "keeps no messages"
                raise ClusterError(
                    f"The node {node} {what}, unlike this one. Give all nodes the same AUTHWS_MESSAGES_KEPT."
                )


def fingerprint(secret: bytes) -> str:
    """Return what tells two signing keys apart and gives none of them away."""
    return hashlib.sha256(b"authws-desktop cluster key\0" + secret).hexdigest()[:16]


def hash_pairs(found: dict[bytes, bytes] | list[bytes]) -> list[tuple[bytes, bytes]]:
    """Return the fields of a hash, which some readers of RESP3 give as a list."""
    if isinstance(found, dict):
        return list(found.items())
    return list(zip(found[::2], found[1::2], strict=True))

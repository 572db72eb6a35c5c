"""The trials of a cluster over the wire, in short: three real nodes behind nginx."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.engines import Postgres, Redis
from tests.soak.cluster import TRIALS, Cluster, Sizes, kills, rolling, try_all

SHORT = Sizes(tokens=10, crowd=10, said=5, guests=4, away_s=0.5, drain_s=0)


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="set-up brings the engines on Linux only")
def test_a_cluster_keeps_what_it_promises(tmp_path: Path, own_redis: Redis, postgres: Postgres) -> None:
    """Tokens, order, lists, addresses, acts, guesses, and an engine that is away.

    What is asked for in seconds is judged at full size by a person who runs it, not on a busy machine. Deaths
    and restarts, which wait for programs to start, are tried in `tests/e2e/test_cluster.py`.
    """
    cluster = Cluster(tmp_path, own_redis, postgres, SHORT.drain_s)
    trials = [trial for trial in TRIALS if trial not in (rolling, kills)]
    try:
        found = asyncio.run(try_all(cluster, SHORT, trials))
    finally:
        cluster.close()
    assert len(found) == len(trials)
    assert [seen for seen in found if not seen.is_kept and "never came" in seen.detail] == []
    assert [seen for seen in found if not (seen.is_kept or " s" in seen.promise)] == []

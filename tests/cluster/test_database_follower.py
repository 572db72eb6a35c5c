"""Following the shared database."""

from __future__ import annotations

import asyncio

from authws_desktop.cluster.database_follower import DatabaseFollower
from tests.own_clients import eventually


async def test_what_is_told_during_a_look_is_one_look_more() -> None:
    """However often it is told; and all parts look, one after the other."""
    looks: list[str] = []
    gate = asyncio.Event()

    async def first() -> None:
        looks.append("first")
        await gate.wait()

    async def second() -> None:
        looks.append("second")

    follower = DatabaseFollower([first, second])
    follower.look_soon()
    await eventually(lambda: looks == ["first"])
    for _ in range(5):
        follower.look_soon()
    gate.set()
    await eventually(lambda: len(looks) == 4)
    await follower.close()
    assert looks == ["first", "second"] * 2
    follower.look_soon()
    await eventually(lambda: len(looks) == 6)
    await follower.close()
    await follower.close()

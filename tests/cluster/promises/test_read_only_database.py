"""PostgreSQL that takes no writes, or is behind: a standby after a failover, tables of an older or a newer program."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import psycopg
import pytest

from authws_desktop.accounts.errors import AccountsError
from authws_desktop.errors import ServiceError
from tests.cluster.conftest import StartNode, meet
from tests.cluster.test_node import Crowd
from tests.engines import Postgres
from tests.own_clients import eventually, http_client, ws_client


class StandBy:
    """The nodes' database, which can be read but not written while it is one that follows another.

    Args:
        postgres: Its server.
        url: Its address.
    """

    def __init__(self, postgres: Postgres, url: str) -> None:
        self._server = f"host=127.0.0.1 port={postgres.port} user=tests dbname=postgres"
        self._schema = url.rpartition("%3D")[2]

    def switch(self, *, is_read_only: bool) -> None:
        """Let it take no writes, or take them again; who is connected must connect anew."""
        words = "on" if is_read_only else "off"
        self.write(f"ALTER ROLE tests SET default_transaction_read_only = {words}")
        self.write(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename = 'tests' AND pid <> pg_backend_pid()"
        )

    def write(self, statement: str) -> None:
        """Change it behind the nodes' back."""
        options = f"-c default_transaction_read_only=off -c search_path={self._schema}"
        with psycopg.connect(self._server, autocommit=True, options=options) as connection:
            connection.execute(statement.encode())


@pytest.fixture
def standby(postgres: Postgres, postgres_url: str) -> Iterator[StandBy]:
    """The nodes' database; it takes writes again afterwards."""
    made = StandBy(postgres, postgres_url)
    yield made
    made.switch(is_read_only=False)


async def test_a_failover_to_a_standby_is_survived(start_node: StartNode, standby: StandBy) -> None:
    """Who is connected goes on; what must be written gets 503 until it can be, and no node ends."""
    one, two = await start_node(), await start_node()
    await meet(one, two)
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ana, ben = await crowd.join(one, "ana"), await crowd.join(two, "ben")
        await ana.expect_users("ana", "ben")
        http = await stack.enter_async_context(http_client(two))
        standby.switch(is_read_only=True)
        status, answer = await http.post("/auth/register", {"username": "kim", "password": "correct horse"})
        assert status == 503, answer
        status, _ = await http.post("/auth/login", {"username": "ana", "password": "correct horse"})
        assert status == 503
        await ana.send({"type": "message", "content": "still here"})
        assert (await ben.expect("message"))["content"] == "still here"
        again = await stack.enter_async_context(ws_client(two))
        await again.log_in(crowd.tokens["ana"])
        standby.switch(is_read_only=False)
        await eventually(lambda: not one.accounts.troubles and not two.accounts.troubles)
        late = await crowd.join(one, "late")
        assert late.client_id


async def test_a_node_does_not_start_on_a_standby(start_node: StartNode, standby: StandBy) -> None:
    """It would refuse every login; a sentence says what is wrong, and the next start works."""
    await (await start_node()).close()
    standby.switch(is_read_only=True)
    with pytest.raises((AccountsError, ServiceError), match="read-only"):
        await start_node()
    standby.switch(is_read_only=False)
    await start_node()


async def test_tables_of_a_newer_program_are_left_alone(start_node: StartNode, standby: StandBy) -> None:
    """An old node that starts beside newer ones says so, and touches nothing."""
    await (await start_node()).close()
    standby.write("UPDATE meta SET schema_version = 9999")
    with pytest.raises((AccountsError, ServiceError), match="newer version"):
        await start_node()


async def test_tables_of_an_older_program_are_brought_forward(
    start_node: StartNode, standby: StandBy
) -> None:
    """By whichever node comes first; who was known still is, at all of them, and what is new works."""
    async with AsyncExitStack() as stack:
        old = await start_node()
        crowd = Crowd(stack)
        await crowd.join(old, "ana")
        await old.close()
        standby.write("DROP TABLE changes, messages, message_store")
        standby.write("UPDATE meta SET schema_version = 3")
        one, two = await asyncio.gather(start_node(), start_node())
        await meet(one, two)
        phone, tablet = [await stack.enter_async_context(ws_client(each)) for each in (one, two)]
        for client in (phone, tablet):
            await client.log_in(crowd.tokens["ana"])
        await (await crowd.join(two, "ben")).send({"type": "message", "content": "still here"})
        for client in (phone, tablet):
            assert (await client.expect("message"))["content"] == "still here"

"""Connections to PostgreSQL that give up on a server that is silent.

A server that is frozen (stopped, swapping, its disk gone) keeps its connections open and acknowledges what
it is sent, so neither TCP nor libpq ever notices, and no timeout of the server's own can run. Rules:

1. A statement that has got no byte for `SILENCE_S` ends the connection; a long answer that flows does not.
2. Before that the server itself gives up (`STATEMENT_S`), so that none is left working for nobody.
3. A connection from the pool is asked first whether it still answers, and then for no longer than `PING_S`.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection

T = TypeVar("T")
_OPENING_LOCK = 0x61757468_77730001
"""Number of the advisory lock that is given to one program after the other that opens the tables."""
CONNECT_S = 3
"""For one attempt to connect: libpq by itself waits as long as the system's TCP does."""
PING_S = 2.0
STATEMENT_S = 8.0
SILENCE_S = 10.0
OPENING_S = 300.0
"""For the statements that make or upgrade tables, which may have to read all of them."""


class SilentServer(psycopg.OperationalError):
    """The server did not answer in time."""


class TimedConnection(psycopg.Connection[Any]):
    """A connection that waits for no silent server.

    Attributes:
        silence_s: How long nothing may come while something is waited for.
    """

    silence_s = PING_S

    def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
        """Wait for what the server answers (psycopg's own way of waiting, which asks every 0.1 s)."""
        try:
            return super().wait(_while_heard(gen, self.silence_s), *args, **options)
        except SilentServer:
            # Closed here: a rollback would otherwise wait as long once more.
            self.close()
            raise


def _while_heard(gen: Generator[Any, int | None, T], silence_s: float) -> Generator[Any, int, T]:
    ready: int | None = None
    heard_s = time.monotonic()
    while True:
        try:
            wanted = gen.send(ready)
        except StopIteration as ended:
            result: T = ended.value
            return result
        ready = yield wanted
        if ready:
            heard_s = time.monotonic()
        elif time.monotonic() - heard_s > silence_s:
            raise SilentServer(f"no answer for {silence_s:g} s")


def set_up(engine: Engine, lock_timeout_s: float) -> None:
    """Have an engine use such connections.

    Args:
        engine: Made for psycopg; not connected yet.
        lock_timeout_s: How long a statement waits for another process's transaction.
    """

    def connect(_dialect: object, _record: object, args: Any, options: Any) -> DBAPIConnection:
        link = TimedConnection.connect(*args, **{"connect_timeout": CONNECT_S, **options})
        # Not as options of the connection: those may be in the address already, and poolers refuse them.
        link.execute(
            "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)",
            (f"{round(lock_timeout_s * 1000)}ms", f"{round(STATEMENT_S * 1000)}ms"),
        )
        link.commit()
        return link  # type: ignore[return-value]  # SQLAlchemy's protocol is wider

    def use(link: Any, _record: object, _proxy: object) -> None:
        link.silence_s = SILENCE_S

    def put_back(link: Any, _record: object) -> None:
        if link is not None:
            link.silence_s = PING_S

    event.listen(engine, "do_connect", connect)
    # After the pool has asked whether it answers (rule 3).
    event.listen(engine, "checkout", use)
    event.listen(engine, "checkin", put_back)


def begin_opening(connection: Connection) -> None:
    """Let a transaction that makes or upgrades tables take its time, and have it to itself.

    Two that open an empty database at once would both make its tables, and one would fail. The lock is given
    back with the end of the transaction, whatever it is. (SQLite's BEGIN IMMEDIATE does the same.)
    """
    if isinstance(link := connection.connection.driver_connection, TimedConnection):
        link.silence_s = OPENING_S
    for name in ("lock_timeout", "statement_timeout"):
        connection.execute(
            text("SELECT set_config(:name, :value, true)"), {"name": name, "value": f"{round(OPENING_S)}s"}
        )
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _OPENING_LOCK})

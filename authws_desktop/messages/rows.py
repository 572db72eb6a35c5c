"""Messages as rows: reading and adding them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, select

from authws_desktop.accounts.store.database import Driver
from authws_desktop.accounts.store.tables import Base
from authws_desktop.messages.kept import Kept

_M = Base.metadata.tables["messages"].c
MOST_ROWS_A_STATEMENT = 64
"""Of 14 values each: SQLite before 3.32 takes no more than 999. Its driver remembers 128 texts: there is room
for one of each length."""
_COLUMNS = {
    "id": "bigint",
    "room": "text",
    "time": "float8",
    "sender": "text",
    "sender_client": "text",
    "sender_name": "text",
    "recipient": "text",
    "recipient_text": "bytea",
    "content": "bytea",
    "is_pinned": "bool",
    "state": "smallint",
    "expires_at": "float8",
    "wants_receipt": "bool",
    "message_id": "bytea",
}
"""Each with what PostgreSQL calls its values."""


def select_messages() -> Select[Any]:
    """Return the query that reads messages; see `kept_of`."""
    return select(
        _M.id,
        _M.time,
        _M.sender,
        _M.sender_client,
        _M.sender_name,
        _M.recipient,
        _M.recipient_text,
        _M.content,
        _M.is_pinned,
        _M.state,
        _M.expires_at,
        _M.wants_receipt,
        _M.message_id,
    )


def kept_of(row: Row[Any]) -> Kept:
    """Return the message of a row."""
    values: tuple[Any, ...] = tuple(row)
    number, time_s, sender, client, name, recipient = values[:6]
    to, content, pinned, state_, expires, receipt, ref = values[6:]
    # PostgreSQL's driver gives bytes of its own kind.
    return Kept(
        number,
        time_s,
        sender,
        client,
        name,
        recipient,
        bytes(to).decode(),
        bytes(content),
        pinned,
        state_,
        expires,
        receipt,
        bytes(ref),
    )


def _values(message: Kept) -> tuple[Any, ...]:
    """Return a row, in the order of `_COLUMNS`.

    SQLite's driver takes `int`, `float`, `str` and `bytearray` as they are; for each `bool` and `bytes` it
    looks for an adapter first, which made an insertion take 3.4 µs a row instead of 2.0.
    """
    return (
        message.number,
        "",
        message.time_s,
        message.sender,
        message.sender_client,
        message.sender_name,
        message.recipient,
        # As bytes: a text column of PostgreSQL takes no U+0000, and a recipient may be written with anything.
        bytearray(message.to, "utf-8", "replace"),
        bytearray(message.content),
        int(message.is_pinned),
        int(message.state),
        message.expires_at,
        int(message.wants_receipt),
        bytearray(message.message_id),
    )


def insert_messages(driver: Driver, messages: Sequence[Kept]) -> None:
    """Add messages with few statements.

    Between one statement and the next the thread gives Python away and waits for it again; with a statement a
    row, as `executemany` does it, a busy loop holds up each row.
    """
    if not driver.is_sqlite:
        # One statement, whatever the number: its driver reads a text anew that has many places for values.
        driver.execute(_INSERT_ARRAYS, _columns(messages))
        return
    for start in range(0, len(messages), MOST_ROWS_A_STATEMENT):
        part = messages[start : start + MOST_ROWS_A_STATEMENT]
        values: list[Any] = []
        for each in part:
            values += _values(each)
        driver.execute(_text_for(len(part)), values)


def _columns(messages: Sequence[Kept]) -> list[list[Any]]:
    """Return the values of rows column by column, as PostgreSQL's driver takes arrays."""
    columns = zip(_COLUMNS.values(), zip(*map(_values, messages), strict=True), strict=True)
    return [list(map(bool, column)) if kind == "bool" else list(column) for kind, column in columns]


_INSERT = f"INSERT INTO messages ({', '.join(_COLUMNS)})"
_INSERT_ARRAYS = f"{_INSERT} SELECT * FROM unnest({', '.join(f'?::{kind}[]' for kind in _COLUMNS.values())})"  # noqa: S608 - no values


@cache
def _text_for(rows: int) -> str:
    row = f"({', '.join(['?'] * len(_COLUMNS))})"
    return f"{_INSERT} VALUES {', '.join([row] * rows)}"

"""Rows of messages: what the database's driver is handed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from authws_desktop.accounts.store.database import Driver
from authws_desktop.messages.kept import DeliveryState, Kept
from authws_desktop.messages.rows import MOST_ROWS_A_STATEMENT, insert_messages


def test_sqlite_is_handed_what_it_takes_as_it_is() -> None:
    """No value needs an adapter to be looked for, and a batch is a few statements."""
    handed: list[Sequence[Any]] = []
    driver = Driver(lambda _text, values: handed.append(values), is_sqlite=True)
    message = Kept(1, 2.0, "u", "c", "Ana", "v", "Bo", b"{}", True, DeliveryState.QUEUED, 3.0, True, b"7")

    insert_messages(driver, [message] * (MOST_ROWS_A_STATEMENT + 1))

    assert [len(values) for values in handed] == [14 * MOST_ROWS_A_STATEMENT, 14]
    assert {type(value) for values in handed for value in values} == {int, float, str, bytearray}

"""A process that writes without end until it is killed; see `promises/test_power_loss.py`."""

from __future__ import annotations

import dataclasses
import time
from multiprocessing.connection import Connection
from pathlib import Path

from authws_desktop.accounts.audit import COMMAND_LINE, Note
from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.accounts.models import Account, Role
from authws_desktop.accounts.store import transaction, users
from authws_desktop.accounts.store.changes import NewAccount
from authws_desktop.accounts.store.database import Database, sqlite_url

ACCOUNTS_A_ROUND = 20


def write_round(database: Database, keys: SigningKeys, number: int) -> None:
    """Add accounts, then delete those of the round before, then change the secret."""
    note = Note(COMMAND_LINE, time.time(), "create user")
    accounts = [
        Account(f"{number}-{n}", f"user{number}.{n}", Role.MEMBER, note.time, None, False)
        for n in range(ACCOUNTS_A_ROUND)
    ]
    with transaction.writing(database, dataclasses.replace(note, act="")) as tx:
        users.add_many(tx, [NewAccount(each, each.username, "x" * 60) for each in accounts], note)
    first = tx.change.accounts[0][0]
    rename = dataclasses.replace(note, act="update user", target=first.username)
    name = f"renamed{number}"
    with transaction.writing(database, rename) as tx:
        users.update(tx, first.id, username=name, key=name, expected=first.revision)
    keys.rotate(keep_until=None)


def write_without_end(folder: Path, pipe: Connection) -> None:
    """Write until the process is killed.

    Args:
        folder: The data folder.
        pipe: Brings a word to begin, and takes the number of each round that is on the disk.
    """
    database = Database(sqlite_url(folder / "accounts.db"))
    database.open()
    keys = SigningKeys(folder / "secret")
    with transaction.reading(database) as db:
        number = transaction.revision(db)
    pipe.send("ready")
    pipe.recv()
    while True:
        number += 1
        write_round(database, keys, number)
        pipe.send(number)

"""A process that writes without end until it is killed; see `test_power_loss`."""

from __future__ import annotations

import dataclasses
import time
from multiprocessing.connection import Connection
from pathlib import Path

from authws_desktop.accounts.audit import COMMAND_LINE, Note
from authws_desktop.accounts.changes import NewUser
from authws_desktop.accounts.database import Database, sqlite_url
from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.accounts.records import Account, Role
from authws_desktop.accounts.store import Store

ACCOUNTS_A_ROUND = 20


def write_round(store: Store, keys: SigningKeys, number: int) -> None:
    """Add accounts, then delete those of the round before, then change the secret."""
    note = Note(COMMAND_LINE, time.time(), "create user")
    accounts = [
        Account(f"{number}-{n}", f"user{number}.{n}", Role.MEMBER, note.time, None, False)
        for n in range(ACCOUNTS_A_ROUND)
    ]
    change = store.add_users([NewUser(each, each.username, "x" * 60) for each in accounts], note)
    first = change.accounts[0][0]
    rename = dataclasses.replace(note, act="update user", target=first.username)
    name = f"renamed{number}"
    store.update_user(first.id, rename, username=name, key=name, expected=first.revision)
    keys.rotate(keep_until=None)


def write_without_end(folder: Path, pipe: Connection) -> None:
    """Write until the process is killed.

    Args:
        folder: The data folder.
        pipe: Brings a word to begin, and takes the number of each round that is on the disk.
    """
    database = Database(sqlite_url(folder / "accounts.db"))
    database.open()
    store, keys = Store(database), SigningKeys(folder / "secret")
    number = store.revision()
    pipe.send("ready")
    pipe.recv()
    while True:
        number += 1
        write_round(store, keys, number)
        pipe.send(number)

"""A process that dies in the middle of a write leaves the old state or the new, fifty times over."""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.accounts.store import audit, transaction
from authws_desktop.accounts.store.database import Database, sqlite_url
from tests.accounts.writer import ACCOUNTS_A_ROUND, write_without_end

PROCESSES: Any = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
"""Makes the writers; from one that has loaded everything, where the system can."""
KILLS = 50
LONGEST_RUN_S = 0.04
"""A round takes some milliseconds: the end falls anywhere between and within transactions."""


@dataclass
class Writer:
    """A process that writes until it is killed.

    Attributes:
        process: It.
        pipe: To begin, and to hear the numbers of rounds.
    """

    process: BaseProcess
    pipe: Connection


def start(folder: Path) -> Writer:
    """Start a writer; it begins when told to."""
    ours, its = PROCESSES.Pipe()
    process = PROCESSES.Process(target=write_without_end, args=(folder, its))
    process.start()
    its.close()  # so that the pipe ends with the process
    return Writer(process, ours)


def run_and_kill(writer: Writer, run_s: float, *, is_late: bool) -> list[int]:
    """Let a writer write for a while, if `is_late` counted from its first round; return the rounds it told."""
    told: list[int] = []
    assert writer.pipe.recv() == "ready"
    writer.pipe.send("go")
    if is_late:
        told.append(writer.pipe.recv())
    time.sleep(run_s)  # not a wait: the length of the run is what the test is about
    writer.process.kill()
    writer.process.join()
    with writer.pipe, contextlib.suppress(EOFError, OSError):  # the last word may be cut short
        while True:
            told.append(writer.pipe.recv())
    return told


def check(folder: Path, told: list[int]) -> int:
    """Open what is left, and see that it is whole; return how many accounts there are."""
    database = Database(sqlite_url(folder / "accounts.db"))
    database.open()  # checks its integrity too
    with transaction.reading(database) as db:
        accounts = [account for account, _ in transaction.snapshot(db).accounts]
        acts = Counter(entry.act for entry in audit.entries(db, None, -1))
    database.close()
    rounds = Counter(account.id.split("-")[0] for account in accounts)
    assert set(rounds.values()) <= {ACCOUNTS_A_ROUND}, "half a transaction was kept"
    renamed = {int(a.id.split("-")[0]) for a in accounts if a.username.startswith("renamed")}
    assert set(told) <= renamed, "what was said to be on the disk is not"
    assert acts["create user"] == len(accounts), "an act without its entry, or the other way round"
    assert acts["update user"] == len(renamed)
    assert SigningKeys(folder / "secret").active.secret
    return len(accounts)


def kill_often(folder: Path, kills: int, seed: int) -> tuple[int, int]:
    """Kill writers of one folder, one after the other; return rounds told and accounts left."""
    chance = random.Random(seed)
    rounds = accounts = 0
    writer = start(folder)
    for number in range(kills):
        # Some in each folder tell a round, however busy the machine is.
        told = run_and_kill(writer, chance.uniform(0, LONGEST_RUN_S), is_late=number % 5 == 4)
        rounds += len(told)
        accounts = check(folder, told)
        if number + 1 < kills:
            writer = start(folder)
    return rounds, accounts


def test_fifty_deaths_in_the_middle_of_a_write(tmp_path: Path) -> None:
    """The database and the secret open, no transaction is half there, nothing that was done is lost."""
    if sys.platform != "win32":
        PROCESSES.set_forkserver_preload([write_without_end.__module__])
    folders = [tmp_path / name for name in ("one", "two")]
    with ThreadPoolExecutor(len(folders)) as pool:
        jobs = [pool.submit(kill_often, folder, KILLS // len(folders), n) for n, folder in enumerate(folders)]
        results = [job.result() for job in jobs]
    assert all(accounts > 0 for _, accounts in results)
    assert sum(rounds for rounds, _ in results) > 0

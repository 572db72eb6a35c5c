"""The one way to the database, and the copy in memory that follows it.

Rules, which all parts of the accounts rely on:

1. One thread touches the database and the secret's file, one job after the other, in the order in which they
   were asked for.
2. What a job brought reaches the copy in memory on the loop, in the same order, before the await of who asked
   for it returns.
3. That happens whether or not anybody still waits: cancelling gives up waiting, and neither loses a write nor
   leaves the copy behind.
4. Observers hear of ended tokens and of new names once the copy has followed, in the order of the writes.
5. Each write raises the database's revision by one. If that is not one more than the copy's, another process
   wrote in between: the copy stays marked as behind, and the next look loads what was written since, also
   what of it came from here: to follow a write twice does no harm.
6. Who changes the keys and the tables writes the keys first; who reads both reads the tables first. So
   sessions that are missing because of a new secret are known to be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

from sqlalchemy.orm import Session as OrmSession

from authws_desktop.accounts.audit import Note
from authws_desktop.accounts.errors import KeysError, StoreError, StoreFailure
from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.accounts.mirror import Mirror
from authws_desktop.accounts.models import Account, EndedTokens, Session
from authws_desktop.accounts.store import sessions, transaction
from authws_desktop.accounts.store.changes import Change, Snapshot
from authws_desktop.accounts.store.database import Database
from authws_desktop.accounts.store.transaction import Transaction

T = TypeVar("T")
ANNOUNCE_S = 0.6
"""How long other servers have to hear of a key before it signs: longer than they take to look."""


class Ledger:
    """Reads and writes by the rules above. Lives on one event loop.

    Attributes:
        mirror: The copy in memory.
        keys: The keys that sign this server's tokens, and those still accepted.
        now: The clock, seconds since the epoch.

    Args:
        database: Opened and closed here.
        keys: The keys that sign this server's tokens, and those still accepted.
        now: The clock.
    """

    def __init__(self, database: Database, keys: SigningKeys, now: Callable[[], float]) -> None:
        self.mirror = Mirror()
        self.keys = keys
        self.now = now
        self._database = database
        self._thread: ThreadPoolExecutor | None = None
        self._end_observers: list[Callable[[EndedTokens], None]] = []
        self._rename_observers: list[Callable[[Account], None]] = []
        self._write_observers: list[Callable[[], None]] = []
        self._key_observers: list[Callable[[frozenset[str]], list[EndedTokens]]] = []

    @property
    def is_loaded(self) -> bool:
        """Whether the database is open and the copy in memory holds what is in it."""
        return self._thread is not None and self.mirror.stored_revision > 0

    async def open(self) -> None:
        """Open the database and load it.

        Raises:
            AccountsError: The database cannot be used.
        """
        # One thread (rule 1): with two, the order of commits and the order in which the loop hears of them
        # could differ.
        self._thread = ThreadPoolExecutor(1, "authws-sql")
        await self.run(self._database.open)
        await self.run(self.keys.connect)
        await self._load(0)

    async def close(self) -> None:
        """Finish what was asked for and close the database; may be called twice."""
        if self._thread is not None:
            await self.run(self.keys.close)
            await self.run(self._database.close)
        if self._thread is not None:
            self._thread.shutdown(wait=True)
            self._thread = None

    def observe_ended(self, callback: Callable[[EndedTokens], None]) -> None:
        """Have a function called, on the loop, whenever tokens end before their expiry."""
        self._end_observers.append(callback)

    def observe_renamed(self, callback: Callable[[Account], None]) -> None:
        """Have a function called, on the loop, whenever an account has another name than before."""
        self._rename_observers.append(callback)

    def observe_written(self, callback: Callable[[], None]) -> None:
        """Have a function called, on the loop, after each write of this process."""
        self._write_observers.append(callback)

    def observe_dropped_keys(self, callback: Callable[[frozenset[str]], list[EndedTokens]]) -> None:
        """Have a function called, on the loop, when keys stop counting.

        Args:
            callback: Gets their ids; returns which tokens that are in no table ended with them.
        """
        self._key_observers.append(callback)

    async def read(self, work: Callable[[OrmSession], T]) -> T:
        """Read from the database.

        Raises:
            StoreError: The database cannot be used.
        """

        def read() -> T:
            with transaction.reading(self._database) as db:
                return work(db)

        return await self.run(read)

    async def write(self, work: Callable[[Transaction], None], note: Note | None = None) -> Change:
        """Run a transaction, and follow it in memory.

        Args:
            work: What is done in it; what it raises undoes all of it.
            note: Who does it; an act that is audited is written with it.

        Raises:
            StoreError: The database cannot be used.
        """

        def write() -> Change:
            with transaction.writing(self._database, note) as tx:
                work(tx)
            return tx.change

        return await self.run(write, self._follow)

    async def learn(self, find: Callable[[OrmSession], tuple[Session, Account, str] | None]) -> bool:
        """Take one session and its account over that another process wrote, ahead of the next load.

        Args:
            find: Reads the session, its account and the key of the account's name; `None` if there is none.

        Returns:
            Whether it was found.

        Raises:
            StoreError: The database cannot be used.
        """

        def read() -> tuple[Session, Account, str] | None:
            with transaction.reading(self._database) as db:
                return find(db)

        def take_over(found: tuple[Session, Account, str] | None) -> None:
            if found is not None:
                self.mirror.learn(*found)

        return await self.run(read, take_over) is not None

    async def run(self, work: Callable[[], T], then: Callable[[T], None] | None = None) -> T:
        """Run blocking work in its turn (rules 1 to 3).

        Args:
            work: Runs in the thread.
            then: Gets the result on the loop.

        Raises:
            StoreError: The database is closed.
        """
        if self._thread is None:
            raise StoreError(StoreFailure.OTHER, "The accounts database is closed.")

        def on_done(done: asyncio.Future[T]) -> None:
            if not done.cancelled() and done.exception() is None and then is not None:
                then(done.result())

        job = asyncio.wrap_future(self._thread.submit(work))
        # A callback, as it runs whether anybody still awaits or not (rule 3), and before the waiter, whose
        # own callback is added later (rule 2).
        job.add_done_callback(on_done)
        # Unlike awaiting the job itself, this leaves it running when the caller is cancelled (rule 3).
        await asyncio.wait([job])
        return job.result()

    # Following others

    async def follow_database(self) -> None:
        """Load what another process wrote (rule 5).

        Raises:
            StoreError: The database cannot be used.
        """
        await self._load(self.mirror.stored_revision)

    async def follow_keys(self) -> None:
        """Take over a secret that another process changed, and end the sessions of keys that are gone.

        Raises:
            AccountsError: The secret's file or the database cannot be used.
        """
        gone = await self.run(self._reload_keys, self._drop_keys)
        if gone:
            await self.write(lambda tx: sessions.end_of_keys(tx, gone))

    async def rotate_keys(self, keep_until: float | None, secret: str | None, note: Note) -> None:
        """Sign with a new secret, and end the sessions of keys that no longer count (rule 6).

        Args:
            keep_until: Until when old tokens are accepted, seconds since the epoch; `None` drops them.
            secret: The new secret; a random one if `None`.
            note: Who does it, for the audit.

        Raises:
            InvalidField: The secret is weak.
            KeysError: The secret comes from outside, or its file cannot be read or written.
            StoreError: The database cannot be used.
        """

        def rotate() -> frozenset[str]:
            before = self.keys.accepted_ids()
            self.keys.rotate(keep_until=keep_until, secret=secret)
            return before - self.keys.accepted_ids()

        if await self.run(lambda: self.keys.announce(secret)):
            self._tell_written()
            await asyncio.sleep(ANNOUNCE_S)
        gone = await self.run(rotate, self._drop_keys)
        self._tell_written()
        await self.write(lambda tx: sessions.end_of_keys(tx, gone), note)

    def _reload_keys(self) -> frozenset[str]:
        """Read a changed secret file (in the thread); return the ids that no longer count."""
        before = self.keys.accepted_ids()
        self.keys.reload_if_changed()
        return before - self.keys.accepted_ids()

    def _drop_keys(self, key_ids: frozenset[str]) -> None:
        if key_ids:
            ended = self.mirror.drop_keys(key_ids)
            for observer in self._key_observers:
                ended += observer(key_ids)
            self.announce_ended(ended)

    async def _load(self, known: int) -> None:
        """Load what was written after a revision; everything after none."""
        await self.run(lambda: self._news_and_keys(known), self._take_over)

    def _news_and_keys(self, known: int) -> tuple[list[Change] | Snapshot, frozenset[str]]:
        """Read the tables, then the keys (rule 6)."""
        with transaction.reading(self._database) as db:
            news = transaction.since(db, known) if known else transaction.snapshot(db)
        if not news:
            return news, frozenset()
        try:
            return news, self._reload_keys()
        except KeysError:
            return news, frozenset()  # `follow_keys` reports it

    def _take_over(self, loaded: tuple[list[Change] | Snapshot, frozenset[str]]) -> None:
        news, dead_keys = loaded
        self._drop_keys(dead_keys)
        if not isinstance(news, Snapshot):
            # What came from here has reached the copy meanwhile, if nobody wrote in between.
            self._apply([each for each in news if each.revision > self.mirror.stored_revision])
            return
        # Nobody is connected at the first load: nothing has ended for anybody.
        is_first = self.mirror.stored_revision == 0
        before = self.mirror.accounts
        ended = self.mirror.replace(news, self.now())
        if not is_first:
            self.announce_ended(ended)
            self._announce_renamed(before, [account for account, _ in news.accounts])

    def _follow(self, change: Change) -> None:
        self._apply([change])
        self._tell_written()

    def _tell_written(self) -> None:
        for observer in self._write_observers:
            observer()

    def _apply(self, changes: Sequence[Change]) -> None:
        now = {account.id: account for change in changes for account, _ in change.accounts}
        known = self.mirror.accounts
        before = {user_id: known[user_id] for user_id in now if user_id in known}
        ended = [each for change in changes for each in self.mirror.apply(change)]
        self.announce_ended([self._sparing(each) for each in ended])
        self._announce_renamed(before, list(now.values()))

    def _sparing(self, ended: EndedTokens) -> EndedTokens:
        """Leave out the tokens a user was given after all of them ended, which is heard of late."""
        live = self.mirror.sessions_of(ended.user_id) if ended.jtis is None else []
        return replace(ended, spared=frozenset(each.jti for each in live))

    def announce_ended(self, ended: list[EndedTokens]) -> None:
        """Tell the observers of tokens that end, also of such that are in no table."""
        for tokens_ended in ended:
            for observer in self._end_observers:
                observer(tokens_ended)

    def _announce_renamed(self, before: Mapping[str, Account], now: list[Account]) -> None:
        for account in now:
            known = before.get(account.id)
            if known is not None and known.username != account.username:
                for observer in self._rename_observers:
                    observer(account)

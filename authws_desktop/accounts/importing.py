"""Importing many accounts: the preview off the loop, the hashing on all processors, one transaction."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

from authws_desktop.accounts import names
from authws_desktop.accounts.administration import check_role
from authws_desktop.accounts.audit_trail import AuditTrail
from authws_desktop.accounts.bulk import ImportPreview, ImportRow, Progress, read_list
from authws_desktop.accounts.errors import Busy, ImportCancelled, InvalidField
from authws_desktop.accounts.hashing import HashingQueue
from authws_desktop.accounts.ledger import Ledger
from authws_desktop.accounts.models import Account, Role, new_account
from authws_desktop.accounts.passwords import foreign_problem, keep_foreign
from authws_desktop.accounts.store import users as user_rows
from authws_desktop.accounts.store.changes import NewAccount
from authws_desktop.garbage import held_back
from authws_desktop.settings import CurrentSettings


def _ignore(done: int, total: int) -> None:
    """Stand in for a callback of progress that was not given."""


def _checked(row: ImportRow, least_chars: int) -> tuple[str, Role]:
    if not row.password_hash:
        names.check_password(row.password, least_chars=least_chars)
    elif problem := foreign_problem(row.password_hash):
        raise InvalidField("password", problem)
    return names.check_username(row.username), check_role(row.role)


class Importing:
    """Creates many accounts at once, from a list that is previewed first.

    Args:
        ledger: Reads and writes the accounts.
        hashing: Hashes their passwords beside those of logins.
        audit: Takes a note of each account that is made.
        settings: The settings in force, read at each use.
    """

    def __init__(
        self, ledger: Ledger, hashing: HashingQueue, audit: AuditTrail, settings: CurrentSettings
    ) -> None:
        self._ledger = ledger
        self._hashing = hashing
        self._audit = audit
        self._settings = settings

    async def preview(
        self, data: bytes | str, *, progress: Progress | None = None, cancel: threading.Event | None = None
    ) -> ImportPreview:
        """Look at a list of accounts; changes nothing. See `bulk` for what a list is.

        Args:
            data: A file's content, or what was pasted.
            progress: Called on the loop with the lines done and all.
            cancel: May be set at any time; cancelling the await sets it too.

        Raises:
            ImportRefused: It is no text, has no lines or too many.
            ImportCancelled: `cancel` was set.
        """
        loop, cancel, tell = asyncio.get_running_loop(), cancel or threading.Event(), progress or _ignore
        # A copy, taken on the loop: the worker thread must not read what the loop changes.
        taken = self._ledger.mirror.name_keys()

        def tell_loop(done: int, total: int) -> None:
            loop.call_soon_threadsafe(tell, done, total)

        try:
            with held_back():
                return await asyncio.to_thread(
                    read_list,
                    data,
                    taken.__contains__,
                    least_chars=self._settings.values.min_password,
                    progress=tell_loop,
                    cancel=cancel,
                )
        except asyncio.CancelledError:
            # The thread goes on whatever happens to the await; it looks at this now and then.
            cancel.set()
            raise

    async def create_many(
        self,
        rows: Sequence[ImportRow],
        *,
        progress: Progress | None = None,
        cancel: threading.Event | None = None,
    ) -> list[Account]:
        """Add all accounts of a list, or none.

        Passwords are hashed on all processors, one each at a time, so that a login that comes meanwhile
        waits for one hash only.

        Args:
            rows: Good lines of a preview.
            progress: Called on the loop with the hashes done and all.
            cancel: May be set at any time before the last hash.

        Returns:
            The accounts, in the order of the lines.

        Raises:
            InvalidField: A line breaks a rule.
            UsernameTaken: A name is taken, also one that was free at the preview.
            ImportCancelled: `cancel` was set; nothing was done.
        """
        least_chars = self._settings.values.min_password
        checked = await asyncio.to_thread(lambda: [_checked(row, least_chars) for row in rows])
        # This takes long: meanwhile garbage is looked for as ever.
        hashes = await self._hash_all(rows, progress or _ignore, cancel)
        with held_back():
            return await self._add_all(rows, checked, hashes)

    async def _add_all(
        self,
        rows: Sequence[ImportRow],
        checked: list[tuple[str, Role]],
        hashes: list[str],
    ) -> list[Account]:
        now = self._ledger.now()
        # In a thread: a list may have 100,000 lines.
        users = await asyncio.to_thread(
            lambda: [
                NewAccount(new_account(row.username, role, now), key, hashed)
                for row, (key, role), hashed in zip(rows, checked, hashes, strict=True)
            ]
        )
        if not users:
            return []
        note = self._audit.note("create user", f"{len(users):,} accounts")
        change = await self._audit.act(
            note, lambda tx: user_rows.add_many(tx, users, note), is_each_noted=True
        )
        return [account for account, _ in change.accounts]

    async def _hash_all(
        self, rows: Sequence[ImportRow], progress: Progress, cancel: threading.Event | None
    ) -> list[str]:
        hashes = [keep_foreign(row.password_hash) if row.password_hash else "" for row in rows]
        # One iterator for all workers: each takes the next line. They share the loop's thread, so no lock is
        # needed.
        left = iter([index for index, hashed in enumerate(hashes) if not hashed])
        done = 0

        async def work() -> None:
            nonlocal done
            for index in left:
                if cancel is not None and cancel.is_set():
                    raise ImportCancelled
                hashes[index] = await self._hash_in_turn(rows[index].password)
                done += 1
                progress(done, len(rows))

        done = sum(map(bool, hashes))  # those of another server are kept as they are
        progress(done, len(rows))
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(self._hashing.thread_count):
                    group.create_task(work(), name=f"hash for import {number}")
        except ExceptionGroup as failed:
            # The group wraps what its tasks raise; callers know the error itself. Not by `except*`: Python
            # before 3.11.4 wraps what is raised there once more.
            raise failed.exceptions[0] from None
        return hashes

    async def _hash_in_turn(self, password: str) -> str:
        """Hash a password; while logins fill the queue they go first."""
        while True:
            try:
                return await self._hashing.hash(password)
            except Busy as busy:
                if self._hashing.is_closing:
                    raise
                await asyncio.sleep(busy.retry_after_s)

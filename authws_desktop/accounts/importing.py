"""Importing many accounts: the preview off the loop, the hashing on all processors, one transaction."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

from authws_desktop.accounts import names
from authws_desktop.accounts.administration import check_role
from authws_desktop.accounts.audit import Actor
from authws_desktop.accounts.bulk import ImportPreview, ImportRow, Progress, read_list
from authws_desktop.accounts.changes import NewUser
from authws_desktop.accounts.collector import collector_held_back
from authws_desktop.accounts.errors import Busy, ImportCancelled
from authws_desktop.accounts.records import Account, Role
from authws_desktop.accounts.registration import Registration


def _ignore(done: int, total: int) -> None:
    """Nobody wants to know."""


def _checked(row: ImportRow) -> tuple[str, Role]:
    names.check_password(row.password)
    return names.check_username(row.username), check_role(row.role)


class Importing(Registration):
    """The acts of a host that concern many accounts."""

    async def preview_import(
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
        taken = self._mirror.name_keys()

        def tell_loop(done: int, total: int) -> None:
            loop.call_soon_threadsafe(tell, done, total)

        try:
            with collector_held_back():
                return await asyncio.to_thread(
                    read_list, data, taken.__contains__, progress=tell_loop, cancel=cancel
                )
        except asyncio.CancelledError:
            cancel.set()
            raise

    async def create_many(
        self,
        rows: Sequence[ImportRow],
        *,
        progress: Progress | None = None,
        cancel: threading.Event | None = None,
        actor: Actor | None = None,
    ) -> list[Account]:
        """Add all accounts of a list, or none.

        Passwords are hashed on all processors, one each at a time, so that a login that comes meanwhile
        waits for one hash only.

        Args:
            rows: Good lines of a preview.
            progress: Called on the loop with the hashes done and all.
            cancel: May be set at any time before the last hash.
            actor: Who acts.

        Returns:
            The accounts, in the order of the lines.

        Raises:
            InvalidField: A line breaks a rule.
            UsernameTaken: A name is taken, also one that was free at the preview.
            ImportCancelled: `cancel` was set; nothing was done.
        """
        checked = await asyncio.to_thread(lambda: [_checked(row) for row in rows])
        # This takes long: meanwhile garbage is looked for as ever.
        hashes = await self._hash_all([row.password for row in rows], progress or _ignore, cancel)
        with collector_held_back():
            return await self._add_all(rows, checked, hashes, actor)

    async def _add_all(
        self,
        rows: Sequence[ImportRow],
        checked: list[tuple[str, Role]],
        hashes: list[str],
        actor: Actor | None,
    ) -> list[Account]:
        users = await asyncio.to_thread(
            lambda: [
                NewUser(self._new_account(row.username, role, None), key, hashed)
                for row, (key, role), hashed in zip(rows, checked, hashes, strict=True)
            ]
        )
        if not users:
            return []
        note = self._note("create user", f"{len(users):,} accounts", actor)
        change = await self._act(note, lambda: self._store.add_users(users, note))
        return [account for account, _ in change.accounts]

    async def _hash_all(
        self, passwords: list[str], progress: Progress, cancel: threading.Event | None
    ) -> list[str]:
        hashes = [""] * len(passwords)
        left = iter(range(len(passwords)))
        done = 0

        async def work() -> None:
            nonlocal done
            for index in left:
                if cancel is not None and cancel.is_set():
                    raise ImportCancelled
                hashes[index] = await self._hash_in_turn(passwords[index])
                done += 1
                progress(done, len(passwords))

        progress(0, len(passwords))
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(self._hashing.thread_count):
                    group.create_task(work(), name=f"hash for import {number}")
        except* ImportCancelled:
            raise ImportCancelled from None
        except* Busy as busy:
            raise busy.exceptions[0] from None
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

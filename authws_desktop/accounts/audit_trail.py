"""Writing and reading administrative acts."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable

from authws_desktop.accounts.audit import DONE, Actor, AuditEntry, Note
from authws_desktop.accounts.errors import (
    AccountDisabled,
    ChangedMeanwhile,
    StoreError,
    UnknownAccount,
    UsernameTaken,
)
from authws_desktop.accounts.ledger import Ledger
from authws_desktop.accounts.store import audit
from authws_desktop.accounts.store.changes import Change
from authws_desktop.accounts.store.transaction import Transaction

log = logging.getLogger(__name__)
_AUDITED_REFUSALS = (AccountDisabled, ChangedMeanwhile, UnknownAccount, UsernameTaken)


class AuditTrail:
    """Writes and reads the audit. Each act is written with its change, in one transaction.

    Args:
        ledger: Reads and writes the audit's table.
        actor: Who acts where a call names nobody.
    """

    def __init__(self, ledger: Ledger, actor: Actor) -> None:
        self._ledger = ledger
        self._actor = actor

    @property
    def revision(self) -> int:
        """A number that moves when there are new acts to read."""
        return self._ledger.mirror.stored_revision

    async def entries(self, *, before_id: int | None = None, limit: int = 500) -> list[AuditEntry]:
        """Return acts, newest first.

        Args:
            before_id: Only those before this entry, to page on.
            limit: At most so many.

        Raises:
            StoreError: The database cannot be used.
        """
        return await self._ledger.read(lambda db: audit.entries(db, before_id, limit))

    async def all(self) -> list[AuditEntry]:
        """Return all acts, oldest first.

        Raises:
            StoreError: The database cannot be used.
        """
        return (await self.entries(limit=-1))[::-1]

    async def write(
        self, act: str, target: str = "", outcome: str = DONE, *, actor: Actor | None = None
    ) -> None:
        """Write of an act that concerns no account, such as a change of settings.

        Raises:
            StoreError: The database cannot be used.
        """
        note = self.note(act, target, actor)
        await self._ledger.write(lambda tx: audit.add(tx, note, outcome))
        _tell(note, outcome)

    def note(self, act: str, target: str, actor: Actor | None = None) -> Note:
        """Return what is written of an act that is done now."""
        return Note(actor or self._actor, self._ledger.now(), act, target)

    def name_of(self, user_id: str) -> str:
        """Return the name by which an act speaks of an account."""
        # The name now: the audit must be readable after the account is gone.
        account = self._ledger.mirror.accounts.get(user_id)
        return user_id if account is None else account.username

    async def act(
        self, note: Note, work: Callable[[Transaction], None], *, is_each_noted: bool = False
    ) -> Change:
        """Run a transaction and write its note; if it is refused, write that.

        Args:
            note: Who does what, and when.
            work: Makes the changes; runs in the database's thread.
            is_each_noted: Whether `work` writes its notes itself, one for each account.
        """
        # Without an act it names who changed the accounts, and no row is written by the transaction itself.
        written = Note(note.actor, note.time) if is_each_noted else note
        try:
            change = await self._ledger.write(work, written)
        except _AUDITED_REFUSALS as refusal:
            await self.note_refusal(note, refusal)
            raise
        _tell(note, DONE)
        return change

    async def note_refusal(self, note: Note, refusal: Exception) -> None:
        """Write that an act was refused, and why."""
        with contextlib.suppress(StoreError):  # the refusal itself is what the caller must hear
            await self._ledger.write(lambda tx: audit.add(tx, note, str(refusal)))
        _tell(note, str(refusal))


def _tell(note: Note, outcome: str) -> None:
    """Let the program's log tell the story, too."""
    who = f"{note.actor.name} ({note.actor.address})" if note.actor.address else note.actor.name
    what = f"{note.act.capitalize()}: {note.target}" if note.target else note.act.capitalize()
    log.info("%s, by %s%s", what, who, "" if outcome == DONE else f": refused. {outcome}")

"""Regular upkeep of the database: writing last uses, deleting what has expired."""

from __future__ import annotations

import logging

from authws_desktop.accounts.errors import StoreError
from authws_desktop.accounts.ledger import Ledger
from authws_desktop.accounts.sessions import Sessions
from authws_desktop.accounts.store import audit, sessions, users
from authws_desktop.accounts.store.transaction import Transaction
from authws_desktop.durations import DAY_S
from authws_desktop.settings import CurrentSettings

log = logging.getLogger(__name__)

TIDY_INTERVAL_S = 60.0
"""How often last uses are written and expired sessions forgotten."""
AUDIT_TIDY_INTERVAL_S = 60 * 60.0
"""How often acts that are too old are forgotten."""


class Housekeeping:
    """Deletes expired rows, and writes the sessions' last uses, at most once a minute.

    Args:
        ledger: The database that is tidied.
        sessions: Tells which last uses are not in the database yet.
        settings: Say how long acts are kept.
    """

    def __init__(self, ledger: Ledger, sessions: Sessions, settings: CurrentSettings) -> None:
        self._ledger = ledger
        self._sessions = sessions
        self._settings = settings
        self._tidied_at = ledger.now()
        self._audit_tidied_at: float | None = None

    async def tidy_when_due(self) -> None:
        """Tidy once a minute, also by a clock that jumps.

        Raises:
            StoreError: The database cannot be used.
        """
        if abs(self._ledger.now() - self._tidied_at) >= TIDY_INTERVAL_S:
            await self._tidy()

    async def tidy_at_end(self) -> None:
        """Write last uses before the database is closed; that it cannot be written is logged."""
        if not (self._ledger.is_loaded and self._sessions.uses_to_write()):
            return
        try:
            await self._tidy()
        except StoreError as error:
            log.warning("Last uses of tokens were not noted: %s", error)

    async def _tidy(self) -> None:
        used, now = self._sessions.uses_to_write(), self._ledger.now()
        # Before the write: one that fails is tried again in a minute, not twice a second.
        self._tidied_at = now
        if not (used or self._is_audit_due(now) or self._has_expired(now)):
            return
        since = now - self._settings.values.audit_keep_days * DAY_S

        def tidy(tx: Transaction) -> None:
            sessions.note_uses(tx, list(used.values()))
            sessions.forget_expired(tx, now)
            # A guest has no password to come back with: without a token, only the name would be kept.
            users.delete_guests(tx, only_without_session=True)
            audit.forget_before(tx, since)

        await self._ledger.write(tidy)
        self._audit_tidied_at = now
        self._ledger.mirror.forget_ended(now)
        self._sessions.forget_written(used)

    def _is_audit_due(self, now: float) -> bool:
        return self._audit_tidied_at is None or abs(now - self._audit_tidied_at) >= AUDIT_TIDY_INTERVAL_S

    def _has_expired(self, now: float) -> bool:
        return any(session.expires_at <= now for session in self._ledger.mirror.sessions.values())

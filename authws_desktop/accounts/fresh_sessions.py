"""Tokens that another process has issued and the copy in memory does not know yet.

The copy follows the database twice a second. A client that registers at one server and opens its connection
at another comes sooner; so before a token with a good signature is refused as unknown, its row is read once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from sqlalchemy.orm import Session as OrmSession

from authws_desktop.accounts.errors import AccountsError
from authws_desktop.accounts.ledger import Ledger
from authws_desktop.accounts.models import Account, Examination, Session
from authws_desktop.accounts.store.rows import account_of, session_of
from authws_desktop.accounts.store.tables import SessionRow, UserRow
from authws_desktop.protocol.codes import AuthReason
from authws_desktop.tasks import start_task

REMEMBERED_S = 1.0
"""How long a refusal is remembered: who asks again within it costs no second read."""
MAX_REMEMBERED = 1000
Looking = asyncio.Task[AccountsError | None]
"""A look; its result is what kept it from being done, if anything did."""
_Found = tuple[Session, Account, str] | None


class FreshSessions:
    """Looks for sessions that the copy in memory lacks.

    Args:
        ledger: Reads the database, and keeps the copy.
        monotonic: Monotonic clock, seconds.
    """

    def __init__(self, ledger: Ledger, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._ledger = ledger
        self._monotonic = monotonic
        self._looking: dict[str, Looking] = {}
        self._refused: dict[str, float] = {}

    def look(self, examined: Examination) -> Looking | None:
        """Look for the session of a token that was refused, if that may help.

        Args:
            examined: The token's verdicts.

        Returns:
            What ends when the token can be checked once more; it never raises, and results in what kept the
            database from being read. `None` if the token is refused for another reason, or was looked for in
            vain just now.
        """
        claims = examined.claims
        is_unknown = examined.reason in (AuthReason.UNKNOWN_TOKEN, AuthReason.UNKNOWN_USER)
        # Claims are there only under a good signature: strangers cannot make the database work.
        if claims is None or not is_unknown or not self._ledger.is_loaded:
            return None
        jti = claims.jti
        if self._refused.get(jti, 0.0) > self._monotonic():
            return None
        if jti not in self._looking:
            task = self._looking[jti] = start_task(self._look(jti), "look for a session")
            task.add_done_callback(lambda _: self._looking.pop(jti, None))
        return self._looking[jti]

    async def close(self) -> None:
        """Wait for what is being looked for; may be called twice."""
        # Not cancelled: each is the answer to a connection that waits for it.
        await asyncio.gather(*self._looking.values())

    async def _look(self, jti: str) -> AccountsError | None:
        def find(db: OrmSession) -> _Found:
            row = db.get(SessionRow, jti)
            user = None if row is None else db.get(UserRow, row.user_id)
            return None if row is None or user is None else (session_of(row), *account_of(user))

        try:
            is_found = await self._ledger.learn(find)
        except AccountsError as error:
            return error  # the poll of the accounts reports it
        if not is_found:
            self._remember(jti)
        return None

    def _remember(self, jti: str) -> None:
        now_s = self._monotonic()
        if len(self._refused) >= MAX_REMEMBERED:
            self._refused = {key: until for key, until in self._refused.items() if until > now_s}
        if len(self._refused) < MAX_REMEMBERED:
            self._refused[jti] = now_s + REMEMBERED_S

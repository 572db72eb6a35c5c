"""Updates the table of accounts from the server's state, at a bounded cost."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator

from authws_desktop.accounts.models import Account
from authws_desktop.panels.accounts.accounts_table import AccountRow
from authws_desktop.panels.kit.table_filter import name_key
from authws_desktop.panels.kit.table_model import TableModel
from authws_desktop.server.service import Service

EXPIRY_LOOK_S = 5
"""How often the numbers of sessions are counted anew for those that expired by themselves."""
SLICE_ROWS = 5_000
"""How many accounts one call reads."""
REST_FACTOR = 9
"""After a look, pause this many times as long as it took: at most a tenth of the time."""


class AccountsFollower:
    """Compares the accounts with those of its last look, and puts the differences into the model.

    Many accounts are read in slices, one a call, so that no call holds up the server.

    Args:
        service: Has the accounts and the connections.
        model: Shows them.
    """

    def __init__(self, service: Service, model: TableModel[AccountRow]) -> None:
        self._service = service
        self._model = model
        self._seen: tuple[object, ...] = ()
        self._counted: tuple[object, ...] = ()
        self._sessions: dict[str, int] = {}
        self._known: dict[str, AccountRow] = {}
        self._reading: Iterator[None] | None = None
        self._has_changed = False
        self._took_s = 0.0
        self._rest_until_s = 0.0
        self._day = datetime.date.min

    def follow(self, *, is_urgent: bool = False) -> bool:
        """Update the model, or go on with an update that takes several calls; `True` if it changed.

        Every use of a token counts as a change. With many thousand accounts a change therefore waits until
        most of the time was left to the server.

        Args:
            is_urgent: Do not wait, and finish, as the person just changed something.
        """
        self._follow_date()
        if is_urgent:
            self.hurry()
        started_s = time.monotonic()
        if self._reading is None and started_s >= self._rest_until_s:
            self._reading = self._read()
        if self._reading is None:
            return False
        has_more = any(not is_urgent for _ in self._reading)
        now_s = time.monotonic()
        self._took_s += now_s - started_s
        if has_more:
            return False
        self._reading = None
        self._rest_until_s = now_s + REST_FACTOR * self._took_s
        self._took_s = 0.0
        return self._has_changed

    def hurry(self) -> None:
        """Begin a new look with the next call, without the pause that follows an expensive one."""
        self._reading = None
        self._rest_until_s = 0.0

    def _read(self) -> Iterator[None]:
        """Read all accounts, a slice at each step, and show them."""
        accounts, hub = self._service.accounts, self._service.hub
        key = (accounts.revision, int(time.time()) // EXPIRY_LOOK_S)
        seen = (hub.revision, *key)
        self._has_changed = seen != self._seen
        if not self._has_changed:
            return
        counts = {} if key != self._counted else self._sessions
        rows = []
        for number, account in enumerate(accounts.users(), start=1):
            if account.id not in counts:
                counts[account.id] = len(accounts.sessions.of(account.id))
            rows.append(self._row_of(account, len(hub.connections_of(account.id)), counts[account.id]))
            if number % SLICE_ROWS == 0:
                yield
        self._seen, self._counted, self._sessions = seen, key, counts
        self._known = {row.account.id: row for row in rows}
        self._model.set_rows(rows)

    def _row_of(self, account: Account, connections: int, sessions: int) -> AccountRow:
        """Return the row as it is known, if nothing in it changed: that is quickly compared."""
        row = self._known.get(account.id)
        if (
            row is None
            or row.account is not account
            or (row.connections, row.sessions) != (connections, sessions)
        ):
            name_key(account.username)  # worked out here, in a slice, and not when all rows are sorted
            row = AccountRow(account, connections, sessions)
        return row

    def _follow_date(self) -> None:
        today = datetime.datetime.now().astimezone().date()
        if today != self._day:
            self._day = today
            self._model.words_changed()

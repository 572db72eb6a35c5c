"""Keeps the model of accounts true, at a bounded cost."""

from __future__ import annotations

import datetime
import time

from authws_desktop.panels.accounts.accounts_model import AccountRow, AccountsModel
from authws_desktop.server.service import Service

EXPIRY_LOOK_S = 5
"""How often the numbers of sessions are counted anew for those that expired by themselves."""
REST_FACTOR = 9
"""Of the time, following many accounts takes at most a tenth."""


class AccountsFollower:
    """Compares what the server has with what it saw last, and tells the model.

    Args:
        service: Has the accounts and the connections.
        model: Shows them.
    """

    def __init__(self, service: Service, model: AccountsModel) -> None:
        self._service = service
        self._model = model
        self._seen: tuple[object, ...] = ()
        self._counted: tuple[object, ...] = ()
        self._sessions: dict[str, int] = {}
        self._rest_until_s = 0.0
        self._day = datetime.date.min

    def follow(self, *, is_urgent: bool = False) -> bool:
        """Bring the model up to date; `True` if something had changed.

        Every use of a token counts as a change. With many thousand accounts a change therefore waits until
        most of the time was left to the server.

        Args:
            is_urgent: Do not wait, as the person just changed something.
        """
        self._follow_date()
        key = (self._service.accounts.revision, int(time.time()) // EXPIRY_LOOK_S)
        seen = (self._service.hub.revision, *key)
        started_s = time.monotonic()
        if seen == self._seen or (started_s < self._rest_until_s and not is_urgent):
            return False
        self._seen = seen
        self._count_sessions(key)
        self._show_rows()
        now_s = time.monotonic()
        self._rest_until_s = now_s + REST_FACTOR * (now_s - started_s)
        return True

    def _count_sessions(self, key: tuple[object, ...]) -> None:
        if key != self._counted:
            self._counted = key
            accounts = self._service.accounts
            self._sessions = {each.id: len(accounts.sessions_of(each.id)) for each in accounts.users()}

    def _show_rows(self) -> None:
        hub, sessions = self._service.hub, self._sessions
        self._model.set_rows(
            [
                AccountRow(account, len(hub.connections_of(account.id)), sessions.get(account.id, 0))
                for account in self._service.accounts.users()
            ]
        )

    def _follow_date(self) -> None:
        today = datetime.datetime.now().astimezone().date()
        if today != self._day:
            self._day = today
            self._model.dates_changed()

"""Accounts and live sessions in memory, as the database has them: lookups without I/O."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import TypeVar

from authws_desktop.accounts import names
from authws_desktop.accounts.models import (
    Account,
    EndedTokens,
    EndReason,
    Invite,
    PendingAccount,
    Role,
    Session,
)
from authws_desktop.accounts.store.changes import MAX_ENDED, Change, Snapshot

T = TypeVar("T")


class Mirror:
    """A copy of the tables in memory. Used on the loop only; `ledger` says how it follows.

    Attributes:
        revision: Grows with every change of the copy.
        stored_revision: The database's revision the copy is complete for; 0 before the first load.
        accounts: Accounts by id.
        sessions: Sessions by token id.
        invites: Invitations by folded code.
        pending: Applicants by id.
        ended: Tokens that ended before their expiry, by id, with that expiry; the newest.
    """

    def __init__(self) -> None:
        self.revision = 0
        self.stored_revision = 0
        self.accounts: dict[str, Account] = {}
        self.sessions: dict[str, Session] = {}
        self.invites: dict[str, Invite] = {}
        self.pending: dict[str, PendingAccount] = {}
        self.ended: dict[str, float] = {}
        self._ids_by_key: dict[str, str] = {}
        self._keys_by_id: dict[str, str] = {}
        self._jtis_by_user: dict[str, dict[str, None]] = {}

    def find(self, key: str) -> Account | None:
        """Return the account with this folded username."""
        user_id = self._ids_by_key.get(key)
        return None if user_id is None else self.accounts[user_id]

    def name_keys(self) -> frozenset[str]:
        """Return the keys of all names that are taken, those of applicants included."""
        return frozenset(self._ids_by_key) | {names.fold(each.username) for each in self.pending.values()}

    def sessions_of(self, user_id: str) -> list[Session]:
        """Return a user's sessions, oldest first."""
        return [self.sessions[jti] for jti in self._jtis_by_user.get(user_id, ())]

    def apply(self, change: Change) -> list[EndedTokens]:
        """Apply the effect of one write to the copy.

        If another process wrote in between, the copy stays marked as stale, and what is missing comes next.

        Returns:
            Which tokens ended before their expiry.
        """
        for jti in change.ended:
            self._remove_session(jti)
        for user_id in change.deleted:
            self._remove_account(user_id)
        self._put_accounts(change.accounts)
        for session in change.started:
            # Uses are written once a minute: what memory knows is newer than another process's row.
            self._put_session(self._latest_use(session, self.sessions.get(session.jti)))
        _follow(self.invites, change.invites)
        _follow(self.pending, change.pending)
        self._remember(change.remembered)
        # Rule 5 of `ledger`: otherwise something is missing, and `stored_revision` must go on saying so.
        if change.revision == self.stored_revision + 1:
            self.stored_revision = change.revision
        self.revision += 1
        return _ended_by(change)

    def learn(self, session: Session, account: Account, key: str) -> None:
        """Take over one session that another process started, with its account.

        The copy stays marked as behind: `replace` brings what else that process wrote.

        Args:
            session: The session.
            account: Whose it is.
            key: The key of the account's name.
        """
        self._put_accounts([(account, key)])
        self._put_session(self._latest_use(session, self.sessions.get(session.jti)))
        self.revision += 1

    def replace(self, snapshot: Snapshot, now: float) -> list[EndedTokens]:
        """Take over the whole state of the database.

        Args:
            snapshot: The state.
            now: Seconds since the epoch; sessions that have expired by then end without a word.

        Returns:
            Which tokens another process ended before their expiry.
        """
        # The old state, with only what is compared: who lost a session must be told which.
        before = Mirror()
        before.accounts, before.sessions, before._jtis_by_user = (
            self.accounts,
            self.sessions,
            self._jtis_by_user,
        )
        self.accounts, self.sessions, self._jtis_by_user = {}, {}, {}
        self._ids_by_key, self._keys_by_id = {}, {}
        self._put_accounts(snapshot.accounts)
        for session in snapshot.sessions:
            # Uses are written once a minute: what memory knows is newer than the row.
            self._put_session(self._latest_use(session, before.sessions.get(session.jti)))
        self.invites, self.pending = dict(snapshot.invites), dict(snapshot.pending)
        self.ended = dict(snapshot.ended)
        self.stored_revision = snapshot.revision
        self.revision += 1
        return list(self._ended_since(before, now))

    def forget_ended(self, now: float) -> None:
        """Forget the tokens that have expired by now."""
        self.ended = {jti: expires_at for jti, expires_at in self.ended.items() if expires_at > now}

    def drop_keys(self, key_ids: frozenset[str]) -> list[EndedTokens]:
        """Remove the sessions whose tokens were signed with these keys; return them as ended."""
        gone: dict[str, set[str]] = {}
        for session in [s for s in self.sessions.values() if s.key_id in key_ids]:
            self._remove_session(session.jti)
            gone.setdefault(session.user_id, set()).add(session.jti)
        self.revision += 1
        return [EndedTokens(user, frozenset(jtis), EndReason.SECRET_CHANGED) for user, jtis in gone.items()]

    def note_use(self, session: Session, now: float, address: str, app: str) -> Session:
        """Return the session as used now, and keep it so.

        Args:
            session: The session.
            now: Seconds since the epoch.
            address: From where; empty if unknown.
            app: By which program; empty if unknown.
        """
        used = dataclasses.replace(
            session, last_used_at=now, address=address or session.address, app=app or session.app
        )
        self.sessions[session.jti] = used
        self.revision += 1
        return used

    def _remember(self, ended: dict[str, float]) -> None:
        self.ended.update(ended)
        for jti in list(self.ended)[: max(0, len(self.ended) - MAX_ENDED)]:
            del self.ended[jti]

    @staticmethod
    def _latest_use(session: Session, known: Session | None) -> Session:
        """Return a session with its latest use, which may not have been written yet."""
        if known is None or (known.last_used_at or 0.0) <= (session.last_used_at or 0.0):
            return session
        return dataclasses.replace(
            session, last_used_at=known.last_used_at, address=known.address, app=known.app
        )

    def _ended_since(self, before: Mirror, now: float) -> Iterable[EndedTokens]:
        for user_id, old in before.accounts.items():
            new = self.accounts.get(user_id)
            if new is None:
                why = EndReason.GUEST_ENDED if old.role is Role.GUEST else EndReason.DELETED
                yield EndedTokens(user_id, None, why)
            elif new.is_disabled and not old.is_disabled:
                yield EndedTokens(user_id, None, EndReason.DISABLED)
            else:
                sessions = before.sessions_of(user_id)
                gone = {s.jti for s in sessions if s.jti not in self.sessions and s.expires_at > now}
                if gone:
                    yield EndedTokens(user_id, frozenset(gone), EndReason.REVOKED)

    def _put_accounts(self, accounts: Sequence[tuple[Account, str]]) -> None:
        keys = {account.id: key for account, key in accounts}
        for user_id in keys.keys() & self._keys_by_id.keys():
            old_key = self._keys_by_id[user_id]
            # Two accounts may have swapped names in one change: the key may be somebody else's already.
            if self._ids_by_key.get(old_key) == user_id:
                del self._ids_by_key[old_key]
        # All at once: one by one, 100,000 of an import would hold up the loop for a tenth of a second.
        self.accounts.update({account.id: account for account, _ in accounts})
        self._ids_by_key.update({key: user_id for user_id, key in keys.items()})
        self._keys_by_id.update(keys)

    def _remove_account(self, user_id: str) -> None:
        for jti in list(self._jtis_by_user.get(user_id, ())):
            self._remove_session(jti)
        self.accounts.pop(user_id, None)
        key = self._keys_by_id.pop(user_id, None)
        if key is not None and self._ids_by_key.get(key) == user_id:
            del self._ids_by_key[key]

    def _put_session(self, session: Session) -> None:
        self.sessions[session.jti] = session
        self._jtis_by_user.setdefault(session.user_id, {})[session.jti] = None

    def _remove_session(self, jti: str) -> None:
        session = self.sessions.pop(jti, None)
        if session is not None:
            jtis = self._jtis_by_user[session.user_id]
            del jtis[jti]
            if not jtis:
                del self._jtis_by_user[session.user_id]


def _follow(known: dict[str, T], now: dict[str, T | None]) -> None:
    """Take over what a write changed; `None` is gone."""
    for key, value in now.items():
        if value is None:
            known.pop(key, None)
        else:
            known[key] = value


def _ended_by(change: Change) -> list[EndedTokens]:
    if change.why is None:
        return []
    if change.all_of is not None:
        return [EndedTokens(change.all_of, None, change.why)]
    by_user: dict[str, set[str]] = {}
    for jti, user_id in change.ended.items():
        by_user.setdefault(user_id, set()).add(jti)
    return [EndedTokens(user_id, frozenset(jtis), change.why) for user_id, jtis in by_user.items()]

"""Closes or renames live connections when their accounts change, and records lock-outs in the traffic."""

from __future__ import annotations

import logging
import time

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.growing_waits import Lockout, LockoutKind
from authws_desktop.accounts.models import Account, EndedTokens, EndReason
from authws_desktop.hub.hub import Hub
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.traffic.record import Direction, Identity, Kind

log = logging.getLogger(__name__)
USE_INTERVAL_S = 10.0
"""How often sessions learn that their connections were active."""

_END_TEXT = {
    EndReason.DISABLED: "account disabled",
    EndReason.DELETED: "account deleted",
    EndReason.GUEST_ENDED: "guests were ended",
    EndReason.PASSWORD_CHANGED: "password changed",
    EndReason.LOGGED_OUT: "logged out",
    EndReason.REVOKED: "token revoked",
    EndReason.SECRET_CHANGED: "signing secret was changed",
}

_LOCKED = {
    LockoutKind.ACCOUNT: "Logins from new addresses to",
    LockoutKind.PAIR: "Logins to",
    LockoutKind.PASSWORD_CHANGE: "Changes of the password of",
    LockoutKind.ADDRESS: "Logins and invitations from",
}


class AccountEvents:
    """Observes the accounts from its construction on, and acts on the hub's connections, on the loop.

    Args:
        accounts: Announces tokens that end, accounts that are renamed, and waits that begin.
        hub: Holds the connections to be closed or renamed.
    """

    def __init__(self, accounts: Accounts, hub: Hub) -> None:
        self._accounts = accounts
        self._hub = hub
        self._noted_s = time.monotonic()
        accounts.observe_ended(self._on_tokens_ended)
        accounts.observe_renamed(self._on_renamed)
        accounts.logins.observe_lockouts(self._on_lockout)

    async def follow(self) -> None:
        """Follow what another process changed, and note now and then who is active; to be called often."""
        # SQLite tells nobody that another process wrote: it has to be looked at.
        await self._accounts.poll_changes()
        if time.monotonic() - self._noted_s >= USE_INTERVAL_S:
            self._noted_s = time.monotonic()
            self.note_uses()

    def note_uses(self) -> None:
        """Let sessions know of their connections' activity."""
        for client in self._hub.clients.values():
            if client.is_authenticated:
                self._accounts.sessions.note_use(client.identity.token_id, client.last_active_at)

    def _on_tokens_ended(self, ended: EndedTokens) -> None:
        """Close the connections of tokens that stopped counting."""
        code = CloseCode.SECRET_CHANGED if ended.why is EndReason.SECRET_CHANGED else CloseCode.ACCOUNT_ENDED
        clients = [
            client
            for client in self._hub.clients.values()  # also one that is logging in just now
            if ended.concerns(client.identity.user_id, client.identity.token_id)
        ]
        self._hub.close(clients, code, _END_TEXT[ended.why])

    def _on_renamed(self, account: Account) -> None:
        self._hub.rename(account.id, account.username)

    def _on_lockout(self, lockout: Lockout) -> None:
        """Tell the log and the traffic that an account or address has to wait."""
        tell_lockout(lockout)
        wait_s = round(lockout.until - lockout.since)
        self._hub.recorder.add(
            Direction.EVENT,
            Kind.REFUSED,
            Identity(username=lockout.username, address=lockout.address),
            outcome="429",
            detail=f"{_LOCKED[lockout.kind]} {lockout.key} wait {wait_s} s "
            f"after {lockout.failures} failures (Retry-After: {wait_s}).",
        )


def tell_lockout(lockout: Lockout) -> None:
    """Tell the log that an account or address has to wait, and what can be done."""
    log.warning(
        "%s %s has to wait %.0f s after %d wrong passwords. The log's Lock-outs can lift it.",
        "The address" if not lockout.username else "The account",
        lockout.key,
        max(1.0, lockout.until - lockout.since),
        lockout.failures,
    )

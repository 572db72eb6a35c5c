"""What happens to accounts, carried over to live connections and the timeline."""

from __future__ import annotations

from authws_desktop.accounts.directory import Accounts
from authws_desktop.accounts.records import Account, EndedTokens, EndReason
from authws_desktop.accounts.waits import Lockout, LockoutKind
from authws_desktop.hub.hub import Hub
from authws_desktop.hub.traffic import Direction, Identity, Kind
from authws_desktop.protocol.codes import CloseCode

_END_TEXT = {
    EndReason.DISABLED: "account disabled",
    EndReason.DELETED: "account deleted",
    EndReason.PASSWORD_CHANGED: "password changed",
    EndReason.LOGGED_OUT: "logged out",
    EndReason.REVOKED: "token revoked",
    EndReason.SECRET_CHANGED: "signing secret was changed",
}


class AccountEvents:
    """Follows accounts from the moment it is made.

    Args:
        accounts: Whose events.
        hub: Whose connections.
    """

    def __init__(self, accounts: Accounts, hub: Hub) -> None:
        self._accounts = accounts
        self._hub = hub
        accounts.observe_ended(self._on_tokens_ended)
        accounts.observe_renamed(self._on_renamed)
        accounts.observe_lockouts(self._on_lockout)

    def note_uses(self) -> None:
        """Let sessions know of their connections' activity."""
        for client in self._hub.clients.values():
            if client.is_authenticated:
                self._accounts.note_use(client.identity.token_id, client.last_active_at)

    def _on_tokens_ended(self, ended: EndedTokens) -> None:
        """Close the connections of tokens that stopped counting."""
        code = CloseCode.SECRET_CHANGED if ended.why is EndReason.SECRET_CHANGED else CloseCode.ACCOUNT_ENDED
        clients = [
            client
            for client in self._hub.connections_of(ended.user_id)
            if ended.jtis is None or client.identity.token_id in ended.jtis
        ]
        self._hub.close(clients, code, _END_TEXT[ended.why])

    def _on_renamed(self, account: Account) -> None:
        self._hub.rename(account.id, account.username)

    def _on_lockout(self, lockout: Lockout) -> None:
        """Show on the timeline that an account or address has to wait."""
        is_account = lockout.kind is LockoutKind.ACCOUNT
        wait_s = round(lockout.until - lockout.since)
        self._hub.recorder.add(
            Direction.EVENT,
            Kind.REFUSED,
            Identity(username=lockout.key) if is_account else Identity(address=lockout.key),
            outcome="429",
            detail=f"Logins {'to' if is_account else 'from'} {lockout.key} wait {wait_s} s "
            f"after {lockout.failures} failures (Retry-After: {wait_s}).",
        )

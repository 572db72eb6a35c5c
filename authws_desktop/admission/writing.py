"""May this one write this? Asked for every message of a client, before the hub gets it."""

from __future__ import annotations

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.foreign_tokens import ID_PREFIX
from authws_desktop.accounts.models import Role
from authws_desktop.hub.hub import Hub
from authws_desktop.protocol.codes import ErrorCode
from authws_desktop.protocol.errors import FrameError
from authws_desktop.settings import CurrentSettings
from authws_desktop.traffic.record import Identity


class Writing:
    """Judges messages by the settings in force. Used on the loop only.

    Args:
        settings: In force.
        accounts: Know the roles.
        hub: Knows whom a direct message means.
    """

    def __init__(self, settings: CurrentSettings, accounts: Accounts, hub: Hub) -> None:
        self._settings = settings
        self._accounts = accounts
        self._hub = hub

    def check_message(self, sender: Identity) -> None:
        """Refuse a message to everyone.

        Raises:
            FrameError: `FORBIDDEN`; only hosts may write.
        """
        # The setting first: nearly always nobody's role need be looked up.
        if self._settings.values.who_may_write == "everyone" or self._role_of(sender) is Role.HOST:
            return
        raise FrameError(
            ErrorCode.FORBIDDEN, "Only the host may write to everyone now. This message was not sent."
        )

    def check_direct(self, sender: Identity, to: str) -> None:
        """Refuse a direct message.

        Args:
            sender: Whose it is.
            to: The recipient as written.

        Raises:
            FrameError: `FORBIDDEN`; guests may not write to each other.
        """
        if self._settings.values.guest_directs == "on" or self._role_of(sender) is not Role.GUEST:
            return
        if any(self._accounts.role_of(each) is Role.GUEST for each in self._meant_by(to) - {sender.user_id}):
            raise FrameError(
                ErrorCode.FORBIDDEN, "Guests may not write to each other here. This message was not sent."
            )

    def _role_of(self, sender: Identity) -> Role:
        # The token of another issuer gives nobody the rights of a host, whatever the account's role is.
        if sender.token_id.startswith(ID_PREFIX):
            return Role.MEMBER
        return self._accounts.role_of(sender.user_id)

    def _meant_by(self, to: str) -> set[str]:
        """Return the ids of the users whom a recipient means, also of one who is away."""
        connected = {client.identity.user_id for client in self._hub.find_receivers(to)}
        if connected:
            return connected
        account = self._accounts.get(to) or self._accounts.find(to)
        return set() if account is None else {account.id}

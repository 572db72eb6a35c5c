"""The host's means against people who misbehave: bans, and what follows from them at once."""

from __future__ import annotations

import asyncio
import logging

from authws_desktop.accounts.directory import Accounts
from authws_desktop.accounts.errors import StoreError
from authws_desktop.accounts.records import Account
from authws_desktop.hub.client import Client
from authws_desktop.hub.hub import Hub
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.server.bans import Ban, BanError, BanList, Banned, canonical_address

log = logging.getLogger(__name__)


class Moderation:
    """Bans people, and closes their connections.

    Attributes:
        bans: Those in force.

    Args:
        bans: Where bans are kept.
        hub: Whose connections are closed.
        accounts: Whose logins are refused.
    """

    def __init__(self, bans: BanList, hub: Hub, accounts: Accounts) -> None:
        self.bans = bans
        self._hub = hub
        self._accounts = accounts
        accounts.admit = self._admit

    async def ban_user(self, user_id: str, until: float | None = None, reason: str = "") -> Ban:
        """Keep a user out, and close their connections with 4006.

        Args:
            user_id: Of an account that exists.
            until: Seconds since the epoch; `None` for ever.
            reason: Told to the user.

        Raises:
            BanError: There is no such account, or the ban cannot be made or saved.
        """
        account = self._accounts.get(user_id)
        if account is None:
            raise BanError("This account no longer exists. Ban the address instead.")
        ban = await asyncio.to_thread(self.bans.add_user, account.id, account.username, until, reason)
        self._enforce()
        await self._note("ban", ban)
        return ban

    async def ban_address(self, address: str, until: float | None = None, reason: str = "") -> Ban:
        """Keep an address out, and close its connections with 4006.

        Raises:
            BanError: It is this computer's own, or the ban cannot be made or saved.
        """
        ban = await asyncio.to_thread(self.bans.add_address, address, until, reason)
        self._enforce()
        await self._note("ban", ban)
        return ban

    async def lift(self, ban_id: str) -> None:
        """End a ban; nothing happens if it is over already.

        Raises:
            BanError: That cannot be saved.
        """
        ban = await asyncio.to_thread(self.bans.lift, ban_id)
        if ban is not None:
            await self._note("lift ban", ban)

    async def _note(self, act: str, ban: Ban) -> None:
        """Write to the audit what was done; that it cannot be written does not undo it."""
        try:
            await self._accounts.note_act(act, ban.shown)
        except StoreError as error:
            log.warning("The audit does not tell of the act '%s': %s", act, error)

    def reached_by_user(self, user_id: str) -> list[Client]:
        """Return the connections that a ban of this user ends."""
        return self._hub.connections_of(user_id)

    def reached_by_address(self, address: str) -> list[Client]:
        """Return the connections that a ban of this address ends."""
        wanted = canonical_address(address)
        return [
            client
            for client in self._hub.clients.values()
            if wanted and canonical_address(client.identity.address) == wanted
        ]

    async def follow(self) -> None:
        """Act on what another process (the command line) changed."""
        if await asyncio.to_thread(self.bans.reload_if_changed):
            self._enforce()

    async def watch(self, interval_s: float) -> None:
        """Go on following until cancelled."""
        while True:
            await asyncio.sleep(interval_s)
            await self.follow()

    def _enforce(self) -> None:
        """Close every connection of somebody who is banned."""
        for client in list(self._hub.clients.values()):
            identity = client.identity
            ban = self.bans.of_user(identity.user_id) or self.bans.of_address(identity.address)
            if ban is not None:
                self._hub.close([client], CloseCode.BANNED, ban.close_reason)

    def _admit(self, account: Account) -> None:
        """Refuse the login of a banned user; its password was right."""
        if (ban := self.bans.of_user(account.id)) is not None:
            raise Banned(ban)

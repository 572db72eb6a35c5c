"""Bans and disconnections by the host: they are saved, enforced on open connections, and audited."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import StoreError
from authws_desktop.admission.bans import Ban, BanError, BanList, canonical_address
from authws_desktop.hub.client import Client
from authws_desktop.hub.hub import Hub
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.tasks import start_task

log = logging.getLogger(__name__)


CloseElsewhere = Callable[[Sequence[str], CloseCode, str], int]


def _nobody(_client_ids: Sequence[str], _code: CloseCode, _reason: str) -> int:
    """Close nothing: there are no other nodes."""
    return 0


class Moderation:
    """Bans people, and closes their connections.

    Attributes:
        bans: The bans in force.
        close_elsewhere: Has connections of other nodes closed, and tells how many are known.

    Args:
        bans: Keeps the bans, in a file.
        hub: Holds the connections to be closed.
        accounts: Knows the users, and keeps the audit.
    """

    def __init__(self, bans: BanList, hub: Hub, accounts: Accounts) -> None:
        self.bans = bans
        self._hub = hub
        self._accounts = accounts
        self.close_elsewhere: CloseElsewhere = _nobody
        self._notes: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Wait until everything that was done is noted; may be called again."""
        # What could not be noted was logged by `_note`; the others must still be waited for.
        await asyncio.gather(*self._notes, return_exceptions=True)
        await asyncio.to_thread(self.bans.close)

    async def ban_user(self, user_id: str, until: float | None = None, reason: str = "") -> Ban:
        """Keep a user out, and close their connections with 4006.

        Args:
            user_id: Of an account that exists.
            until: Seconds since the epoch; `None` for ever.
            reason: Told to the user.

        Raises:
            BanError: There is no such account, or the ban cannot be made or saved.
        """
        if self._accounts.get(user_id) is None:
            # Registered at another node a moment ago, perhaps.
            await self._accounts.poll_changes()
        account = self._accounts.get(user_id)
        if account is None:
            raise BanError("This account no longer exists. Ban the address instead.")
        ban = await asyncio.to_thread(self.bans.add_user, account.id, account.username, until, reason)
        self._enforce()
        await self._note("ban", ban.shown)
        return ban

    async def ban_address(self, address: str, until: float | None = None, reason: str = "") -> Ban:
        """Keep an address out, and close its connections with 4006.

        Raises:
            BanError: It is this computer's own, or the ban cannot be made or saved.
        """
        ban = await asyncio.to_thread(self.bans.add_address, address, until, reason)
        self._enforce()
        await self._note("ban", ban.shown)
        return ban

    async def lift(self, ban_id: str) -> None:
        """End a ban; nothing happens if it is over already.

        Raises:
            BanError: That cannot be saved.
        """
        ban = await asyncio.to_thread(self.bans.lift, ban_id)
        if ban is not None:
            await self._note("lift ban", ban.shown)

    def disconnect(self, client_ids: Iterable[str]) -> int:
        """Close connections with 4005; return how many there were."""
        chosen = list(client_ids)
        found = [self._hub.clients[each] for each in chosen if each in self._hub.clients]
        if found:
            # Before they are closed, which takes them and their names from the hub.
            self.note_soon("close connections", ", ".join(each.username or each.client_id for each in found))
        there = [each for each in chosen if each not in self._hub.clients]
        elsewhere = self.close_elsewhere(there, CloseCode.KICKED, "")
        if elsewhere:
            self.note_soon("close connections", f"{elsewhere} at other nodes")
        return self._hub.close(found, CloseCode.KICKED) + elsewhere

    def note_soon(self, act: str, target: str) -> None:
        """Write an act of the host to the audit, without waiting for it."""
        task = start_task(self._note(act, target), "note an act")
        # Kept: the loop itself holds a task only weakly.
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    async def _note(self, act: str, target: str) -> None:
        """Write to the audit what was done; that it cannot be written does not undo it."""
        try:
            await self._accounts.audit.write(act, target)
        except StoreError as error:
            log.warning("The audit does not tell of the act '%s': %s", act, error)

    def reached_by_user(self, user_id: str) -> list[Client]:
        """Return the connections that a ban of this user ends."""
        everywhere = self._hub.everywhere().values()
        return [client for client in everywhere if client.identity.user_id == user_id]

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

    def _enforce(self) -> None:
        """Close every connection of somebody who is banned."""
        # A copy: each that closes leaves the hub.
        for client in list(self._hub.clients.values()):
            identity = client.identity
            ban = self.bans.of_user(identity.user_id) or self.bans.of_address(identity.address)
            if ban is not None:
                self._hub.close([client], CloseCode.BANNED, ban.close_reason)

"""The server's part in a cluster, where one is set: joins with its start, leaves with its stop.

Nothing of `cluster` is imported by a server that is alone.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import StoreError
from authws_desktop.accounts.growing_waits import LockoutKind
from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.admission.bans import BanList
from authws_desktop.errors import ServiceError
from authws_desktop.hub.hub import Hub
from authws_desktop.messages.messages import Messages
from authws_desktop.paths import DataPaths
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.settings import CurrentSettings, Settings
from authws_desktop.settings.shared import SHARED
from authws_desktop.tasks import end_task, start_task

if TYPE_CHECKING:
    from authws_desktop.cluster.node import Node
    from authws_desktop.cluster.settings import SharedSettings

log = logging.getLogger(__name__)
SETTINGS_POLL_S = 2.0
"""How often the settings of all nodes are looked at, while no other node tells of a change."""
SLICES = 20
"""Into how many parts the clients of a node that drains are told to go elsewhere."""


def ban_list(values: Settings, paths: DataPaths) -> BanList:
    """Return the bans of this server: in its file, or in a cluster in the table that all nodes share."""
    if not values.cluster_url:
        return BanList(paths.bans_file)
    from authws_desktop.cluster.bans import TableBans

    return TableBans(values.database_url, paths.bans_file)


def signing_keys(values: Settings, paths: DataPaths, jwt_secret: str) -> SigningKeys:
    """Return the keys of this server: from outside, in its file, or in a cluster in the nodes' common table.

    Raises:
        KeysError: The secret's file cannot be used.
    """
    if not values.cluster_url or jwt_secret.strip() or not is_shareable(values.database_url):
        return SigningKeys(paths.secret_file, override=jwt_secret)
    from authws_desktop.cluster.keys import TableKeys

    return TableKeys(values.database_url, paths.secret_file)


def is_shareable(database_url: str) -> bool:
    """Tell whether several servers can share a database."""
    return database_url.startswith(("postgres://", "postgresql"))


def check_settings(values: Settings) -> None:
    """Check settings by themselves; those of a server that is alone always fit.

    Raises:
        ServiceError: A server cannot be part of a cluster as it is set up.
    """
    if not values.cluster_url:
        return
    if not is_shareable(values.database_url):
        raise ServiceError(
            "A cluster needs accounts in PostgreSQL, which all nodes share. Set AUTHWS_DATABASE_URL to "
            "postgresql://user:password@host/name, or leave the cluster's address empty."
        )
    if importlib.util.find_spec("hiredis") is None:
        raise ServiceError(
            "The client of the cluster's engine is not installed. Install authws-desktop[cluster]."
        )


class Clustering:
    """Makes this server a node of its cluster while it runs, and shares settings with the other nodes.

    Attributes:
        node: This server as a node; `None` while it is alone.
        settings_revision: Of the settings that all nodes share, as last seen; 0 while it is alone.

    Args:
        settings: The settings in force.
        hub: Holds the connections.
        accounts: In a database that all nodes share.
        url: Tells where this server is reached, once it listens.
        follow: What follows the shared database, awaited when another node has written.
        messages: Are kept together with the other nodes.
        take_over: Puts settings in force that another node has changed for all; reads them while no others
            are put in force.
    """

    def __init__(
        self,
        settings: CurrentSettings,
        hub: Hub,
        accounts: Accounts,
        url: Callable[[], str],
        follow: Sequence[Callable[[], Awaitable[None]]],
        messages: Messages,
        take_over: Callable[[Callable[[], Awaitable[Settings]]], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._hub = hub
        self._accounts = accounts
        self._url = url
        # As the accounts' database: what is set from now on counts from the next launch on.
        self._address = settings.values.cluster_url
        self._follow = (*follow, self.follow_settings)
        self._take_over = take_over
        self.settings_revision = 0
        self._watching: asyncio.Task[None] | None = None
        # Held while a thread reads the settings: the database must not be closed under it (`leave`).
        self._reading = threading.Lock()
        self._messages = messages
        self.node: Node | None = None
        self._draining: asyncio.Task[None] | None = None
        accounts.observe_written(self._on_written)
        accounts.logins.throttle.listen(self._on_own_attempt)

    def check(self, values: Settings) -> None:
        """Check settings before anything is done with them; see `check_settings`.

        Raises:
            ServiceError: A server cannot be part of a cluster with them, or not while it is running.
        """
        check_settings(values)
        is_keeping = self._settings.values.messages_kept > 0
        if self.node is not None and is_keeping is not (values.messages_kept > 0):
            raise ServiceError(
                "Whether messages are kept is the same at all nodes, and stays as it is while one runs. Stop "
                "them all, set AUTHWS_MESSAGES_KEPT for all, and start them again."
            )

    def is_cut_off(self) -> bool:
        """Tell whether who comes now should go to another node: this one drains, or reaches no other."""
        return self.node is not None and (self.node.is_draining or not self.node.bus.is_up)

    @property
    def trouble(self) -> str:
        """What is the matter with the cluster now, a sentence; empty if nothing is."""
        return "" if self.node is None else self.node.trouble

    async def join(self) -> None:
        """Join, if a cluster is set.

        Raises:
            ServiceError: That cannot be done.
        """
        if not self._address:
            return
        from authws_desktop.cluster.engine_address import read_engine_address
        from authws_desktop.cluster.mark import read_mark
        from authws_desktop.cluster.node import Node
        from authws_desktop.cluster.roll import Fit
        from authws_desktop.cluster.settings import open_row

        database = self._accounts.database
        node = Node(
            read_engine_address(self._address),
            self._hub,
            Fit.of(self._accounts.keys, await asyncio.to_thread(read_mark, database)),
            self._url,
            self._follow,
            self._accounts.logins.throttle.follow,
            self._on_drain,
        )
        await asyncio.to_thread(open_row, database, self._settings.loaded.saved)
        node.on_news, node.is_keeping = self._messages.hear, lambda: self._messages.is_on
        try:
            await node.join()
        # Cancelled, too: what of it stands at the engine would look like a node.
        except BaseException:
            await node.leave()
            raise
        self.node = node
        self._messages.join_cluster(node.others)
        self._watching = start_task(self._watch_settings(), "follow the settings of all nodes")

    async def leave(self) -> None:
        """Leave; may be called again."""
        # First: from here on this server acts as one that is alone.
        node, self.node = self.node, None
        await end_task(self._watching)
        self._watching, self.settings_revision = None, 0
        await end_task(self._draining)
        self._draining = None
        if node is not None:
            self._messages.join_cluster(None)
            await node.leave()
            # A thread that reads goes on when its task is cancelled; the database is closed after this.
            await asyncio.to_thread(self._wait_for_reader)

    def _wait_for_reader(self) -> None:
        with self._reading:
            pass

    def close(self, client_ids: Sequence[str], code: CloseCode, reason: str) -> int:
        """Have connections of other nodes closed; return how many are known."""
        return 0 if self.node is None else self.node.close(client_ids, code, reason)

    # Settings

    async def share(self, old: Settings, new: Settings) -> None:
        """Change settings for all nodes, where some of theirs are others now.

        Raises:
            ServiceError: The database cannot be written; nothing is changed.
        """
        if self.node is None:
            return
        from authws_desktop.cluster.settings import change_row

        changes = {name: now for name in SHARED if (now := getattr(new, name)) != getattr(old, name)}
        if changes:
            try:
                row = await asyncio.to_thread(change_row, self._accounts.database, changes)
            except StoreError as error:
                raise ServiceError(f"The settings of all nodes cannot be saved. {error}") from None
            # Otherwise another node has changed something at the same time: that is still to be followed.
            if row.revision == self.settings_revision + 1:
                self.settings_revision = row.revision
            self.node.changed()

    async def follow_settings(self) -> None:
        """Put in force what another node has changed for all. Never raises."""
        try:
            row = await asyncio.to_thread(self._read_row)
            if row.revision > self.settings_revision:
                await self._take_over(self._read_settings)
        except (ServiceError, StoreError) as error:
            log.warning("What another node changed in the settings is not in force here. %s", error)

    async def _read_settings(self) -> Settings:
        """Return the settings of this node with what all nodes share now."""
        row = await asyncio.to_thread(self._read_row)
        self.settings_revision = row.revision
        return replace(self._settings.loaded.saved, **row.values)

    def _read_row(self) -> SharedSettings:
        from authws_desktop.cluster.settings import read_row

        with self._reading:
            return read_row(self._accounts.database)

    async def _watch_settings(self) -> None:
        while True:
            await self.follow_settings()
            await asyncio.sleep(SETTINGS_POLL_S)

    # Draining

    async def drain(self) -> None:
        """Send the clients elsewhere, a few at a time: all at once would be a storm for the other nodes.

        New ones are sent by the balancer to who is ready, which this server is not from now on.
        """
        if self.node is None:
            return
        self.node.is_draining = True
        drain_s = self._settings.values.drain_s
        clients = list(self._hub.clients.values())
        step = max(1, -(-len(clients) // SLICES))
        for at in range(0, len(clients), step):
            if self.node is None or not self.node.is_draining:
                return  # it takes newcomers again
            self._hub.close(clients[at : at + step], CloseCode.GOING_AWAY)
            await asyncio.sleep(drain_s / SLICES)

    def _on_drain(self, is_on: bool) -> None:
        if self.node is None:
            return
        is_new = is_on and not self.node.is_draining
        self.node.is_draining = is_on
        if is_new and (self._draining is None or self._draining.done()):
            self._draining = start_task(self.drain(), "send clients to other nodes")

    def _on_own_attempt(self, kind: LockoutKind, key: str, limit: int | None) -> None:
        if self.node is not None:
            self.node.attempted(kind, key, limit)

    def _on_written(self) -> None:
        if self.node is not None:
            self.node.changed()

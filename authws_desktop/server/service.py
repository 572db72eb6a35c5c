"""The server's life cycle: open, start, stop, close and changes of settings, under one lock.

Stop order: refuse new connections, close sockets with 1001, wait up to `STOP_TIMEOUT_S`, end what is
left, clean up aiohttp. The accounts stay open until `close`, so that the window can show them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import partial

import msgspec

from authws_desktop import __version__
from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.audit import WINDOW, Actor
from authws_desktop.accounts.errors import StoreError
from authws_desktop.accounts.models import Role
from authws_desktop.accounts.names import lookup_key
from authws_desktop.accounts.store.database import sqlite_url
from authws_desktop.admission.admin_token import AdminToken
from authws_desktop.admission.moderation import Moderation
from authws_desktop.errors import ProductError, ServiceError
from authws_desktop.hub.hub import Hub
from authws_desktop.messages.messages import Messages
from authws_desktop.network.tls.tls import Tls
from authws_desktop.paths import DataPaths
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.server.clustering import Clustering, ban_list, signing_keys
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.faults import FaultRegistry
from authws_desktop.server.host_messages import HostMessages
from authws_desktop.server.listening import Listening, naming_origin
from authws_desktop.server.location import Location
from authws_desktop.server.storage import Storage
from authws_desktop.server.websocket.frames import refuse
from authws_desktop.settings import CurrentSettings, LoadedSettings, Settings, SettingsError
from authws_desktop.settings.changes import changes_of
from authws_desktop.traffic.history import History
from authws_desktop.traffic.record import SERVER_IDENTITY, Direction, Kind
from authws_desktop.traffic.recorder import Recorder
from authws_desktop.traffic.ring import TrafficRing

log = logging.getLogger(__name__)


class ServerState(StrEnum):
    """The state of the server, changed in one place (`Service._enter`)."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    FAILED = "failed"


class Service:
    """Builds the server's parts once, and starts, stops and reconfigures them. Used on the loop only.

    Attributes:
        paths: The folders of settings, data and log.
        location: Where it is reached.
        keys: The signing secrets.
        hub, traffic, history, accounts, bans: The same objects for the life of the program, so that a window
            may hold them; they outlive a stop.
        messages: The messages that are kept.
        moderation: Bans people and closes connections.
        clustering: This server's part in a cluster.
        lent_admin_token: Lets a child process act as a host; see `Endpoint.lent_admin_token`.
        probes: The one-time addresses of the network check.
        host_messages: Sends on the host's behalf.
        faults: Breaks connections on purpose; no fault outlives a stop.
        state: Where the server's life is; changed on the loop only.
        failure: Why the state is `FAILED`; `None` in every other state.
        started_at: When it began to run, seconds since the epoch; `None` while it does not.

    Args:
        settings: The settings to start with, each with its source.
        paths: The folders of settings, data and log.
        jwt_secret: The signing secret from outside; empty for the one in its file.
        password_cost: bcrypt's work factor, 4 to 31; tests use 4.
        admin_token: Lets programs act as a host; `None` for no such token.
        actor: Written to the audit as who starts, stops and changes this server at its own desk.

    Raises:
        AccountsError: The secret's file cannot be used.
    """

    def __init__(
        self,
        settings: LoadedSettings,
        paths: DataPaths,
        *,
        jwt_secret: str = "",
        password_cost: int = 12,
        admin_token: AdminToken | None = None,
        actor: Actor = WINDOW,
    ) -> None:
        self._current = CurrentSettings(settings)
        self.paths = paths
        values = settings.values
        self.keys = signing_keys(values, paths, jwt_secret)
        url = values.database_url or sqlite_url(paths.database_file)
        self.accounts = Accounts(url, self.keys, self._current, password_cost=password_cost, actor=actor)
        self.traffic = TrafficRing(values.traffic_max_records, values.traffic_max_bytes)
        self.history = History(paths.history_file, self.traffic)
        self.hub = Hub(Recorder(self.traffic), lookup_key, _call_later, role_of=self.accounts.role_of)
        self.state = ServerState.STOPPED
        self.failure: ServiceError | None = None
        self.started_at: float | None = None
        self._started_s = 0.0
        self.bans = ban_list(values, paths)
        self.moderation = Moderation(self.bans, self.hub, self.accounts)
        self._endpoint = Endpoint(
            self.hub, self.accounts, self.bans, self._current, f"authws-desktop/{__version__}"
        )
        self._endpoint.admin_token = admin_token
        self.lent_admin_token = self._endpoint.lent_admin_token
        self.messages = Messages(self.hub, self.accounts, self._current, partial(refuse, self._endpoint))
        self.faults = self._endpoint.faults = FaultRegistry(self._endpoint)
        self.probes = self._endpoint.probes
        self.host_messages = HostMessages(self._endpoint)
        self._observers: list[Callable[[], None]] = []
        # One change of state at a time: a stop that is asked for during a start waits for its end.
        self._lock = asyncio.Lock()
        self._listening = Listening(self._endpoint, lambda: self.uptime_s)
        self.location = Location(self._current, self._listening)
        follow = (self.accounts.poll_changes, self.moderation.follow)
        reached_at = self.location.future_url
        self.clustering = Clustering(
            self._current, self.hub, self.accounts, reached_at, follow, self.messages, self._take_over
        )
        self.moderation.close_elsewhere = self.clustering.close
        self._endpoint.is_cut_off = self.clustering.is_cut_off
        self._storage = Storage(
            paths, self._current, self.accounts, self.hub, self.moderation, self.messages, self.history
        )

    # What a window reads

    @property
    def settings(self) -> LoadedSettings:
        """The settings in force, and where each came from."""
        return self._current.loaded

    @property
    def uptime_s(self) -> float:
        """How long it has been running, seconds, whatever is done to the clock; 0 if it does not."""
        return 0.0 if self.started_at is None else time.monotonic() - self._started_s

    @property
    def places_warning(self) -> str:
        """A sentence if fewer connections can be accepted than the settings allow; empty if all can."""
        return self._endpoint.places.warning

    @property
    def troubles(self) -> list[str]:
        """What is the matter with the program's files now, as sentences: gone, changed or overwritten."""
        trouble = self.clustering.trouble
        return [*self._storage.troubles, *([trouble] if trouble else [])]

    def observe(self, callback: Callable[[], None]) -> None:
        """Have a callback called on the loop after each change of state or settings."""
        self._observers.append(callback)

    def connections_ended_by(self, new: Settings) -> int:
        """Return how many connections a change of settings would end."""
        return len(self._endpoint.ended_by(new)) if self.state is ServerState.RUNNING else 0

    # Life

    async def open(self) -> None:
        """Open the accounts; may be called again.

        Raises:
            AccountsError: The database cannot be used.
        """
        await self._storage.open()

    async def close(self) -> None:
        """Stop and release everything; may be called again."""
        await self.stop()
        await self._storage.close()

    async def start(self) -> None:
        """Listen; nothing happens if it runs already.

        Raises:
            ServiceError: It cannot; the state is `FAILED` then.
            AccountsError: The database cannot be used; likewise.
        """
        async with self._lock:
            if self.state is ServerState.RUNNING:
                return
            self._enter(ServerState.STARTING)
            try:
                self.clustering.check(self.settings.values)
                await self.open()
                await self._start()
            except ProductError as error:
                failure = error if isinstance(error, ServiceError) else ServiceError(str(error))
                await self._release()
                self._enter(ServerState.FAILED, failure)
                raise
            # Cancelled, or a mistake of ours: nothing half open stays, whatever it was.
            except BaseException:
                await self._release()
                self._enter(ServerState.STOPPED)
                raise

    async def _start(self) -> None:
        values = self.settings.values
        # Certificate first: what cannot be had must be known before anything listens (nothing starts
        # half-secure).
        self._endpoint.tls = await self.location.make_tls(values, self.paths.tls_dir)
        self._endpoint.places.provide(values)
        with naming_origin(self.settings):
            await self._listening.start(values.host, values.port)
        # Only now, as the name is announced with the port in force.
        self.location.announce_name()
        self.started_at, self._started_s = time.time(), time.monotonic()
        # After it listens, as the other nodes are told where; before it counts as running.
        await self.clustering.join()
        self._enter(ServerState.RUNNING)
        self.moderation.note_soon("start server", self.location.http_url)

    async def stop(self) -> None:
        """Stop listening and end every connection with 1001; nothing happens if it does not run."""
        async with self._lock:
            if self.state is not ServerState.RUNNING:
                if self.state is ServerState.FAILED:
                    self._enter(ServerState.STOPPED)
                return
            is_alone = self.clustering.node is None
            self._enter(ServerState.STOPPING)
            await self.clustering.drain()
            await self._release()
            if is_alone:  # the event goes on at the other nodes
                await self._end_guests()
            self._enter(ServerState.STOPPED)
            self.moderation.note_soon("stop server", "")

    async def _end_guests(self) -> None:
        """End the guests with the event they came for."""
        # A crash is no end of the event: their tokens go on counting then. Nor is the stop of one of several
        # servers, which share the accounts.
        if self.settings.values.cluster_url:
            return
        try:
            if any(account.role is Role.GUEST for account in self.accounts.users()):
                await self.accounts.administration.end_guests()
        except StoreError as error:
            log.warning("The guests did not end with the event: %s", error)

    async def _release(self) -> None:
        # The order is the module's: nobody new, then the close frames, then those that do not answer.
        self._listening.stop()
        self._endpoint.growth.end()
        # Before the close frames: whoever is frozen must learn of the stop, too.
        self.faults.clear()
        self.hub.shut_down()
        # With the close frames on their way: others need not wait for who does not answer them.
        await self.clustering.leave()
        await self._listening.end()
        await self.location.withdraw_name()
        self.started_at = None
        self._endpoint.tls = None

    def _enter(self, state: ServerState, failure: ServiceError | None = None) -> None:
        self.state = state
        self.location.is_open = state is ServerState.RUNNING
        self.failure = failure
        text = str(failure or (self.location if state is ServerState.RUNNING else ""))
        sentence = f"Server {state}. {text}".rstrip()
        if state in (ServerState.RUNNING, ServerState.STOPPED, ServerState.FAILED):
            self._tell(sentence, failed=failure is not None)
        else:
            log.info("%s", sentence)
        self._announce()

    def _tell(self, sentence: str, *, failed: bool = False) -> None:
        """Tell the log and the traffic of something that became of the server itself."""
        log.log(logging.ERROR if failed else logging.INFO, "%s", sentence)
        outcome = "failed" if failed else ""
        self.hub.recorder.add(Direction.EVENT, Kind.SERVER, SERVER_IDENTITY, outcome=outcome, detail=sentence)

    def _announce(self) -> None:
        for callback in self._observers:
            callback()

    # Settings

    async def apply(self, new: Settings) -> None:
        """Save settings and take them over, live where possible; all nodes take over what they share.

        A change of host or port listens anew; connections that can stay do. If that fails, what ran
        before runs again and nothing is saved.

        Args:
            new: What to save; fields locked from outside keep their value in force.

        Raises:
            ServiceError: They cannot be applied or saved.
        """
        async with self._lock:
            await self._apply(new)
        self._announce()

    async def change(self, **values: object) -> None:
        """Save other values of some settings; see `apply`."""
        await self.apply(msgspec.structs.replace(self.settings.saved, **values))

    async def _take_over(self, read: Callable[[], Awaitable[Settings]]) -> None:
        """Apply settings that another node has saved for all."""
        async with self._lock:
            # Read only now: what was read before could undo a change that was being applied meanwhile.
            new = await read()
            if new == self.settings.saved:
                return
            await self._apply(new, is_told=True)
        self._announce()

    async def _apply(self, new: Settings, *, is_told: bool = False) -> None:
        merged = self.settings.with_saved(new)
        old, values = self.settings.values, merged.values
        self.clustering.check(values)
        is_moved = (old.host, old.port) != (values.host, values.port)
        # What can fail comes first, each with its way back: the certificate, the place to listen, then
        # the file.
        is_running = self.state is ServerState.RUNNING
        tls = await self.location.make_tls(values, self.paths.tls_dir) if is_running else None
        if is_moved and is_running:
            with naming_origin(merged):
                await self._move(old, values)
        try:
            if not is_told:
                await self.clustering.share(self.settings.saved, new)
            await asyncio.to_thread(self._storage.settings_file.save, new)
        except (ServiceError, SettingsError) as error:
            if is_moved and is_running:
                await self._move(values, old)
            raise ServiceError(str(error)) from None
        # From here on nothing fails and nothing is awaited: no frame is handled by half of the new
        # settings.
        self._current.replace(merged)
        self._endpoint.apply()
        self._endpoint.places.provide(values)
        self._use_tls(tls)
        self.traffic.resize(values.traffic_max_records, values.traffic_max_bytes)
        self.history.apply(values.history_max_mib)
        changed = changes_of(old, values)
        if changed:
            self._tell("Settings changed. " + "; ".join(changed))
        if is_moved and is_running:
            self._tell(f"Server listens anew. {self.location}")
        if changed and self._storage.is_open:
            self.moderation.note_soon("change settings", "; ".join(changed))
        if self._storage.is_open:
            await self.messages.apply()

    async def _move(self, old: Settings, new: Settings) -> None:
        """Listen elsewhere; on failure listen where it was."""
        await self._listening.move(old.host, new.host, new.port)
        for connection in self._endpoint.unreachable_at(new.host):
            connection.close(CloseCode.GOING_AWAY)

    def _use_tls(self, tls: Tls | None) -> None:
        """Use TLS for newcomers; if it is on, nobody stays without."""
        self._endpoint.tls = tls
        for connection in self._endpoint.insecure() if tls is not None else ():
            connection.close(CloseCode.GOING_AWAY)

    async def rotate_secret(self, secret: str | None = None, *, keep_connected: bool) -> None:
        """Sign with a new secret from now on.

        Args:
            secret: The new one; a random one if `None`.
            keep_connected: Accept old tokens until they expire; else everyone is closed with 4010.

        Raises:
            AccountsError: The secret is weak, locked from outside, or cannot be written.
        """
        await self.accounts.administration.rotate_secret(keep=keep_connected, secret=secret)
        self._announce()


def _call_later(delay_s: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(delay_s, callback)

"""The server's life cycle: open, start, stop, close and changes of settings, under one lock.

Stop order: refuse new connections, close sockets with 1001, wait up to `STOP_TIMEOUT_S`, end what is
left, clean up aiohttp. The accounts stay open until `close`, so that the window can show them.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, cast

from authws_desktop import __version__
from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import StoreError
from authws_desktop.accounts.growing_waits import Lockout
from authws_desktop.accounts.models import Role
from authws_desktop.accounts.names import lookup_key
from authws_desktop.accounts.store.database import sqlite_url
from authws_desktop.admission.access import is_loopback
from authws_desktop.admission.account_events import AccountEvents
from authws_desktop.admission.admin_token import AdminToken
from authws_desktop.admission.moderation import Moderation
from authws_desktop.errors import PortTaken, ProductError, ServiceError
from authws_desktop.files import remove_leftovers
from authws_desktop.hub.hub import Hub
from authws_desktop.messages.messages import Messages
from authws_desktop.network.addresses import EVERY_ADDRESS, Address, addresses_reached
from authws_desktop.network.local_name import LocalName
from authws_desktop.network.open_files import UNLIMITED, raise_open_files
from authws_desktop.network.probes import Probes
from authws_desktop.network.tls.tls import TRUST_PATH, Tls, make_tls
from authws_desktop.paths import DataPaths, resource_dir
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.server.announcements import PinnedFile
from authws_desktop.server.clustering import Clustering, ban_list, signing_keys
from authws_desktop.server.endpoint import Endpoint, OpenConnection
from authws_desktop.server.faults import FaultRegistry
from authws_desktop.server.host_messages import HostMessages
from authws_desktop.server.listening import Listening
from authws_desktop.server.places import files_needed
from authws_desktop.server.websocket.frames import refuse
from authws_desktop.server.websocket.sweeper import Sweeper
from authws_desktop.settings import (
    CurrentSettings,
    LoadedSettings,
    Settings,
    SettingsError,
    SettingsFile,
)
from authws_desktop.settings.changes import changes_of
from authws_desktop.tasks import start_task
from authws_desktop.traffic.history import History
from authws_desktop.traffic.record import SERVER_IDENTITY, Direction, Kind
from authws_desktop.traffic.recorder import Recorder
from authws_desktop.traffic.ring import TrafficRing

if TYPE_CHECKING:
    from aiohttp import web

    from authws_desktop.server.http.server import HttpServer

__all__ = ["PortTaken", "ServerState", "Service", "ServiceError"]

log = logging.getLogger(__name__)
STOP_TIMEOUT_S = 3.0  # for clients to answer the close frame
POLL_INTERVAL_S = 0.5  # what the command line did is in force at once, as far as a person can tell


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
        hub, traffic, history, accounts, bans: The same objects for the life of the program, so that a window
            may hold them; they outlive a stop.
        messages: The messages that are kept.
        moderation: Bans people and closes connections.
        clustering: This server's part in a cluster.
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
    ) -> None:
        self._current = CurrentSettings(settings)
        self.paths = paths
        self._settings_file = SettingsFile(paths.settings_file)
        values = settings.values
        self.keys = signing_keys(values, paths, jwt_secret)
        self.accounts = Accounts(
            values.database_url or sqlite_url(paths.database_file),
            self.keys,
            self._current,
            password_cost=password_cost,
        )
        self.traffic = TrafficRing(values.traffic_max_records, values.traffic_max_bytes)
        self.history = History(paths.history_file, self.traffic)
        self.hub = Hub(Recorder(self.traffic), _fold, _call_later, role_of=self._role_of)
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
        self.messages = Messages(self.hub, self.accounts, self._current, partial(refuse, self._endpoint))
        self.faults = self._endpoint.faults = FaultRegistry(self._endpoint)
        self.host_messages = HostMessages(self._endpoint)
        self._pinned_file = PinnedFile(self.hub, paths.pinned_file)
        self._observers: list[Callable[[], None]] = []
        self._name = LocalName()
        # One change of state at a time: a stop that is asked for during a start waits for its end.
        self._lock = asyncio.Lock()
        self._listening = Listening(self._endpoint)
        self._runner: web.ServerRunner | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self._watching: list[asyncio.Task[None]] = []
        self._is_open = False
        self._open_files = UNLIMITED
        self.clustering = Clustering(
            self._current,
            self.hub,
            self.accounts,
            self._reached_at,
            (self.accounts.poll_changes, self.moderation.follow),
            self.messages,
            partial(self.apply, is_told=True),
        )
        self.moderation.close_elsewhere = self.clustering.close
        self._endpoint.is_cut_off = self.clustering.is_cut_off
        self._account_events = AccountEvents(self.accounts, self.hub)
        self.accounts.logins.observe_lockouts(_tell_lockout)

    def _reached_at(self) -> str:
        """Return where this server is reached, also before it counts as running."""
        values = self.settings.values
        found = addresses_reached(values.host, values.shown_address, self._name.host)
        return found[0].url(self.port, self.scheme) if found else ""

    def _role_of(self, user_id: str) -> str:
        account = self.accounts.get(user_id)
        return str(account.role if account is not None else Role.MEMBER)

    # What a window reads

    @property
    def settings(self) -> LoadedSettings:
        """The settings in force, and where each came from."""
        return self._current.loaded

    @property
    def host(self) -> str:
        """The host setting in force."""
        return self.settings.values.host

    @property
    def port(self) -> int:
        """The port in force; 0 while it does not run."""
        return self._listening.port

    @property
    def http_url(self) -> str:
        """The best address for browsers; empty while the server does not run."""
        urls = self.urls
        return urls[0] if urls else ""

    @property
    def ws_url(self) -> str:
        """The best address for WebSocket clients; empty while the server does not run."""
        return self.http_url.replace("http", "ws", 1)

    @property
    def urls(self) -> list[str]:
        """Every address it can be reached at, best first."""
        if self.state is not ServerState.RUNNING:
            return []
        return [address.url(self.port, self.scheme) for address in self.addresses]

    @property
    def uptime_s(self) -> float:
        """How long it has been running, seconds, whatever is done to the clock; 0 if it does not."""
        return 0.0 if self.started_at is None else time.monotonic() - self._started_s

    @property
    def scheme(self) -> str:
        """`https` while TLS is on, else `http`."""
        return "https" if self.tls is not None else "http"

    @property
    def tls(self) -> Tls | None:
        """TLS in force; `None` while it is off or the server does not run."""
        return self._endpoint.tls

    @property
    def places_warning(self) -> str:
        """A sentence if fewer connections can be accepted than the settings allow; empty if all can."""
        wanted, allowed = self.settings.values.max_clients, self._endpoint.places.clients
        if allowed >= wanted:
            return ""
        return (
            f"The system lets this program open {self._open_files} files, which is enough for {allowed} of "
            f"{wanted} connections. Raise its limit (ulimit -n, or LimitNOFILE of a service) to "
            f"{files_needed(self.settings.values)} and start it again."
        )

    @property
    def trust_url(self) -> str:
        """Where devices learn to trust the local authority; empty if there is nothing to trust."""
        if self.tls is None or self.tls.authority_file is None or not self.addresses:
            return ""
        return self.addresses[0].url(self.port) + TRUST_PATH

    @property
    def addresses(self) -> list[Address]:
        """The addresses behind `urls`, each with its adapter, best first; empty unless it runs."""
        if self.state is not ServerState.RUNNING:
            return []
        return addresses_reached(self.host, self.settings.values.shown_address, self._name.host)

    @property
    def probes(self) -> Probes:
        """The network check's one-time addresses."""
        return self._endpoint.probes

    @property
    def listening_at(self) -> list[tuple[str, int]]:
        """Address and port of each socket that listens."""
        return self._listening.at

    @property
    def is_secret_locked(self) -> bool:
        """Whether the signing secret comes from outside."""
        return self.keys.is_locked

    @property
    def secret_warning(self) -> str:
        """A sentence about a weak secret; empty if there is nothing to say."""
        return self.keys.warning

    @property
    def troubles(self) -> list[str]:
        """What is the matter with the program's files now, as sentences: gone, changed or overwritten."""
        found = [
            *self.accounts.troubles,
            self.clustering.trouble,
            self.messages.trouble,
            self.bans.trouble,
            self._settings_file.trouble,
        ]
        return [each for each in found if each]

    def secret_text(self) -> str:
        """Return the signing secret, for the one field that shows it."""
        return self.keys.active.secret.decode("utf-8", "replace")

    def observe(self, callback: Callable[[], None]) -> None:
        """Have a callback called on the loop after each change of state or settings."""
        self._observers.append(callback)

    def connections_ended_by(self, new: Settings) -> int:
        """Return how many connections a change of settings would end."""
        if self.state is not ServerState.RUNNING:
            return 0
        ended = set(self._unreachable_after(new))
        return len(ended.union(self._insecure() if new.tls != "off" else ()))

    @contextlib.contextmanager
    def lent_admin_token(self, *, is_anywhere: bool = False) -> Iterator[AdminToken]:
        """Let a child process act as a host, until the context ends.

        Args:
            is_anywhere: Whether the token counts from every address, for a server that is not on loopback.
        """
        before = self._endpoint.admin_token
        token = self._endpoint.admin_token = AdminToken(is_anywhere=is_anywhere)
        try:
            yield token
        finally:
            self._endpoint.admin_token = before

    # Life

    async def open(self) -> None:
        """Open the accounts; may be called again.

        Raises:
            AccountsError: The database cannot be used.
        """
        if not self._is_open:
            for file in (self.paths.settings_file, self.paths.bans_file):
                await asyncio.to_thread(remove_leftovers, file)
            await self.accounts.open()
            self._is_open = True
            await self.messages.open()
            self.history.apply(self.settings.values.history_max_mib)
            # Before the first connection: a banned address must not get in during the first half second.
            await self.moderation.follow()
            await self._pinned_file.open()
            self._watching = [
                start_task(self._account_events.watch(POLL_INTERVAL_S), "watch accounts"),
                start_task(self.moderation.watch(POLL_INTERVAL_S), "watch bans"),
                start_task(self._settings_file.watch(POLL_INTERVAL_S), "watch settings"),
            ]

    async def close(self) -> None:
        """Stop and release everything; may be called again."""
        await self.stop()
        # After the stop, which is a row of the traffic, too.
        await self.history.close()
        # Before the accounts are closed, which these tasks read.
        await _end(self._watching)
        await self.moderation.close()
        await self._pinned_file.close()
        if self._is_open:
            self._is_open = False
            await self.messages.close()
            await self.accounts.close()

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
        self._endpoint.tls = await self._make_tls(values)
        self._provide_places(values)
        self._runner = await self._new_runner()
        await self._runner.setup()
        server = cast("HttpServer", self._runner.server)  # there, once it is set up
        with _naming_origin(self.settings):
            await self._listening.start(values.host, values.port, server.new_protocol)
        self._sweeping = start_task(Sweeper(self._endpoint).run(), "sweep connections")
        # Only now, as the name is announced with the port in force. Not awaited: multicast may take seconds.
        self._name.follow(self._named_addresses)
        self.started_at, self._started_s = time.time(), time.monotonic()
        # After it listens, as the other nodes are told where; before it counts as running.
        await self.clustering.join()
        self._enter(ServerState.RUNNING)
        self.moderation.note_soon("start server", self.http_url)

    async def _new_runner(self) -> web.ServerRunner:
        # Only now: a window that is opened need not wait for the HTTP side. In a thread: it goes on painting.
        await asyncio.to_thread(importlib.import_module, "authws_desktop.server.http.api")
        from authws_desktop.server.http.api import HttpApi

        api = HttpApi(self._endpoint, resource_dir(), lambda: self.uptime_s)
        # aiohttp waits up to twice this long for requests under way.
        return api.new_runner(STOP_TIMEOUT_S / 2)

    def _provide_places(self, values: Settings) -> None:
        """Have the system allow as many open files as the settings need, or accept fewer connections."""
        self._open_files = raise_open_files(files_needed(values))
        self._endpoint.places.apply(values, self._open_files)
        if self.places_warning:
            log.warning("%s", self.places_warning)

    async def _make_tls(self, values: Settings) -> Tls | None:
        if values.tls == "off":
            return None
        name = f"{values.local_name}.local" if values.local_name else ""
        addresses = addresses_reached(values.host, local_name=name)
        return await asyncio.to_thread(make_tls, values, addresses, self.paths.tls_dir)

    def _named_addresses(self) -> tuple[str, int, list[str]]:
        """Return name, port and addresses for the announcement by mDNS."""
        values = self.settings.values
        hosts = [address.host for address in addresses_reached(values.host)] if values.local_name else []
        return values.local_name, self.port, hosts

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
        await self._wait_until_empty()
        for connection in list(self._endpoint.connections):
            connection.abort()
        self._listening.abort_heads()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        # Last: it ends what does not answer the close.
        await _end([self._sweeping] if self._sweeping is not None else [])
        self._sweeping = None
        await self._name.end()
        self.started_at = None
        self._endpoint.tls = None

    async def _wait_until_empty(self) -> None:
        gone = asyncio.Event()
        self._endpoint.call_when_empty(gone.set)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await gone.wait()
        self._endpoint.call_when_empty(None)

    def _enter(self, state: ServerState, failure: ServiceError | None = None) -> None:
        self.state = state
        self.failure = failure
        text = f"{failure}" if failure else (self._places() if state is ServerState.RUNNING else "")
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

    def _places(self) -> str:
        """Return where people reach it, and where it listens."""
        at = ", ".join(
            f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.listening_at
        )
        return f"{self.http_url} (listening at {at})" if at else self.http_url

    def _announce(self) -> None:
        for callback in self._observers:
            callback()

    # Settings

    async def apply(self, new: Settings, *, is_told: bool = False) -> None:
        """Save settings and take them over, live where possible; all nodes take over what they share.

        A change of host or port listens anew; connections that can stay do. If that fails, what ran
        before runs again and nothing is saved.

        Args:
            new: What to save; fields locked from outside keep their value in force.
            is_told: Whether another node has saved them for all.

        Raises:
            ServiceError: They cannot be applied or saved.
        """
        async with self._lock:
            merged = self.settings.with_saved(new)
            old, values = self.settings.values, merged.values
            self.clustering.check(values)
            is_moved = (old.host, old.port) != (values.host, values.port)
            # What can fail comes first, each with its way back: the certificate, the place to listen, then
            # the file.
            tls = await self._make_tls(values) if self.state is ServerState.RUNNING else None
            if is_moved and self.state is ServerState.RUNNING:
                with _naming_origin(merged):
                    await self._move(old, values)
            try:
                if not is_told:
                    await self.clustering.share(self.settings.saved, new)
                await asyncio.to_thread(self._settings_file.save, new)
            except (ServiceError, SettingsError) as error:
                if is_moved and self.state is ServerState.RUNNING:
                    await self._move(values, old)
                raise ServiceError(str(error)) from None
            # From here on nothing fails and nothing is awaited: no frame is handled by half of the new
            # settings.
            self._current.replace(merged)
            self._endpoint.apply()
            self._provide_places(values)
            self._use_tls(tls)
            self.traffic.resize(values.traffic_max_records, values.traffic_max_bytes)
            self.history.apply(values.history_max_mib)
            changed = changes_of(old, values)
            if changed:
                self._tell("Settings changed. " + "; ".join(changed))
            if is_moved and self.state is ServerState.RUNNING:
                self._tell(f"Server listens anew. {self._places()}")
            if changed and self._is_open:
                self.moderation.note_soon("change settings", "; ".join(changed))
            if self._is_open:
                await self.messages.apply()
        self._announce()

    async def _move(self, old: Settings, new: Settings) -> None:
        """Listen elsewhere; on failure listen where it was."""
        await self._listening.move(old.host, new.host, new.port)
        for connection in self._unreachable_after(new):
            connection.close(CloseCode.GOING_AWAY)

    def _use_tls(self, tls: Tls | None) -> None:
        """Use TLS for newcomers; if it is on, nobody stays without."""
        self._endpoint.tls = tls
        for connection in self._insecure() if tls is not None else ():
            connection.close(CloseCode.GOING_AWAY)

    def _insecure(self) -> list[OpenConnection]:
        return [each for each in self._endpoint.connections if not each.is_secure]

    def _unreachable_after(self, new: Settings) -> list[OpenConnection]:
        """Return the connections that came in where a new `host` would not listen."""
        if new.host in EVERY_ADDRESS:
            return []
        stays = is_loopback if new.host == "localhost" else new.host.__eq__
        return [each for each in self._endpoint.connections if not stays(each.local_address)]

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


@contextlib.contextmanager
def _naming_origin(settings: LoadedSettings) -> Iterator[None]:
    """Let an error of listening say where host and port came from: they may be another program's wish."""
    try:
        yield
    except ServiceError as error:
        host, port = settings.origin_of("host"), settings.origin_of("port")
        error.origin = f"The host comes from {host}, the port from {port}."
        raise


def _tell_lockout(lockout: Lockout) -> None:
    log.warning(
        "%s %s has to wait %.0f s after %d wrong passwords. The log's Lock-outs can lift it.",
        "The address" if not lockout.username else "The account",
        lockout.key,
        max(1.0, lockout.until - lockout.since),
        lockout.failures,
    )


def _fold(name: str) -> str:
    return lookup_key(name) or ""


def _call_later(delay_s: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(delay_s, callback)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks, and wait until they are gone."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

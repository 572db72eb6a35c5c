"""The server's life: start, stop, apply settings, and what is announced of it.

Stop order: refuse new connections, close sockets with 1001, wait up to `STOP_TIMEOUT_S`, end what is
left, clean up aiohttp. The accounts stay open until `close`, so that the window can show them.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import socket
import time
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from authws_desktop import __version__
from authws_desktop.accounts.database import sqlite_url
from authws_desktop.accounts.directory import Accounts
from authws_desktop.accounts.errors import AccountsError
from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.accounts.names import lookup_key
from authws_desktop.hub.hub import Hub
from authws_desktop.hub.recorder import Recorder
from authws_desktop.hub.traffic import SERVER_IDENTITY, Direction, Kind, TrafficRing
from authws_desktop.paths import DataPaths, resource_dir
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.server.access import is_loopback
from authws_desktop.server.account_events import AccountEvents
from authws_desktop.server.addresses import EVERY_ADDRESS, Address, addresses_reached
from authws_desktop.server.bans import BanList
from authws_desktop.server.connection import Connection
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.errors import PortTaken, ServiceError
from authws_desktop.server.frame_handler import inject_frame
from authws_desktop.server.history import History
from authws_desktop.server.host_messages import HostMessages
from authws_desktop.server.listener import Listener
from authws_desktop.server.local_name import LocalName
from authws_desktop.server.moderation import Moderation
from authws_desktop.server.ports import BACKLOG, open_listening_sockets
from authws_desktop.server.probes import ProbeDesk
from authws_desktop.server.sweeper import INTERVAL_S, Sweeper
from authws_desktop.server.tls import TRUST_PATH, Tls, make_tls
from authws_desktop.settings import SETTING_INFOS, LoadedSettings, Settings, save_settings
from authws_desktop.tasks import start_task

if TYPE_CHECKING:
    from aiohttp import web

__all__ = ["PortTaken", "ServerState", "Service", "ServiceError"]

log = logging.getLogger(__name__)
STOP_TIMEOUT_S = 3.0
ACCEPTED_AT_ONCE = 64
POLL_INTERVAL_S = 0.5
USE_INTERVAL_S = 10.0
"""How often sessions learn that their connections were active."""


class ServerState(StrEnum):
    """The state of the server, changed in one place (`Service._enter`)."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    FAILED = "failed"


class Service:
    """The server and everything it owns.

    Attributes:
        settings: In force, and where each came from.
        paths: Where files are.
        hub, traffic, history, accounts, bans: See there; the same objects for the life of the program.
        moderation, host_messages: What the host can do to people, and send.
        state: See `ServerState`.
        failure: Why the state is `FAILED`.
        started_at: When it began to run, seconds since the epoch; `None` while it does not.
        port: The port in force; 0 while it does not run.

    Args:
        settings: What to start with.
        paths: Where files are.
        jwt_secret: The signing secret from outside; empty for the one in its file.
        password_cost: bcrypt's cost.

    Raises:
        AccountsError: The secret's file cannot be used.
    """

    def __init__(
        self, settings: LoadedSettings, paths: DataPaths, *, jwt_secret: str = "", password_cost: int = 12
    ) -> None:
        self.settings = settings
        self.paths = paths
        values = settings.values
        self.keys = SigningKeys(paths.secret_file, override=jwt_secret)
        self.accounts = Accounts(
            values.database_url or sqlite_url(paths.database_file), self.keys, password_cost=password_cost
        )
        self.traffic = TrafficRing(values.traffic_max_records, values.traffic_max_bytes)
        self.history = History(paths.history_file, self.traffic)
        self.hub = Hub(Recorder(self.traffic), _fold, _call_later)
        self.state = ServerState.STOPPED
        self.failure: ServiceError | None = None
        self.started_at: float | None = None
        self.port = 0
        self.bans = BanList(paths.bans_file)
        self.moderation = Moderation(self.bans, self.hub, self.accounts)
        self._endpoint = Endpoint(self.hub, self.accounts, self.bans, values, f"authws-desktop/{__version__}")
        self._sweeper = Sweeper(self._endpoint)
        self.host_messages = HostMessages(
            self.hub,
            lambda client, payload, is_binary: inject_frame(
                self._endpoint, client, payload, is_binary=is_binary
            ),
        )
        self._observers: list[Callable[[], None]] = []
        self._name = LocalName()
        self._lock = asyncio.Lock()
        self._listening: list[asyncio.Server] = []
        self._heads: set[Listener] = set()
        self._runner: web.AppRunner | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._notes: set[asyncio.Task[None]] = set()
        self._is_open = False
        self._account_events = AccountEvents(self.accounts, self.hub)
        self._apply_to_accounts(values)

    # What a window reads

    @property
    def host(self) -> str:
        """The host setting in force."""
        return self.settings.values.host

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
    def scheme(self) -> str:
        """What web addresses begin with."""
        return "https" if self.tls is not None else "http"

    @property
    def tls(self) -> Tls | None:
        """TLS in force; `None` while it is off or the server does not run."""
        return self._endpoint.tls

    @property
    def trust_url(self) -> str:
        """Where devices learn to trust the local authority; empty if there is nothing to trust."""
        if self.tls is None or self.tls.authority_file is None or not self.addresses:
            return ""
        return self.addresses[0].url(self.port) + TRUST_PATH

    @property
    def addresses(self) -> list[Address]:
        """What `urls` holds, with each address's adapter."""
        if self.state is not ServerState.RUNNING:
            return []
        return addresses_reached(self.host, self.settings.values.shown_address, self._name.host)

    @property
    def probes(self) -> ProbeDesk:
        """The network check's one-time addresses."""
        return self._endpoint.probes

    @property
    def listening_at(self) -> list[tuple[str, int]]:
        """Address and port of each socket that listens."""
        return [each.getsockname()[:2] for server in self._listening for each in server.sockets]

    @property
    def is_secret_locked(self) -> bool:
        """Whether the signing secret comes from outside."""
        return self.keys.is_locked

    @property
    def secret_warning(self) -> str:
        """A sentence about a weak secret; empty if there is nothing to say."""
        return self.keys.warning

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

    # Life

    async def open(self) -> None:
        """Open the accounts; may be called again.

        Raises:
            AccountsError: The database cannot be used.
        """
        if not self._is_open:
            await self.accounts.open()
            self._is_open = True
            self.history.apply(self.settings.values.history_max_mib)
            await self.moderation.follow()
            self._tasks.append(start_task(self._watch_accounts(), "watch accounts"))
            self._tasks.append(start_task(self.moderation.watch(POLL_INTERVAL_S), "watch bans"))

    async def close(self) -> None:
        """Stop and release everything; may be called again."""
        await self.stop()
        await self.history.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await asyncio.gather(*self._notes, return_exceptions=True)
        if self._is_open:
            self._is_open = False
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
                await self.open()
                await self._start()
            except (ServiceError, AccountsError) as error:
                failure = error if isinstance(error, ServiceError) else ServiceError(str(error))
                await self._release()
                self._enter(ServerState.FAILED, failure)
                raise
            except BaseException:
                await self._release()
                self._enter(ServerState.STOPPED)
                raise

    async def _start(self) -> None:
        values = self.settings.values
        self._endpoint.tls = await self._make_tls(values)
        self._runner = await self._new_runner()
        await self._runner.setup()
        await self._listen(open_listening_sockets(values.host, values.port))
        self._tasks.append(start_task(self._sweep(), "sweep connections"))
        self._name.follow(self._named_addresses)
        self.started_at = time.time()
        self._enter(ServerState.RUNNING)

    async def _new_runner(self) -> web.AppRunner:
        # Only now: a window that is opened need not wait for the HTTP side. In a thread: it goes on painting.
        await asyncio.to_thread(importlib.import_module, "authws_desktop.server.http_api")
        from aiohttp import web

        from authws_desktop.server.http_api import HttpApi

        return web.AppRunner(
            HttpApi(self._endpoint, resource_dir(), lambda: self.started_at).application(),
            handle_signals=False,
            access_log=None,
            shutdown_timeout=STOP_TIMEOUT_S / 2,
            keepalive_timeout=30,
            lingering_time=1,  # how long an unread body may go on after the answer
        )

    async def _make_tls(self, values: Settings) -> Tls | None:
        if values.tls == "off":
            return None
        name = f"{values.local_name}.local" if values.local_name else ""
        addresses = addresses_reached(values.host, local_name=name)
        return await asyncio.to_thread(make_tls, values, addresses, self.paths.tls_dir)

    def _named_addresses(self) -> tuple[str, int, list[str]]:
        """Return what is to be announced now."""
        values = self.settings.values
        hosts = [address.host for address in addresses_reached(values.host)] if values.local_name else []
        return values.local_name, self.port, hosts

    async def _listen(self, sockets: list[socket.socket]) -> None:
        loop = asyncio.get_running_loop()
        self.port = sockets[0].getsockname()[1]
        for each in sockets:
            # asyncio accepts up to `backlog` connections in one callback, which the window would notice;
            # the system's own queue may be longer.
            self._listening.append(
                await loop.create_server(self._new_listener, sock=each, backlog=ACCEPTED_AT_ONCE)
            )
            each.listen(BACKLOG)

    def _new_listener(self) -> Listener:
        assert self._runner is not None  # noqa: S101 - listening implies it
        assert self._runner.server is not None  # noqa: S101
        context = self.tls.context if self.tls is not None else None
        return Listener(self._heads, self._runner.server, lambda: Connection(self._endpoint), context)

    async def stop(self) -> None:
        """Stop listening and end every connection with 1001; nothing happens if it does not run."""
        async with self._lock:
            if self.state is not ServerState.RUNNING:
                if self.state is ServerState.FAILED:
                    self._enter(ServerState.STOPPED)
                return
            self._enter(ServerState.STOPPING)
            await self._release()
            self._enter(ServerState.STOPPED)

    async def _release(self) -> None:
        self._stop_listening()
        self.hub.shut_down()
        await self._wait_until_empty()
        for connection in list(self._endpoint.connections):
            connection.abort()
        for listener in list(self._heads):
            listener.abort()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        for task in [task for task in self._tasks if task.get_name() == "sweep connections"]:
            task.cancel()
            self._tasks.remove(task)
            await asyncio.gather(task, return_exceptions=True)
        await self._name.end()
        self.started_at = None
        self.port = 0
        self._endpoint.tls = None

    def _stop_listening(self) -> None:
        for server in self._listening:
            server.close()
        self._listening.clear()

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
        text = f"{failure}" if failure else (self.http_url if state is ServerState.RUNNING else "")
        log.log(logging.ERROR if failure else logging.INFO, "Server %s. %s", state, text)
        if state in (ServerState.RUNNING, ServerState.STOPPED, ServerState.FAILED):
            self.hub.recorder.add(
                Direction.EVENT,
                Kind.SERVER,
                SERVER_IDENTITY,
                outcome="failed" if failure else "",
                detail=f"Server {state}. {text}".rstrip(),
            )
        self._announce()

    def _announce(self) -> None:
        for callback in self._observers:
            callback()

    # Settings

    async def apply(self, new: Settings) -> None:
        """Save settings and take them over, live where possible.

        A change of host or port listens anew; connections that can stay do. If that fails, what ran
        before runs again and nothing is saved.

        Args:
            new: What to save; fields locked from outside keep their value in force.

        Raises:
            ServiceError: They cannot be applied or saved.
        """
        async with self._lock:
            merged = self.settings.with_saved(new)
            old, values = self.settings.values, merged.values
            is_moved = (old.host, old.port) != (values.host, values.port)
            tls = await self._make_tls(values) if self.state is ServerState.RUNNING else None
            if is_moved and self.state is ServerState.RUNNING:
                await self._move(old, values)
            try:
                await asyncio.to_thread(save_settings, self.paths.settings_file, new)
            except OSError as error:
                if is_moved and self.state is ServerState.RUNNING:
                    await self._move(values, old)
                raise ServiceError(
                    f"The settings cannot be saved to {self.paths.settings_file} ({error.strerror})."
                ) from None
            self.settings = merged
            self._endpoint.apply(values)
            self._use_tls(tls)
            self.traffic.resize(values.traffic_max_records, values.traffic_max_bytes)
            self._apply_to_accounts(values)
            self.history.apply(values.history_max_mib)
            changed = [name for name in SETTING_INFOS if getattr(old, name) != getattr(values, name)]
            if changed:
                self._note_soon("change settings", ", ".join(changed))
        self._announce()

    async def _move(self, old: Settings, new: Settings) -> None:
        """Listen elsewhere; on failure listen where it was."""
        old_port = self.port
        self._stop_listening()
        try:
            await self._listen(open_listening_sockets(new.host, new.port))
        except ServiceError:
            await self._listen(open_listening_sockets(old.host, old_port))
            raise
        for connection in self._unreachable_after(new):
            connection.close(CloseCode.GOING_AWAY)

    def _use_tls(self, tls: Tls | None) -> None:
        """Use TLS for newcomers; if it is on, nobody stays without."""
        self._endpoint.tls = tls
        for connection in self._insecure() if tls is not None else ():
            connection.close(CloseCode.GOING_AWAY)

    def _insecure(self) -> list[Connection]:
        return [each for each in self._endpoint.connections if not each.is_secure]

    def _unreachable_after(self, new: Settings) -> list[Connection]:
        """Return the connections that came in where a new `host` would not listen."""
        if new.host in EVERY_ADDRESS:
            return []
        stays = is_loopback if new.host == "localhost" else new.host.__eq__
        return [each for each in self._endpoint.connections if not stays(each.local_address)]

    def _apply_to_accounts(self, values: Settings) -> None:
        self.accounts.token_life_s = values.token_life_s
        self.accounts.auth_rate = values.auth_rate
        self.accounts.register_rate = values.register_rate
        self.accounts.audit_keep_days = values.audit_keep_days

    async def rotate_secret(self, secret: str | None = None, *, keep_connected: bool) -> None:
        """Sign with a new secret from now on.

        Args:
            secret: The new one; a random one if `None`.
            keep_connected: Accept old tokens until they expire; else everyone is closed with 4010.

        Raises:
            AccountsError: The secret is weak, locked from outside, or cannot be written.
        """
        await self.accounts.rotate_secret(keep=keep_connected, secret=secret)
        self._announce()

    # Acts of the host

    def disconnect(self, client_ids: Iterable[str], reason: str = "") -> int:
        """Close connections with 4005; return how many there were."""
        found = [self.hub.clients[each] for each in client_ids if each in self.hub.clients]
        if found:
            self._note_soon("close connections", ", ".join(each.username or each.client_id for each in found))
        return self.hub.close(found, CloseCode.KICKED, reason)

    def _note_soon(self, act: str, target: str) -> None:
        """Write an act of the host to the audit, without waiting for it."""
        if self._is_open:
            task = start_task(self.accounts.note_act(act, target), "note an act")
            self._notes.add(task)
            task.add_done_callback(self._notes.discard)

    # Tasks

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_S)
            self._sweeper.sweep()

    async def _watch_accounts(self) -> None:
        """Act on what another process (the command line) changed."""
        last, noted_s = "", time.monotonic()
        while True:
            await asyncio.sleep(POLL_INTERVAL_S)
            if time.monotonic() - noted_s >= USE_INTERVAL_S:
                noted_s = time.monotonic()
                self._account_events.note_uses()
            try:
                await self.accounts.poll_changes()
                last = ""
            except AccountsError as error:
                if str(error) != last:
                    last = str(error)
                    log.warning("Accounts cannot be read: %s", error)


def _fold(name: str) -> str:
    return lookup_key(name) or ""


def _call_later(delay_s: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(delay_s, callback)

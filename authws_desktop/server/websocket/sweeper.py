"""Timeouts of all connections (login, token, ping, close), checked in one pass twice a second.

A timer for each of ten thousand connections would cost more than looking at all of them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from authws_desktop.protocol.codes import AUTH_REASON_TEXT, AuthReason, CloseCode, ErrorCode
from authws_desktop.protocol.errors import FrameError
from authws_desktop.server.endpoint import Endpoint, OpenConnection
from authws_desktop.server.websocket.frames import send_error

log = logging.getLogger(__name__)

INTERVAL_S = 0.5
FIRST_PING_S = 5.0
"""After login. Some clients that close at once fall over a ping that meets their closing handshake."""
FIRST_PINGS = 200
"""So many newcomers are measured in one pass: thousands may have joined since the last one."""


class Sweeper:
    """Closes what is overdue and keeps idle connections alive.

    Args:
        endpoint: Holds the connections.
        now: Wall clock, for deadlines and token expiry.
        monotonic: For pings and closing.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = endpoint
        self._now = now
        self._monotonic = monotonic
        self._first_pings = 0

    async def run(self) -> None:
        """Sweep every `INTERVAL_S` until cancelled."""
        while True:
            before_s = self._monotonic()
            await asyncio.sleep(INTERVAL_S)
            self._endpoint.loop_delay_s = max(0.0, self._monotonic() - before_s - INTERVAL_S)
            self.sweep()

    def sweep(self) -> None:
        """Look at every connection once."""
        now_s, tick_s = self._now(), self._monotonic()
        self._first_pings = FIRST_PINGS
        # A copy, as closing one takes it out of the set.
        for connection in list(self._endpoint.connections):
            try:
                self._look_at(connection, now_s, tick_s)
            except Exception:  # a border: one connection must not keep the pass from those behind it
                log.exception("A connection is ended, for looking at it failed")
                connection.abort()

    def _look_at(self, connection: OpenConnection, now_s: float, tick_s: float) -> None:
        if connection.is_open:
            self._check_login(connection, now_s)
            self._check_alive(connection, tick_s)
        elif connection.is_closing_overdue(tick_s):
            connection.abort()

    def _check_login(self, connection: OpenConnection, now_s: float) -> None:
        client = connection.client
        if client is None:
            return
        if not client.is_authenticated:
            if now_s - client.connected_at > self._endpoint.settings.auth_deadline_s:
                connection.close(CloseCode.AUTH_TIMEOUT)
        elif client.expires_at <= now_s:
            reason = AuthReason.EXPIRED
            send_error(
                self._endpoint,
                client,
                FrameError(ErrorCode.AUTH_ERROR, AUTH_REASON_TEXT[reason], reason=reason),
            )
            connection.close(CloseCode.TOKEN_EXPIRED)

    def _check_alive(self, connection: OpenConnection, tick_s: float) -> None:
        settings = self._endpoint.settings
        if connection.ping_sent_s == connection.last_ping_s:
            # Anything heard since counts as an answer: a busy client may be slow with its pong.
            heard_s = max(connection.ping_sent_s, connection.last_heard_s)
            # Aborted, not closed: whoever does not answer a ping will not answer a close frame either.
            if tick_s - heard_s > settings.ping_timeout_s:
                connection.abort()
        elif _is_newcomer(connection, tick_s):
            return
        elif tick_s - connection.last_ping_s > settings.ping_interval_s:
            connection.ping(tick_s)
        elif self._first_pings and _is_unmeasured(connection):
            self._first_pings -= 1
            connection.measure(tick_s)


def _is_newcomer(connection: OpenConnection, tick_s: float) -> bool:
    """Tell whether a client logged in less than `FIRST_PING_S` ago, and remember when that was seen."""
    if connection.client is None or not connection.client.is_authenticated:
        return False
    connection.login_seen_s = connection.login_seen_s or tick_s
    return tick_s - connection.login_seen_s < FIRST_PING_S


def _is_unmeasured(connection: OpenConnection) -> bool:
    """Tell whether a client logged in and was never pinged. A missing answer to that ping does not end it."""
    client = connection.client
    if client is None or client.rtt_s is not None or connection.ping_sent_s:
        return False
    return client.is_authenticated

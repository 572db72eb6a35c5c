"""What a connection does while the token of its `authenticate` is looked for in the database.

Nothing that came behind that frame is handled before it, so a client that does not wait for the answer is
served in its own order. Reading stops meanwhile: no more is held than was read already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from authws_desktop.hub.received import Received
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.websocket.frames import PendingLogin, log_in_again

Handle = Callable[[Received, bool], None]
"""Handles one message; the second value tells whether it is UTF-8."""


class LateLogin:
    """Holds back what a connection sends while its token is being looked for.

    Args:
        endpoint: The state that all connections share.
        pending: The frame, and the look.
        transport: The connection's.
        on_looked: Called on the loop when the token can be judged.
    """

    __slots__ = ("_endpoint", "_held", "_pending", "_transport")

    def __init__(
        self,
        endpoint: Endpoint,
        pending: PendingLogin,
        transport: asyncio.Transport | None,
        on_looked: Callable[[], None],
    ) -> None:
        self._endpoint = endpoint
        self._pending = pending
        self._transport = transport
        self._held: list[tuple[Received, bool]] = []
        if transport is not None and not transport.is_closing():
            transport.pause_reading()
        pending.looking.add_done_callback(lambda _: on_looked())

    def hold(self, received: Received, is_text: bool) -> None:
        """Keep a message until the token has been judged."""
        self._held.append((received, is_text))

    def finish(self, handle: Handle) -> None:
        """Judge the token, then handle what came behind.

        Args:
            handle: Handles one message; it may begin another wait, which then holds the rest.
        """
        log_in_again(self._endpoint, self._pending)
        for received, is_text in self._held:
            handle(received, is_text)
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

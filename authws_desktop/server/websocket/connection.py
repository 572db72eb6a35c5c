"""One WebSocket connection: an asyncio protocol around the sans-I/O protocol of `websockets`.

No task, no queue and no `await` per message. What the library's own asyncio layer would do is done here:
text is checked as UTF-8, fragments are joined, handshake and close are timed out, pings are sent and their
answers awaited (by `sweeper`), and back-pressure is heeded (by `outbox`): while a client reads slowly its
frames wait as references to shared bytes, up to a limit.

Whole messages in one frame, which is what clients send nearly always, are taken straight from what was read
(`protocol.framing.take_plain`); everything else goes through the library's parser.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import cast

from websockets.frames import Frame, Opcode
from websockets.protocol import State

from authws_desktop.hub.client import Client
from authws_desktop.hub.received import Received
from authws_desktop.network.addresses import socket_name
from authws_desktop.protocol.codes import CLOSE_TEXT, CloseCode
from authws_desktop.protocol.frame_reader import FragmentedMessage, FrameReader
from authws_desktop.protocol.framing import is_utf8, take_plain
from authws_desktop.protocol.limits import CLOSE_TIMEOUT_S
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.websocket.frames import PendingLogin, greet, handle_frame, log_in_by_request
from authws_desktop.server.websocket.handshake import Handshake, new_client, shake_hands, silent_logger
from authws_desktop.server.websocket.late_login import LateLogin
from authws_desktop.server.websocket.outbox import Outbox
from authws_desktop.traffic.record import Direction, Identity, Kind
from authws_desktop.traffic.redaction import redact_text

# Looked up once: a member of an enumeration costs 0.2 µs each time on Python 3.11, whose `EnumType` has a
# `__getattr__`, and a message asks for eight. Together they were 6 % of the time of a direct message.
_OPEN, _CLOSED = State.OPEN, State.CLOSED
_TEXT, _BINARY, _CONT, _PONG = Opcode.TEXT, Opcode.BINARY, Opcode.CONT, Opcode.PONG


def _nothing() -> None:
    """Stand in for a callback that was not given."""


class Connection(asyncio.BufferedProtocol):
    """One client's connection.

    Attributes:
        client: The client, from a good handshake on.
        last_heard_s: Monotonic time of the last bytes received.
        last_ping_s: When the last keep-alive ping was sent, or the connection made.
        login_seen_s: When the pass over all connections first found it logged in; 0 before.
        local_address: The address the client came to.
        is_secure: Whether it has TLS.
        ping_sent_s: When the unanswered ping was sent; 0 if none is under way.
        closing_since_s: When closing began; 0 before.
        outbox: The sending side.
        handle: Gets each message of the client in place of its handler, while there are faults.

    Args:
        endpoint: The state that all connections share.
        on_lost: Called once the transport is gone.
    """

    __slots__ = (
        "_endpoint",
        "_fragmented",
        "_is_recorded",
        "_late_login",
        "_on_lost",
        "_protocol",
        "_transport",
        "_unfinished_bytes",
        "client",
        "closing_since_s",
        "handle",
        "is_secure",
        "last_heard_s",
        "last_ping_s",
        "local_address",
        "login_seen_s",
        "outbox",
        "ping_sent_s",
    )

    def __init__(self, endpoint: Endpoint, on_lost: Callable[[], None] = _nothing) -> None:
        self._endpoint = endpoint
        self._on_lost = on_lost
        self._protocol = FrameReader(max_size=endpoint.settings.max_message_bytes, logger=silent_logger)
        self._transport: asyncio.Transport | None = None
        self.outbox = Outbox(endpoint, self.close)
        self._fragmented: FragmentedMessage | None = None
        self._is_recorded = False
        self._late_login: LateLogin | None = None
        self._unfinished_bytes = 0
        self.client: Client | None = None
        self.handle: Callable[[Received, bool], None] | None = None
        self.local_address = ""
        self.is_secure = False
        self.last_heard_s = self.last_ping_s = time.monotonic()
        self.ping_sent_s = self.login_seen_s = self.closing_since_s = 0.0

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over a transport."""
        transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it
        self._transport = transport
        self.outbox.attach(transport)
        self.local_address = socket_name(transport, "sockname")[0]
        self.is_secure = transport.get_extra_info("sslcontext") is not None
        self._endpoint.connections.add(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return the buffer that all connections read into in turn."""
        return self._endpoint.read_buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Handle what was just read into the buffer."""
        # A copy: the buffer is the next connection's as soon as this returns, and payloads live on in
        # records.
        self.receive(bytes(self._endpoint.read_buffer[:nbytes]))

    def eof_received(self) -> bool:
        """Take the end of what the client sends for the end of the client.

        WebSocket knows no half of a connection: who ends its side without a closing handshake could neither
        answer a ping nor ever log in again, and would only be written to.

        Returns:
            `False`: the transport closes as soon as what was written has left. A client that does not read
            could put that off for ever; the sweeper aborts it after `CLOSE_TIMEOUT_S`.
        """
        self._protocol.state = _CLOSED
        self._note_closing()
        self._gone(1006, "ended its side without a closing handshake")
        self.outbox.end()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Clean up; the transport is gone."""
        self._gone(1006, "connection lost without a closing handshake")
        self.outbox.detach()
        self._protocol.end()
        self._transport = None
        self._note_unfinished(0)
        self._endpoint.forget(self)
        self._on_lost()

    def pause_writing(self) -> None:
        """Note that the client reads too slowly for what it is sent."""
        self.outbox.pause()

    def resume_writing(self) -> None:
        """Send what waited."""
        self.outbox.resume()

    # The server's side

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Start the closing handshake; the client counts as gone at once."""
        if self._protocol.state is not _OPEN:
            return
        text = reason or CLOSE_TEXT.get(code, "")
        self.outbox.drop()
        # A control frame holds 125 bytes, two of them the code (RFC 6455, 5.5); cut at a whole character, as
        # the reason is UTF-8 (5.5.1).
        self._protocol.send_close(code, text.encode()[:120].decode(errors="ignore"))
        # At once, not when the client answers: it must not get another message, nor stand in the list, while
        # it takes its time.
        self._gone(code, text)
        self._flush()

    def abort(self) -> None:
        """End the connection without a handshake."""
        if self._transport is not None:
            self._transport.abort()

    def ping(self, now_s: float) -> None:
        """Send the keep-alive ping; the next one is due an interval later."""
        self.last_ping_s = now_s
        self.measure(now_s)

    def measure(self, now_s: float) -> None:
        """Send a ping; the answer sets the client's round trip."""
        if self._protocol.state is _OPEN:
            self.ping_sent_s = now_s
            self.outbox.write_out(Frame(Opcode.PING, b"").serialize(mask=False))

    @property
    def is_open(self) -> bool:
        """Whether messages can pass."""
        return self._protocol.state is _OPEN

    def is_closing_overdue(self, now_s: float) -> bool:
        """Tell whether the client took too long to answer the close."""
        return bool(self.closing_since_s) and now_s - self.closing_since_s > CLOSE_TIMEOUT_S

    def apply_limits(self) -> None:
        """Take over changed limits."""
        self._protocol.max_message_size = self._endpoint.settings.max_message_bytes

    # The client's side

    def receive(self, data: bytes) -> None:
        """Handle bytes from the client, behind its request head."""
        protocol = self._protocol
        self.last_heard_s = time.monotonic()
        while data and protocol.state is not _CLOSED:
            # Never within a message: there, a frame that looks plain is a fragment out of turn, which the
            # library answers with a protocol error (RFC 6455, 5.4).
            if protocol.is_between_messages:
                data = self._take_plain(data)
            if data:
                data = protocol.receive_one(data)
                for event in protocol.events_received():
                    if isinstance(event, Frame):
                        self._on_frame(event)
            if protocol.writes or protocol.state is not _OPEN:
                self._flush()
        if self._unfinished_bytes or not protocol.is_between_messages:
            begun = 0 if self._fragmented is None else len(self._fragmented.payload)
            self._note_unfinished(begun + len(protocol.reader.buffer))

    def _note_unfinished(self, size_bytes: int) -> None:
        """Note in the common budget how much has come of a message that has no end yet."""
        if size_bytes != self._unfinished_bytes:
            self._unfinished_bytes = size_bytes
            self._endpoint.receiving.hold(self, size_bytes)

    def make_room(self) -> None:
        """End the connection: all unfinished messages together are too much, and its is the longest."""
        if self._protocol.state is _OPEN:
            self._protocol.fail(
                CloseCode.MESSAGE_TOO_BIG, "the server has no room for so large a message now"
            )
            self._flush()
        self._protocol.reader.buffer.clear()
        self._fragmented = None
        self._note_unfinished(0)

    def _take_plain(self, data: bytes) -> bytes:
        """Handle the plain frames at the head of what was read; return the rest."""
        protocol, end = self._protocol, 0
        limit = self._endpoint.settings.max_message_bytes
        while protocol.state is _OPEN:
            # Handling a message may close the connection: what came behind it in the same read is not handled
            # any more.
            found = take_plain(data, end, limit)
            if found is None:
                return data[end:] if end else data
            opcode, payload, end = found
            self._on_message(payload, opcode)
            if end == len(data):
                return b""
        return data[end:]

    def _flush(self) -> None:
        """Send what the protocol wants sent, and follow its end."""
        outbox = self.outbox
        for data in self._protocol.data_to_send():
            if data:
                outbox.write_out(data)
            else:
                outbox.end()
        if self._protocol.state is _OPEN:
            outbox.check_limit()  # pings cost the client little, and their answers may wait, too
        else:
            self._note_closing()
            self._note_close()

    def _note_closing(self) -> None:
        """Let the time run within which the connection must be gone."""
        self.closing_since_s = self.closing_since_s or time.monotonic()

    def _note_close(self) -> None:
        received, sent = self._protocol.close_rcvd, self._protocol.close_sent
        # Who closed first gives the reason; the other side only repeats the code.
        if received is not None and self._protocol.close_rcvd_then_sent:
            client = self.client
            reason = client.explain_close(received.code, received.reason) if client else received.reason
            self._gone(received.code, reason)
        elif sent is not None:
            self._gone(sent.code, sent.reason)

    def _on_frame(self, frame: Frame) -> None:
        opcode = frame.opcode
        if opcode is _TEXT or opcode is _BINARY:
            if frame.fin:
                self._on_message(bytes(frame.data), opcode)
            else:
                self._fragmented = FragmentedMessage(opcode)
                self._on_fragment(self._fragmented, frame)
        elif opcode is _CONT and self._fragmented is not None:
            self._on_fragment(self._fragmented, frame)
        # An unasked pong is allowed and means nothing (RFC 6455, 5.5.3).
        elif opcode is _PONG and self.ping_sent_s and self.client is not None:
            self.client.rtt_s = time.monotonic() - self.ping_sent_s
            self.ping_sent_s = 0.0

    def _on_fragment(self, message: FragmentedMessage, frame: Frame) -> None:
        if self._protocol.state is not _OPEN:
            return
        if not message.add(frame.data):
            self._refuse_text()
        elif frame.fin:
            self._fragmented = None
            self._on_message(bytes(message.payload), message.opcode)

    def _on_message(self, payload: bytes, opcode: Opcode) -> None:
        if self.client is None or self._protocol.state is not _OPEN:
            return
        is_binary, is_text = opcode is _BINARY, is_utf8(payload)
        if not is_text and not is_binary:
            self._refuse_text()
            return
        received = Received(self.client, payload, is_binary=is_binary)
        (self.handle or self.handle_now)(received, is_text)

    def handle_now(self, received: Received, is_text: bool) -> None:
        """Handle a message, also one that faults held back; unless the connection was closed meanwhile."""
        if self._protocol.state is not _OPEN:
            return
        if self._late_login is not None:
            self._late_login.hold(received, is_text)
            return
        if (pending := handle_frame(self._endpoint, received, is_text=is_text)) is not None:
            self._wait_for(pending)

    def hold_reading(self, *, is_held: bool) -> None:
        """Read nothing more, so that not even pings are answered; or go on."""
        if self._transport is not None:
            (self._transport.pause_reading if is_held else self._transport.resume_reading)()

    def _wait_for(self, pending: PendingLogin) -> None:
        """Handle nothing more before a token has been looked for."""
        self._late_login = LateLogin(self._endpoint, pending, self._transport, self._on_looked)

    def _on_looked(self) -> None:
        late, self._late_login = self._late_login, None
        if late is not None and self.is_open:
            late.finish(self.handle_now)

    def _refuse_text(self) -> None:
        self._protocol.fail(CloseCode.INVALID_DATA, "a text frame is not valid UTF-8")

    # The handshake

    def shake_hands(self, head: bytes) -> None:
        """Answer the request head, which is whole; it opens the connection or ends it."""
        address = socket_name(self._transport, "peername")[0]
        handshake = shake_hands(self._endpoint, head, address, is_secure=self.is_secure)
        identity = Identity(
            self._endpoint.next_number(), self._endpoint.new_client_id(), address=handshake.address
        )
        self.outbox.write_out(handshake.answer)
        if not handshake.is_accepted:
            self._protocol.state = _CLOSED
            self._note_closing()
            self.outbox.end()
            detail = f"WebSocket {redact_text(handshake.path)}: {handshake.reason}"
            self._endpoint.note_refusal(identity, handshake.status, detail)
            return
        client = self._open(handshake, identity)
        if (token := handshake.token) is not None:
            pending = log_in_by_request(self._endpoint, client, token.text, token.place)
            if pending is not None:
                self._wait_for(pending)

    def _open(self, handshake: Handshake, identity: Identity) -> Client:
        endpoint = self._endpoint
        client = self.client = new_client(endpoint, handshake, identity, self.outbox)
        self._protocol.state = _OPEN
        # Before the hub knows it: the first frame is `connection`, which the hub sends through this outbox.
        self.outbox.is_open = True
        endpoint.hub.connected(client)
        faults = endpoint.faults.opened(self) if endpoint.faults is not None else ""
        endpoint.hub.recorder.add(
            Direction.EVENT, Kind.CONNECT, client.identity, detail=handshake.description
        )
        greet(endpoint, client, faults)
        return client

    def _gone(self, code: int, reason: str) -> None:
        """Take the client from the hub and record its end, once."""
        client = self.client
        if client is None or self._is_recorded:
            return
        self._is_recorded = True
        if self._endpoint.faults is not None:
            self._endpoint.faults.closed(self)
        self._note_closing()
        self.outbox.drop()
        self._endpoint.hub.disconnected(client)
        self._endpoint.hub.recorder.add(
            Direction.EVENT, Kind.DISCONNECT, client.identity, outcome=str(code), detail=reason
        )

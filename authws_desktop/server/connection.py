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
from typing import cast

from websockets.frames import Frame, Opcode
from websockets.protocol import State

from authws_desktop.hub.client import Client
from authws_desktop.hub.redaction import redact_text
from authws_desktop.hub.traffic import Direction, Identity, Kind
from authws_desktop.protocol.codes import CLOSE_TEXT, CloseCode
from authws_desktop.protocol.frame_reader import FragmentedMessage, FrameReader
from authws_desktop.protocol.framing import is_utf8, take_plain
from authws_desktop.protocol.limits import CLOSE_TIMEOUT_S
from authws_desktop.protocol.server_messages import Connected, encode
from authws_desktop.server.access import is_loopback
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.frame_handler import handle_frame
from authws_desktop.server.handshake import Handshake, shake_hands, silent_logger
from authws_desktop.server.outbox import Outbox


class Connection(asyncio.BufferedProtocol):
    """One client's connection.

    Attributes:
        client: The client, from a good handshake on.
        last_heard_s: Monotonic time of the last bytes received.
        last_ping_s: When the last keep-alive ping was sent, or the connection made.
        local_address: The address the client came to.
        is_secure: Whether it has TLS.
        ping_sent_s: When the unanswered ping was sent; 0 if none is under way.
        closing_since_s: When closing began; 0 before.

    Args:
        endpoint: What all connections share.
    """

    __slots__ = (
        "_endpoint",
        "_fragmented",
        "_is_recorded",
        "_outbox",
        "_protocol",
        "_transport",
        "client",
        "closing_since_s",
        "is_secure",
        "last_heard_s",
        "last_ping_s",
        "local_address",
        "ping_sent_s",
    )

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._protocol = FrameReader(max_size=endpoint.settings.max_message_bytes, logger=silent_logger)
        self._transport: asyncio.Transport | None = None
        self._outbox = Outbox(endpoint, self.close)
        self._fragmented: FragmentedMessage | None = None
        self._is_recorded = False
        self.client: Client | None = None
        self.local_address = ""
        self.is_secure = False
        self.last_heard_s = self.last_ping_s = time.monotonic()
        self.ping_sent_s = 0.0
        self.closing_since_s = 0.0

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over a transport."""
        transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it
        self._transport = transport
        self._outbox.attach(transport)
        name = transport.get_extra_info("sockname")
        self.local_address = str(name[0]) if name else ""
        self.is_secure = transport.get_extra_info("sslcontext") is not None
        self._endpoint.connections.add(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return the buffer that all connections read into in turn."""
        return self._endpoint.read_buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Handle what was just read into the buffer."""
        self.receive(bytes(self._endpoint.read_buffer[:nbytes]))

    def eof_received(self) -> bool:
        """Handle the end of what the client sends."""
        if self._protocol.state is not State.CLOSED and not self._protocol.reader.eof:
            self._protocol.receive_eof()
            self._flush()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Clean up; the transport is gone."""
        self._gone(1006, "connection lost without a closing handshake")
        self._outbox.detach()
        self._transport = None
        self._endpoint.forget(self)

    def pause_writing(self) -> None:
        """Note that the client reads too slowly for what it is sent."""
        self._outbox.pause()

    def resume_writing(self) -> None:
        """Send what waited."""
        self._outbox.resume()

    # The server's side

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Start the closing handshake; the client counts as gone at once."""
        if self._protocol.state is not State.OPEN:
            return
        text = reason or CLOSE_TEXT.get(code, "")
        self._outbox.drop()
        self._protocol.send_close(code, text.encode()[:120].decode(errors="ignore"))
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
        if self._protocol.state is State.OPEN:
            self.ping_sent_s = now_s
            self._outbox.write_out(Frame(Opcode.PING, b"").serialize(mask=False))

    @property
    def is_open(self) -> bool:
        """Whether messages can pass."""
        return self._protocol.state is State.OPEN

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
        while data and protocol.state is not State.CLOSED and not protocol.reader.eof:
            if protocol.is_between_messages:
                data = self._take_plain(data)
            if data:
                data = protocol.receive_one(data)
                for event in protocol.events_received():
                    if isinstance(event, Frame):
                        self._on_frame(event)
            if protocol.writes or protocol.state is not State.OPEN:
                self._flush()

    def _take_plain(self, data: bytes) -> bytes:
        """Handle the plain frames at the head of what was read; return the rest."""
        protocol, end = self._protocol, 0
        limit = self._endpoint.settings.max_message_bytes
        while protocol.state is State.OPEN:
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
        transport = self._transport
        if transport is None:
            return
        self._outbox.send_gathered()
        for data in self._protocol.data_to_send():
            if data:
                transport.write(data)
            else:
                self._end_writing()
        if self._protocol.close_expected() and not self.closing_since_s:
            self.closing_since_s = time.monotonic()
        if self._protocol.state in (State.CLOSING, State.CLOSED):
            self._note_close()
        else:
            self._outbox.check_limit()  # pings cost the client little, and their answers may wait, too

    def _end_writing(self) -> None:
        """End our side of the connection; the client ends the other one."""
        if self._transport is None:
            return
        if self._transport.can_write_eof():
            # Not close(): unread input would make the system reset the connection and the close frame
            # might never be seen.
            self._transport.write_eof()
        else:
            self._transport.close()

    def _note_close(self) -> None:
        received, sent = self._protocol.close_rcvd, self._protocol.close_sent
        if received is not None and self._protocol.close_rcvd_then_sent:
            self._gone(received.code, received.reason or "closed by the client")
        elif sent is not None:
            self._gone(sent.code, sent.reason)

    def _on_frame(self, frame: Frame) -> None:
        opcode = frame.opcode
        if opcode is Opcode.TEXT or opcode is Opcode.BINARY:
            if frame.fin:
                self._on_message(bytes(frame.data), opcode)
            else:
                self._fragmented = FragmentedMessage(opcode)
                self._on_fragment(self._fragmented, frame)
        elif opcode is Opcode.CONT and self._fragmented is not None:
            self._on_fragment(self._fragmented, frame)
        elif opcode is Opcode.PONG and self.ping_sent_s and self.client is not None:
            self.client.rtt_s = time.monotonic() - self.ping_sent_s
            self.ping_sent_s = 0.0

    def _on_fragment(self, message: FragmentedMessage, frame: Frame) -> None:
        if self._protocol.state is not State.OPEN:
            return
        if not message.add(frame.data):
            self._refuse_text()
        elif frame.fin:
            self._fragmented = None
            self._on_message(bytes(message.payload), message.opcode)

    def _on_message(self, payload: bytes, opcode: Opcode) -> None:
        if self.client is None or self._protocol.state is not State.OPEN:
            return
        is_binary, is_text = opcode is Opcode.BINARY, is_utf8(payload)
        if not is_text and not is_binary:
            self._refuse_text()
            return
        handle_frame(self._endpoint, self.client, payload, is_binary=is_binary, is_text=is_text)

    def _refuse_text(self) -> None:
        self._protocol.fail(CloseCode.INVALID_DATA, "a text frame is not valid UTF-8")

    # The handshake

    def shake_hands(self, head: bytes) -> None:
        """Answer the request head, which is whole; it opens the connection or ends it."""
        address, _ = self._peer_address()
        identity = Identity(self._endpoint.next_number(), self._endpoint.new_client_id(), address=address)
        handshake = shake_hands(self._endpoint, head, address)
        self._outbox.write_out(handshake.answer)
        if handshake.is_accepted:
            self._open(handshake, identity)
            return
        self._protocol.state = State.CLOSED
        self.closing_since_s = time.monotonic()
        self._end_writing()
        if handshake.request is not None:
            self._record_refusal(handshake, identity)

    def _peer_address(self) -> tuple[str, int]:
        name = self._transport.get_extra_info("peername") if self._transport is not None else None
        return (str(name[0]), int(name[1])) if name else ("", 0)

    def _open(self, handshake: Handshake, identity: Identity) -> None:
        endpoint = self._endpoint
        client = Client(
            identity,
            self._outbox,
            endpoint.new_rate_limit(),
            now_s=time.time(),
            port=self._peer_address()[1],
            is_loopback=is_loopback(identity.address),
            user_agent=redact_text(handshake.user_agent)[:256],
        )
        self.client = client
        self._protocol.state = State.OPEN
        self._outbox.is_open = True
        endpoint.hub.connected(client)
        endpoint.hub.recorder.add(
            Direction.EVENT, Kind.CONNECT, identity, detail=client.user_agent or "no user agent given"
        )
        endpoint.hub.send(
            client,
            Kind.CONNECTION,
            encode(
                Connected(
                    client.client_id,
                    endpoint.hub.timestamp(),
                    endpoint.server_name,
                    endpoint.settings.auth_deadline_s * 1000,
                )
            ),
        )

    def _record_refusal(self, handshake: Handshake, identity: Identity) -> None:
        self._endpoint.hub.counters.refusals += 1
        self._endpoint.hub.recorder.add(
            Direction.EVENT,
            Kind.REFUSED,
            identity,
            outcome=str(handshake.status),
            detail=f"WebSocket {handshake.path}: {handshake.reason}",
        )

    def _gone(self, code: int, reason: str) -> None:
        """Take the client from the hub and record its end, once."""
        client = self.client
        if client is None or self._is_recorded:
            return
        self._is_recorded = True
        self.closing_since_s = self.closing_since_s or time.monotonic()
        self._outbox.drop()
        self._endpoint.hub.disconnected(client)
        self._endpoint.hub.recorder.add(
            Direction.EVENT, Kind.DISCONNECT, client.identity, outcome=str(code), detail=reason
        )

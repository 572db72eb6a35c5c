"""Handles a client's frame: checks the rate, decodes it, and hands it to accounts or hub."""

from __future__ import annotations

import time
from dataclasses import dataclass

import msgspec
from msgspec import UNSET

from authws_desktop.accounts.errors import TokenRefused
from authws_desktop.accounts.fresh_sessions import Looking
from authws_desktop.accounts.models import CheckedToken, Examination
from authws_desktop.hub.client import Client
from authws_desktop.hub.received import Received
from authws_desktop.protocol.client_messages import Authenticate, Direct, Message, decode
from authws_desktop.protocol.codes import AUTH_REASON_TEXT, AuthReason, CloseCode, ErrorCode
from authws_desktop.protocol.envelope import open_envelope
from authws_desktop.protocol.errors import FrameError
from authws_desktop.protocol.framing import is_utf8
from authws_desktop.protocol.limits import RETRY_AFTER_MS
from authws_desktop.protocol.server_messages import Connected, ErrorMessage, encode
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.traffic.record import SAME_LOGIN, Direction, Identity, Kind
from authws_desktop.traffic.redaction import redact_text


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """A login whose token this server does not know yet.

    Attributes:
        received: How it came.
        message: The login.
        looking: Ends when the token can be judged; never raises.
    """

    received: Received
    message: Authenticate
    looking: Looking


def greet(endpoint: Endpoint, client: Client, faults: str) -> None:
    """Send a new connection's first frame.

    Args:
        endpoint: The state that all connections share.
        client: The connection, which the hub knows.
        faults: What is broken on purpose; empty for nothing.
    """
    deadline_ms = endpoint.settings.auth_deadline_s * 1000
    now, name = endpoint.hub.timestamp(), endpoint.server_name
    hello = Connected(client.client_id, now, name, deadline_ms, faults=faults or UNSET)
    hello.features = endpoint.features
    endpoint.hub.send(client, Kind.CONNECTION, encode(hello))


def handle_frame(endpoint: Endpoint, received: Received, *, is_text: bool = True) -> PendingLogin | None:
    """Handle one whole message of a client.

    Args:
        endpoint: The state that all connections share.
        received: The message.
        is_text: Whether it is valid UTF-8 (a binary frame may not be).

    Returns:
        `None` once it is handled. Otherwise its token is being looked for: `log_in_again` goes on when that
        has ended, and until then nothing that came behind may be handled.
    """
    client, size = received.client, len(received.payload)
    counters = endpoint.hub.counters
    counters.messages_in += 1
    counters.bytes_in += size
    client.messages_in += 1
    client.bytes_in += size
    client.last_active_at = time.time()
    try:
        # First, whatever the frame says: `authenticate` counts, too, or guessing tokens would be free.
        if not client.rate_limit.admit(time.monotonic()):
            raise _over_rate(client)
        if not is_text:
            raise _not_text()
        return _dispatch(endpoint, received)
    except FrameError as error:
        refuse(endpoint, received, error)
    return None


def log_in_again(endpoint: Endpoint, pending: PendingLogin) -> None:
    """Judge a token once more, which has been looked for in the database.

    Where that cannot be read nobody knows whether the token counts: to refuse it would end the login of
    somebody who did nothing wrong, so the client is told to come back.
    """
    if pending.looking.done() and pending.looking.result() is not None:
        text = "Whether the token counts cannot be looked up just now. Try again."
        error = FrameError(ErrorCode.UNAVAILABLE, text, retry_after_ms=RETRY_AFTER_MS)
        refuse(endpoint, pending.received, error)
        pending.received.client.peer.close(CloseCode.GOING_AWAY, "accounts cannot be read")
        return
    _authenticate(endpoint, pending.received, pending.message, may_look=False)


def inject_frame(endpoint: Endpoint, client: Client, payload: bytes, *, is_binary: bool = False) -> None:
    """Handle a message as if a client had sent it, though the host did; its record says so.

    The client's rate is not asked and its counters stay: it did nothing. It does get the answers.
    """
    received = Received(client, payload, is_binary=is_binary, is_from_host=True)
    try:
        if not is_utf8(payload):
            raise _not_text()
        if (pending := _dispatch(endpoint, received)) is not None:
            log_in_again(endpoint, pending)
    except FrameError as error:
        refuse(endpoint, received, error)


def log_in_by_request(endpoint: Endpoint, client: Client, token: str, place: str) -> PendingLogin | None:
    """Log a client in by a token that came with its request, as if `authenticate` had come first.

    Args:
        endpoint: The state that all connections share.
        client: A client that has just connected.
        token: The token, as it came.
        place: The part of the request that held it: "header", "subprotocol" or "query".

    Returns:
        As `handle_frame`.
    """
    received = Received(client, b"", detail=f"Token in the request's {place}.")
    return _authenticate(endpoint, received, Authenticate(token))


def _over_rate(client: Client) -> FrameError:
    limit = client.rate_limit
    return FrameError(
        ErrorCode.RATE_LIMIT_EXCEEDED,
        f"More than {limit.rate} messages a second. This one was dropped.",
        retry_after_ms=limit.retry_after_ms,
    )


def _not_text() -> FrameError:
    return FrameError(ErrorCode.INVALID_MESSAGE, "The message is not valid UTF-8.")


def _dispatch(endpoint: Endpoint, received: Received) -> PendingLogin | None:
    is_known, talk = received.client.is_authenticated, endpoint.hub.talk
    try:
        message = decode(received.payload, is_kept=talk.keeper is not None)
    except FrameError as error:
        if not is_known:
            # Read once and kept in the error: `refuse` needs it for the record and the answer, and a flood
            # of bad frames takes this way.
            error.envelope = error.envelope or open_envelope(received.payload)
            # Whatever else is wrong with it: before login, any other message is UNAUTHORIZED (the wire
            # contract).
            if error.envelope.type not in (None, "authenticate"):
                raise _unauthorized(error) from None
        raise
    if isinstance(message, Authenticate):
        return _authenticate(endpoint, received, message)
    if not is_known:
        raise _unauthorized()
    if isinstance(message, Message):
        endpoint.writing.check_message(received.client.identity)
        talk.broadcast(received, message)
    elif isinstance(message, Direct):
        if message.to:
            endpoint.writing.check_direct(received.client.identity, message.to)
        talk.direct(received, message)
    elif (keeper := talk.keeper) is not None:
        keeper.answer(received, message)
    return None


def _unauthorized(error: FrameError | None = None) -> FrameError:
    return FrameError(
        ErrorCode.UNAUTHORIZED,
        "Send an 'authenticate' message with a token first.",
        envelope=error.envelope if error is not None else None,
    )


def _authenticate(
    endpoint: Endpoint, received: Received, message: Authenticate, *, may_look: bool = True
) -> PendingLogin | None:
    identity = received.client.identity
    try:
        checked = endpoint.accounts.sessions.check(
            message.token, address=identity.address, app=message.app or identity.app or ""
        )
    except TokenRefused as refused:
        looking = endpoint.accounts.sessions.fresh.look(refused.examination) if may_look else None
        if looking is not None:
            return PendingLogin(received, message, looking)
        text = AUTH_REASON_TEXT[refused.reason]
        _refuse_token(endpoint, received, refused.examination, refused.reason, text)
        return None
    if (refusal := endpoint.admission.refuse_user(checked.account.id)) is not None:
        checked.examination.refuse("sub", AuthReason.BANNED, refusal.sentence)
        _refuse_token(endpoint, received, checked.examination, AuthReason.BANNED, refusal.sentence)
        # Behind the error: a client that only reads frames learns why, too.
        received.client.peer.close(CloseCode.BANNED, refusal.close_reason)
        return None
    _accept_token(endpoint, received, message, checked)
    return None


def _accept_token(
    endpoint: Endpoint, received: Received, message: Authenticate, checked: CheckedToken
) -> None:
    """Record the login, and log the connection in."""
    old = received.client.identity
    identity = Identity(
        old.number,
        old.client_id,
        old.address,
        checked.account.id,
        checked.account.username,
        checked.session.jti,
        redact_text(message.app) if message.app else old.app,
        old.faults,
    )
    # First: the answer to it, the user list and what was missed are rows behind this one.
    endpoint.hub.recorder.add(
        Direction.IN,
        Kind.AUTHENTICATE,
        identity,
        received.payload,
        detail=SAME_LOGIN if old.token_id == identity.token_id else received.detail,
        is_binary=received.is_binary,
        is_from_host=received.is_from_host,
        claims=msgspec.json.encode(checked.examination.verdicts),
    )
    if message.pinned:
        received.client.wants_pins = bytes(message.pinned) == b"true"
    keeper = endpoint.hub.talk.keeper
    if keeper is None or not keeper.log_in(received, message, identity, checked.expires_at):
        endpoint.hub.authenticated(received.client, identity, checked.expires_at, presence=message.presence)
    if endpoint.faults is not None:
        endpoint.faults.logged_in()


def _refuse_token(
    endpoint: Endpoint, received: Received, examined: Examination, reason: AuthReason, text: str
) -> None:
    """Record why a token is refused, part by part, and tell the client the reason."""
    endpoint.hub.recorder.add(
        Direction.IN,
        Kind.AUTHENTICATE,
        received.client.identity,
        received.payload,
        outcome=f"{ErrorCode.AUTH_ERROR}/{reason}",
        detail=f"{text} {received.detail}".rstrip(),
        is_binary=received.is_binary,
        is_from_host=received.is_from_host,
        claims=msgspec.json.encode(examined.verdicts),
    )
    endpoint.hub.counters.refuse(ErrorCode.AUTH_ERROR)
    envelope = open_envelope(received.payload) if received.payload else None
    error = FrameError(ErrorCode.AUTH_ERROR, text, reason=reason, envelope=envelope)
    send_error(endpoint, received.client, error)


def refuse(endpoint: Endpoint, received: Received, error: FrameError) -> None:
    """Record that a client's frame is refused, and tell the client why."""
    client = received.client
    envelope = error.envelope = error.envelope or open_envelope(received.payload)
    endpoint.hub.counters.refuse(error.code)
    endpoint.hub.recorder.add(
        Direction.IN,
        _RECORDED_KINDS.get(envelope.type or "", Kind.INVALID),
        client.identity,
        received.payload,
        outcome=error.code,
        detail=error.message,
        is_binary=received.is_binary,
        is_from_host=received.is_from_host,
    )
    send_error(endpoint, client, error)
    if error.code is ErrorCode.RATE_LIMIT_EXCEEDED and client.rate_limit.is_flooding:
        client.peer.close(CloseCode.FLOODING)


_RECORDED_KINDS = {
    "authenticate": Kind.AUTHENTICATE,
    "message": Kind.MESSAGE,
    "direct": Kind.DIRECT,
    "history": Kind.HISTORY,
    "ack": Kind.ACK,
}


def send_error(endpoint: Endpoint, client: Client, error: FrameError) -> None:
    """Answer a client with an `error` frame."""
    frame = encode(ErrorMessage.of(error, endpoint.hub.timestamp()))
    endpoint.hub.send(client, Kind.ERROR, frame, outcome=error.code, detail=error.message)

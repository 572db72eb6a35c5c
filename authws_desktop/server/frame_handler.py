"""What a client's frame does: check the rate, decode, and hand it to accounts or hub."""

from __future__ import annotations

import time

import msgspec

from authws_desktop.accounts.errors import TokenRefused
from authws_desktop.accounts.records import CheckedToken
from authws_desktop.accounts.tokens import Examination
from authws_desktop.hub.client import Client
from authws_desktop.hub.redaction import redact_text
from authws_desktop.hub.traffic import Direction, Identity, Kind
from authws_desktop.protocol.client_messages import (
    Authenticate,
    Message,
    decode,
    message_id_of,
    type_of,
)
from authws_desktop.protocol.codes import AUTH_REASON_TEXT, AuthReason, CloseCode, ErrorCode
from authws_desktop.protocol.errors import FrameError
from authws_desktop.protocol.framing import is_utf8
from authws_desktop.protocol.server_messages import ErrorMessage, encode
from authws_desktop.server.endpoint import Endpoint


def handle_frame(
    endpoint: Endpoint, client: Client, payload: bytes, *, is_binary: bool = False, is_text: bool = True
) -> None:
    """Handle one whole message of a client.

    Args:
        endpoint: Shared state.
        client: The sender.
        payload: The message, its fragments joined.
        is_binary: Whether it came as a binary frame.
        is_text: Whether it is valid UTF-8 (a binary frame may not be).
    """
    counters, size = endpoint.hub.counters, len(payload)
    counters.messages_in += 1
    counters.bytes_in += size
    client.messages_in += 1
    client.bytes_in += size
    client.last_active_at = time.time()
    try:
        if not client.rate_limit.admit(time.monotonic()):
            raise _over_rate(client, payload)
        if not is_text:
            raise FrameError(ErrorCode.INVALID_MESSAGE, "The message is not valid UTF-8.")
        _dispatch(endpoint, client, payload, is_binary=is_binary)
    except FrameError as error:
        _refuse(endpoint, client, payload, error, is_binary=is_binary)


def inject_frame(endpoint: Endpoint, client: Client, payload: bytes, *, is_binary: bool = False) -> None:
    """Handle a message as if a client had sent it, though the host did; its record says so.

    The client's rate is not asked and its counters stay: it did nothing. It does get the answers.
    """
    try:
        if not is_utf8(payload):
            raise FrameError(ErrorCode.INVALID_MESSAGE, "The message is not valid UTF-8.")
        _dispatch(endpoint, client, payload, is_binary=is_binary, is_from_host=True)
    except FrameError as error:
        _refuse(endpoint, client, payload, error, is_binary=is_binary, is_from_host=True)


def _over_rate(client: Client, payload: bytes) -> FrameError:
    limit = client.rate_limit
    return FrameError(
        ErrorCode.RATE_LIMIT_EXCEEDED,
        f"More than {limit.rate} messages a second. This one was dropped.",
        message_id=message_id_of(payload),
        retry_after_ms=limit.retry_after_ms,
    )


def _dispatch(
    endpoint: Endpoint, client: Client, payload: bytes, *, is_binary: bool, is_from_host: bool = False
) -> None:
    try:
        message = decode(payload)
    except FrameError:
        if not client.is_authenticated and type_of(payload) not in (None, "authenticate"):
            raise _unauthorized(payload) from None
        raise
    if isinstance(message, Authenticate):
        _authenticate(endpoint, client, message, payload, is_binary=is_binary, is_from_host=is_from_host)
    elif not client.is_authenticated:
        raise _unauthorized(payload)
    elif isinstance(message, Message):
        endpoint.hub.broadcast(client, message, payload, is_binary=is_binary, is_from_host=is_from_host)
    else:
        endpoint.hub.direct(client, message, payload, is_binary=is_binary, is_from_host=is_from_host)


def _unauthorized(payload: bytes) -> FrameError:
    return FrameError(
        ErrorCode.UNAUTHORIZED,
        "Send an 'authenticate' message with a token first.",
        message_id=message_id_of(payload),
    )


def _authenticate(
    endpoint: Endpoint,
    client: Client,
    message: Authenticate,
    payload: bytes,
    *,
    is_binary: bool,
    is_from_host: bool,
) -> None:
    try:
        app = message.app or client.identity.app or ""
        checked = endpoint.accounts.check_token(message.token, address=client.identity.address, app=app)
    except TokenRefused as refused:
        examined = endpoint.accounts.inspect_token(message.token)
        text = AUTH_REASON_TEXT[refused.reason]
        _refuse_token(
            endpoint,
            client,
            payload,
            examined,
            refused.reason,
            text,
            is_binary=is_binary,
            is_from_host=is_from_host,
        )
        return
    if (ban := endpoint.bans.of_user(checked.account.id)) is not None:
        examined = endpoint.accounts.inspect_token(message.token)
        examined.refuse("sub", AuthReason.BANNED, ban.sentence)
        _refuse_token(
            endpoint,
            client,
            payload,
            examined,
            AuthReason.BANNED,
            ban.sentence,
            is_binary=is_binary,
            is_from_host=is_from_host,
        )
        client.peer.close(CloseCode.BANNED, ban.close_reason)
        return
    _accept_token(endpoint, client, message, payload, checked, is_binary=is_binary, is_from_host=is_from_host)


def _accept_token(
    endpoint: Endpoint,
    client: Client,
    message: Authenticate,
    payload: bytes,
    checked: CheckedToken,
    *,
    is_binary: bool,
    is_from_host: bool,
) -> None:
    """Record the login, and log the connection in."""
    old = client.identity
    identity = Identity(
        old.number,
        old.client_id,
        old.address,
        checked.account.id,
        checked.account.username,
        checked.session.jti,
        redact_text(message.app) if message.app else old.app,
    )
    endpoint.hub.recorder.add(
        Direction.IN,
        Kind.AUTHENTICATE,
        identity,
        payload,
        is_binary=is_binary,
        is_from_host=is_from_host,
        claims=msgspec.json.encode(endpoint.accounts.inspect_token(message.token).verdicts),
    )
    endpoint.hub.authenticated(client, identity, checked.expires_at)


def _refuse_token(
    endpoint: Endpoint,
    client: Client,
    payload: bytes,
    examined: Examination,
    reason: AuthReason,
    text: str,
    *,
    is_binary: bool,
    is_from_host: bool,
) -> None:
    """Record why a token is refused, part by part, and tell the client the reason."""
    endpoint.hub.recorder.add(
        Direction.IN,
        Kind.AUTHENTICATE,
        client.identity,
        payload,
        outcome=f"{ErrorCode.AUTH_ERROR}/{reason}",
        detail=text,
        is_binary=is_binary,
        is_from_host=is_from_host,
        claims=msgspec.json.encode(examined.verdicts),
    )
    endpoint.hub.counters.refusals += 1
    send_error(endpoint, client, FrameError(ErrorCode.AUTH_ERROR, text, reason=reason))


def _refuse(
    endpoint: Endpoint,
    client: Client,
    payload: bytes,
    error: FrameError,
    *,
    is_binary: bool,
    is_from_host: bool = False,
) -> None:
    kind = _RECORDED_KINDS.get(type_of(payload) or "", Kind.INVALID)
    endpoint.hub.counters.refusals += 1
    endpoint.hub.recorder.add(
        Direction.IN,
        kind,
        client.identity,
        payload,
        outcome=error.code,
        detail=error.message,
        is_binary=is_binary,
        is_from_host=is_from_host,
    )
    send_error(endpoint, client, error)
    if error.code is ErrorCode.RATE_LIMIT_EXCEEDED and client.rate_limit.is_flooding:
        client.peer.close(CloseCode.FLOODING)


_RECORDED_KINDS = {"authenticate": Kind.AUTHENTICATE, "message": Kind.MESSAGE, "direct": Kind.DIRECT}


def send_error(endpoint: Endpoint, client: Client, error: FrameError) -> None:
    """Answer a client with an `error` frame."""
    frame = encode(ErrorMessage.of(error, endpoint.hub.timestamp()))
    endpoint.hub.send(client, Kind.ERROR, frame, outcome=error.code, detail=error.message)

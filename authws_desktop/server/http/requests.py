"""What is read from a request: its body, its token, and who sent it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from aiohttp import hdrs, web

from authws_desktop.accounts.audit import Actor, admin_api
from authws_desktop.accounts.models import Account, CheckedToken, Role
from authws_desktop.admission.visitor import Visitor
from authws_desktop.protocol import failures as fail
from authws_desktop.protocol.errors import RequestError
from authws_desktop.protocol.json_text import Readable
from authws_desktop.protocol.limits import BODY_TIMEOUT_S, MAX_BODY_BYTES
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.http.server import ENCODINGS_SENTENCE
from authws_desktop.text import JsonError, TextError, decode_json
from authws_desktop.traffic.redaction import redact_text

Body = TypeVar("Body")
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Handlers = dict[str, Handler]
"""What answers each route, by the route's name."""

ACCOUNT = web.RequestKey("account", Account)
CLAIMED_NAME = web.RequestKey("claimed_name", str)
"""The name somebody tried to use, for the record of a refusal."""
VISITOR = web.RequestKey("visitor", Visitor)
"""Who asks; there from the first check on."""
UNRECORDED = web.RequestKey("unrecorded", bool)
"""Set where a request leaves no row: who reads the traffic must not find itself in it."""
BODY = web.RequestKey("body", bytes)
"""The body as it was read, for the record."""
VALUES = web.RequestKey("values", dict)
"""The path's parameters, decoded."""

KEPT_BODY_BYTES = 16 * 1024
"""So much of a body is kept for the record; longer ones are lists."""
_ENCODINGS = ("", "identity", "gzip", "deflate")


async def read_body(request: web.BaseRequest, kind: type[Body]) -> Body:
    """Return a request's body, decoded and checked.

    Raises:
        RequestError: It is not JSON, not what the call needs, too large or too slow.
    """
    if request.content_type != "application/json":
        raise RequestError(fail.UNSUPPORTED_MEDIA_TYPE)
    if request.headers.get(hdrs.CONTENT_ENCODING, "").strip().lower() not in _ENCODINGS:
        raise RequestError(fail.UNSUPPORTED_MEDIA_TYPE, ENCODINGS_SENTENCE)
    try:
        return _decode(await _read(request), kind)
    except TextError as error:
        field = error.field if isinstance(error, JsonError) else None
        raise RequestError(fail.INVALID_REQUEST, str(error), field=field) from None


def _decode(data: bytes, kind: type[Body]) -> Body:
    """Decode a body; half a surrogate pair is valid JSON, but no text.

    It may stand in a field that nobody reads, and where any JSON is passed on as it was written.

    Raises:
        TextError: It is not JSON, or not what the call needs.
    """
    try:
        return decode_json(data, kind, "The body")
    except JsonError:
        readable = Readable(data)
        if not readable.has_halves:
            raise
        body = decode_json(readable.text, kind, "The body")
        for name in getattr(body, "__struct_fields__", ()):
            if isinstance(value := getattr(body, name), msgspec.Raw):
                setattr(body, name, msgspec.Raw(readable.as_written(bytes(value))))
        if readable.is_marked(msgspec.json.encode(body)):
            raise
        return body


async def _read(request: web.BaseRequest) -> bytes:
    await _go_on(request)
    try:
        # In all, not between two reads: a byte every few seconds must not hold the connection.
        async with asyncio.timeout(BODY_TIMEOUT_S):
            data = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise RequestError(fail.PAYLOAD_TOO_LARGE) from None
    except TimeoutError:
        raise RequestError(fail.BODY_TIMEOUT) from None
    except web.RequestPayloadError:
        encoding = request.headers.get(hdrs.CONTENT_ENCODING, "").strip().lower()
        how = f"The body is not valid {encoding}." if encoding in ("gzip", "deflate") else ""
        raise RequestError(
            fail.INVALID_REQUEST, how or "The body does not end as it was announced."
        ) from None
    # aiohttp's own limit is one byte higher (`server._new_request`).
    request[BODY] = data[:KEPT_BODY_BYTES]
    if len(data) > MAX_BODY_BYTES:
        raise RequestError(fail.PAYLOAD_TOO_LARGE)
    return data


def check_expectation(request: web.BaseRequest) -> None:
    """Refuse what is expected of this server and cannot be had (RFC 9110, 10.1.1).

    Raises:
        RequestError: `Expect` asks for anything but 100-continue.
    """
    if request.headers.get(hdrs.EXPECT, "100-continue").strip().lower() != "100-continue":
        raise RequestError(fail.EXPECTATION_FAILED)


async def _go_on(request: web.BaseRequest) -> None:
    """Tell a client that waits for it to send its body: only now, after everything that may refuse it."""
    if hdrs.EXPECT in request.headers and request.version >= (1, 1):
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer itself has not begun


async def checked_token(endpoint: Endpoint, request: web.BaseRequest) -> CheckedToken:
    """Return whose token a request carries; only a Bearer token in its header counts.

    Raises:
        RequestError: There is none, or its user may not come in.
        TokenRefused: It does not count.
    """
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.casefold() != "bearer" or not token.strip():
        raise RequestError(fail.UNAUTHORIZED)
    checked = await endpoint.accounts.sessions.check_anew(token.strip(), address=address_of(request))
    request[ACCOUNT] = checked.account
    if (refusal := endpoint.admission.refuse_user(checked.account.id)) is not None:
        raise refusal.as_error()
    return checked


async def checked_host(endpoint: Endpoint, request: web.BaseRequest) -> Actor:
    """Return the host whose token a request carries, or who holds the admin token.

    Raises:
        RequestError: There is no token, it is no host's, or the admin token does not count from here.
        TokenRefused: The token does not count.
    """
    address = address_of(request)
    _, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    # Before the accounts are asked: it is no JWT, which they would refuse as malformed.
    if endpoint.admin_token is not None and endpoint.admin_token.matches(token.strip()):
        if not endpoint.admin_token.counts_from(address):
            raise RequestError(fail.FORBIDDEN, "The admin token counts on the server's own computer only.")
        return admin_api("admin token", address)
    account = (await checked_token(endpoint, request)).account
    if account.role is not Role.HOST:
        raise RequestError(fail.FORBIDDEN)
    return admin_api(account.username, address)


def whole_number(request: web.BaseRequest, name: str) -> int | None:
    """Return a whole number of the query; `None` if it has none of this name.

    Raises:
        RequestError: It is none.
    """
    text = request.query.get(name)
    if text is None:
        return None
    # Below 2**63, which the database's columns hold.
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise RequestError(fail.INVALID_REQUEST, f"The query '{name}' must be a whole number.", field=name)
    return int(text)


def address_of(request: web.BaseRequest) -> str:
    """Return the client's IP address; empty if the connection is gone."""
    visitor = request.get(VISITOR)
    return visitor.address if visitor is not None else request.remote or ""


def app_of(request: web.BaseRequest) -> str:
    """Return the name of the program that sent a request."""
    # Redacted here: it stands in records and sessions as it is.
    return redact_text(request.headers.get(hdrs.USER_AGENT, ""))[:64]

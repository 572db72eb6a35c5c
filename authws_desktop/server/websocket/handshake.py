"""The opening handshake of a WebSocket connection: who may come in, and the answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from websockets.exceptions import InvalidHeader
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from authws_desktop.admission.access import is_loopback
from authws_desktop.admission.visitor import Visitor
from authws_desktop.hub.client import Client
from authws_desktop.protocol import failures as fail
from authws_desktop.protocol.errors import RequestError
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.websocket.answers import refusal
from authws_desktop.server.websocket.outbox import Outbox
from authws_desktop.traffic.record import Identity
from authws_desktop.traffic.redaction import redact_text

TOKEN_SUBPROTOCOL = "access_token"  # noqa: S105 - a name
"""Offered together with a token, by browsers that can set no header; answered alone."""
_TOKEN_FIELDS = ("token", "access_token")
_SHOWN_CHARS = 200
_AGENT_CHARS = 256
"""Of what a stranger sent, in the traffic: rows are kept in memory."""

# The library's logger would repeat each head and frame at debug level, tokens included.
silent_logger = logging.getLogger(f"{__name__}.wire")
silent_logger.disabled = True
silent_logger.setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class RequestToken:
    """A token that came with the request.

    Attributes:
        text: The token.
        place: Where it stood: "header", "subprotocol" or "query".
    """

    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Handshake:
    """The outcome of an opening handshake.

    Attributes:
        answer: The whole response, bytes.
        status: Its HTTP status; 101 if the connection is open now.
        reason: Why it was refused, a sentence for the host; empty if it was not.
        address: The client's IP address.
        path: The path of the request, without the query, cut to a length that can be shown.
        user_agent: The header `User-Agent`; may be empty.
        offered: The subprotocols it offered, without a token; the first of them was selected.
        token: To log it in with, as if it had sent `authenticate` first; `None` if it brought none.
    """

    answer: bytes
    status: int = HTTPStatus.SWITCHING_PROTOCOLS
    reason: str = ""
    address: str = ""
    path: str = ""
    user_agent: str = ""
    offered: Sequence[str] = ()
    token: RequestToken | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether the connection is open now."""
        return self.status == HTTPStatus.SWITCHING_PROTOCOLS

    @property
    def shown_agent(self) -> str:
        """The user agent without secrets, cut to a length that can be kept."""
        return redact_text(self.user_agent)[:_AGENT_CHARS]

    @property
    def description(self) -> str:
        """How the client came in, for the traffic: what explains why it works, or why it does not."""
        parts = [redact_text(self.path) or "no path"]
        if self.offered:
            offered = ", ".join(redact_text(each) for each in self.offered)
            parts.append(f"subprotocol {redact_text(self.offered[0])} of those offered ({offered})")
        if self.token is not None:
            parts.append(f"token in the {self.token.place}")
        parts.append(self.shown_agent or "no user agent given")
        return " · ".join(parts)


def shake_hands(endpoint: Endpoint, head: bytes, peer: str, *, is_secure: bool) -> Handshake:
    """Read a request head and answer it.

    Args:
        endpoint: The state that all connections share.
        head: The whole head, with the empty line at its end.
        peer: The IP address at the other end of the socket; a trusted proxy speaks for another one.
        is_secure: Whether the connection has TLS.
    """
    path, user_agent, address = "", "", peer
    try:
        request = _read(head)
        path, user_agent = request.path.partition("?")[0], _first(request, "User-Agent")
        visitor = endpoint.admission.visitor(peer, is_secure, request.headers.get_all)
        address = visitor.address
        _check(endpoint, request, visitor)
        response = _accept(request)
    except RequestError as refused:
        return Handshake(
            refusal(refused.failure, refused.message, refused.headers),
            refused.failure.status,
            refused.detail,
            address,
            path[:_SHOWN_CHARS],
            user_agent,
        )
    offered = [
        word.strip()
        for value in request.headers.get_all("Sec-WebSocket-Protocol")
        for word in value.split(",")
    ]
    return Handshake(
        response.serialize(),
        address=address,
        path=path[:_SHOWN_CHARS],
        user_agent=user_agent,
        offered=offered[:1] if offered[:1] == [TOKEN_SUBPROTOCOL] else offered,
        token=_token_of(request, offered),
    )


def _read(head: bytes) -> Request:
    """Parse a request head, by the library's rules but with lines as long as the head may be."""
    start = 0

    def read_line(*_limits: Any) -> Generator[None, None, bytes]:
        nonlocal start
        begin, start = start, head.index(b"\n", start) + 1
        yield from ()  # it never waits: the head is whole
        return head[begin:start]

    parsing = Request.parse(read_line)
    try:
        next(parsing)
    except StopIteration as parsed:
        request: Request = parsed.value
        return request
    except (ValueError, NotImplementedError, EOFError):
        raise RequestError(
            fail.MALFORMED_HTTP,
            "The request head is malformed: each header is one line of name, colon and value, and a request "
            "for WebSocket has no body.",
        ) from None
    except Exception:  # noqa: BLE001 - what else the library has, such as too many headers
        raise RequestError(fail.HEAD_TOO_LARGE, "The request head has too many headers.") from None
    raise AssertionError("The library waits for more of a head that is whole.")


def _check(endpoint: Endpoint, request: Request, visitor: Visitor) -> None:
    """Refuse who may not come in."""
    # In this order: a banned address learns nothing about origins, and nobody who may not come in learns
    # whether there is room.
    for refuse in (endpoint.admission.refuse_request, endpoint.admission.refuse_page):
        if (refused := refuse(visitor)) is not None:
            raise refused.as_error()
    if endpoint.is_full:
        raise RequestError(fail.NO_ROOM, "The server has no room for more clients.")
    # RFC 6455, 4.4: 426 with the version that is spoken.
    if request.headers.get_all("Sec-WebSocket-Version") != ["13"]:
        raise RequestError(
            fail.UPGRADE_REQUIRED,
            "This server speaks version 13 of WebSocket (RFC 6455).",
            headers={"Upgrade": "websocket", "Sec-WebSocket-Version": "13"},
        )


class _Opening(ServerProtocol):
    """The library's side of one opening handshake."""

    def select_subprotocol(self, subprotocols: Sequence[Subprotocol]) -> Subprotocol | None:
        """Select the first that is offered: clients close if none of theirs comes back."""
        return subprotocols[0] if subprotocols else None


def _accept(request: Request) -> Response:
    """Return the library's answer, which opens the connection.

    Raises:
        RequestError: It refuses.
    """
    opening = _Opening(logger=silent_logger)
    try:
        response = opening.accept(request)
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            raise _explain(opening, response)
        return response
    finally:
        # What refers to each other stays in memory until the next search for garbage, which the window makes
        # ten times a second at most: the parser and what it parses for, an error and the frames that it went
        # through (78 objects of each refused handshake).
        opening.parser.close()
        _let_go_of_frames(opening.handshake_exc)


def _let_go_of_frames(error: BaseException | None) -> None:
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


def _explain(protocol: ServerProtocol, response: Response) -> RequestError:
    """Turn the library's refusal into ours, which repeats nothing that was sent."""
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return RequestError(
            fail.METHOD_NOT_ALLOWED, "A WebSocket is opened by GET.", headers={"Allow": "GET"}
        )
    if response.status_code == HTTPStatus.UPGRADE_REQUIRED:
        message = "A request for WebSocket has the headers 'Connection: Upgrade' and 'Upgrade: websocket'."
        return RequestError(fail.UPGRADE_REQUIRED, message, headers={"Upgrade": "websocket"})
    error = protocol.handshake_exc
    if isinstance(error, InvalidHeader):
        return RequestError(fail.INVALID_REQUEST, f"The header '{error.name}' is missing or malformed.")
    return RequestError(fail.INVALID_REQUEST, "A WebSocket is opened by HTTP/1.1.")


def _token_of(request: Request, offered: Sequence[str]) -> RequestToken | None:
    """Return the token that came with a request."""
    # The header first: it is the one that no log of a proxy and no history of a browser keeps.
    scheme, _, token = _first(request, "Authorization").partition(" ")
    if scheme.casefold() == "bearer" and token.strip():
        return RequestToken(token.strip(), "header")
    if len(offered) > 1 and offered[0] == TOKEN_SUBPROTOCOL:
        return RequestToken(offered[1], "subprotocol")
    for name, value in parse_qsl(request.path.partition("?")[2], max_num_fields=None):
        if name in _TOKEN_FIELDS:
            return RequestToken(value, "query")
    return None


def _first(request: Request, name: str) -> str:
    found = request.headers.get_all(name)
    return found[0] if found else ""


def new_client(endpoint: Endpoint, handshake: Handshake, identity: Identity, outbox: Outbox) -> Client:
    """Return the client of a connection that is open now.

    Args:
        endpoint: The state that all connections share.
        handshake: Its handshake.
        identity: Who it is to the traffic.
        outbox: Its sending side.
    """
    return Client(
        identity,
        outbox,
        endpoint.new_rate_limit(),
        now_s=time.time(),
        is_loopback=is_loopback(identity.address),
        user_agent=handshake.shown_agent,
    )

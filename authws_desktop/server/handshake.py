"""The opening handshake of a WebSocket connection: who may come in, and the answer."""

from __future__ import annotations

import http
import logging
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from authws_desktop.protocol.codes import HttpErrorCode
from authws_desktop.protocol.http_messages import HttpError
from authws_desktop.server.access import is_host_allowed, is_origin_allowed
from authws_desktop.server.endpoint import Endpoint

WEBSOCKET_PATHS = ("/", "/ws")

# The library's logger would repeat each head and frame at debug level, tokens included.
silent_logger = logging.getLogger(f"{__name__}.wire")
silent_logger.disabled = True
silent_logger.setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Handshake:
    """What became of a request head.

    Attributes:
        request: The head; `None` if it could not be read.
        answer: What goes back, in bytes; the response, or nothing.
        is_accepted: Whether the connection is open now.
        status: Of the response; 0 if there is none.
        reason: A sentence; why it was refused.
    """

    request: Request | None
    answer: bytes
    is_accepted: bool = False
    status: int = 0
    reason: str = ""

    @property
    def path(self) -> str:
        """The path asked for, without its query."""
        return urlsplit(self.request.path).path if self.request is not None else ""

    @property
    def user_agent(self) -> str:
        """What the client calls itself; may be empty."""
        found = self.request.headers.get_all("User-Agent") if self.request is not None else []
        return found[0] if found else ""


def shake_hands(endpoint: Endpoint, head: bytes | bytearray, address: str) -> Handshake:
    """Read a request head and answer it.

    Args:
        endpoint: Whose rules hold.
        head: The whole head, with the empty line at its end.
        address: The client's IP address.
    """
    protocol = ServerProtocol(logger=silent_logger)
    protocol.receive_data(head)
    request = next((event for event in protocol.events_received() if isinstance(event, Request)), None)
    if request is None:  # the library has refused it by itself
        return Handshake(None, b"".join(protocol.data_to_send()))
    response = _refusal_of(endpoint, protocol, request, address) or protocol.accept(request)
    protocol.send_response(response)
    answer = b"".join(protocol.data_to_send())
    if response.status_code == http.HTTPStatus.SWITCHING_PROTOCOLS:
        return Handshake(request, answer, is_accepted=True, status=response.status_code)
    return Handshake(request, answer, status=response.status_code, reason=_sentence_of(response))


def _refusal_of(
    endpoint: Endpoint, protocol: ServerProtocol, request: Request, address: str
) -> Response | None:
    """Return the response that refuses a handshake, or `None` if nothing speaks against it."""
    settings = endpoint.settings
    if (ban := endpoint.bans.of_address(address)) is not None:
        return _refuse_banned(protocol, ban.sentence)
    host = ",".join(request.headers.get_all("Host")) or None
    origins = request.headers.get_all("Origin")
    if not is_host_allowed(host, settings.known_hosts):
        return protocol.reject(
            http.HTTPStatus.MISDIRECTED_REQUEST,
            f"This server is not known as '{host}'. Use its address, or have the host list this name.\n",
        )
    if origins and not is_origin_allowed(",".join(origins), host, settings.allowed_origins):
        return protocol.reject(
            http.HTTPStatus.FORBIDDEN,
            f"Pages of {origins[0]} may not connect. The host can allow this origin.\n",
        )
    if urlsplit(request.path).path not in WEBSOCKET_PATHS:
        return protocol.reject(http.HTTPStatus.NOT_FOUND, "WebSocket connections go to / or /ws.\n")
    if endpoint.is_full:
        return protocol.reject(
            http.HTTPStatus.SERVICE_UNAVAILABLE, "The server has no room for more clients.\n"
        )
    return None


def _refuse_banned(protocol: ServerProtocol, sentence: str) -> Response:
    """Return the JSON answer that the HTTP side gives, too."""
    response = protocol.reject(http.HTTPStatus.FORBIDDEN, "")
    response.body = msgspec.json.encode(HttpError(HttpErrorCode.BANNED, sentence))
    for name, value in (
        ("Content-Length", str(len(response.body))),
        ("Content-Type", "application/json; charset=utf-8"),
    ):
        del response.headers[name]
        response.headers[name] = value
    return response


def _sentence_of(response: Response) -> str:
    """Return what a refusal tells the client."""
    body = bytes(response.body or b"")
    if body.startswith(b"{"):
        return msgspec.json.decode(body, type=HttpError).message
    return body.decode().strip() or response.reason_phrase

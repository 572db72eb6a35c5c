"""aiohttp's low-level server with our limits; what its parser refuses is answered as JSON, too."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiohttp import http_exceptions, web

from authws_desktop.protocol import failures as fail
from authws_desktop.protocol.errors import RequestError
from authws_desktop.protocol.limits import MAX_BODY_BYTES, MAX_HEAD_BYTES

log = logging.getLogger(__name__)
KEEP_ALIVE_S = 30
LINGER_S = 1
"""How long an unread body may go on after the answer."""
HTTP_READ_BYTES = 16 * 1024
"""What aiohttp buffers of a body that nobody reads yet; it pauses the connection at twice that."""

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
AnswerRefused = Callable[[web.BaseRequest, RequestError, str], web.StreamResponse]
"""Answers a request that never reached the handler; the text is its path where its method is unknown."""

ENCODINGS_SENTENCE = "Send the body plain, or compressed by gzip or deflate."
_REQUEST_LINE = re.compile(rb"^[!#$%&'*+.^_`|~\w-]+ (/[^ ?\r\n]*)\S* HTTP/1\.[01]\r\n", re.ASCII)
_LINE_BYTES = 2048
"""Kept of what was read last, to find the path where the parser does not know the method."""


class HandedOver(web.StreamResponse):
    """Stands for the answer to a request whose connection speaks another protocol now; sends nothing.

    Attributes:
        transport: The connection's.
        head: The request's head, as good as it came.
        rest: What was read behind it.
        on_lost: To be called once the transport is gone.
    """

    def __init__(
        self, transport: asyncio.Transport, head: bytes, rest: bytes, on_lost: Callable[[], None]
    ) -> None:
        super().__init__(status=101)
        self.transport = transport
        self.head = head
        self.rest = rest
        self.on_lost = on_lost

    async def prepare(self, request: web.BaseRequest) -> None:
        """Send nothing."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Send nothing."""


def _nothing() -> None:
    """Stand in for the callback that was handed over with the connection."""


class HttpConnection(web.RequestHandler):
    """One connection. aiohttp's own answer to a failure is text that repeats what was sent, cookies too."""

    __slots__ = ("_last", "_on_lost", "_refused")

    def __init__(
        self, manager: web.Server, refused: AnswerRefused, on_lost: Callable[[], None], **options: Any
    ) -> None:
        super().__init__(manager, **options)
        self._refused = refused
        self._on_lost = on_lost
        self._last = b""

    def connection_lost(self, exc: BaseException | None) -> None:
        """Give back the connection's place."""
        super().connection_lost(exc)
        self._on_lost()

    def hand_over(self, request: web.BaseRequest) -> HandedOver:
        """Let go of the connection, whose newest request asks for another protocol.

        Args:
            request: That request; its answer comes from whoever speaks the other protocol.
        """
        transport = cast("asyncio.Transport", self.transport)
        transport.resume_reading()  # aiohttp pauses it while much is unread
        path = request.raw_path.encode("utf-8", "surrogateescape")
        fields = b"".join(b"%b: %b\r\n" % field for field in request.raw_headers)
        head = b"%b %b HTTP/%d.%d\r\n%b\r\n" % (request.method.encode(), path, *request.version, fields)
        rest, self._message_tail = self._message_tail, b""
        on_lost, self._on_lost = self._on_lost, _nothing
        self.transport = None  # else aiohttp would close it with its own side of the connection
        self.connection_lost(None)
        return HandedOver(transport, head, rest, on_lost)

    def data_received(self, data: bytes) -> None:
        """Parse what came; its beginning is kept for the case that the parser does not know the method."""
        self._last = data[:_LINE_BYTES]
        super().data_received(data)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Return the answer to what aiohttp itself refuses, or to an error that passed our handler."""
        if request.writer.output_size > 0:
            raise ConnectionError("The answer has begun; the connection can only end.")
        line = _REQUEST_LINE.match(self._last) if isinstance(exc, http_exceptions.BadHttpMethod) else None
        path = line[1].decode("ascii", "replace") if line is not None else ""
        answer = self._refused(request, _explain(exc), path)
        answer.force_close()
        return answer


def _explain(error: BaseException | None) -> RequestError:
    match error:
        case http_exceptions.LineTooLong():
            return RequestError(fail.HEAD_TOO_LARGE)
        case http_exceptions.ContentEncodingError():
            return RequestError(fail.UNSUPPORTED_MEDIA_TYPE, ENCODINGS_SENTENCE)
        case http_exceptions.HttpProcessingError():
            return RequestError(fail.MALFORMED_HTTP)
    log.error("A request failed outside of its handler", exc_info=error)
    return RequestError(fail.SERVER_ERROR)


class HttpServer(web.Server):
    """Makes a protocol for each connection."""

    def __init__(self, handler: Handler, refused: AnswerRefused) -> None:
        super().__init__(handler, request_factory=_new_request)
        self._refused = refused

    def new_protocol(self, on_lost: Callable[[], None]) -> web.RequestHandler:
        """Return the protocol of a new connection.

        Args:
            on_lost: Called once its transport is gone.
        """
        return HttpConnection(
            self,
            self._refused,
            on_lost,
            loop=asyncio.get_running_loop(),
            # Requests are rows of the traffic; a second log of them would hold what was redacted there.
            access_log=None,
            keepalive_timeout=KEEP_ALIVE_S,
            lingering_time=LINGER_S,
            max_line_size=MAX_HEAD_BYTES,
            max_field_size=MAX_HEAD_BYTES,
            read_bufsize=HTTP_READ_BYTES,
        )


def _new_request(
    message: Any, payload: Any, protocol: Any, writer: Any, task: asyncio.Task[None]
) -> web.BaseRequest:
    # One byte more than allowed: aiohttp's own answer to too much would be text.
    return web.BaseRequest(
        message,
        payload,
        protocol,
        writer,
        task,
        asyncio.get_running_loop(),
        client_max_size=MAX_BODY_BYTES + 1,
    )


def new_runner(handler: Handler, refused: AnswerRefused, shutdown_timeout_s: float) -> web.ServerRunner:
    """Return what runs the HTTP side; it listens nowhere by itself.

    Args:
        handler: Answers a request; raises nothing.
        refused: Turns the failure of a request that never reached the handler into its answer.
        shutdown_timeout_s: How long `cleanup` waits for requests under way.
    """
    return web.ServerRunner(
        HttpServer(handler, refused), handle_signals=False, shutdown_timeout=shutdown_timeout_s
    )

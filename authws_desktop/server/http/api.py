"""The HTTP side: admits a request, routes it, and adds headers, CORS and a record to every answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from aiohttp import hdrs, web

from authws_desktop.network.tls.tls import is_secure
from authws_desktop.protocol import failures as fail
from authws_desktop.protocol.errors import RequestError
from authws_desktop.protocol.limits import MAX_HEAD_BYTES
from authws_desktop.protocol.router import Found, Router, is_http_path
from authws_desktop.protocol.routes import DOCS_FILE, FILE_ROUTES, ROUTES, WEB_FILE
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.http.admin import AdminApi
from authws_desktop.server.http.auth import AuthApi
from authws_desktop.server.http.docs import DocsPages
from authws_desktop.server.http.errors import as_request_error, error_response
from authws_desktop.server.http.exchanges import exchange_of
from authws_desktop.server.http.faults import FaultsApi
from authws_desktop.server.http.metrics import MetricsPages
from authws_desktop.server.http.pages import WebPages
from authws_desktop.server.http.probes import ProbePages
from authws_desktop.server.http.requests import (
    ACCOUNT,
    CLAIMED_NAME,
    UNRECORDED,
    VALUES,
    VISITOR,
    Handlers,
    address_of,
    app_of,
    check_expectation,
)
from authws_desktop.server.http.server import HttpConnection, new_runner
from authws_desktop.server.http.traffic import TrafficApi
from authws_desktop.server.http.trust_pages import TrustPages, redirect_to_https
from authws_desktop.server.websocket.listener import open_websocket
from authws_desktop.traffic.record import Direction, Identity, Kind
from authws_desktop.traffic.redaction import redact_text

log = logging.getLogger(__name__)
_RECORDED = ("/auth/", "/admin/")
_PREFLIGHT_LIFE_S = 600


class HttpApi:
    """Answers every request of the HTTP side.

    Args:
        endpoint: Shared state.
        resources: Folder of the web client and the documentation.
        uptime_s: Tells how long the server has been running, seconds.
    """

    def __init__(self, endpoint: Endpoint, resources: Path, uptime_s: Callable[[], float]) -> None:
        self._endpoint = endpoint
        self._hub = endpoint.hub
        self._router = Router()
        self._pages = WebPages(endpoint, resources, uptime_s)
        self._docs = DocsPages(resources)
        self._traffic = TrafficApi(endpoint)
        self._handlers: Handlers = {
            **AuthApi(endpoint).handlers(),
            **self._pages.handlers(),
            **self._docs.handlers(),
            **ProbePages(endpoint).handlers(),
            **TrustPages(endpoint).handlers(),
            **AdminApi(endpoint).handlers(),
            **self._traffic.handlers(),
            **FaultsApi(endpoint).handlers(),
            **MetricsPages(endpoint, uptime_s, self._traffic).handlers(),
        }
        # At the start, not at the first request of somebody.
        missing = {route.name for route in (*ROUTES, *FILE_ROUTES)} ^ set(self._handlers)
        if missing:
            raise LookupError(f"Routes without a handler, or handlers without a route: {sorted(missing)}")

    def new_runner(self, shutdown_timeout_s: float) -> web.ServerRunner:
        """Return what runs it; it listens nowhere by itself."""
        return new_runner(self.handle, self._answer_refused, shutdown_timeout_s)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request: check host and origin, turn failures into JSON, and record it."""
        if (upgrade := self._take_upgrade(request)) is not None:
            return upgrade
        started_s = time.monotonic()
        self._hub.counters.http_requests += 1
        detail = ""
        answer: web.StreamResponse
        try:
            self._check(request)
            redirect = redirect_to_https(request, self._endpoint)
            answer = redirect or await self._answer(request, self._find(request))
        except Exception as error:  # noqa: BLE001 - one of the three borders: the connection handler
            failure = as_request_error(error, request)
            detail, answer = failure.detail, error_response(failure)
            # The listener closes for this, too: the next head could be as large.
            if failure.failure is fail.HEAD_TOO_LARGE:
                answer.force_close()
            self._count(request, failure)
        refusal = self._share(request, answer)
        if refusal:
            detail = f"{refusal} {detail}".rstrip()
        took_s = time.monotonic() - started_s
        self._record(request, answer, detail, took_s, is_refused=bool(refusal))
        return answer

    def _answer_refused(
        self, request: web.BaseRequest, failure: RequestError, path: str
    ) -> web.StreamResponse:
        """Return the answer to what is no request to the parser; nothing of it is repeated or recorded.

        Args:
            request: A stand-in without anything the client sent.
            failure: What the parser says.
            path: Where only the method was unknown.
        """
        if path:
            found = self._router.find(path)
            failure = _wrong_method(found) if found is not None else RequestError(fail.NOT_FOUND)
        self._hub.counters.http_requests += 1
        self._hub.counters.refuse(failure.failure.code)
        answer = error_response(failure)
        _add_headers(answer)
        identity = Identity(address=address_of(request))
        self._hub.recorder.add(
            Direction.IN, Kind.REFUSED, identity, outcome=str(answer.status), detail=failure.message
        )
        return answer

    def _take_upgrade(self, request: web.BaseRequest) -> web.StreamResponse | None:
        """Hand the connection over if a later request on it asks for WebSocket; proxies keep connections."""
        if "websocket" not in request.headers.get(hdrs.UPGRADE, "").lower() or is_http_path(
            request.raw_path.partition("?")[0]
        ):
            return None
        if not isinstance(request.protocol, HttpConnection) or request.protocol.transport is None:
            return None
        if self._endpoint.tls is not None and not is_secure(request.transport):
            return None  # it is redirected
        handed = request.protocol.hand_over(request)
        open_websocket(self._endpoint, handed.transport, handed.head, handed.rest, handed.on_lost)
        return handed

    # Whether it may come in

    def _check(self, request: web.BaseRequest) -> None:
        if _head_bytes(request) > MAX_HEAD_BYTES:  # of the first head the listener has seen to it
            raise RequestError(fail.HEAD_TOO_LARGE)
        admission = self._endpoint.admission
        visitor = admission.visitor(
            request.remote or "", is_secure(request.transport), lambda name: request.headers.getall(name, [])
        )
        request[VISITOR] = visitor
        if (refusal := admission.refuse_request(visitor)) is not None:
            raise refusal.as_error()
        check_expectation(request)

    # Who answers it

    def _find(self, request: web.BaseRequest) -> Found:
        found = self._router.find(request.rel_url.raw_path)
        if found is None:
            found = self._find_file(request)
        request[VALUES] = found.values
        return found

    def _find_file(self, request: web.BaseRequest) -> Found:
        if (name := self._docs.name_of_file(request)) is not None:
            return Found.file(DOCS_FILE, name)
        if (name := self._pages.name_of_file(request)) is not None:
            return Found.file(WEB_FILE, name)
        raise RequestError(fail.NOT_FOUND)

    async def _answer(self, request: web.BaseRequest, found: Found) -> web.StreamResponse:
        if request.method == hdrs.METH_OPTIONS:
            return _describe(request, found)
        route = found.routes.get(request.method)
        if route is None:
            raise _wrong_method(found)
        return await self._handlers[route.name](request)

    # What surrounds the answer

    def _share(self, request: web.BaseRequest, answer: web.StreamResponse) -> str:
        """Let pages of allowed origins read the answer; return why this one may not, empty if it may."""
        _add_headers(answer)
        visitor = request.get(VISITOR)
        if visitor is None or not visitor.origin or answer.status == fail.MISDIRECTED_HOST.status:
            return ""
        if (refusal := self._endpoint.admission.refuse_page(visitor)) is not None:
            return f"The page may not read the answer. {refusal.detail}"
        answer.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = visitor.origin
        answer.headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
        answer.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = "Retry-After, Allow, ETag"
        return ""

    def _count(self, request: web.BaseRequest, failure: RequestError) -> None:
        if failure.failure.status < 500:
            self._hub.counters.refuse(failure.failure.code)
        if request.path.lower().startswith("/auth/login") and failure.failure.status in (401, 403):
            self._hub.counters.refused_logins += 1
            name = redact_text(request.get(CLAIMED_NAME, ""))
            log.info("Login refused: %.60r, from %s. %s", name, address_of(request), failure.message)

    def _record(
        self,
        request: web.BaseRequest,
        answer: web.StreamResponse,
        detail: str,
        took_s: float,
        *,
        is_refused: bool,
    ) -> None:
        """Record auth and admin calls and what is refused; the web client's files would only be noise."""
        status = answer.status
        is_refused = is_refused or status >= 400
        if request.get(UNRECORDED, False):
            return
        if not is_refused and not request.path.lower().startswith(_RECORDED):
            return
        who = request.get(ACCOUNT)
        identity = Identity(
            address=address_of(request),
            user_id=who.id if who else "",
            username=who.username if who else request.get(CLAIMED_NAME, ""),
            app=app_of(request),
        )
        line = f"{request.method} {redact_text(request.path)} {status} in {took_s * 1000:.0f} ms"
        self._hub.recorder.add(
            Direction.IN,
            Kind.REFUSED if is_refused else Kind.HTTP,
            identity,
            outcome=str(status),
            detail=f"{line}. {detail}" if detail else line,
            http=exchange_of(request, answer),
        )


def _head_bytes(request: web.BaseRequest) -> int:
    fields = sum(len(name) + len(value) + 4 for name, value in request.raw_headers)
    return len(request.raw_path) + fields


def _wrong_method(found: Found) -> RequestError:
    return RequestError(
        fail.METHOD_NOT_ALLOWED,
        f"This path takes {', '.join(found.routes)}.",
        headers={"Allow": found.methods},
    )


def _add_headers(answer: web.StreamResponse) -> None:
    """Add the headers that every answer has."""
    answer.headers[hdrs.SERVER] = "authws-desktop"  # in place of aiohttp's own, which tells versions
    answer.headers["X-Content-Type-Options"] = "nosniff"
    # Always: a cache that kept an answer without CORS headers would give it to a page that needs them.
    varies = answer.headers.get(hdrs.VARY)
    answer.headers[hdrs.VARY] = f"{varies}, {hdrs.ORIGIN}" if varies else hdrs.ORIGIN


def _describe(request: web.BaseRequest, found: Found) -> web.Response:
    """Answer OPTIONS, a browser's CORS question included; who may ask is decided by the caller."""
    headers = {hdrs.ALLOW: found.methods}
    if hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers:
        asked = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS, "Authorization, Content-Type")
        headers |= {
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: found.methods,
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: asked,
            hdrs.ACCESS_CONTROL_MAX_AGE: str(_PREFLIGHT_LIFE_S),
        }
    return web.Response(status=204, headers=headers)

"""The HTTP side: the auth API, status, health, the contract's documents and the web client."""

from __future__ import annotations

import mimetypes
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from authws_desktop import __version__
from authws_desktop.accounts.records import IssuedToken
from authws_desktop.hub.redaction import redact_text
from authws_desktop.hub.traffic import Direction, Identity, Kind
from authws_desktop.protocol.codes import HttpErrorCode
from authws_desktop.protocol.http_messages import (
    Credentials,
    PasswordChange,
    PendingAnswer,
    Profile,
    ProfileAnswer,
    Registration,
    ServerStatus,
    TokenAnswer,
    TokenUser,
)
from authws_desktop.protocol.limits import MAX_BODY_BYTES
from authws_desktop.protocol.timestamps import format_timestamp
from authws_desktop.server.access import is_host_allowed, is_origin_allowed
from authws_desktop.server.admin_api import AdminApi
from authws_desktop.server.bans import Banned
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.host_pages import ProbePages
from authws_desktop.server.http_errors import ApiError, as_api_error, json_response
from authws_desktop.server.http_requests import (
    ACCOUNT,
    CLAIMED_NAME,
    app_of,
    checked_token,
    read_body,
)
from authws_desktop.server.trust_pages import TrustPages, redirect_to_https

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_RECORDED = ("/auth/", "/admin/")


class HttpApi:
    """The aiohttp application.

    Args:
        endpoint: Shared state.
        resources: Folder of the web client and API documents.
        started_at: Tells when the server started, seconds since the epoch.
    """

    def __init__(self, endpoint: Endpoint, resources: Path, started_at: Callable[[], float | None]) -> None:
        self._endpoint = endpoint
        self._accounts = endpoint.accounts
        self._hub = endpoint.hub
        self._started_at = started_at
        self._web_dir = resources / "web"
        self._api_dir = resources / "api"

    def application(self) -> web.Application:
        """Return the application with its routes."""
        # aiohttp's own limit would answer with text; reading stops at the limit in _read_body.
        app = web.Application(middlewares=[self._frame], client_max_size=MAX_BODY_BYTES + 1)
        app.add_routes(
            [
                web.post("/auth/register", self._register),
                web.post("/auth/login", self._login),
                web.post("/auth/refresh", self._refresh),
                web.get("/auth/me", self._me),
                web.post("/auth/password", self._change_password),
                web.post("/auth/logout", self._logout),
                web.get("/", self._root),
                web.get("/healthz", self._health),
                web.get("/openapi.json", self._document),
                web.get("/asyncapi.json", self._document),
                *ProbePages(self._endpoint).routes(),
                *TrustPages(self._endpoint).routes(),
                *AdminApi(self._endpoint).routes(),
                web.get("/{file:(?!auth/|admin/).+}", self._file),
            ]
        )
        return app

    # What surrounds every request

    @web.middleware
    async def _frame(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Check host and origin, turn failures into JSON, and record the request."""
        started_s = time.monotonic()
        self._hub.counters.http_requests += 1
        origin = request.headers.get("Origin")
        is_foreign = not is_origin_allowed(origin, request.host, self._endpoint.settings.allowed_origins)
        detail = ""
        response: web.StreamResponse
        try:
            self._check_host(request)
            self._check_address(request)
            redirect = redirect_to_https(request, self._endpoint)
            if redirect is not None:
                response = redirect
            elif request.method == "OPTIONS":
                response = _preflight(request)
            else:
                response = await handler(request)
        except Exception as error:  # noqa: BLE001 - one of the three borders: the connection handler
            failure = as_api_error(error, request)
            detail = failure.message
            response = failure.response()
            self._hub.counters.refusals += failure.status < 500
            self._hub.counters.refused_logins += request.path == "/auth/login" and failure.status in (
                401,
                403,
            )
        if origin is not None and not is_foreign:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Vary"] = "Origin"
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        response.headers["X-Content-Type-Options"] = "nosniff"
        if is_foreign and origin is not None:
            detail = f"Pages of {origin} may not read the answer. {detail}".rstrip()
        self._record(request, response.status, detail, time.monotonic() - started_s)
        return response

    def _check_host(self, request: web.Request) -> None:
        header = request.headers.get("Host")
        if not is_host_allowed(header, self._endpoint.settings.known_hosts):
            raise ApiError(
                421,
                HttpErrorCode.MISDIRECTED_HOST,
                f"This server is not known as '{header}'. Use its address, or have the host list this name.",
            )

    def _check_address(self, request: web.Request) -> None:
        ban = self._endpoint.bans.of_address(request.remote or "")
        if ban is not None:
            raise Banned(ban)

    def _record(self, request: web.Request, status: int, detail: str, took_s: float) -> None:
        """Record auth and admin calls and failures; the files of the web client would only be noise."""
        if not request.path.startswith(_RECORDED) and status < 400:
            return
        who = request.get(ACCOUNT)
        identity = Identity(
            address=request.remote or "",
            user_id=who.id if who else "",
            username=who.username if who else request.get(CLAIMED_NAME, ""),
            app=app_of(request),
        )
        line = f"{request.method} {request.path} {status} in {took_s * 1000:.0f} ms"
        self._hub.recorder.add(
            Direction.IN,
            Kind.HTTP if status < 400 else Kind.REFUSED,
            identity,
            outcome=str(status),
            detail=f"{line}. {detail}" if detail else line,
        )

    def _answer(self, request: web.Request, issued: IssuedToken, status: int = 200) -> web.Response:
        request[ACCOUNT] = issued.account
        user = TokenUser(issued.account.id, issued.account.username)
        return json_response(TokenAnswer(issued.token, user, format_timestamp(issued.expires_at)), status)

    # Routes

    async def _register(self, request: web.Request) -> web.Response:
        body = await read_body(request, Registration)
        request[CLAIMED_NAME] = redact_text(body.username)[:64]
        mode = self._endpoint.settings.registration
        if mode == "closed":
            raise ApiError(
                403, HttpErrorCode.REGISTRATION_CLOSED, "Registration is closed. Ask the host for an account."
            )
        address, app = request.remote or "", app_of(request)
        if mode == "approval":
            await self._accounts.apply(body.username, body.password, address=address, app=app)
            return json_response(PendingAnswer(_PENDING_TEXT), 202)
        invite = (body.invite_code or "") if mode == "invite" else None
        issued = await self._accounts.register(
            body.username, body.password, invite=invite, address=address, app=app
        )
        return self._answer(request, issued, 201)

    async def _login(self, request: web.Request) -> web.Response:
        body = await read_body(request, Credentials)
        request[CLAIMED_NAME] = redact_text(body.username)[:64]
        issued = await self._accounts.login(
            body.username, body.password, address=request.remote or "", app=app_of(request)
        )
        return self._answer(request, issued)

    async def _refresh(self, request: web.Request) -> web.Response:
        return self._answer(request, await self._accounts.refresh(checked_token(self._endpoint, request)))

    async def _me(self, request: web.Request) -> web.Response:
        account = checked_token(self._endpoint, request).account
        profile = Profile(
            account.id, account.username, str(account.role), format_timestamp(account.created_at)
        )
        return json_response(ProfileAnswer(profile))

    async def _change_password(self, request: web.Request) -> web.Response:
        checked = checked_token(self._endpoint, request)
        body = await read_body(request, PasswordChange)
        issued = await self._accounts.change_password(checked, body.current_password, body.new_password)
        return self._answer(request, issued)

    async def _logout(self, request: web.Request) -> web.Response:
        await self._accounts.logout(checked_token(self._endpoint, request))
        return web.Response(status=204)

    async def _root(self, request: web.Request) -> web.StreamResponse:
        if "text/html" in request.headers.get("Accept", ""):
            return self._web_file("index.html")
        started_at = self._started_at()
        now_s = time.time()
        return json_response(
            ServerStatus(
                __version__,
                self._hub.authenticated_count,
                len(self._hub.clients),
                round(now_s - started_at, 3) if started_at else 0.0,
                format_timestamp(now_s),
            )
        )

    async def _health(self, request: web.Request) -> web.Response:
        return web.Response(
            body=b'{"status":"ok"}', content_type="application/json", headers={"Cache-Control": "no-store"}
        )

    async def _document(self, request: web.Request) -> web.StreamResponse:
        file = self._api_dir / request.path.lstrip("/")
        return web.FileResponse(file, headers={"Content-Type": "application/json; charset=utf-8"})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return self._web_file(request.match_info["file"])

    def _web_file(self, name: str) -> web.StreamResponse:
        """Return a file of the web client; never one outside its folder."""
        root = self._web_dir.resolve()
        try:
            file = (root / name).resolve()
            is_found = file.is_relative_to(root) and file.is_file()
        except (OSError, ValueError):  # a NUL or a name longer than the system knows
            is_found = False
        if not is_found:
            raise web.HTTPNotFound
        kind = _WEB_TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return web.FileResponse(file, headers={"Content-Type": kind, **_WEB_HEADERS})


_PENDING_TEXT = "Your account waits for the host's approval. Log in once it is approved."

# Stated here because the system's own table decides otherwise on some Windows machines.
_WEB_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_WEB_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self' ws: wss:; manifest-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}


def _preflight(request: web.Request) -> web.Response:
    """Answer a browser's CORS question; who may ask is decided by the caller."""
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": "600",
        },
    )

"""The HTTP side: the auth API, status, health, the contract's documents and the web client."""

from __future__ import annotations

import asyncio
import logging
import mimetypes
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from aiohttp import web

from authws_desktop import __version__
from authws_desktop.accounts.errors import (
    AccountDisabled,
    AccountsError,
    Busy,
    InvalidCredentials,
    InvalidField,
    Throttled,
    TokenRefused,
    UsernameTaken,
)
from authws_desktop.accounts.records import Account, CheckedToken, IssuedToken
from authws_desktop.hub.traffic import Direction, Identity, Kind
from authws_desktop.protocol.codes import AUTH_REASON_TEXT, HttpErrorCode
from authws_desktop.protocol.http_messages import (
    Credentials,
    HttpError,
    PasswordChange,
    Profile,
    ProfileAnswer,
    ServerStatus,
    TokenAnswer,
    TokenUser,
)
from authws_desktop.protocol.limits import BODY_TIMEOUT_S, MAX_BODY_BYTES
from authws_desktop.protocol.timestamps import format_timestamp
from authws_desktop.server.access import is_host_allowed, is_origin_allowed
from authws_desktop.server.bans import Banned
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.host_pages import ProbePages

log = logging.getLogger(__name__)
Body = TypeVar("Body")
ACCOUNT = web.RequestKey("account", Account)
CLAIMED_NAME = web.RequestKey("claimed_name", str)
"""The name somebody tried to use, for the record of a refusal."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ApiError(Exception):
    """A failure that is answered as JSON.

    Attributes:
        status: HTTP status.
        code: Stable code.
        message: A sentence.
        field: The field at fault, if one is.
        retry_after_s: For 429 and 503.
    """

    def __init__(
        self,
        status: int,
        code: HttpErrorCode,
        message: str,
        *,
        field: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.retry_after_s = retry_after_s

    def response(self) -> web.Response:
        """Return the answer."""
        body = HttpError(self.code, self.message, field=self.field or msgspec.UNSET)
        answer = json_response(body, self.status)
        if self.retry_after_s is not None:
            answer.headers["Retry-After"] = str(max(1, round(self.retry_after_s)))
        return answer


def json_response(body: msgspec.Struct, status: int = 200) -> web.Response:
    """Return a struct as a JSON answer that no cache keeps."""
    return web.Response(
        body=msgspec.json.encode(body),
        status=status,
        content_type="application/json",
        charset="utf-8",
        headers={"Cache-Control": "no-store"},
    )


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
                web.get("/{file:(?!auth/).+}", self._file),
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
        try:
            self._check_host(request)
            self._check_address(request)
            response = _preflight(request) if request.method == "OPTIONS" else await handler(request)
        except Exception as error:  # noqa: BLE001 - one of the three borders: the connection handler
            failure = _as_api_error(error, request)
            detail = failure.message
            response = failure.response()
            self._hub.counters.refusals += failure.status < 500
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
        if not is_host_allowed(header, self._endpoint.settings.allowed_hosts):
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
        """Record auth calls and failures; the files of the web client would only be noise."""
        if not request.path.startswith("/auth/") and status < 400:
            return
        who = request.get(ACCOUNT)
        identity = Identity(
            address=request.remote or "",
            user_id=who.id if who else "",
            username=who.username if who else request.get(CLAIMED_NAME, ""),
            app=request.headers.get("User-Agent", "")[:64],
        )
        line = f"{request.method} {request.path} {status} in {took_s * 1000:.0f} ms"
        self._hub.recorder.add(
            Direction.IN,
            Kind.HTTP if status < 400 else Kind.REFUSED,
            identity,
            outcome=str(status),
            detail=f"{line}. {detail}" if detail else line,
        )

    # Bodies and tokens

    async def _read_body(self, request: web.Request, kind: type[Body]) -> Body:
        if request.content_type != "application/json":
            raise ApiError(415, HttpErrorCode.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json.")
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                data = await request.read()
        except web.HTTPRequestEntityTooLarge:
            data = b"\0" * (MAX_BODY_BYTES + 1)
        except TimeoutError:
            raise ApiError(408, HttpErrorCode.INVALID_REQUEST, "The body did not arrive in time.") from None
        if len(data) > MAX_BODY_BYTES:
            raise ApiError(413, HttpErrorCode.PAYLOAD_TOO_LARGE, "The body is over 64 KiB.")
        try:
            return msgspec.json.decode(data, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _invalid_body(error) from None

    def _checked(self, request: web.Request) -> CheckedToken:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.casefold() != "bearer" or not token.strip():
            raise ApiError(
                401, HttpErrorCode.UNAUTHORIZED, "Send the token as 'Authorization: Bearer TOKEN'."
            )
        checked = self._accounts.check_token(token.strip())
        request[ACCOUNT] = checked.account
        ban = self._endpoint.bans.of_user(checked.account.id)
        if ban is not None:
            raise Banned(ban)
        return checked

    def _answer(self, request: web.Request, issued: IssuedToken, status: int = 200) -> web.Response:
        request[ACCOUNT] = issued.account
        user = TokenUser(issued.account.id, issued.account.username)
        return json_response(TokenAnswer(issued.token, user, format_timestamp(issued.expires_at)), status)

    # Routes

    async def _register(self, request: web.Request) -> web.Response:
        body = await self._read_body(request, Credentials)
        request[CLAIMED_NAME] = body.username[:64]
        if self._endpoint.settings.registration == "closed":
            raise ApiError(
                403, HttpErrorCode.REGISTRATION_CLOSED, "Registration is closed. Ask the host for an account."
            )
        issued = await self._accounts.register(
            body.username, body.password, address=request.remote or "", app=_app_of(request)
        )
        return self._answer(request, issued, 201)

    async def _login(self, request: web.Request) -> web.Response:
        body = await self._read_body(request, Credentials)
        request[CLAIMED_NAME] = body.username[:64]
        issued = await self._accounts.login(
            body.username, body.password, address=request.remote or "", app=_app_of(request)
        )
        return self._answer(request, issued)

    async def _refresh(self, request: web.Request) -> web.Response:
        return self._answer(request, await self._accounts.refresh(self._checked(request)))

    async def _me(self, request: web.Request) -> web.Response:
        account = self._checked(request).account
        profile = Profile(
            account.id, account.username, str(account.role), format_timestamp(account.created_at)
        )
        return json_response(ProfileAnswer(profile))

    async def _change_password(self, request: web.Request) -> web.Response:
        checked = self._checked(request)
        body = await self._read_body(request, PasswordChange)
        issued = await self._accounts.change_password(checked, body.current_password, body.new_password)
        return self._answer(request, issued)

    async def _logout(self, request: web.Request) -> web.Response:
        await self._accounts.logout(self._checked(request))
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


def _app_of(request: web.Request) -> str:
    return request.headers.get("User-Agent", "")[:64]


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


def _invalid_body(error: Exception) -> ApiError:
    if isinstance(error, RecursionError):
        return ApiError(400, HttpErrorCode.INVALID_REQUEST, "The body is nested too deeply.")
    text = str(error)
    for name in ("username", "password", "currentPassword", "newPassword"):
        if f"`{name}`" in text and "missing" in text:
            message = f"Field '{name}' is missing."
            return ApiError(400, HttpErrorCode.INVALID_REQUEST, message, field=name)
        if f"$.{name}`" in text:
            message = f"Field '{name}' must be a string."
            return ApiError(400, HttpErrorCode.INVALID_REQUEST, message, field=name)
    message = "The body must be a JSON object with the fields this call needs."
    return ApiError(400, HttpErrorCode.INVALID_REQUEST, message)


def _as_api_error(error: Exception, request: web.Request) -> ApiError:
    """Return what a failure looks like to the client; unknown ones are logged and say nothing."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, AccountsError):
        return _as_accounts_error(error)
    if isinstance(error, Banned):
        return ApiError(403, HttpErrorCode.BANNED, str(error))
    if isinstance(error, web.HTTPNotFound):
        return ApiError(404, HttpErrorCode.NOT_FOUND, "There is nothing at this path.")
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return ApiError(405, HttpErrorCode.METHOD_NOT_ALLOWED, f"This path takes {allowed}.")
    if isinstance(error, web.HTTPException):
        return ApiError(error.status, HttpErrorCode.INVALID_REQUEST, error.reason)
    if isinstance(error, ConnectionError | asyncio.IncompleteReadError):
        return ApiError(400, HttpErrorCode.INVALID_REQUEST, "The request broke off.")
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return ApiError(500, HttpErrorCode.SERVER_ERROR, "The server made a mistake. Its log has the details.")


def _as_accounts_error(error: AccountsError) -> ApiError:
    text = str(error)
    code = HttpErrorCode
    match error:
        case TokenRefused():
            return ApiError(401, code.UNAUTHORIZED, AUTH_REASON_TEXT[error.reason])
        case InvalidField():
            return ApiError(400, code.INVALID_REQUEST, text, field=error.field)
        case UsernameTaken():
            return ApiError(409, code.USERNAME_TAKEN, text)
        case InvalidCredentials():
            return ApiError(401, code.INVALID_CREDENTIALS, text)
        case AccountDisabled():
            return ApiError(403, code.ACCOUNT_DISABLED, text)
        case Throttled():
            return ApiError(429, code.TOO_MANY_REQUESTS, text, retry_after_s=error.retry_after_s)
        case Busy():
            return ApiError(503, code.BUSY, text, retry_after_s=error.retry_after_s)
    log.error("Accounts are not available: %s", error)
    return ApiError(503, code.SERVER_ERROR, "Accounts are not available now.", retry_after_s=5)

"""Failures of the HTTP side: JSON with a stable code, and a sentence."""

from __future__ import annotations

import asyncio
import logging

import msgspec
from aiohttp import web

from authws_desktop.accounts.errors import (
    AccountDisabled,
    AccountPending,
    AccountsError,
    Busy,
    ChangedMeanwhile,
    InvalidCredentials,
    InvalidField,
    InviteInvalid,
    InviteRequired,
    Throttled,
    TokenRefused,
    TooManyPending,
    UnknownAccount,
    UsernameTaken,
)
from authws_desktop.protocol.codes import AUTH_REASON_TEXT, HttpErrorCode
from authws_desktop.protocol.http_messages import HttpError
from authws_desktop.server.bans import Banned

log = logging.getLogger(__name__)


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


def as_api_error(error: Exception, request: web.Request) -> ApiError:
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
        case AccountPending():
            return ApiError(403, code.ACCOUNT_PENDING, text)
        case InviteRequired():
            return ApiError(403, code.INVITE_REQUIRED, text, field="inviteCode")
        case InviteInvalid():
            return ApiError(403, code.INVITE_INVALID, text, field="inviteCode")
        case UnknownAccount():
            return ApiError(404, code.NOT_FOUND, text)
        case ChangedMeanwhile():
            return ApiError(409, code.CONFLICT, text)
        case TooManyPending():
            return ApiError(503, code.BUSY, text, retry_after_s=60)
        case Throttled():
            return ApiError(429, code.TOO_MANY_REQUESTS, text, retry_after_s=error.retry_after_s)
        case Busy():
            return ApiError(503, code.BUSY, text, retry_after_s=error.retry_after_s)
    log.error("Accounts are not available: %s", error)
    return ApiError(503, code.SERVER_ERROR, "Accounts are not available now.", retry_after_s=5)

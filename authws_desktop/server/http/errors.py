"""Failures of the HTTP side: JSON with a stable code, and a sentence."""

from __future__ import annotations

import asyncio
import errno
import logging
from typing import Any

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
    TooManyGuests,
    TooManyPending,
    UnknownAccount,
    UsernameTaken,
)
from authws_desktop.admission.refusal import Refused
from authws_desktop.protocol import failures as fail
from authws_desktop.protocol.codes import AUTH_REASON_TEXT
from authws_desktop.protocol.failures import Failure
from authws_desktop.protocol.http_messages import HttpError

log = logging.getLogger(__name__)
RETRY_SOON_S = 5
_OUT_OF_FILES = (errno.EMFILE, errno.ENFILE)


class ApiError(Exception):
    """A failure that is answered as JSON.

    Attributes:
        failure: Status, code and default text.
        message: A sentence; the failure's own where none is given.
        field: The field at fault, if one is.
        retry_after_s: For 429 and 503.
        headers: Further headers of the answer, such as `Allow`.
        detail: What the host sees; the message where nothing more is to be said.
        more: Further fields of `HttpError`, by name.
    """

    def __init__(
        self,
        failure: Failure,
        message: str = "",
        *,
        field: str | None = None,
        retry_after_s: float | None = None,
        headers: dict[str, str] | None = None,
        detail: str = "",
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message or failure.sentence)
        self.failure = failure
        self.message = message or failure.sentence
        self.field = field
        self.retry_after_s = retry_after_s
        self.headers = headers or {}
        self.detail = detail or self.message
        self.more = more

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.failure.status

    def response(self) -> web.Response:
        """Return the answer."""
        body = HttpError(
            self.failure.code, self.message, field=self.field or msgspec.UNSET, **(self.more or {})
        )
        answer = json_response(body, self.status)
        answer.headers.update(self.headers)
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


def as_api_error(error: Exception, request: web.BaseRequest) -> ApiError:
    """Return what a failure looks like to the client; unknown ones are logged and say nothing."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, AccountsError):
        return _as_accounts_error(error)
    if isinstance(error, Refused):
        refusal = error.refusal
        return ApiError(refusal.failure, refusal.sentence, detail=refusal.detail)
    if isinstance(error, ConnectionError | asyncio.IncompleteReadError):
        return ApiError(fail.INVALID_REQUEST, "The request broke off.")
    if isinstance(error, OSError) and error.errno in _OUT_OF_FILES:
        # Without a traceback: it comes with every request while the system's limit is reached.
        log.error("%s %s failed: no file can be opened, too many are open", request.method, request.path)
        return ApiError(fail.BUSY, retry_after_s=RETRY_SOON_S)
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return ApiError(fail.SERVER_ERROR)


def _as_accounts_error(error: AccountsError) -> ApiError:
    text = str(error)
    match error:
        case TokenRefused():
            return ApiError(fail.UNAUTHORIZED, AUTH_REASON_TEXT[error.reason])
        case InvalidField():
            return ApiError(fail.INVALID_REQUEST, text, field=error.field)
        case UsernameTaken():
            return ApiError(fail.USERNAME_TAKEN, text)
        case InvalidCredentials():
            return ApiError(fail.INVALID_CREDENTIALS, text)
        case AccountDisabled():
            return ApiError(fail.ACCOUNT_DISABLED, text)
        case AccountPending():
            return ApiError(fail.ACCOUNT_PENDING, text)
        case InviteRequired():
            return ApiError(fail.INVITE_REQUIRED, text, field="inviteCode")
        case InviteInvalid():
            return ApiError(fail.INVITE_INVALID, text, field="inviteCode")
        case UnknownAccount():
            return ApiError(fail.NOT_FOUND, text)
        case ChangedMeanwhile():
            return ApiError(fail.CONFLICT, text)
        case TooManyPending() | TooManyGuests():
            return ApiError(fail.BUSY, text, retry_after_s=60)
        case Throttled():
            return ApiError(fail.TOO_MANY_REQUESTS, text, retry_after_s=error.retry_after_s)
        case Busy():
            return ApiError(fail.BUSY, text, retry_after_s=error.retry_after_s)
    log.error("Accounts are not available: %s", error)
    return ApiError(fail.UNAVAILABLE, retry_after_s=RETRY_SOON_S)

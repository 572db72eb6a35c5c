"""Failures of the HTTP side: JSON with a stable code, and a sentence."""

from __future__ import annotations

import asyncio
import errno
import logging

import msgspec
from aiohttp import web
from msgspec import UNSET

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
from authws_desktop.protocol import failures as fail
from authws_desktop.protocol.codes import AUTH_REASON_TEXT
from authws_desktop.protocol.errors import RequestError
from authws_desktop.protocol.http_messages import HttpError
from authws_desktop.protocol.limits import RETRY_SOON_S

log = logging.getLogger(__name__)
_OUT_OF_FILES = (errno.EMFILE, errno.ENFILE)


def error_response(error: RequestError) -> web.Response:
    """Return the answer to a request that is refused."""
    failure = error.failure
    body = HttpError(failure.code, error.message, field=error.field or UNSET, **error.more)
    answer = json_response(body, failure.status)
    answer.headers.update(error.headers)
    if error.retry_after_s is not None:
        answer.headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
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


def as_request_error(error: Exception, request: web.BaseRequest) -> RequestError:
    """Return what a failure looks like to the client; unknown ones are logged and say nothing."""
    if isinstance(error, RequestError):
        return error
    if isinstance(error, AccountsError):
        return _as_accounts_error(error)
    if isinstance(error, ConnectionError | asyncio.IncompleteReadError):
        return RequestError(fail.INVALID_REQUEST, "The request broke off.")
    if isinstance(error, OSError) and error.errno in _OUT_OF_FILES:
        # Without a traceback: it comes with every request while the system's limit is reached.
        log.error("%s %s failed: no file can be opened, too many are open", request.method, request.path)
        return RequestError(fail.BUSY, retry_after_s=RETRY_SOON_S)
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return RequestError(fail.SERVER_ERROR)


def _as_accounts_error(error: AccountsError) -> RequestError:
    text = str(error)
    match error:
        case TokenRefused():
            return RequestError(fail.UNAUTHORIZED, AUTH_REASON_TEXT[error.reason])
        case InvalidField():
            return RequestError(fail.INVALID_REQUEST, text, field=error.field)
        case UsernameTaken():
            return RequestError(fail.USERNAME_TAKEN, text)
        case InvalidCredentials():
            return RequestError(fail.INVALID_CREDENTIALS, text)
        case AccountDisabled():
            return RequestError(fail.ACCOUNT_DISABLED, text)
        case AccountPending():
            return RequestError(fail.ACCOUNT_PENDING, text)
        case InviteRequired():
            return RequestError(fail.INVITE_REQUIRED, text, field="inviteCode")
        case InviteInvalid():
            return RequestError(fail.INVITE_INVALID, text, field="inviteCode")
        case UnknownAccount():
            return RequestError(fail.NOT_FOUND, text)
        case ChangedMeanwhile():
            return RequestError(fail.CONFLICT, text)
        case TooManyPending() | TooManyGuests():
            return RequestError(fail.BUSY, text, retry_after_s=60)
        case Throttled():
            return RequestError(fail.TOO_MANY_REQUESTS, text, retry_after_s=error.retry_after_s)
        case Busy():
            return RequestError(fail.BUSY, text, retry_after_s=error.retry_after_s)
    log.error("Accounts are not available: %s", error)
    return RequestError(fail.UNAVAILABLE, retry_after_s=RETRY_SOON_S)

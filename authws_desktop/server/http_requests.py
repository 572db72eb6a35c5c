"""What is read from a request: its body, its token, and who sent it."""

from __future__ import annotations

import asyncio
import re
from typing import TypeVar

import msgspec
from aiohttp import web

from authws_desktop.accounts.records import Account, CheckedToken
from authws_desktop.hub.redaction import redact_text
from authws_desktop.protocol.codes import HttpErrorCode
from authws_desktop.protocol.limits import BODY_TIMEOUT_S, MAX_BODY_BYTES
from authws_desktop.server.bans import Banned
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.http_errors import ApiError

Body = TypeVar("Body")
ACCOUNT = web.RequestKey("account", Account)
CLAIMED_NAME = web.RequestKey("claimed_name", str)
"""The name somebody tried to use, for the record of a refusal."""

_MISSING = re.compile(r"missing required field `([^`]+)`")
_WRONG_TYPE = re.compile(r"^Expected `([^`]+)`, got .* - at `\$\.([^`.\[]+)")
_TYPE_WORDS = {
    "str": "a string",
    "bool": "a boolean",
    "int": "a whole number",
    "float": "a number",
    "null": "null",
}


async def read_body(request: web.Request, kind: type[Body]) -> Body:
    """Return a request's body, decoded and checked.

    Raises:
        ApiError: It is not JSON, not what the call needs, too large or too slow.
    """
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


def _invalid_body(error: Exception) -> ApiError:
    message, field = "The body must be a JSON object with the fields this call needs.", None
    if isinstance(error, RecursionError):
        message = "The body is nested too deeply."
    elif missing := _MISSING.search(str(error)):
        field = missing[1]
        message = f"Field '{field}' is missing."
    elif wrong := _WRONG_TYPE.search(str(error)):
        field = wrong[2]
        words = " or ".join(_TYPE_WORDS.get(each, each) for each in wrong[1].split(" | "))
        message = f"Field '{field}' must be {words}."
    return ApiError(400, HttpErrorCode.INVALID_REQUEST, message, field=field)


def checked_token(endpoint: Endpoint, request: web.Request) -> CheckedToken:
    """Return whose token a request carries; only a Bearer token in its header counts.

    Raises:
        ApiError: There is none.
        TokenRefused: It does not count.
        Banned: Its user may not come in.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not token.strip():
        raise ApiError(401, HttpErrorCode.UNAUTHORIZED, "Send the token as 'Authorization: Bearer TOKEN'.")
    checked = endpoint.accounts.check_token(token.strip(), address=request.remote or "")
    request[ACCOUNT] = checked.account
    ban = endpoint.bans.of_user(checked.account.id)
    if ban is not None:
        raise Banned(ban)
    return checked


def app_of(request: web.Request) -> str:
    """Return the name of the program that sent a request."""
    # Redacted here: it stands in records and sessions as it is.
    return redact_text(request.headers.get("User-Agent", ""))[:64]

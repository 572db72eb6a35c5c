"""The HTTP side, with what Python brings along; each call runs in a thread."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import urllib.error
import urllib.request
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from .errors import HttpFailure

TIMEOUT_S = 20.0
_HERE = ("localhost", "127.0.0.1", "::1")


def is_here(url: str) -> bool:
    """Tell whether an address is this computer's: no proxy leads there."""
    host = urlsplit(url).hostname or ""
    return host in _HERE or host.endswith(".localhost") or host.startswith("127.")


def opener_for(url: str) -> urllib.request.OpenerDirector:
    """Return what opens an address: through the system's proxy, unless it is this computer's."""
    return urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if is_here(url) else []))


def call_now(
    method: str, url: str, body: object = None, token: str = "", timeout_s: float = TIMEOUT_S
) -> dict[str, Any]:
    """Send a request and return its answer, a JSON object; empty where there is none.

    Raises:
        HttpFailure: The server refused.
        OSError: There was no answer.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError(f"{url} is no http or https address")
    headers = {"Accept": "application/json"}
    data = None
    if body is not None:
        data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - checked above
    try:
        with opener_for(url).open(request, timeout=timeout_s) as answer:
            return _object(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            retry = error.headers.get("Retry-After", "")
            after_s = float(retry) if retry.isdecimal() else None
            raise HttpFailure(error.code, _object(error.read()), after_s) from None


async def call(method: str, url: str, body: object = None, token: str = "") -> dict[str, Any]:
    """Send a request from a thread; see `call_now`."""
    return await asyncio.to_thread(call_now, method, url, body, token)


def _object(data: bytes) -> dict[str, Any]:
    with contextlib.suppress(ValueError):  # the page of a proxy, perhaps
        found = json.loads(data)
        if isinstance(found, dict):
            return found
    return {}


def life_of(token: str) -> float | None:
    """Return how long a token counts in all, seconds; `None` where it does not say."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return float(claims["exp"]) - float(claims["iat"])
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def seconds_between(start: object, end: object) -> float | None:
    """Return the time between two of the server's timestamps, seconds; our own clock does not matter."""
    try:
        return (datetime.fromisoformat(str(end)) - datetime.fromisoformat(str(start))).total_seconds()
    except ValueError:
        return None

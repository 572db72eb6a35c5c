"""Answers of the one port to requests that reach neither side: as the HTTP side gives them, in bytes."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import msgspec

from authws_desktop.protocol.failures import Failure
from authws_desktop.protocol.http_messages import HttpError


def refusal(failure: Failure, message: str = "", headers: Mapping[str, str] | None = None) -> bytes:
    """Return a whole response that ends the connection.

    Args:
        failure: Status, code and default text.
        message: A sentence for the client's developer; the failure's own where none is given.
        headers: Further headers of the response.
    """
    body = msgspec.json.encode(HttpError(failure.code, message or failure.sentence))
    lines = {
        "Content-Type": "application/json; charset=utf-8",
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "Connection": "close",
        "Server": "authws-desktop",
        "Vary": "Origin",
        "X-Content-Type-Options": "nosniff",
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    status = HTTPStatus(failure.status)
    # Latin-1, as headers of HTTP are read; the body has its length in bytes and stays UTF-8.
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{head}\r\n".encode("latin-1") + body

"""A request and its answer as text, for the row that tells of them."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from aiohttp import web

from authws_desktop.server.http.requests import BODY, KEPT_BODY_BYTES
from authws_desktop.traffic.record import HttpExchange

_MOST_HEAD_CHARS = 8 * 1024
"""A head may be larger than this only where somebody tries the server."""
_CUT = "…"


def exchange_of(request: web.BaseRequest, answer: web.StreamResponse) -> HttpExchange:
    """Return what was asked and answered; secrets are taken out where the record is made.

    The answer has no headers yet that are made while it is sent (`Date`, `Content-Length`), and no body where
    that is a file or a stream.
    """
    version = f"HTTP/{request.version.major}.{request.version.minor}"
    asked = _head(f"{request.method} {request.raw_path} {version}", request.headers.items())
    answered = _head(f"{version} {answer.status} {_phrase(answer.status)}", answer.headers.items())
    return HttpExchange(asked + _body(request.get(BODY, b"")), answered + _body(_text_of(answer)))


def _text_of(answer: web.StreamResponse) -> bytes:
    if not isinstance(answer, web.Response) or not isinstance(answer.body, bytes):
        return b""
    is_text = answer.content_type == "application/json" or answer.content_type.startswith("text/")
    return answer.body if is_text else b""


def _head(line: str, headers: Iterable[tuple[str, str]]) -> str:
    head = "\n".join([line, *(f"{name}: {value}" for name, value in headers)])
    return head if len(head) <= _MOST_HEAD_CHARS else head[:_MOST_HEAD_CHARS] + _CUT


def _body(data: bytes) -> str:
    if not data:
        return "\n"
    text = data[:KEPT_BODY_BYTES].decode("utf-8", "backslashreplace")
    return f"\n\n{text}{_CUT if len(data) >= KEPT_BODY_BYTES else ''}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""

"""Traffic as an HTTP archive (HAR 1.2), in the form in which browsers keep WebSocket frames.

Each connection is one entry, its frames under `_webSocketMessages`: `send` is what the client sent. What went
to everyone stands once, in the sender's entry.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import Any

from authws_desktop import __version__
from authws_desktop.protocol.timestamps import format_timestamp
from authws_desktop.traffic.record import Direction, Kind, Record

_REQUEST = re.compile(r"(?P<method>[A-Z]+) (?P<path>\S+) (?P<status>\d+) in (?P<took>\d+) ms")
_TEXT, _BINARY = 1, 2
_HOST = "authws.invalid"
"""The record does not keep which name a client used."""


def har_of(records: Iterable[Record]) -> dict[str, Any]:
    """Return records as an archive.

    Args:
        records: Oldest first.
    """
    entries: list[dict[str, Any]] = []
    connections: dict[int, dict[str, Any]] = {}
    for record in records:
        number = record.identity.number
        if (request := _REQUEST.match(record.detail)) is not None and record.kind in (
            Kind.HTTP,
            Kind.REFUSED,
        ):
            path, status, took = request["path"], int(request["status"]), int(request["took"])
            entries.append(_entry(record, "http", request["method"], path, status, took))
        elif record.direction is not Direction.EVENT and number:
            if number not in connections:
                connections[number] = _entry(record, "ws", "GET", "/", 101, 0)
                connections[number] |= {"_resourceType": "websocket", "_webSocketMessages": []}
                entries.append(connections[number])
            connections[number]["_webSocketMessages"].append(_message(record))
    creator = {"name": "Authws Desktop", "version": __version__}
    return {"log": {"version": "1.2", "creator": creator, "entries": entries}}


def _entry(record: Record, scheme: str, method: str, path: str, status: int, took_ms: int) -> dict[str, Any]:
    nothing: dict[str, Any] = {"cookies": [], "headersSize": -1, "bodySize": -1}
    asked, sent = _parts(record.http.request if record.http else "")
    answered, got = _parts(record.http.response if record.http else "")
    who = record.identity.username or record.identity.address
    request: dict[str, Any] = {
        "method": method,
        "url": f"{scheme}://{_HOST}{path}",
        "httpVersion": "HTTP/1.1",
    }
    if sent:
        request["postData"] = {"mimeType": _kind_of(asked), "text": sent}
    response = {"status": status, "statusText": "", "httpVersion": "HTTP/1.1", "redirectURL": ""}
    return {
        "startedDateTime": format_timestamp(record.time_s - took_ms / 1000),
        "time": took_ms,
        "request": {**request, "queryString": [], "headers": asked, **nothing},
        "response": {
            **response,
            "headers": answered,
            "content": {"size": len(got), "mimeType": _kind_of(answered), "text": got},
            **nothing,
        },
        "cache": {},
        "timings": {"send": 0, "wait": took_ms, "receive": 0},
        "comment": f"{who} {record.identity.client_id}".strip(),
    }


def _parts(message: str) -> tuple[list[dict[str, str]], str]:
    """Return the headers and the body of a recorded HTTP message."""
    head, _, body = message.partition("\n\n")
    fields = (line.partition(": ") for line in head.strip().split("\n")[1:])
    return [{"name": name, "value": value} for name, _, value in fields], body.strip("\n")


def _kind_of(headers: list[dict[str, str]]) -> str:
    return next((each["value"] for each in headers if each["name"].lower() == "content-type"), "")


def _message(record: Record) -> dict[str, Any]:
    opcode, data = _TEXT, record.payload.decode("utf-8", "backslashreplace")
    if record.is_binary:
        opcode, data = _BINARY, base64.b64encode(record.payload).decode()
    kind = "send" if record.direction is Direction.IN else "receive"
    return {"type": kind, "time": record.time_s, "opcode": opcode, "data": data}

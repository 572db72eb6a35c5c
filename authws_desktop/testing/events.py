"""Reads server-sent events (the HTML standard, 9.2.6), as far as this server sends them."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..client import HttpFailure  # noqa: TID252 - published with the client beside it
from ..client.http import opener_for  # noqa: TID252

SILENCE_S = 60
"""The server gives a sign of life every 15 s."""


@dataclass(frozen=True)
class Event:
    """One event.

    Attributes:
        name: Empty for a row.
        id: Of the row.
        data: Decoded.
    """

    name: str
    id: str
    data: dict[str, Any]


def events(url: str, token: str) -> Iterator[Event]:
    """Yield events until the server ends the stream.

    Raises:
        HttpFailure: The server refused.
        OSError: It does not answer, or the connection broke.
    """
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - http only
    try:
        with opener_for(url).open(request, timeout=SILENCE_S) as answer:
            fields: dict[str, str] = {}
            for line in answer:
                text = line.decode().rstrip("\n")
                if text:
                    name, _, value = text.partition(": ")
                    fields[name] = value
                elif "data" in fields:
                    yield Event(fields.get("event", ""), fields.get("id", ""), json.loads(fields["data"]))
                    fields = {}
    except urllib.error.HTTPError as error:
        with error:
            raise HttpFailure(error.code, json.loads(error.read() or b"{}")) from None
    except http.client.HTTPException as error:
        raise ConnectionError(f"the stream broke off ({error})") from None

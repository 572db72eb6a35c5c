"""The traffic for programs: read it, empty it, wait for rows, follow it.

The rows are the window's: the same ring, filled once with secrets hidden, and the same filter. Whoever reads
leaves no row; what is refused does.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from authws_desktop.protocol import failures as fail
from authws_desktop.protocol.errors import RequestError
from authws_desktop.protocol.limits import (
    FILTER_MAX_CHARS,
    FILTER_MAX_TERMS,
    RETRY_SOON_S,
    WAIT_MAX_ROWS,
    WAIT_MAX_S,
)
from authws_desktop.protocol.traffic_messages import TrafficAnswer, TrafficRow, Wait
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.http.admin_views import traffic_row
from authws_desktop.server.http.errors import error_response, json_response
from authws_desktop.server.http.event_stream import EventStream
from authws_desktop.server.http.requests import UNRECORDED, Handlers, checked_host, read_body, whole_number
from authws_desktop.traffic.filter import FilterError, TrafficFilter
from authws_desktop.traffic.record import Record
from authws_desktop.traffic.search import FOUND_BYTES, RingSearch, nearest

READ_ROWS = 100
MAX_WAITERS = 64
"""Each costs one predicate a row."""
MAX_STREAMS = 16
"""Each is sent every row that passes its filter, for as long as it likes."""
NEAREST = 5
"""Rows that are told of where a wait failed: those that came closest."""
_LOOK_S = 1.0
"""A waiter looks this often whether its client is still there."""


class TrafficApi:
    """The routes that read the traffic.

    Attributes:
        waiters, streams: Requests that search or wait now, and streams that are open.

    Args:
        endpoint: Shared state.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._ring = endpoint.hub.recorder.ring
        self.waiters = 0
        self.streams = 0

    def handlers(self) -> Handlers:
        """Return what answers each route, by its name."""
        return {
            "readTraffic": self._read,
            "clearTraffic": self._clear,
            "waitForTraffic": self._wait,
            "followTraffic": self._follow,
        }

    async def _read(self, request: web.BaseRequest) -> web.Response:
        await checked_host(self._endpoint, request)
        wanted = compiled_filter(request.query.get("filter", ""))
        limit = whole_number(request, "limit")
        if limit is not None and limit > WAIT_MAX_ROWS:
            text = f"The query 'limit' must not be over {WAIT_MAX_ROWS}."
            raise RequestError(fail.INVALID_REQUEST, text, field="limit")
        search = RingSearch(self._ring, wanted, whole_number(request, "after") or 0)
        with self._waiting():
            found = await search.next_of(READ_ROWS if limit is None else limit)
        request[UNRECORDED] = True
        if limit == 0:  # asks how far the traffic is
            return self._rows([], self._ring.last_number)
        return self._rows(found, search.number)

    async def _clear(self, request: web.BaseRequest) -> web.Response:
        actor = await checked_host(self._endpoint, request)
        await self._endpoint.accounts.audit.write("clear traffic", "", actor=actor)
        self._ring.clear()
        return web.Response(status=204)

    async def _wait(self, request: web.BaseRequest) -> web.Response:
        await checked_host(self._endpoint, request)
        body = await read_body(request, Wait)
        _check(body)
        wanted = compiled_filter(body.filter)
        with self._waiting():
            request[UNRECORDED] = True
            return await self._wait_for(request, body, wanted)

    async def _wait_for(self, request: web.BaseRequest, body: Wait, wanted: TrafficFilter) -> web.Response:
        search, found = RingSearch(self._ring, wanted, body.after), list[Record]()
        loop, growth = asyncio.get_running_loop(), self._endpoint.growth
        deadline_s, ends = loop.time() + body.timeout_s, growth.ends
        count = 1 if body.absent else body.count
        while True:
            found += await search.next_of(count - len(found))
            if len(found) >= count:
                break
            left_s = deadline_s - loop.time()
            if left_s <= 0 and search.number >= self._ring.last_number:
                break
            if growth.ends != ends or request.transport is None:
                raise RequestError(fail.BUSY, "The server is stopping.", retry_after_s=RETRY_SOON_S)
            try:
                async with asyncio.timeout(max(0, min(left_s, _LOOK_S))):
                    await growth.wait(search.number, search.pass_over)
            except TimeoutError:
                continue  # its time is up, or its client gone: the loop's head tells
        if body.absent:
            if found:
                text = f"Row {found[0].number} passes the filter."
                more = {"row": traffic_row(found[0])}
                return error_response(RequestError(fail.UNWANTED_ROW, text, more=more))
        elif len(found) < count:
            near = await nearest(self._ring, wanted, body.after, NEAREST)
            text = f"{len(found)} of {count} rows came within {body.timeout_s:g} s."
            missing: dict[str, object] = {"seen": len(found), "nearest": [traffic_row(each) for each in near]}
            return error_response(RequestError(fail.WAIT_TIMEOUT, text, more=missing))
        return self._rows(found, search.number)

    async def _follow(self, request: web.BaseRequest) -> web.StreamResponse:
        await checked_host(self._endpoint, request)
        wanted = compiled_filter(request.query.get("filter", ""))
        after = whole_number(request, "after")
        seen = request.headers.get("Last-Event-ID", "")
        if seen.isascii() and seen.isdecimal() and len(seen) < 19:
            after = int(seen)
        if self.streams >= MAX_STREAMS:
            raise RequestError(fail.TOO_MANY_READERS, retry_after_s=RETRY_SOON_S)
        search = RingSearch(self._ring, wanted, self._ring.last_number if after is None else after)
        self.streams += 1
        request[UNRECORDED] = True
        return EventStream(search, self._endpoint.growth, self._stream_ended)

    def _stream_ended(self) -> None:
        self.streams -= 1

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Take one of the places of those who search or wait.

        Raises:
            RequestError: All are taken.
        """
        if self.waiters >= MAX_WAITERS:
            raise RequestError(fail.TOO_MANY_READERS, retry_after_s=RETRY_SOON_S)
        self.waiters += 1
        try:
            yield
        finally:
            self.waiters -= 1

    def _rows(self, found: list[Record], last: int) -> web.Response:
        size_bytes, rows = 0, list[TrafficRow]()
        for record in found:
            size_bytes += len(record.payload)
            # At least one, however large: the reader goes on behind the last, and must get further.
            if rows and size_bytes > FOUND_BYTES:
                last = rows[-1].number
                break
            rows.append(traffic_row(record))
        return json_response(TrafficAnswer(rows, last, self._ring.first_number))


def compiled_filter(text: str) -> TrafficFilter:
    """Return a program's filter.

    Raises:
        RequestError: `INVALID_FILTER`: it is wrong, or too long.
    """
    if len(text) > FILTER_MAX_CHARS:
        sentence = f"A filter has at most {FILTER_MAX_CHARS} characters."
        raise RequestError(fail.INVALID_FILTER, sentence, field="filter", more={"position": FILTER_MAX_CHARS})
    try:
        wanted = TrafficFilter(text)
    except FilterError as error:
        more = {"position": error.position}
        raise RequestError(fail.INVALID_FILTER, error.sentence, field="filter", more=more) from None
    if wanted.terms > FILTER_MAX_TERMS:
        sentence = f"A filter has at most {FILTER_MAX_TERMS} terms."
        raise RequestError(fail.INVALID_FILTER, sentence, field="filter", more={"position": len(text)})
    return wanted


def _check(body: Wait) -> None:
    """Check the numbers of a wait.

    Raises:
        RequestError: One of them is out of bounds.
    """
    if not 1 <= body.count <= WAIT_MAX_ROWS:
        text = f"Field 'count' must be from 1 to {WAIT_MAX_ROWS}."
        raise RequestError(fail.INVALID_REQUEST, text, field="count")
    if not 0 <= body.timeout_s <= WAIT_MAX_S or not math.isfinite(body.timeout_s):
        text = f"Field 'timeoutS' must be from 0 to {WAIT_MAX_S}."
        raise RequestError(fail.INVALID_REQUEST, text, field="timeoutS")
    if body.after < 0:
        raise RequestError(fail.INVALID_REQUEST, "Field 'after' must not be below 0.", field="after")

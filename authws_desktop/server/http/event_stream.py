"""Rows of the traffic as server-sent events (the HTML standard, 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from aiohttp import web

from authws_desktop.traffic.growth import Growth
from authws_desktop.traffic.record import Record
from authws_desktop.traffic.rows import json_line
from authws_desktop.traffic.search import RingSearch

SIGN_OF_LIFE_S = 15.0
"""A comment this often, so that proxies keep the connection and a client that is gone is noticed."""
ROWS_AT_ONCE = 100


class EventStream(web.StreamResponse):
    """An answer without end: each event is a row, and a gap is told.

    A reader who sleeps costs nothing: the stream reads on from the ring once its last write has left.

    Args:
        search: Where it begins, and what passes.
        growth: Tells when there is more.
        on_end: Called once, when it ends.
    """

    def __init__(self, search: RingSearch, growth: Growth, on_end: Callable[[], None]) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self.content_type = "text/event-stream"
        self.charset = "utf-8"
        self._search = search
        self._growth = growth
        self._on_end: Callable[[], None] | None = on_end

    async def prepare(self, request: web.BaseRequest) -> object:  # type: ignore[override]
        """Send the head; if even that fails, the stream has ended."""
        try:
            return await super().prepare(request)
        # Cancelled, too: `write_eof` does not follow then, and the stream's place would stay taken.
        except BaseException:
            self._end()
            raise

    async def write_eof(self, data: bytes = b"") -> None:
        """Send rows until the client leaves or the server stops.

        aiohttp asks for the body's end once the head is sent: that is when this body begins.
        """
        try:
            if self._req is not None and self._req.method != "HEAD":
                await self._send_rows()
            await super().write_eof(data)
        finally:
            self._end()

    def _end(self) -> None:
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end()

    async def _send_rows(self) -> None:
        search, ends = self._search, self._growth.ends
        # At once: whoever started this stream waits for its beginning before it does what it wants to see.
        await self.write(b": rows follow\n\n")
        while self._growth.ends == ends:
            found = await search.next_of(ROWS_AT_ONCE)
            missed, search.missed = search.missed, 0
            if events := _gap(missed) + _events(found):
                await self.write(events)
                continue
            try:
                async with asyncio.timeout(SIGN_OF_LIFE_S):
                    await self._growth.wait(search.number, search.pass_over)
            except TimeoutError:
                await self.write(b": alive\n\n")


def _gap(missed: int) -> bytes:
    return b'event: gap\ndata: {"missed": %d}\n\n' % missed if missed else b""


def _events(records: Sequence[Record]) -> bytes:
    return "".join(f"id: {each.number}\ndata: {json_line(each)}\n\n" for each in records).encode()

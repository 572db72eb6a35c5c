"""Status, health, the contract's documents and the web client."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from functools import cache
from html import escape
from pathlib import Path

import msgspec
from aiohttp import hdrs, web

from authws_desktop import __version__
from authws_desktop.protocol import failures as fail
from authws_desktop.protocol.asyncapi import asyncapi
from authws_desktop.protocol.errors import RequestError
from authws_desktop.protocol.http_messages import Health, ServerStatus
from authws_desktop.protocol.limits import RETRY_SOON_S
from authws_desktop.protocol.openapi import openapi
from authws_desktop.protocol.router import segments_of
from authws_desktop.protocol.timestamps import format_timestamp
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.http.bundles import Bundles
from authws_desktop.server.http.errors import json_response
from authws_desktop.server.http.files import Content, Folder, content_response, type_of
from authws_desktop.server.http.page_headers import file_headers
from authws_desktop.server.http.requests import VALUES, VISITOR, Handlers

_INDEX = "index.html"
_TOLD_BY_PAGE = ("title", "welcome", "language", "registration", "guests")
_TRADITIONAL = re.compile(r"zh-(?:hant|tw|hk|mo)\b")
"""Whoever reads Chinese in these rather has English than the simplified signs."""
_NOT_FILES = ("auth", "admin")
"""Folders of which the API alone decides what they hold."""


class WebPages:
    """Answers status, health and API documents, and serves the files of the web client.

    Args:
        endpoint: Shared state.
        resources: Folder of the web client.
        uptime_s: Tells how long the server has been running, seconds.
    """

    def __init__(self, endpoint: Endpoint, resources: Path, uptime_s: Callable[[], float]) -> None:
        self._endpoint = endpoint
        self._hub = endpoint.hub
        self._uptime_s = uptime_s
        self._web = Folder(resources / "web")
        self._pages = Bundles(self._web)
        self._languages = {file.stem for file in (resources / "web" / "words").glob("*.js")}

    def handlers(self) -> Handlers:
        """Return what answers each route, by its name."""
        return {
            "root": self._root,
            "websocket": self._websocket,
            "health": self._health,
            "ready": self._ready,
            "openapi": self._openapi,
            "asyncapi": self._asyncapi,
            "webFile": self._file,
        }

    def name_of_file(self, request: web.BaseRequest) -> str | None:
        """Return the path, in the web client's folder, of the file that is asked for; `None` if none is."""
        segments = segments_of(request.rel_url.raw_path) or ("",)
        if segments[0].lower() in _NOT_FILES:
            return None
        name = "/".join(segments)
        return name if self._web.find(name) is not None else None

    async def _root(self, request: web.BaseRequest) -> web.StreamResponse:
        # `*/*` is what programs send; clients of the replaced server poll this path for its status.
        if "text/html" in request.headers.get(hdrs.ACCEPT, ""):
            return await self._send(request, _INDEX)
        return json_response(self._status())

    def _status(self) -> ServerStatus:
        settings = self._endpoint.settings
        return ServerStatus(
            __version__,
            self._hub.authenticated_count,
            len(self._hub.clients),
            round(self._uptime_s(), 3),
            format_timestamp(time.time()),
            settings.registration,
            settings.title,
            settings.welcome,
            settings.language,
            settings.guests == "on",
            settings.guest_directs == "on",
            settings.who_may_write,
            settings.images == "on",
        )

    async def _websocket(self, request: web.BaseRequest) -> web.StreamResponse:
        raise RequestError(fail.UPGRADE_REQUIRED, headers={"Upgrade": "websocket", "Connection": "Upgrade"})

    async def _health(self, request: web.BaseRequest) -> web.Response:
        return json_response(Health())

    async def _ready(self, request: web.BaseRequest) -> web.Response:
        # Only while it runs is there anybody to answer.
        if self._endpoint.accounts.troubles or self._endpoint.is_cut_off():
            raise RequestError(fail.NOT_READY, retry_after_s=RETRY_SOON_S)
        return json_response(Health())

    async def _openapi(self, request: web.BaseRequest) -> web.StreamResponse:
        return _document(request, _openapi_content(self._endpoint.settings.min_password))

    async def _asyncapi(self, request: web.BaseRequest) -> web.StreamResponse:
        return _document(request, _asyncapi_content())

    async def _file(self, request: web.BaseRequest) -> web.StreamResponse:
        return await self._send(request, request[VALUES]["file"])

    async def _send(self, request: web.BaseRequest, name: str) -> web.StreamResponse:
        visitor = request[VISITOR]
        try:
            if name == _INDEX:
                page = await self._pages.read(self._head_for(request))
                headers = file_headers(visitor, styles=page.styles, script=page.script)
                return content_response(request, page.content, type_of(name), headers)
            content = await asyncio.to_thread(self._web.load, name)
        except FileNotFoundError:
            raise RequestError(fail.NOT_FOUND) from None
        return content_response(request, content, type_of(name), file_headers(visitor))

    def _head_for(self, request: web.BaseRequest) -> str:
        """Return what the page would else have to ask for first: on a slow network, half a second."""
        status = self._status()
        told = msgspec.json.encode({name: getattr(status, name) for name in _TOLD_BY_PAGE}).decode()
        head = f'<meta name="room" content="{escape(told, quote=True)}" />'
        tags = (status.language, *request.headers.get(hdrs.ACCEPT_LANGUAGE, "").split(","))
        language = self._language_of([tag.strip().lower() for tag in tags])
        return head + f'<link rel="modulepreload" href="/words/{language}.js" />' if language else head

    def _language_of(self, tags: list[str]) -> str:
        """Return the first language that the client has, as the client chooses it; empty for English."""
        bases = (re.split("[-;]", tag)[0] for tag in tags if not _TRADITIONAL.match(tag))
        found = next((base for base in bases if base == "en" or base in self._languages), "en")
        return "" if found == "en" else found


@cache
def _openapi_content(min_password: int) -> Content:
    return Content.of(msgspec.json.format(msgspec.json.encode(openapi(min_password))))


@cache
def _asyncapi_content() -> Content:
    return Content.of(msgspec.json.format(msgspec.json.encode(asyncapi())))


def _document(request: web.BaseRequest, content: Content) -> web.Response:
    headers = {"Cache-Control": "no-cache"}
    return content_response(request, content, "application/json; charset=utf-8", headers)

"""The documentation, a folder of files that were made when the program was packaged."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web

from authws_desktop.protocol import failures as fail
from authws_desktop.protocol.errors import RequestError
from authws_desktop.protocol.router import segments_of
from authws_desktop.server.http.files import Folder, content_response, type_of
from authws_desktop.server.http.page_headers import docs_headers
from authws_desktop.server.http.requests import VALUES, VISITOR, Handlers

_FOLDER = "docs"
_INDEX = "index.html"


class DocsPages:
    """Serves the documentation below `/docs/`; a checkout in which it was not built yet has none.

    Args:
        resources: The folder that has it in `docs`.
    """

    def __init__(self, resources: Path) -> None:
        self._files = Folder(resources / _FOLDER)

    def handlers(self) -> Handlers:
        """Return what answers each route, by its name."""
        return {"docsFile": self._file}

    def name_of_file(self, request: web.BaseRequest) -> str | None:
        """Return the path, in the folder, of the file that is asked for; `None` if none is."""
        first, *rest = segments_of(request.rel_url.raw_path) or ("",)
        if first.lower() != _FOLDER:
            return None
        name = "/".join(rest) if rest else _INDEX
        return name if self._files.find(name) is not None else None

    async def _file(self, request: web.BaseRequest) -> web.StreamResponse:
        name, headers = request[VALUES]["file"], docs_headers(request[VISITOR])
        # A page's links lead to files beside it, so the address of the first one has to end in a slash.
        if request.rel_url.raw_path.lower() == f"/{_FOLDER}":
            return web.Response(status=308, headers={"Location": f"{_FOLDER}/", **headers})
        try:
            content = await asyncio.to_thread(self._files.load, name)
        except FileNotFoundError:
            raise RequestError(fail.NOT_FOUND) from None
        return content_response(request, content, type_of(name), headers)

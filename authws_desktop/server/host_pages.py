"""Small pages for people who set things up: the probe of the network check."""

from __future__ import annotations

from aiohttp import web

from authws_desktop.server.access import is_loopback
from authws_desktop.server.endpoint import Endpoint

PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>{title}</title></head>
<body><main><h1>{title}</h1>{body}</main></body></html>
"""


def page(title: str, body: str, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Return a plain page; title and body are ours, never a visitor's."""
    return web.Response(
        text=_PAGE.format(title=title, body=body),
        status=status,
        content_type="text/html",
        headers={**PAGE_HEADERS, **(headers or {})},
    )


class ProbePages:
    """The address of a probe: the first visit is sent on to it once more, which gives the round trip.

    Args:
        endpoint: Knows the probe.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def routes(self) -> list[web.RouteDef]:
        """Return the routes; HEAD, which previews of links send, is none of them."""
        return [web.get("/probe/{token}", self._visit, allow_head=False)]

    async def _visit(self, request: web.Request) -> web.Response:
        token, address, desk = request.match_info["token"], request.remote or "", self._endpoint.probes
        if "back" not in request.query:
            if not desk.begin(token, address):
                raise web.HTTPNotFound
            return web.Response(status=303, headers={"Location": f"/probe/{token}?back", **PAGE_HEADERS})
        if not desk.finish(token, address, is_own=_is_own(request)):
            raise web.HTTPNotFound
        body = '<p>This device reaches the server. You can close this page, or <a href="/">go on</a>.</p>'
        return page("It works", body)


def _is_own(request: web.Request) -> bool:
    """Tell whether the request comes from this computer: by loopback, or from the address it went to."""
    here = request.transport.get_extra_info("sockname") if request.transport is not None else None
    remote = request.remote or ""
    return is_loopback(remote) or (here is not None and here[0] == remote)

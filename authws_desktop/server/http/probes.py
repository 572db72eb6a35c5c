"""The probe of the network check: an address that tells whether another device reaches the server."""

from __future__ import annotations

from aiohttp import web

from authws_desktop.admission.access import is_loopback
from authws_desktop.network.addresses import socket_name
from authws_desktop.protocol import failures as fail
from authws_desktop.protocol.errors import RequestError
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.http.page_headers import page_headers
from authws_desktop.server.http.requests import VALUES, VISITOR, Handlers, address_of

_STYLE = (
    "body{margin:0;background:Canvas;color:CanvasText;font:1rem/1.5 system-ui,sans-serif}"
    "main{max-width:40rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}"
    "h1{font-size:1.5rem;line-height:1.25}"
    "a{color:LinkText}"
    "code{font-size:.875rem}"
    "details{margin:.5rem 0;border:1px solid GrayText;border-radius:.75rem}"
    "summary{padding:.75rem 1rem;font-weight:600;cursor:pointer}"
    "details>p{margin:0;padding:0 1rem 1rem}"
    ".button{display:inline-block;padding:.625rem 1rem;border:1px solid;border-radius:.75rem;font-weight:600}"
)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<link rel="icon" href="/icon.svg">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title><style>{style}</style></head>
<body><main><h1>{title}</h1>{body}</main></body></html>
"""


def page(request: web.BaseRequest, title: str, body: str) -> web.Response:
    """Return a plain page that fits a phone; title and body are ours, never a visitor's."""
    return web.Response(
        text=_PAGE.format(title=title, body=body, style=_STYLE),
        content_type="text/html",
        headers=page_headers(request[VISITOR], _STYLE),
    )


class ProbePages:
    """The address of a probe: the first visit is sent on to it once more, which gives the round trip.

    Args:
        endpoint: Knows the probe.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def handlers(self) -> Handlers:
        """Return what answers each route, by its name."""
        return {"openProbe": self._visit}

    async def _visit(self, request: web.BaseRequest) -> web.Response:
        token, address, probes = request[VALUES]["token"], address_of(request), self._endpoint.probes
        if "back" not in request.query:
            if not probes.begin(token, address):
                raise RequestError(fail.NOT_FOUND)
            # 303: whatever the method was, the second visit is a GET, and no cache answers for it.
            headers = {"Location": f"/probe/{token}?back", **page_headers(request[VISITOR])}
            return web.Response(status=303, headers=headers)
        if not probes.finish(token, address, is_own=_is_own(request)):
            raise RequestError(fail.NOT_FOUND)
        body = '<p>This device reaches the server. You can close this page, or <a href="/">go on</a>.</p>'
        return page(request, "It works", body)


def _is_own(request: web.BaseRequest) -> bool:
    """Tell whether the request comes from this computer: by loopback, or from the address it went to."""
    remote = address_of(request)
    return is_loopback(remote) or remote == socket_name(request.transport, "sockname")[0]

"""The headers of pages and their files: what a page may load and use, and what other pages may do with it."""

from __future__ import annotations

import base64
import hashlib
import re

from authws_desktop.admission.access import is_loopback
from authws_desktop.admission.visitor import Visitor

_NOTHING_ELSE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "hid",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
    )
)
# Host sources have no form for IPv6 addresses; there, 'self' alone has to do.
_HOST_SOURCE = re.compile(r"[\w.-]+(:\d+)?", re.ASCII)
CLEAR_SITE_DATA = "Clear-Site-Data"


def digest_of(text: str) -> str:
    """Return how a policy names a script or a style sheet that is in the page itself."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def file_headers(visitor: Visitor, *, styles: str = "", script: str = "") -> dict[str, str]:
    """Return what goes along with the web client: it may load its own files and talk to its own server.

    Args:
        visitor: Who asks; the address they used is the one that the page may connect to.
        styles: Digest of those that are in the page itself, if it has any.
        script: Likewise.
    """
    # Browsers before CSP 3 do not count WebSocket as 'self'.
    host = visitor.host
    styles, script = (f" {digest}" if digest else "" for digest in (styles, script))
    sockets = f" ws://{host} wss://{host}" if _HOST_SOURCE.fullmatch(host) else ""
    policy = (
        f"default-src 'none'; script-src 'self'{script}; style-src 'self'{styles}; "
        f"img-src 'self' data:; manifest-src 'self'; connect-src 'self'{sockets}; {_NOTHING_ELSE}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return {"Cache-Control": "no-cache", **_headers(policy, visitor)}


def docs_headers(visitor: Visitor) -> dict[str, str]:
    """Return what goes along with the documentation: its files, a worker that searches them, nothing else.

    Args:
        visitor: Who asks.
    """
    policy = (
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'; {_NOTHING_ELSE}"
    )
    return {"Cache-Control": "no-cache", **_headers(policy, visitor)}


def page_headers(visitor: Visitor, style: str = "") -> dict[str, str]:
    """Return what goes along with a page that is made here: it loads nothing but its icon.

    Args:
        visitor: The client that asks.
        style: The text of its one style sheet, if it has one.
    """
    styles = f" style-src {digest_of(style)};" if style else ""
    # The icon: without one that is named, browsers ask for /favicon.ico and complain that they may not.
    policy = f"default-src 'none'; img-src 'self';{styles} {_NOTHING_ELSE}"
    return {"Cache-Control": "no-store", **_headers(policy, visitor)}


def _headers(policy: str, visitor: Visitor) -> dict[str, str]:
    headers = {
        "Content-Security-Policy": policy,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": _PERMISSIONS,
        "Referrer-Policy": "no-referrer",
    }
    if is_trustworthy(visitor):
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return headers


def is_trustworthy(visitor: Visitor) -> bool:
    """Tell whether a browser trusts the way: elsewhere it ignores some headers, and complains of each."""
    name = visitor.host.rpartition(":")[0] if re.search(r":\d+$", visitor.host) else visitor.host
    is_local = name == "localhost" or name.endswith(".localhost") or is_loopback(name.strip("[]"))
    return visitor.is_secure or is_local

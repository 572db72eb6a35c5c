"""The page on how to trust this server's own authority, for each system; and the redirect to https.

It is served without TLS, since a device needs it before it can trust anything. It tells the fingerprint to
compare with the one in the host's window.
"""

from __future__ import annotations

from html import escape

from aiohttp import web

from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.host_pages import PAGE_HEADERS, page
from authws_desktop.server.tls import TRUST_PATH, Tls, is_secure

AUTHORITY_PATH = "/trust/authority.crt"
_PLAIN_PATHS = (TRUST_PATH, AUTHORITY_PATH)

_STEPS = (
    (
        "iPhone, iPad",
        "Open the file in Safari and allow the download. Settings, General, VPN &amp; Device Management: "
        "install the profile. Then Settings, General, About, Certificate Trust Settings: switch it on.",
    ),
    (
        "Android",
        "Settings, Security, Encryption &amp; credentials, Install a certificate, CA certificate: choose the "
        "file. Firefox for Android uses it once <em>Use third party CA certificates</em> is on.",
    ),
    (
        "Windows",
        "Open the file, Install Certificate, Current User, <em>Place all certificates in the following "
        "store</em>: Trusted Root Certification Authorities.",
    ),
    (
        "macOS",
        "Open the file with Keychain Access, find it under login, open it, and under Trust choose "
        "Always Trust.",
    ),
    (
        "Linux",
        "Debian, Ubuntu: <code>sudo cp authority.crt /usr/local/share/ca-certificates/authws.crt &amp;&amp; "
        "sudo update-ca-certificates</code>. Fedora: <code>sudo trust anchor authority.crt</code>. Chromium: "
        "Settings, Privacy and security, Security, Manage certificates, Authorities, Import.",
    ),
    (
        "Firefox",
        "Settings, Privacy &amp; Security, View Certificates, Authorities, Import: tick "
        "<em>Trust this CA to identify websites</em>.",
    ),
)


def redirect_to_https(request: web.Request, endpoint: Endpoint) -> web.Response | None:
    """Return the redirect for a request without TLS, or `None` if it may go on as it is."""
    if endpoint.tls is None or is_secure(request.transport):
        return None
    if request.path in _PLAIN_PATHS and endpoint.tls.authority_file is not None:
        return None
    target = f"https://{request.host}{request.raw_path}"
    answer = web.Response(status=308, headers={"Location": target, **PAGE_HEADERS})
    answer.force_close()
    return answer


class TrustPages:
    """The page and the authority's certificate.

    Args:
        endpoint: Knows the certificate.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.get(TRUST_PATH, self._page), web.get(AUTHORITY_PATH, self._authority)]

    def _tls(self) -> Tls:
        tls = self._endpoint.tls
        if tls is None or tls.authority_file is None:
            raise web.HTTPNotFound
        return tls

    async def _page(self, request: web.Request) -> web.Response:
        tls = self._tls()
        steps = "".join(f"<h3>{name}</h3><p>{text}</p>" for name, text in _STEPS)
        body = (
            "<p>This server made its certificate itself. A device that is to trust it needs the server's "
            "authority once. Do this only if you know whose computer this is, and compare the fingerprint "
            "with the one in its window.</p>"
            f"<p><strong>SHA-256 of the authority</strong><br><code>{tls.authority_fingerprint}</code></p>"
            f'<p><a href="{AUTHORITY_PATH}">authority.crt</a></p>{steps}'
            f'<p><a href="https://{escape(request.host, quote=True)}/">Go on to the server</a></p>'
        )
        return page("Trust this server", body)

    async def _authority(self, request: web.Request) -> web.StreamResponse:
        file = self._tls().authority_file
        assert file is not None  # noqa: S101 - _tls() says so
        headers = {**PAGE_HEADERS, "Content-Disposition": 'attachment; filename="authority.crt"'}
        return web.FileResponse(file, headers={**headers, "Content-Type": "application/x-x509-ca-cert"})

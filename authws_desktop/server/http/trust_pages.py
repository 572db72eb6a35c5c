"""The page on how to trust this server's own authority, for each system; and the redirect to https.

It is served without TLS, since a device needs it before it can trust anything. It tells the fingerprint to
compare with the one in the host's window.
"""

from __future__ import annotations

import asyncio
from html import escape
from urllib.parse import urlencode

from aiohttp import hdrs, web
from cryptography import x509

from authws_desktop.network.tls.profile import profile_of
from authws_desktop.network.tls.tls import TRUST_PATH, Tls
from authws_desktop.protocol import failures as fail
from authws_desktop.protocol.errors import RequestError
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.http.files import Content, content_response
from authws_desktop.server.http.page_headers import page_headers
from authws_desktop.server.http.probes import page
from authws_desktop.server.http.requests import VISITOR, Handlers

AUTHORITY_PATH = "/trust/authority.crt"
PROFILE_PATH = "/trust/authority.mobileconfig"
_MOST_CODE_CHARS = 64
_PLAIN_PATHS = (TRUST_PATH, AUTHORITY_PATH, PROFILE_PATH)

_PROFILE = f'Open the <a href="{PROFILE_PATH}">profile</a>'
_REMOVE = "Afterwards, remove it again: "
_STEPS = {
    "iPhone, iPad": f"{_PROFILE} in Safari and allow the download. Settings, General, VPN &amp; Device "
    "Management: install the profile. Then Settings, General, About, Certificate Trust Settings: switch it "
    f"on. {_REMOVE}Settings, General, VPN &amp; Device Management, the profile, Remove Profile.",
    "Android": "Settings, Security, Encryption &amp; credentials, Install a certificate, CA certificate: "
    "choose the file. Firefox for Android uses it once <em>Use third party CA certificates</em> is on. "
    f"{_REMOVE}Encryption &amp; credentials, Trusted credentials, User.",
    "ChromeOS": "Settings, Privacy and security, Security, Manage certificates, Authorities, Import: choose "
    "the file and tick <em>Trust this certificate for identifying websites</em>. On a managed device only "
    f"its administrator can. {_REMOVE}in the same list, Delete.",
    "Windows": "Open the file, Install Certificate, Current User, <em>Place all certificates in the "
    f"following store</em>: Trusted Root Certification Authorities. {_REMOVE}run <code>certmgr.msc</code> "
    "and delete it in that store.",
    "macOS": "Open the file with Keychain Access, find it under login, open it, and under Trust choose "
    f"Always Trust. {_REMOVE}delete it there.",
    "Linux": "Debian, Ubuntu: <code>sudo cp authority.crt /usr/local/share/ca-certificates/authws.crt "
    "&amp;&amp; sudo update-ca-certificates</code>. Fedora: <code>sudo trust anchor authority.crt</code>. "
    "Chromium: Settings, Privacy and security, Security, Manage certificates, Authorities, Import. "
    f"{_REMOVE}delete that file and run <code>sudo update-ca-certificates --fresh</code>; "
    "<code>sudo trust anchor --remove authority.crt</code>; in Chromium, Delete.",
    "Firefox": "On a computer: Settings, Privacy &amp; Security, View Certificates, Authorities, Import: "
    f"tick <em>Trust this CA to identify websites</em>. {_REMOVE}in the same list, Delete or Distrust.",
}
# In this order: Android's name for itself has Linux in it, and an iPhone's has Mac.
_APPLE_MOBILE = "iPhone, iPad"
_SIGNS = (
    ("CrOS", "ChromeOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone, iPad"),
    ("iPad", "iPhone, iPad"),
    ("Windows", "Windows"),
    ("Mac", "macOS"),
    ("Linux", "Linux"),
)


def _system_of(user_agent: str) -> str:
    return next((name for sign, name in _SIGNS if sign in user_agent), "")


def _steps_for(user_agent: str) -> str:
    """Return the steps for each system, those of the visitor's own first and open."""
    system = _system_of(user_agent)
    is_firefox = "Firefox/" in user_agent and system in ("Windows", "macOS", "Linux")
    own = [name for name in (("Firefox",) if is_firefox else ()) + (system,) if name]
    rest = [name for name in _STEPS if name not in own]
    parts = [
        f"<details{' open' if name in own else ''}><summary>{name}</summary><p>{_STEPS[name]}</p></details>"
        for name in own + rest
    ]
    return "".join(parts)


def redirect_to_https(request: web.BaseRequest, endpoint: Endpoint) -> web.Response | None:
    """Return the redirect for a request without TLS, or `None` if it may go on as it is."""
    if endpoint.tls is None or request[VISITOR].is_secure:
        return None
    if request.path.rstrip("/").lower() in _PLAIN_PATHS and endpoint.tls.authority_file is not None:
        return None
    # The host was checked before: it cannot send anybody elsewhere.
    target = f"https://{request[VISITOR].host}{request.raw_path}"
    headers = {"Location": target, **page_headers(request[VISITOR])}
    # 308 keeps method and body (RFC 9110, 15.4.9): a login that is sent on must stay a POST.
    answer = web.Response(status=308, headers=headers)
    answer.force_close()
    return answer


class TrustPages:
    """The page and the authority's certificate.

    Args:
        endpoint: Knows the certificate.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def handlers(self) -> Handlers:
        """Return what answers each route, by its name."""
        return {"trustPage": self._page, "authority": self._authority, "authorityProfile": self._profile}

    def _tls(self) -> Tls:
        tls = self._endpoint.tls
        if tls is None or tls.authority_file is None:
            raise RequestError(fail.NOT_FOUND)
        return tls

    async def _page(self, request: web.BaseRequest) -> web.Response:
        tls, host = self._tls(), escape(request[VISITOR].host, quote=True)
        agent = request.headers.get(hdrs.USER_AGENT, "")
        steps = _steps_for(agent)
        # Who was invited scans one code: the invitation goes on with them.
        code = request.query.get("invite", "")[:_MOST_CODE_CHARS]
        query = f"?{urlencode({'invite': code})}" if code else ""
        path = PROFILE_PATH if _system_of(agent) == _APPLE_MOBILE else AUTHORITY_PATH
        body = (
            "<p>This server made its certificate itself. A device that is to trust it needs the server's "
            "authority once. Do this only if you know whose computer this is, and compare the fingerprint "
            "with the one in its window.</p>"
            f"<p><strong>SHA-256 of the authority</strong><br><code>{tls.authority_fingerprint}</code></p>"
            f'<p><a class="button" href="{path}">Get {path.rpartition("/")[2]}</a></p>{steps}'
            f'<p><a class="button" href="https://{host}/{query}">Go on to the server</a></p>'
        )
        return page(request, "Trust this server", body)

    async def _authority(self, request: web.BaseRequest) -> web.StreamResponse:
        file = self._tls().authority_file
        assert file is not None  # noqa: S101 - _tls() says so
        headers = page_headers(request[VISITOR]) | {
            "Content-Disposition": 'attachment; filename="authority.crt"'
        }
        content = Content.of(await asyncio.to_thread(file.read_bytes))
        return content_response(request, content, "application/x-x509-ca-cert", headers)

    async def _profile(self, request: web.BaseRequest) -> web.StreamResponse:
        file = self._tls().authority_file
        assert file is not None  # noqa: S101 - _tls() says so
        authority = x509.load_pem_x509_certificate(await asyncio.to_thread(file.read_bytes))
        # Shown, not saved: Safari offers to install it.
        content = Content.of(profile_of(authority))
        return content_response(
            request, content, "application/x-apple-aspen-config", page_headers(request[VISITOR])
        )

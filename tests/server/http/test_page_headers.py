"""What goes along with pages and files, on a real server and for single visitors."""

from __future__ import annotations

import re

import aiohttp
import pytest

from authws_desktop.admission.visitor import Visitor
from authws_desktop.server.http.page_headers import file_headers, is_trustworthy, page_headers
from authws_desktop.server.service import Service
from tests.own_clients import HttpClient


def visitor(host: str, *, is_secure: bool = False) -> Visitor:
    """Return somebody who used this address."""
    return Visitor("192.0.2.1", (host,), "", is_secure)


@pytest.mark.parametrize(
    ("host", "sockets"),
    [
        ("192.0.2.9:4000", " ws://192.0.2.9:4000 wss://192.0.2.9:4000"),
        ("hub.local", " ws://hub.local wss://hub.local"),
        ("[::1]:4000", ""),
        ("", ""),
        ("a; script-src *", ""),
    ],
)
def test_a_page_connects_to_its_own_server_only(host: str, sockets: str) -> None:
    """By the address that it was asked for; what is no host of a policy is left out."""
    policy = file_headers(visitor(host))["Content-Security-Policy"]
    assert f"connect-src 'self'{sockets}; " in policy
    assert policy.count("script-src") == 1


@pytest.mark.parametrize(
    ("host", "is_secure", "expected"),
    [
        ("localhost:4000", False, True),
        ("a.localhost", False, True),
        ("127.0.0.1:4000", False, True),
        ("[::1]:4000", False, True),
        ("192.0.2.9:4000", False, False),
        ("hub.local", False, False),
        ("hub.local", True, True),
        ("", False, False),
    ],
)
def test_a_browser_heeds_some_headers_on_trusted_ways_only(
    host: str, is_secure: bool, expected: bool
) -> None:
    """TLS, and this computer itself."""
    assert is_trustworthy(visitor(host, is_secure=is_secure)) is expected
    assert ("Cross-Origin-Opener-Policy" in page_headers(visitor(host, is_secure=is_secure))) is expected


async def test_every_file_of_the_web_client_is_guarded(service: Service) -> None:
    """The same strict headers on the page and on all that it loads."""
    async with aiohttp.ClientSession() as session:
        for path in ("/", "/main.js", "/css/tokens.css", "/icon.svg"):
            async with session.get(
                service.location.http_url + path, headers={"Accept": "text/html"}
            ) as answer:
                headers = answer.headers
                assert answer.status == 200
            policy = headers["Content-Security-Policy"]
            for part in ("default-src 'none'", "trusted-types 'none'", "frame-ancestors 'none'"):
                assert part in policy
            assert "*" not in policy
            assert "unsafe" not in policy
            assert re.search(r"\bwss?:(?!//)", policy) is None
            assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert "camera=()" in headers["Permissions-Policy"]
            assert headers["Referrer-Policy"] == "no-referrer"
            assert "Origin" in headers["Vary"]


async def test_logging_out_clears_what_the_browser_keeps(http: HttpClient, service: Service) -> None:
    """Where browsers heed it; the answer is otherwise as it was."""
    token = (await http.register("ana"))["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{service.location.http_url}/auth/logout", headers=bearer) as answer,
    ):
        assert answer.status == 204
        assert answer.headers["Clear-Site-Data"] == '"storage"'

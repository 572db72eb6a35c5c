"""The documentation at `/docs` of a running server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest
import websockets
from multidict import CIMultiDictProxy
from yarl import URL

from authws_desktop.server.service import Service

PAGE = b"<!doctype html><title>docs</title>"


@pytest.fixture(autouse=True)
def resources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Resources with a documentation of two files, and something beside it that is none of it."""
    folder = tmp_path / "resources"
    (folder / "docs" / "assets").mkdir(parents=True)
    (folder / "docs" / "index.html").write_bytes(PAGE)
    (folder / "docs" / "assets" / "search.js").write_text("var __index")
    (folder / "web").mkdir()
    (folder / "web" / "index.html").write_text("client")
    (folder / "secret.html").write_text("secret")
    monkeypatch.setattr("authws_desktop.server.listening.resource_dir", lambda: folder)
    return folder


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: CIMultiDictProxy[str]
    data: bytes


async def ask(service: Service, path: str, method: str = "GET", **headers: str) -> Answer:
    """Send a path as it is written here, and return the answer."""
    url = URL(service.location.http_url + path, encoded=True)
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, headers=headers, allow_redirects=False) as answer,
    ):
        return Answer(answer.status, answer.headers, await answer.read())


@pytest.mark.parametrize("path", ["/docs/", "/DOCS/", "/docs/index.html", "/docs/?x=1"])
async def test_the_first_page(service: Service, path: str) -> None:
    """Without a login, under a policy that runs nothing but the documentation's own files."""
    answer = await ask(service, path)
    assert (answer.status, answer.data) == (200, PAGE)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; worker-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/docs", "/Docs", "/docs?x=1"])
async def test_its_address_ends_in_a_slash(service: Service, path: str) -> None:
    """The links of its pages are relative to it, so who leaves the slash out is sent there."""
    answer = await ask(service, path)
    assert answer.status == 308
    assert URL(service.location.http_url + path).join(URL(answer.headers["Location"])).path == "/docs/"


async def test_what_is_known_is_not_sent_again(service: Service) -> None:
    """By its tag; and HEAD has no body."""
    first = await ask(service, "/docs/assets/search.js")
    assert first.headers["Content-Type"].startswith("text/javascript")
    again = await ask(service, "/docs/assets/search.js", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.data) == (304, b"")
    head = await ask(service, "/docs/", "HEAD")
    assert (head.status, head.data) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/docs/nothing.html",
        "/docs/assets",
        "/docs//",
        "/docs/../secret.html",
        "/docs/%2e%2e/secret.html",
        "/docs/..%2fsecret.html",
        "/docs/..%5csecret.html",
        "/docs/assets/../../secret.html",
        "/docs/%2fetc%2fpasswd",
        "/docs/index.html%00",
        "/docsx",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_nothing_else_is_there(service: Service, path: str, method: str) -> None:
    """404 as everywhere, whatever the method; no way leads out of the folder."""
    answer = await ask(service, path, method)
    assert (answer.status, json.loads(answer.data)["code"]) == (404, "NOT_FOUND")


async def test_it_is_only_read(service: Service) -> None:
    """Another method is told what it may be."""
    answer = await ask(service, "/docs/", "POST")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


async def test_a_foreign_host_and_page_get_nothing(service: Service) -> None:
    """The rules of every page: the name by which the server is addressed, and who may read."""
    assert (await ask(service, "/docs/", Host="evil.example")).status == 421
    foreign = await ask(service, "/docs/", Origin="https://evil.example")
    assert "Access-Control-Allow-Origin" not in foreign.headers


async def test_a_link_inside_leads_nowhere_else(service: Service, resources: Path) -> None:
    """Also one that the file system follows."""
    (resources / "docs" / "out.html").symlink_to(resources / "secret.html")
    assert (await ask(service, "/docs/out.html")).status == 404


async def test_websockets_open_there_as_before(service: Service) -> None:
    """Clients of the replaced server may connect at any path that answers no API."""
    async with websockets.connect(f"{service.location.ws_url}/docs", proxy=None) as socket:
        assert '"connection"' in str(await socket.recv())

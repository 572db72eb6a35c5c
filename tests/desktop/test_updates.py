"""The program's page is asked for a newer version, and whatever it answers is a sentence or a release."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from authws_desktop import __version__
from authws_desktop.desktop.updates import MAX_BYTES, UpdateError, homepage, newer_release, sort_key
from tests.ports import free_port


class Page:
    """A homepage on this computer.

    Attributes:
        body: What its newest release says.
        status: The answer's status.
        requests: Headers of the requests it got.
    """

    def __init__(self) -> None:
        self.body = ""
        self.status = 200
        self.requests: list[dict[str, str]] = []
        app = web.Application()
        app.router.add_get("/authws/desktop/releases/latest/download/latest.json", self._answer)
        self._server = TestServer(app, host="127.0.0.1")

    async def _answer(self, request: web.Request) -> web.Response:
        self.requests.append(dict(request.headers))
        return web.Response(text=self.body, status=self.status)

    @property
    def url(self) -> str:
        return str(self._server.make_url("/authws/desktop"))

    def tell(self, version: str) -> None:
        self.body = json.dumps({"version": version, "page": f"{self.url}/releases/tag/v{version}"})


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    made = Page()
    await made._server.start_server()
    yield made
    await made._server.close()


@pytest.mark.parametrize(
    ("running", "told", "is_newer"),
    [
        ("0.1.0", "0.2.0", True),
        ("0.9.0", "0.10.0", True),
        ("0.2.0rc1", "0.2.0", True),
        ("0.2.0.dev3", "0.2.0", True),
        ("0.2.0", "0.2.0", False),
        ("0.3.0a1", "0.2.9", False),
    ],
)
async def test_a_newer_release_is_told(page: Page, running: str, told: str, is_newer: bool) -> None:
    """Compared as numbers, a pre-release before its release."""
    page.tell(told)
    release = await newer_release(page.url, running)
    assert (release is not None) is is_newer
    if release is not None:
        assert (release.version, release.page) == (told, f"{page.url}/releases/tag/v{told}")


async def test_the_request_tells_nothing(page: Page) -> None:
    """Neither the version nor the system nor the language."""
    page.tell("99.0.0")
    await newer_release(page.url)
    (headers,) = page.requests
    assert headers["User-Agent"] == "authws-desktop"
    assert __version__ not in "".join(headers.values())
    assert set(headers) == {"Host", "Accept", "Accept-Encoding", "User-Agent"}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, ""),
        (200, ""),
        (200, "<html>"),
        (200, "[]"),
        (200, '{"version": "1.0.0"}'),
        (200, '{"version": 1, "page": "x"}'),
        (200, '{"version": "9.9.9", "page": "https://elsewhere.example/malware"}'),
        (200, '"' + "x" * MAX_BYTES + '"'),
    ],
)
async def test_an_answer_of_another_kind_is_a_sentence(page: Page, status: int, body: str) -> None:
    """Whatever it is, also a page that is not the project's own."""
    page.status, page.body = status, body
    with pytest.raises(UpdateError, match="page of this program"):
        await newer_release(page.url)


async def test_a_version_that_cannot_be_compared_is_a_sentence(page: Page) -> None:
    """Never an offer."""
    page.tell("newest")
    with pytest.raises(UpdateError, match="no version"):
        await newer_release(page.url)


async def test_without_a_network_it_is_a_sentence() -> None:
    """Nobody listens there."""
    with pytest.raises(UpdateError, match="cannot be reached"):
        await newer_release(f"http://127.0.0.1:{free_port()}/authws/desktop")


def test_the_page_is_that_of_the_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its one place; without one, or without metadata, there is nobody to ask."""
    folder = tmp_path / "thing-1.0.dist-info"
    folder.mkdir()
    head = "Metadata-Version: 2.4\nName: thing\nVersion: 1.0\n"
    monkeypatch.syspath_prepend(str(tmp_path))
    (folder / "METADATA").write_text(head)
    assert homepage("thing") == ""
    (folder / "METADATA").write_text(
        head + "Project-URL: Other, https://o.example\nProject-URL: Homepage, https://a.example/b/\n"
    )
    assert homepage("thing") == "https://a.example/b"
    assert homepage("never-installed") == ""


def test_versions_sort_as_pythons_do() -> None:
    """The whole way of one release."""
    way = ["0.1.9", "0.2.0.dev1", "0.2.0a2", "0.2.0a10", "0.2.0b1", "0.2.0rc1", "0.2.0", "0.2.1"]
    assert sorted(way, key=sort_key) == way

"""What browsers, link previews and mischief send to the HTTP side."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from authws_desktop.server.service import Service
from tests.clients import HttpClient

HTML = {"Accept": "text/html"}


@pytest.fixture(autouse=True)
def web_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A web client of one page and one script, beside a file that is nobody's business."""
    folder = tmp_path / "resources" / "web"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>client</title>")
    (folder / "app.js").write_text("0123456789")
    (folder.parent / "secret").write_text("secret")
    monkeypatch.setattr("authws_desktop.server.service.resource_dir", lambda: folder.parent)
    return folder


async def raw(service: Service, head: str) -> bytes:
    """Send a request as it stands and return everything that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(head.encode() + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize("path", ["/", "/healthz", "/app.js"])
async def test_head_is_get_without_a_body(service: Service, path: str) -> None:
    """Status and headers as for GET, and not one byte more."""
    answer = await raw(service, f"HEAD {path} HTTP/1.1")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert body == b""


async def test_head_of_what_is_not_there(service: Service) -> None:
    """404, without a body too."""
    head, _, body = (await raw(service, "HEAD /nothing HTTP/1.1")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    assert body == b""


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        ("bytes=2-4", 206, "234"),
        ("bytes=-3", 206, "789"),
        ("bytes=5-", 206, "56789"),
        ("bytes=100-", 416, None),
        ("bytes=4-2", 416, None),
        ("lines=1-2", 416, None),
    ],
)
async def test_ranges_of_a_file(http: HttpClient, asked: str, status: int, content: str | None) -> None:
    """A part where there is one; 416 where there is none; never an error of ours."""
    async with http.session.get(f"{http.base}/app.js", headers={"Range": asked}) as answer:
        assert answer.status == status
        if content is not None:
            assert await answer.text() == content


async def test_ranges_of_what_is_made_are_ignored(http: HttpClient) -> None:
    """Status and health are whole or not at all."""
    async with http.session.get(f"{http.base}/healthz", headers={"Range": "bytes=0-3"}) as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})


async def test_a_huge_query_string(service: Service) -> None:
    """Up to the limit of the head it is ignored; beyond it the connection ends with 431."""
    assert (await raw(service, f"GET /healthz?{'q' * 7000} HTTP/1.1")).startswith(b"HTTP/1.1 200 ")
    over = await raw(service, f"GET /healthz?{'q' * 17000} HTTP/1.1")
    assert over.startswith(b"HTTP/1.1 431 ")


async def test_a_query_of_many_fields(service: Service) -> None:
    """Nobody reads them, so they cost nothing."""
    query = "&".join(f"a{number}=%00" for number in range(600))
    assert (await raw(service, f"GET /?{query} HTTP/1.1")).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/..%5csecret",
        "/%2e%2e%2fsecret",
        "/app.js/../../secret",
        "//secret",
        "/app.js%00.html",
        "/" + "a" * 5000,
        "/.",
        "/CON",
    ],
)
async def test_no_path_leads_out(service: Service, path: str) -> None:
    """Traversal, NUL, absolute paths, names longer than the system knows: 404 in JSON (or 400), no content."""
    answer = await raw(service, f"GET {path} HTTP/1.1")
    assert answer.split(b" ", 2)[1] in (b"404", b"400"), answer[:200]
    assert b"\r\n\r\nsecret" not in answer


async def test_a_link_out_of_the_folder_is_not_followed(
    http: HttpClient, web_client: Path, tmp_path: Path
) -> None:
    """Whoever can put one there could put the file there; still, the folder is the border."""
    (web_client / "link").symlink_to(tmp_path / "resources" / "secret")
    assert (await http.get("/link"))[0] == 404

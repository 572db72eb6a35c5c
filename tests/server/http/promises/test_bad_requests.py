"""What browsers, link previews and mischief send to the HTTP side."""

from __future__ import annotations

import asyncio
import errno
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Kind
from tests.own_clients import PASSWORD, HttpClient

HTML = {"Accept": "text/html"}
pytestmark = pytest.mark.usefixtures("web_client")


async def raw(service: Service, head: str, host: str = "\r\nHost: localhost") -> bytes:
    """Send a request as it stands and return everything that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.location.port)
    writer.write(head.encode() + host.encode() + b"\r\nConnection: close\r\n\r\n")
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


def parts(answer: bytes) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Return status, headers in small letters, and the decoded body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines}
    return int(first.split()[1]), headers, json.loads(body)


@pytest.mark.parametrize(
    ("head", "host"),
    [
        ("GET / HTTP/1.1\r\nCookie: sid=s3cr3t\r\nBad Header: 1", "\r\nHost: localhost"),
        (
            "GET / HTTP/1.1\r\nCookie: sid=s3cr3t\r\nContent-Length: 1\r\nContent-Length: 2",
            "\r\nHost: localhost",
        ),
        ("GET / HTTP/1.1\r\nCookie: sid=s3cr3t\r\nX: a\0b", "\r\nHost: localhost"),
        ("GET /s3cr3t HTTP/9.9", "\r\nHost: localhost"),
        ("G@T /s3cr3t HTTP/1.1", "\r\nHost: localhost"),
        ("s3cr3t", "\r\nHost: localhost"),
        ("GET / HTTP/1.1\r\nCookie: sid=s3cr3t", ""),
        ("GET / HTTP/1.1\r\nCookie: sid=s3cr3t", "\r\nHost: localhost\r\nHost: localhost"),
    ],
)
async def test_what_is_no_http_is_told_so_and_not_repeated(service: Service, head: str, host: str) -> None:
    """400 in JSON: no cookie and no path comes back, in the answer or in the traffic."""
    answer = await raw(service, head, host)
    status, headers, body = parts(answer)
    assert (status, body["status"], body["code"]) == (400, "error", "INVALID_REQUEST")
    assert headers["content-type"].startswith("application/json")
    assert (headers["server"], headers["vary"]) == ("authws-desktop", "Origin")
    rows = [row for row in service.traffic.after(0) if row.kind is Kind.REFUSED]
    assert rows[-1].outcome == "400"
    assert b"s3cr3t" not in answer
    assert "s3cr3t" not in repr(service.traffic.after(0)).replace("/s3cr3t", "" if host else "s3cr3t")


@pytest.mark.parametrize("part", ["line", "field"])
async def test_one_line_may_fill_the_head(service: Service, part: str) -> None:
    """A query or a cookie of nearly 16 KiB is taken; a head over it gets 431 in JSON."""
    for length, expected in ((15 * 1024, 200), (17 * 1024, 431)):
        query, cookie = ("q" * length, "") if part == "line" else ("", "c" * length)
        status, _, body = parts(await raw(service, f"GET /healthz?{query} HTTP/1.1\r\nCookie: {cookie}"))
        assert (status, body["status"]) == (expected, "ok" if expected == 200 else "error")


async def test_a_long_line_behind_a_good_request(service: Service) -> None:
    """431 in JSON for a later request of a kept-alive connection, too."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.location.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    async with asyncio.timeout(10):
        await reader.readuntil(b"}")
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"s3cr3t" * 4000 + b"\r\n\r\n")
        answer = await reader.read()
    writer.close()
    status, _, body = parts(answer)
    assert (status, body["code"]) == (431, "INVALID_REQUEST")
    assert b"s3cr3t" not in answer


async def test_a_later_head_of_many_lines_is_too_large_as_a_first_one_is(service: Service) -> None:
    """431 in JSON, and the end of the connection, though each line is short."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.location.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    async with asyncio.timeout(10):
        await reader.readuntil(b"}")
        lines = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 1000) for number in range(17))
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + lines + b"\r\n")
        status, _, body = parts(await reader.read())
    writer.close()
    assert (status, body["code"]) == (431, "INVALID_REQUEST")


ANA = json.dumps({"username": "ana", "password": PASSWORD}).encode()


def packed(data: bytes) -> bytes:
    """Return gzip without the time, so that tests have the same names everywhere."""
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize(
    ("encoding", "data", "status", "words"),
    [
        ("gzip", packed(ANA), 201, ""),
        ("GZIP", packed(ANA), 201, ""),
        ("gzip", ANA, 400, "not valid gzip"),
        ("gzip", packed(ANA)[:30], 400, "ends too early"),
        ("deflate", b"\x78\x9c\xff\xff", 400, "not valid deflate"),
        ("br", ANA, 415, "gzip or deflate"),
        ("gzip, gzip", packed(packed(ANA)), 415, "gzip or deflate"),
        ("gzip", packed(b" " * 1_000_000), 413, "64 KiB"),
    ],
)
async def test_compressed_bodies(
    http: HttpClient, encoding: str, data: bytes, status: int, words: str
) -> None:
    """Taken where they can be read; what is wrong with them is the client's fault and said so."""
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    got, answer = await http.post("/auth/register", data=data, headers=headers)
    assert got == status
    assert words in answer.get("message", "")


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (b"\xef\xbb\xbf" + ANA, 201, ""),
        (ANA.replace(b"ana", "josé".encode("latin-1")), 400, "not UTF-8: byte 17 is 0xE9"),
        (ANA.decode().encode("utf-16"), 400, "UTF-16"),
        (ANA[:-1] + b",}", 400, "trailing comma in object (byte 48)"),
        (ANA[:-1], 400, "ends too early"),
        (b"[]", 400, "must be a JSON object, not an array"),
        (ANA.replace(b"ana", b"\\ud83c"), 400, "surrogate"),
        (ANA[:-1] + rb',"note":"Party \ud83c"}', 201, ""),
        (ANA[:-2] + rb'\ud83c"}', 400, "surrogate"),
    ],
)
async def test_bodies_as_tools_write_them(http: HttpClient, data: bytes, status: int, words: str) -> None:
    """A byte-order mark is skipped; what cannot be read is told with its place."""
    got, answer = await http.post("/auth/register", data=data, headers={"Content-Type": "application/json"})
    assert got == status
    assert words in answer.get("message", "")


async def test_only_one_expectation_is_known(service: Service) -> None:
    """100-continue is answered before the body comes; anything else is 417 in JSON."""
    status, _, body = parts(await raw(service, "GET / HTTP/1.1\r\nExpect: s3cr3t"))
    assert (status, body["code"]) == (417, "INVALID_REQUEST")
    assert "s3cr3t" not in body["message"]
    reader, writer = await asyncio.open_connection("127.0.0.1", service.location.port)
    writer.write(
        b"POST /auth/register HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(ANA)
    )
    async with asyncio.timeout(10):
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(ANA)
        assert b" 201 " in await reader.read()
    writer.close()


async def test_a_refused_request_is_not_asked_for_its_body(service: Service) -> None:
    """Whoever waits for the word to send is told the refusal in its place."""
    answer = await raw(
        service,
        "POST /auth/register HTTP/1.1\r\nExpect: 100-continue\r\nContent-Type: text/plain\r\nContent-Length: 9",
    )
    assert answer.startswith(b"HTTP/1.1 415 ")


async def test_the_websocket_path_says_what_it_is(service: Service) -> None:
    """426 names the protocol to ask for."""
    for path in ("/ws", "/WS/"):
        status, headers, body = parts(await raw(service, f"GET {path} HTTP/1.1"))
        assert (status, headers["upgrade"], body["code"]) == (426, "websocket", "UPGRADE_REQUIRED")


async def test_without_open_files_a_page_is_not_missing(
    http: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 that says when to come again, never 404; what was read before is still there."""
    assert (await http.session.get(f"{http.base}/app.js")).status == 200

    def fail(self: Path) -> bytes:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(Path, "read_bytes", fail)
    async with http.session.get(http.base, headers=HTML) as answer:
        assert (answer.status, (await answer.json())["code"]) == (503, "BUSY")
        assert int(answer.headers["Retry-After"]) > 0
    async with http.session.get(f"{http.base}/app.js") as answer:
        assert (answer.status, await answer.text()) == (200, "0123456789")


async def test_what_a_browser_has_already_is_not_sent_again(http: HttpClient, web_client: Path) -> None:
    """304 for the same content, 200 once it is another."""
    async with http.session.get(f"{http.base}/app.js") as answer:
        tag = answer.headers["ETag"]
    async with http.session.get(f"{http.base}/app.js", headers={"If-None-Match": tag}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")
    (web_client / "app.js").write_text("9876543210!")
    async with http.session.get(f"{http.base}/app.js", headers={"If-None-Match": tag}) as answer:
        assert (answer.status, await answer.text()) == (200, "9876543210!")

"""Files are sent packed to who takes them so."""

from __future__ import annotations

import gzip
import re
from html import unescape

import aiohttp
import msgspec
import pytest
from multidict import CIMultiDictProxy

from authws_desktop.server.http.files import Content
from authws_desktop.server.service import Service


async def ask(service: Service, path: str, **headers: str) -> tuple[int, CIMultiDictProxy[str], bytes]:
    """Return the answer as it came over the wire."""
    async with (
        aiohttp.ClientSession(auto_decompress=False, skip_auto_headers=["Accept-Encoding"]) as session,
        session.get(service.location.http_url + path, headers=headers) as answer,
    ):
        return answer.status, answer.headers, await answer.read()


@pytest.mark.parametrize(
    ("offer", "is_packed"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, gzip;q=0.8", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("", False),
    ],
)
async def test_a_text_is_packed_for_who_takes_gzip(service: Service, offer: str, is_packed: bool) -> None:
    """The same bytes in the end, under a tag of their own, and told to caches."""
    _, plain_headers, plain = await ask(service, "/main.js")
    status, headers, data = await ask(service, "/main.js", **({"Accept-Encoding": offer} if offer else {}))
    assert status == 200
    assert ("Content-Encoding" in headers) is is_packed
    assert (gzip.decompress(data) if is_packed else data) == plain
    assert int(headers["Content-Length"]) == len(data)
    assert (headers["ETag"] == plain_headers["ETag"]) is not is_packed
    assert headers["Vary"] == "Accept-Encoding, Origin"


async def test_what_is_known_is_not_sent_again(service: Service) -> None:
    """Under either tag."""
    _, headers, _ = await ask(service, "/main.js", **{"Accept-Encoding": "gzip"})
    known = {"Accept-Encoding": "gzip", "If-None-Match": headers["ETag"]}
    status, headers, data = await ask(service, "/main.js", **known)
    assert (status, data) == (304, b"")
    assert headers["Vary"] == "Accept-Encoding, Origin"


async def test_a_part_is_of_the_plain_bytes(service: Service) -> None:
    """A range of packed bytes would be of no use to anybody."""
    headers = {"Accept-Encoding": "gzip", "Range": "bytes=0-9"}
    status, got, data = await ask(service, "/main.js", **headers)
    assert (status, len(data), "Content-Encoding" in got) == (206, 10, False)


async def test_the_web_client_is_small(service: Service) -> None:
    """All that a first visit loads is within 60 kB and few requests, none of them for code."""
    _, _, page = await ask(service, "/", **{"Accept": "text/html", "Accept-Encoding": "gzip"})
    text = gzip.decompress(page).decode()
    tags = re.findall(r"<link [^>]*>|<script[^>]*>", text)
    paths = [path for tag in tags for path in re.findall(r'(?:href|src)="/([^"]*)"', tag)]
    assert paths
    assert len(paths) <= 3
    assert not [path for path in paths if path.endswith((".js", ".css"))]
    sizes = [len((await ask(service, f"/{path}", **{"Accept-Encoding": "gzip"}))[2]) for path in paths]
    assert len(page) + sum(sizes) < 60_000


async def test_the_page_tells_where_it_leads(service: Service) -> None:
    """Title, welcome and ways in are in it, as text, and the language's words are fetched along with its code."""
    page = {"Accept": "text/html"}
    plain = (await ask(service, "/", **page))[1]["ETag"]
    title = '7b"><script>'
    room = msgspec.structs.replace(service.settings.saved, title=title, language="de-AT", guests="on")
    await service.apply(room)
    _, headers, data = await ask(service, "/", **page)
    text = data.decode()
    (told,) = re.findall(r'<meta name="room" content="([^"]*)" />', text)
    assert msgspec.json.decode(unescape(told)) == {
        "title": title, "welcome": "", "language": "de-AT", "registration": "open", "guests": True,
    }  # fmt: skip
    assert '<link rel="modulepreload" href="/words/de.js" />' in text
    assert "><script>" not in text
    assert headers["ETag"] != plain


@pytest.mark.parametrize(
    ("accepted", "words"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", ["de"]),
        ("sv, pt-BR;q=0.5, de", ["pt"]),
        ("en-GB,en;q=0.9,de;q=0.8", []),
        ("zh-TW, ja", ["ja"]),
        ("zh-CN", ["zh"]),
        ("../x, *;q=0.1", []),
        ("", []),
    ],
)
async def test_the_words_of_the_reader_come_along(service: Service, accepted: str, words: list[str]) -> None:
    """Where the host has chosen none: the first language of the browser that the web client speaks."""
    headers = {"Accept": "text/html", "Accept-Language": accepted}
    _, _, data = await ask(service, "/", **headers)
    assert re.findall(r'"modulepreload" href="/words/(\w+).js"', data.decode()) == words


def test_what_gains_nothing_stays_plain() -> None:
    """Packing costs the reader time."""
    assert Content.of(bytes(range(256))).packed == b""
    assert Content.of(b"a" * 1_000).packed

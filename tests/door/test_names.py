"""Over the wire: which `Host` and `Origin` get in and which stay out, on the HTTP and the WebSocket side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from authws_desktop.server.service import Service
from tests.door.addresses import (
    FRIENDLY_HOSTS,
    FRIENDLY_ORIGINS,
    HOSTILE_HOSTS,
    HOSTILE_ORIGINS,
    HOSTS_THAT_ARE_NO_HTTP,
    LAN_HOST,
    LISTED_HOSTS,
    LISTED_ORIGINS,
    ORIGINS_THAT_ARE_NO_HTTP,
)
from tests.door.wire import UPGRADE, Answer, Headers, ask


@pytest.fixture
def changes() -> dict[str, Any]:
    return {"allowed_hosts": LISTED_HOSTS, "allowed_origins": LISTED_ORIGINS}


async def both(service: Service, headers: Headers) -> tuple[Answer, Answer]:
    """Return the answers to a plain request and to an upgrade with the same headers."""
    plain = await ask(service.location.port, "GET", "/healthz", headers)
    return plain, await ask(service.location.port, "GET", "/", [*headers, *UPGRADE])


async def hosts_not_answered(
    service: Service, hosts: Sequence[str], expected: tuple[set[int], set[int]]
) -> list[str]:
    """Return the values of `Host` whose plain request or upgrade gets another status."""
    wrong = []
    for host in hosts:
        plain, upgrade = await both(service, [("Host", host)])
        if plain.status not in expected[0] or upgrade.status not in expected[1]:
            wrong.append(f"{host!r}: {plain.status} and {upgrade.status}")
    return wrong


def test_the_tables_are_long_enough() -> None:
    """At least sixty hostile values of each header, none of them twice."""
    for table in (HOSTILE_HOSTS, HOSTILE_ORIGINS, FRIENDLY_HOSTS, FRIENDLY_ORIGINS):
        assert len(set(table)) == len(table)
    assert len(HOSTILE_HOSTS) >= 60
    assert len(HOSTILE_ORIGINS) >= 60


async def test_hostile_hosts_stay_out(service: Service) -> None:
    """Each gets 421, as a page and as a WebSocket."""
    wrong = await hosts_not_answered(service, HOSTILE_HOSTS, ({421}, {421}))
    assert not wrong, "\n".join(wrong)


async def test_hosts_that_no_head_may_hold_stay_out(service: Service) -> None:
    """The parser says 400, or the rule 421."""
    refused = {400, 421}
    wrong = await hosts_not_answered(service, HOSTS_THAT_ARE_NO_HTTP, (refused, refused))
    assert not wrong, "\n".join(wrong)


async def test_friendly_hosts_get_in(service: Service) -> None:
    """This computer in every correct spelling, and the listed names."""
    wrong = await hosts_not_answered(service, FRIENDLY_HOSTS, ({200}, {101}))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "hosts",
    [[], ["localhost", "localhost"], ["localhost", "evil.example"], ["evil.example", "localhost"]],
    ids=["none", "twice", "ours first", "ours last"],
)
async def test_one_host_is_named(service: Service, hosts: list[str]) -> None:
    """No `Host`, or several, is 400 with a sentence in JSON."""
    for answer in await both(service, [("Host", host) for host in hosts]):
        assert answer.status == 400
        assert answer.json["status"] == "error"


async def test_a_refused_host_is_told_in_json(service: Service) -> None:
    """With a code and a sentence that names it, on both sides."""
    for answer in await both(service, [("Host", "evil.example:4000")]):
        assert answer.status == 421
        assert set(answer.json) >= {"status", "code", "message"}
        assert "evil.example" in answer.json["message"]


async def origins_not_refused(service: Service, origins: Sequence[str], statuses: set[int]) -> list[str]:
    """Return the origins that get CORS headers, or whose upgrade gets another status."""
    wrong = []
    for origin in origins:
        plain, upgrade = await both(service, [("Host", LAN_HOST), ("Origin", origin)])
        allowed = plain.header("Access-Control-Allow-Origin")
        if allowed or upgrade.status not in statuses:
            wrong.append(f"{origin!r}: allows {allowed!r}, upgrade {upgrade.status}")
    return wrong


async def test_hostile_origins_stay_out(service: Service) -> None:
    """Each gets 403 at the handshake and no CORS headers."""
    wrong = await origins_not_refused(service, HOSTILE_ORIGINS, {403})
    assert not wrong, "\n".join(wrong)


async def test_origins_that_no_head_may_hold_stay_out(service: Service) -> None:
    """The parser says 400, or the rule 403."""
    wrong = await origins_not_refused(service, ORIGINS_THAT_ARE_NO_HTTP, {400, 403})
    assert not wrong, "\n".join(wrong)


async def test_friendly_origins_get_in(service: Service) -> None:
    """Each is answered with its own value, and may send credentials."""
    wrong = []
    for origin, host in FRIENDLY_ORIGINS:
        plain, upgrade = await both(service, [("Host", host), ("Origin", origin)])
        allowed = plain.header("Access-Control-Allow-Origin")
        credentials = plain.header("Access-Control-Allow-Credentials")
        is_told = not origin or (allowed, credentials) == (origin, "true")
        if upgrade.status != 101 or not is_told:
            wrong.append(f"{origin!r} at {host}: {upgrade.status}, allows {allowed!r} {credentials!r}")
    assert not wrong, "\n".join(wrong)


async def test_several_origins_stay_out(service: Service) -> None:
    """Also if the first one is allowed."""
    origins = [("Origin", "http://localhost"), ("Origin", "http://evil.example")]
    plain, upgrade = await both(service, [("Host", LAN_HOST), *origins])
    assert not plain.header("Access-Control-Allow-Origin")
    assert upgrade.status in {400, 403}


async def test_every_answer_varies_by_origin(service: Service) -> None:
    """With a friendly origin, a hostile one and none, and for an error, too."""
    for origin in ([("Origin", "http://localhost:5173")], [("Origin", "http://evil.example")], []):
        for path in ("/", "/healthz", "/openapi.json", "/nothing"):
            answer = await ask(service.location.port, "GET", path, [("Host", LAN_HOST), *origin])
            assert "origin" in answer.header("Vary").lower(), (path, origin)


@pytest.mark.parametrize("changes", [{"allowed_origins": ["null"]}])
async def test_a_listed_null_gets_in(service: Service) -> None:
    """A host that lists `null` lets pages in that were opened from disk."""
    plain, upgrade = await both(service, [("Host", LAN_HOST), ("Origin", "null")])
    assert (plain.header("Access-Control-Allow-Origin"), upgrade.status) == ("null", 101)

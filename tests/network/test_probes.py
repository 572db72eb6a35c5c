"""The network check's one-time addresses: who reached the server, how fast, once."""

from __future__ import annotations

import pytest

from authws_desktop.network.probes import PROBE_LIFE_S, Probes
from authws_desktop.server.service import Service
from tests.own_clients import HttpClient

PHONE = "192.168.1.31"


class Clock:
    """A clock that tests turn."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def probes(clock: Clock) -> Probes:
    return Probes(clock)


def test_a_device_that_comes_back_is_timed(probes: Probes, clock: Clock) -> None:
    """Its address and the round trip; then the probe is used up."""
    token = probes.open()
    assert probes.begin(token, PHONE)
    clock.now_s += 0.012
    assert probes.finish(token, PHONE, is_own=False)
    assert probes.result is not None
    assert (probes.result.address, round(probes.result.took_s, 4)) == (PHONE, 0.012)
    assert not probes.begin(token, PHONE)
    assert probes.remaining_s == 0


def test_a_probe_ends(probes: Probes, clock: Clock) -> None:
    """By time, by a newer one, and when it is closed."""
    old = probes.open()
    clock.now_s += PROBE_LIFE_S
    assert not probes.begin(old, PHONE)
    old, new = probes.open(), probes.open()
    assert not probes.is_open(old)
    assert probes.is_open(new)
    probes.close()
    assert not probes.is_open(new)
    assert not probes.is_open("")


def test_nobody_finishes_what_another_began(probes: Probes) -> None:
    """The second step counts only after the first, from the same address."""
    token = probes.open()
    assert probes.begin(token, PHONE)
    assert not probes.finish(token, "192.168.1.99", is_own=False)
    assert probes.result is None


async def test_over_the_wire(http: HttpClient, service: Service) -> None:
    """A browser is sent on and sees a plain page without script; this computer's own visit is called that."""
    token = service.probes.open()
    async with http.session.get(f"{http.base}/probe/{token}") as answer:
        assert answer.status == 200
        assert [step.status for step in answer.history] == [303]
        assert answer.url.path_qs == f"/probe/{token}?back"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        text = await answer.text()
    assert "It works" in text
    assert "<script" not in text
    found = service.probes.result
    assert found is not None
    assert (found.address, found.is_own) == ("127.0.0.1", True)
    assert found.took_s > 0
    assert service.probes.is_open(token), "another device can still use it"


async def test_wrong_tokens_and_methods_find_nothing(http: HttpClient, service: Service) -> None:
    """404 in JSON for a wrong one; HEAD, which link previews send, does not use it up."""
    token = service.probes.open()
    for path in ("/probe/wrong", f"/probe/{token}?back", "/probe/", f"/probe/{token}/more"):
        status, body = await http.get(path)
        assert (status, body["code"]) == (404, "NOT_FOUND"), path
    async with http.session.head(f"{http.base}/probe/{token}") as answer:
        assert answer.status in (404, 405)
    assert service.probes.result is None
    assert service.probes.is_open(token)

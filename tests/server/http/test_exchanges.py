"""What a row about a request keeps of it: both heads, both bodies, and no secret."""

from __future__ import annotations

import json

from authws_desktop.server.http.requests import KEPT_BODY_BYTES
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import HttpExchange
from tests.own_clients import PASSWORD, HttpClient


def last_of(service: Service) -> HttpExchange:
    """Return what the newest row about a request keeps."""
    found = [row.http for row in service.traffic.after(0) if row.http is not None]
    return found[-1]


async def test_both_sides_with_headers_and_bodies(http: HttpClient, service: Service) -> None:
    """As they were sent; password and token stand as [redacted]."""
    body = {"username": "ana", "password": PASSWORD}
    await http.post("/auth/register", body, headers={"X-Trace": "17"})
    kept = last_of(service)
    head, _, sent = kept.request.partition("\n\n")
    assert head.startswith("POST /auth/register HTTP/1.1\n")
    assert "X-Trace: 17" in head.split("\n")
    assert json.loads(sent) == {"username": "ana", "password": "[redacted]"}
    head, _, answered = kept.response.partition("\n\n")
    assert head.startswith("HTTP/1.1 201 Created\n")
    assert "Content-Type: application/json; charset=utf-8" in head.split("\n")
    answer = json.loads(answered)
    assert (answer["status"], answer["token"]) == ("success", "[redacted]")


async def test_headers_that_are_secret_are_hidden(http: HttpClient, service: Service) -> None:
    """Whatever they look like."""
    await http.get("/auth/me", headers={"Authorization": "Bearer sesame", "Cookie": "id=sesame"})
    kept = last_of(service)
    assert "Authorization: Bearer [redacted]" in kept.request
    assert "Cookie: [redacted]" in kept.request
    assert "sesame" not in kept.request


async def test_long_bodies_and_heads_are_cut(http: HttpClient, service: Service) -> None:
    """Their beginning is enough, and a full ring stays small."""
    await http.post("/auth/login", {"username": "x" * (KEPT_BODY_BYTES + 100), "password": PASSWORD})
    assert len(last_of(service).request) < KEPT_BODY_BYTES + 1000
    assert last_of(service).request.endswith("…")
    await http.get("/auth/me", headers={"X-Long": "y" * 7000, "X-Longer": "z" * 7000})
    assert len(last_of(service).request) < 9000


async def test_what_is_no_text_is_not_kept(http: HttpClient, service: Service) -> None:
    """An answer without a body has its head."""
    token = (await http.register("ana"))["token"]
    await http.post("/auth/logout", token=token)
    assert last_of(service).response.startswith("HTTP/1.1 204 No Content\n")
    assert last_of(service).response.endswith("\n")

"""What a running server answers is what its documents say: every route, every failure that can be provoked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from yarl import URL

from authws_desktop.accounts.errors import Busy, StoreError, StoreFailure
from authws_desktop.protocol.codes import HttpErrorCode
from authws_desktop.protocol.limits import MAX_BODY_BYTES
from authws_desktop.protocol.openapi import openapi
from authws_desktop.protocol.route import Route
from authws_desktop.protocol.router import Router
from authws_desktop.protocol.routes import DOCS_FILE, FILE_ROUTES, ROUTES, WEB_FILE
from authws_desktop.server.service import Service
from tests.own_clients import PASSWORD, HttpClient, Join

DOCUMENT = openapi()


@pytest.fixture(autouse=True)
def documentation(web_client: Path) -> None:
    """A documentation of one page, beside the web client."""
    folder = web_client.parent / "docs"
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>docs</title>")


class Walk:
    """Calls a server and holds each answer against the document.

    Attributes:
        statuses: Of which route which status came.
        codes: Which failures came.
    """

    def __init__(self, http: HttpClient) -> None:
        self.http = http
        self.token = ""
        self.statuses: set[tuple[str, int]] = set()
        self.codes: set[str] = set()

    async def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Send a request; return the decoded answer, `None` where it is no JSON."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= options.pop("headers", {})
        if body is not None:
            options["json"] = body
        url = URL(self.http.base + path, encoded=True)
        async with self.http.session.request(
            method, url, headers=headers, allow_redirects=False, **options
        ) as answer:
            data = await answer.read()
            self.check(_route_of(method, path), answer.status, answer.content_type, data, answer.headers)
        return json.loads(data) if answer.content_type == "application/json" else None

    def check(self, route: Route, status: int, kind: str, data: bytes, headers: Any) -> None:
        """Hold an answer against what the document says of its route."""
        self.statuses.add((route.name, status))
        described = DOCUMENT["paths"][route.path][route.method.lower()]["responses"].get(str(status))
        if status == 405:  # of another method than any of the document's
            described = DOCUMENT["paths"][route.path][route.method.lower()]["responses"]["405"]
        assert described is not None, f"{route.name} answers {status}, which is not in the document"
        assert set(described.get("headers", {})) <= set(headers), (route.name, status)
        schema = described.get("content", {}).get(kind, {}).get("schema")
        if "content" in described and not any(kind == each for each in described["content"]):
            assert "application/octet-stream" in described["content"], (route.name, status, kind)
        if schema is not None:
            whole = {**schema, "components": DOCUMENT["components"]}
            jsonschema.validate(json.loads(data), whole, jsonschema.Draft202012Validator)
        if status >= 400:
            self.codes.add(json.loads(data)["code"])


def _route_of(method: str, path: str) -> Route:
    found = Router().find(path.partition("?")[0])
    if found is None:
        return DOCS_FILE if path.startswith("/docs") else WEB_FILE
    return found.routes.get(method) or next(iter(found.routes.values()))


@pytest.fixture
def walk(http: HttpClient) -> Walk:
    """A walk that has not begun."""
    return Walk(http)


async def _walk_accounts(
    walk: Walk, service: Service, set_registration: Callable[[str], Awaitable[None]]
) -> None:
    ana = {"username": "ana", "password": PASSWORD}
    await walk("POST", "/auth/register", ana)
    await walk("POST", "/auth/register", ana)
    await walk("POST", "/auth/register", {"username": "a b c", "password": PASSWORD})
    await walk("POST", "/auth/login", {**ana, "password": "wrong password"})
    walk.token = (await walk("POST", "/auth/login", ana))["token"]
    await walk("GET", "/auth/me")
    await walk("GET", "/admin/users")
    changed = await walk(
        "POST", "/auth/password", {"currentPassword": PASSWORD, "newPassword": "another one"}
    )
    await walk("GET", "/auth/me")
    walk.token = changed["token"]
    walk.token = (await walk("POST", "/auth/refresh"))["token"]
    await walk("POST", "/auth/logout")
    walk.token = ""
    await walk("POST", "/auth/guest", {"username": "mia"})
    await service.apply(msgspec.structs.replace(service.settings.saved, guests="on"))
    await walk("POST", "/auth/guest", {"username": "mia"})
    user = service.accounts.find("ana")
    assert user is not None
    await service.accounts.administration.set_disabled(user.id, True)
    await walk("POST", "/auth/login", {"username": "ana", "password": "another one"})
    for mode in ("closed", "invite", "approval"):
        await set_registration(mode)
        new = {"username": f"new{mode}", "password": PASSWORD}
        await walk("POST", "/auth/register", new)
        if mode == "invite":
            await walk("POST", "/auth/register", {**new, "inviteCode": "nonsense"})
    await walk("POST", "/auth/login", new)
    for _ in range(11):
        await walk("POST", "/auth/login", {"username": "nobody", "password": "wrong password"})


async def _walk_admin(walk: Walk, join: Join) -> None:
    made = (await walk("POST", "/admin/users", {"username": "ben"}))["user"]
    user = f"/admin/users/{made['id']}"
    await walk("GET", "/admin/users")
    await walk("GET", user)
    await walk("PATCH", user, {"disabled": True, "revision": made["revision"]})
    await walk("PATCH", user, {"disabled": False, "revision": made["revision"]})
    await walk("POST", f"{user}/password", {})
    await walk("GET", f"{user}/sessions")
    await walk("DELETE", f"{user}/sessions")
    await join("cem")
    await walk("POST", "/admin/send", {"content": 1})
    await walk("GET", "/admin/pinned")
    await walk("POST", "/admin/send", {"content": {"text": "Pizza at 8"}, "pinned": True})
    await walk("GET", "/admin/pinned")
    await walk("DELETE", "/admin/pinned")
    connections = (await walk("GET", "/admin/connections"))["connections"]
    await walk("DELETE", f"/admin/sessions/{connections[0]['sessionId']}")
    await join("dan")
    connections = (await walk("GET", "/admin/connections"))["connections"]
    await walk("DELETE", f"/admin/connections/{connections[-1]['id']}")
    await walk("GET", "/admin/traffic?filter=type:message&limit=1")
    await walk("GET", '/admin/traffic?filter="')
    await walk("POST", "/admin/wait", {"filter": "type:message"})
    await walk("POST", "/admin/wait", {"filter": "type:message user:nobody", "timeoutS": 0})
    await walk("POST", "/admin/wait", {"filter": "type:message", "absent": True})
    await walk("GET", "/metrics")
    await walk("PUT", "/admin/faults/user:cem", {"drop": 0.5, "direction": "in"})
    await walk("PUT", "/admin/faults/user:cem", {"drop": 2})
    await walk("GET", "/admin/faults")
    await walk("DELETE", "/admin/faults/user:cem")
    await walk("DELETE", "/admin/faults/user:nobody")
    await _begin_a_stream(walk)
    await walk("DELETE", "/admin/traffic")
    await walk("DELETE", f"{user}?revision=x")
    await walk("DELETE", user)
    await walk("GET", user)


async def _begin_a_stream(walk: Walk) -> None:
    headers = {"Authorization": f"Bearer {walk.token}"}
    async with walk.http.session.get(f"{walk.http.base}/admin/traffic/stream", headers=headers) as answer:
        route = _route_of("GET", "/admin/traffic/stream")
        walk.check(route, answer.status, answer.content_type, await answer.content.readline(), answer.headers)


async def _walk_pages(walk: Walk, service: Service) -> None:
    for path in (
        "/",
        "/docs",
        "/docs/",
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/asyncapi.json",
        "/ws",
        "/trust",
        "/trust/authority.crt",
        "/trust/authority.mobileconfig",
    ):
        await walk("GET", path)
    await walk("GET", "/", headers={"Accept": "text/html"})
    await walk("GET", "/app.js")
    for path in ("/app.js", "/docs/index.html"):
        await walk("GET", path, headers={"Range": "bytes=2-4"})
        await walk("GET", path, headers={"Range": "bytes=100-"})
    await walk("GET", "/nothing")
    token = service.probes.open()
    await walk("GET", f"/probe/{token}")
    await walk("GET", f"/probe/{token}?back")
    await walk("GET", "/probe/nonsense")


async def _walk_refusals(walk: Walk, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    await walk("POST", "/healthz")
    await walk("POST", "/auth/login", data=b"x", headers={"Content-Type": "text/plain"})
    big = b" " * (MAX_BODY_BYTES + 1)
    await walk("POST", "/auth/login", data=big, headers={"Content-Type": "application/json"})
    await walk("GET", "/healthz", headers={"Host": "evil.example"})
    await walk("GET", "/healthz", headers={"Expect": "everything"})
    await walk("GET", "/healthz", headers={"Cookie": "c" * 17_000})
    login = {"username": "ana", "password": PASSWORD}
    for error in (
        Busy(3),
        StoreError(StoreFailure.LOCKED, "The database is away."),
        RuntimeError("a mistake"),
    ):

        async def fail(*_arguments: Any, error: Exception = error, **_options: Any) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(service.accounts.logins, "login", fail)
            await walk("POST", "/auth/login", login)
    with monkeypatch.context() as patch:
        patch.setattr("authws_desktop.server.http.requests.BODY_TIMEOUT_S", 0.1)
        await _send_half_a_body(walk, service)


async def _send_half_a_body(walk: Walk, service: Service) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", service.location.port)
    writer.write(
        b"POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 9\r\nConnection: close\r\n\r\n{"
    )
    async with asyncio.timeout(30):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    status = int(head.split()[1])
    walk.check(_route_of("POST", "/auth/login"), status, "application/json", body, {})
    assert status == 408


async def test_answers_are_those_of_the_documents(
    walk: Walk,
    service: Service,
    join: Join,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each answer fits its schema; each success of each route comes, and each code that HTTP can answer."""

    async def set_registration(mode: str) -> None:
        await service.apply(msgspec.structs.replace(service.settings.saved, registration=mode))

    host = await service.accounts.administration.create("root1", PASSWORD, "host")
    walk.token = (await service.accounts.sessions.issue(host.id, 600)).token
    await _walk_admin(walk, join)
    walk.token = ""
    await _walk_pages(walk, service)
    await _walk_refusals(walk, service, monkeypatch)
    await _walk_accounts(walk, service, set_registration)
    monkeypatch.setattr(service.bans, "is_own", lambda _address: False)
    service.bans.add_address("127.0.0.1")
    await walk("GET", "/healthz")
    # Of the WebSocket's handshake; the trust pages need TLS and have tests of their own.
    by_handshake = {HttpErrorCode.FORBIDDEN_ORIGIN}
    missed = {("websocket", 101), ("trustPage", 200), ("authority", 200), ("authorityProfile", 200)}
    wanted = {(route.name, answer.status) for route in (*ROUTES, *FILE_ROUTES) for answer in route.answers}
    assert wanted - walk.statuses == missed
    assert set(HttpErrorCode) - by_handshake == walk.codes
    assert "a mistake" in caplog.text


async def test_the_documents_are_served_as_they_are_made(http: HttpClient, service: Service) -> None:
    """Both, as JSON; with the host's rule for passwords."""
    from authws_desktop.protocol.asyncapi import asyncapi

    assert await http.get("/openapi.json") == (200, DOCUMENT)
    await service.apply(msgspec.structs.replace(service.settings.saved, min_password=12))
    _, document = await http.get("/openapi.json")
    schemas = document["components"]["schemas"]
    assert schemas["Registration"]["properties"]["password"]["minLength"] == 12
    assert "minLength" not in schemas["Credentials"]["properties"]["password"]
    assert await http.get("/asyncapi.json") == (200, asyncapi())

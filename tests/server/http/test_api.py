"""The auth API of a real server, by aiohttp's client and by raw bytes."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Kind
from tests.own_clients import PASSWORD, HttpClient, Join, eventually

ANA = {"username": "Ana", "password": PASSWORD}


async def test_register_and_login_answer_as_the_contract_says(http: HttpClient) -> None:
    """201 then 200, the same shape."""
    status, registered = await http.post("/auth/register", ANA)
    assert status == 201
    status, logged_in = await http.post("/auth/login", {"username": "ana", "password": PASSWORD})
    assert status == 200
    for answer in (registered, logged_in):
        assert set(answer) == {"status", "token", "user", "expiresAt"}
        assert answer["status"] == "success"
        assert answer["user"]["username"] == "Ana"
    assert registered["user"]["id"] == logged_in["user"]["id"]
    assert registered["token"] != logged_in["token"]


async def test_me_refresh_password_and_logout(http: HttpClient) -> None:
    """The life of a token."""
    first = (await http.register("ana"))["token"]
    status, me = await http.get("/auth/me", first)
    assert status == 200
    assert set(me["user"]) == {"id", "username", "role", "createdAt"}
    assert me["user"]["role"] == "member"
    status, refreshed = await http.post("/auth/refresh", token=first)
    assert status == 200
    status, changed = await http.post(
        "/auth/password", {"currentPassword": PASSWORD, "newPassword": "another one"}, token=first
    )
    assert status == 200
    for ended in (first, refreshed["token"]):
        assert (await http.get("/auth/me", ended))[0] == 401
    assert (await http.get("/auth/me", changed["token"]))[0] == 200
    assert (await http.post("/auth/login", {"username": "ana", "password": PASSWORD}))[0] == 401
    assert (await http.post("/auth/logout", token=changed["token"])) == (204, {})
    assert (await http.get("/auth/me", changed["token"]))[0] == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "username"),
        ({"username": "ana"}, "password"),
        ({"username": 5, "password": PASSWORD}, "username"),
        ({"username": None, "password": PASSWORD}, "username"),
        ({"username": "x", "password": PASSWORD}, "username"),
        ({"username": "x" * 65, "password": PASSWORD}, "username"),
        ({"username": "x" * 10_000, "password": PASSWORD}, "username"),
        ({"username": "a  b c", "password": PASSWORD}, "username"),
        ({"username": "ana\0", "password": PASSWORD}, "username"),
        ({"username": "ana", "password": "short"}, "password"),
        ({"username": "ana", "password": "x" * 1025}, "password"),
        ({"username": "ana", "password": 12345678}, "password"),
        ({"username": "ana", "password": ["x"]}, "password"),
    ],
)
async def test_a_bad_field_is_named(http: HttpClient, body: dict[str, Any], field: str) -> None:
    """400 with the field, in the text and by itself."""
    status, answer = await http.post("/auth/register", body)
    assert (status, answer["status"], answer["code"]) == (400, "error", "INVALID_REQUEST")
    assert answer["field"] == field
    assert field in answer["message"].lower()


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"nonsense", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"null", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"username":"\\ud800aaa","password":"12345678"}', "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b'{"username":"ana","password":"12345678"}', "text/plain", 415),
        (b"username=ana&password=12345678", "application/x-www-form-urlencoded", 415),
        (b" " * (64 * 1024 + 1), "application/json", 413),
        (b" " * (1024 * 1024), "application/json", 413),
    ],
)
async def test_bad_bodies(http: HttpClient, data: bytes, content_type: str, status: int) -> None:
    """Every failure is JSON with status, code and message, and the server goes on."""
    got, answer = await http.post("/auth/register", data=data, headers={"Content-Type": content_type})
    assert got == status
    assert (answer["status"], set(answer) >= {"code", "message"}) == ("error", True)
    assert (await http.get("/healthz")) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/auth/nothing", 404),
        ("POST", "/nothing", 404),
        ("OPTIONS", "/nothing", 404),
        ("POST", "//auth/login", 404),
        ("FOO", "/auth/login", 405),
        ("POST", "/app.js", 405),
        ("GET", "/ws", 426),
        ("GET", "/auth/login", 405),
        ("DELETE", "/auth/me", 405),
        ("POST", "/auth/refresh", 401),
        ("POST", "/auth/logout", 401),
        ("GET", "/auth/me", 401),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/%2e%2e/%2e%2e/pyproject.toml", 404),
        ("GET", "/..%2f..%2fpyproject.toml", 404),
        ("GET", "/x%00y", 404),
        ("GET", "/" + "x" * 4000, 404),
    ],
)
async def test_every_failure_is_json(http: HttpClient, method: str, path: str, status: int) -> None:
    """404 and 405 included; no file outside the web client's folder can be read."""
    from yarl import URL

    url = URL(http.base + path, encoded=True)
    async with http.session.request(method, url) as answer:
        body = await answer.json()
    assert answer.status == status
    assert ("Allow" in answer.headers) is (status == 405)
    assert (body["status"], bool(body["code"]), bool(body["message"])) == ("error", True, True)


async def test_names_are_taken_whatever_their_case(http: HttpClient) -> None:
    """`Ana` and `ana` are one user."""
    await http.register("Ana")
    status, answer = await http.post("/auth/register", {"username": "aNA", "password": PASSWORD})
    assert (status, answer["code"]) == (409, "USERNAME_TAKEN")


async def test_an_unknown_user_and_a_wrong_password_look_the_same(http: HttpClient) -> None:
    """Nobody learns which names exist."""
    await http.register("ana")
    unknown = await http.post("/auth/login", {"username": "nobody", "password": PASSWORD})
    wrong = await http.post("/auth/login", {"username": "ana", "password": "wrong password"})
    assert unknown == wrong
    assert (wrong[0], wrong[1]["code"]) == (401, "INVALID_CREDENTIALS")


async def test_a_disabled_account_is_told_so_only_with_the_right_password(
    http: HttpClient, service: Service
) -> None:
    """403 after a right password, 401 before."""
    user = (await http.register("ana"))["user"]
    await service.accounts.administration.set_disabled(user["id"], True)
    status, answer = await http.post("/auth/login", {"username": "ana", "password": PASSWORD})
    assert (status, answer["code"]) == (403, "ACCOUNT_DISABLED")
    assert (await http.post("/auth/login", {"username": "ana", "password": "wrong password"}))[0] == 401


async def test_too_many_failures_wait(http: HttpClient) -> None:
    """Ten failures, then 429 with `Retry-After`, for the right password too."""
    await http.register("ana")
    for _ in range(10):
        assert (await http.post("/auth/login", {"username": "ana", "password": "wrong password"}))[0] == 401
    async with http.session.post(http.base + "/auth/login", json=ANA) as answer:
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) > 0
        assert (await answer.json())["code"] == "TOO_MANY_REQUESTS"


class TestClosed:
    """Registration closed."""

    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"registration": "closed"}

    async def test_nobody_registers(self, http: HttpClient, service: Service) -> None:
        """403, and accounts the host made still log in."""
        status, answer = await http.post("/auth/register", ANA)
        assert (status, answer["code"]) == (403, "REGISTRATION_CLOSED")
        await service.accounts.administration.create("ana", PASSWORD)
        await http.login("ana")


async def test_status_tells_programs_about_the_server(http: HttpClient, join: Join) -> None:
    """The replaced server's health fields."""
    await join("ana")
    await join()
    status, answer = await http.get("/")
    assert status == 200
    assert (answer["status"], answer["service"]) == ("ok", "websocket-server")
    assert (answer["authenticatedClients"], answer["totalClients"]) == (1, 2)
    assert answer["uptimeSeconds"] > 0
    assert set(answer) == {
        "status", "service", "version", "authenticatedClients", "totalClients", "uptimeSeconds", "timestamp",
            "registration", "title", "welcome", "language", "guests", "guestDirects", "whoMayWrite", "images",
    }  # fmt: skip


async def test_the_clock_does_not_move_the_uptime(
    http: HttpClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sets the computer's clock back finds a server that has run as long as before."""
    hour_ago = time.time() - 3600
    monkeypatch.setattr(time, "time", lambda: hour_ago)
    assert (await http.get("/"))[1]["uptimeSeconds"] >= 0
    assert service.uptime_s < 3000


@pytest.mark.parametrize("path", ["/auth/me/", "/Auth/Me", "/AUTH/ME/", "/auth/%6de"])
async def test_letter_case_and_a_slash_at_the_end_do_not_count(http: HttpClient, path: str) -> None:
    """As with the routers of the servers that this one replaces."""
    assert (await http.get(path))[0] == 401


async def test_names_in_a_path_keep_their_case(http: HttpClient, service: Service) -> None:
    """Ids are compared as they are."""
    account = await service.accounts.administration.create("root1", PASSWORD, "host")
    token = (await service.accounts.sessions.issue(account.id, 600)).token
    other = (await http.register("ana"))["user"]["id"]
    assert (await http.get(f"/Admin/Users/{other}/", token))[0] == 200
    assert (await http.get(f"/admin/users/{other.upper()}x", token))[0] == 404


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("http://localhost:5173", True),
        ("http://127.0.0.1:8080", True),
        ("https://app.example.org", True),
        ("https://evil.example", False),
        ("null", False),
    ],
)
@pytest.mark.parametrize("changes", [{"allowed_origins": ["https://app.example.org/"]}])
async def test_cors(http: HttpClient, origin: str, is_allowed: bool) -> None:
    """Allowed pages may read answers, also to a preflight, and with credentials; others may not."""
    url = http.base + "/auth/login"
    for call in (
        http.session.options(url, headers={"Origin": origin, "Access-Control-Request-Method": "POST"}),
        http.session.post(url, json=ANA, headers={"Origin": origin}),
    ):
        async with call as answer:
            assert answer.headers.get("Access-Control-Allow-Origin") == (origin if is_allowed else None)
            assert answer.headers.get("Access-Control-Allow-Credentials") == ("true" if is_allowed else None)
            assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/auth/login", "POST"), ("/admin/users/x", "GET, HEAD, PATCH, DELETE"), ("/healthz", "GET, HEAD")],
)
async def test_a_preflight_allows_what_the_route_takes(http: HttpClient, path: str, methods: str) -> None:
    """The route's own methods, and the headers that are asked for, whatever they are."""
    asked = "authorization,traceparent,x-requested-with"
    headers = {"Origin": "http://localhost:5173", "Access-Control-Request-Method": "DELETE"}
    async with http.session.options(
        http.base + path, headers={**headers, "Access-Control-Request-Headers": asked}
    ) as answer:
        assert (answer.status, answer.headers["Allow"]) == (204, f"{methods}, OPTIONS")
        assert answer.headers["Access-Control-Allow-Methods"] == f"{methods}, OPTIONS"
        assert answer.headers["Access-Control-Allow-Headers"] == asked


async def test_every_answer_varies_with_the_origin(http: HttpClient) -> None:
    """Also one without an Origin: a browser would show its copy to a page that needs CORS headers."""
    for path in ("/openapi.json", "/icon.svg", "/healthz", "/nothing"):
        async with http.session.get(http.base + path) as answer:
            assert "Origin" in answer.headers["Vary"]
            assert "Cache-Control" in answer.headers
            assert answer.headers["Server"] == "authws-desktop"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200), ("localhost:4000", 200), ("127.0.0.1", 200), ("[::1]:4000", 200), ("192.168.1.20", 200),
        ("hub.example.org", 200), ("HUB.example.ORG", 200), ("evil.example", 421), ("", 421), ("a b", 421),
    ],
)  # fmt: skip
@pytest.mark.parametrize("changes", [{"allowed_hosts": ["hub.example.org"]}])
async def test_host_names(http: HttpClient, host: str, status: int) -> None:
    """Addresses, own names and listed names; anything else is 421."""
    async with http.session.get(http.base + "/healthz", headers={"Host": host}) as answer:
        assert answer.status == status


async def raw_request(service: Service, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", service.location.port)
    writer.write(data)
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.transport.abort()


async def test_a_head_over_16_kib_ends_the_connection(service: Service) -> None:
    """With a JSON answer whose length is right."""
    answer = await raw_request(service, b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 431 " in head
    assert json.loads(body)["code"] == "INVALID_REQUEST"
    assert f"Content-Length: {len(body)}".encode() in head


async def test_a_head_that_never_ends_is_cut_off(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the deadline (shortened here)."""
    monkeypatch.setattr("authws_desktop.server.websocket.listener.HEAD_TIMEOUT_S", 0.2)
    answer = await raw_request(service, b"GET / HTTP/1.1\r\n")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"INVALID_REQUEST"' in answer
    assert await raw_request(service, b"") == b""


async def test_a_body_that_never_ends_is_cut_off(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """408 after the deadline (shortened here), whatever length was announced."""
    monkeypatch.setattr("authws_desktop.server.http.requests.BODY_TIMEOUT_S", 0.2)
    answer = await raw_request(
        service,
        b"POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100\r\nConnection: close\r\n\r\n{",
    )
    assert b" 408 " in answer


async def test_garbage_is_answered_or_dropped(
    service: Service, http: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A TLS greeting, a bare newline, binary noise: the server goes on."""
    monkeypatch.setattr("authws_desktop.server.websocket.listener.HEAD_TIMEOUT_S", 0.2)
    for data in (b"\x16\x03\x01\x02\0\x01\0\r\n\r\n", b"\r\n\r\n", b"\0" * 100 + b"\r\n\r\n", b"X\r\n\r\n"):
        await raw_request(service, data)
    assert (await http.get("/healthz"))[0] == 200


async def test_requests_are_recorded_without_passwords_or_tokens(
    http: HttpClient, service: Service, join: Join
) -> None:
    """Each auth call is a row; nothing secret is in any row."""
    token = (await http.register("ana"))["token"]
    await http.get("/auth/me", token)
    await http.post("/auth/login", {"username": "ana", "password": "wrong password"})
    await join("ben")
    rows = [record for record in service.traffic.after(0) if record.kind in (Kind.HTTP, Kind.REFUSED)]
    assert [(row.identity.username, row.outcome) for row in rows] == [
        ("ana", "201"), ("ana", "200"), ("ana", "401"), ("ben", "201"),
    ]  # fmt: skip
    everything = repr(service.traffic.after(0))
    for secret in (PASSWORD, "wrong password", token, token.split(".")[2]):
        assert secret not in everything


async def test_the_end_of_tokens_ends_connections(http: HttpClient, join: Join, service: Service) -> None:
    """Logout, password change, disabling and deleting close with 4004 at once."""
    acts: list[tuple[str, Any]] = [
        ("ana", lambda user_id, token: http.post("/auth/logout", token=token)),
        ("ben", lambda user_id, token: service.accounts.administration.set_disabled(user_id, True)),
        ("cem", lambda user_id, token: service.accounts.administration.delete(user_id)),
        (
            "dan",
            lambda user_id, token: service.accounts.administration.reset_password(
                user_id, "another password"
            ),
        ),
        ("eve", lambda user_id, token: service.accounts.sessions.revoke_all(user_id)),
    ]
    for name, act in acts:
        answer = await http.register(name)
        client = await join()
        await client.log_in(answer["token"])
        await act(answer["user"]["id"], answer["token"])
        assert (await client.expect_close())[0] == 4004
        await eventually(lambda: service.hub.authenticated_count == 0)
        again = await join()
        await again.send({"type": "authenticate", "token": answer["token"]})
        reason = (await again.expect("error"))["reason"]
        assert reason in ("revoked", "disabled", "unknown_user")
        await again.socket.close()


async def test_a_password_change_keeps_the_other_users(http: HttpClient, join: Join) -> None:
    """Only the user's own connections end."""
    ana = await http.register("ana")
    client, ben = await join(), await join("ben")
    await client.log_in(ana["token"])
    await http.post(
        "/auth/password", {"currentPassword": PASSWORD, "newPassword": "another one"}, token=ana["token"]
    )
    assert (await client.expect_close())[0] == 4004
    await ben.send({"type": "message", "content": 1})
    await ben.expect("message")

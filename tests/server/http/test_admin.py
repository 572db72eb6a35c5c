"""Administration over HTTP: for hosts, by Bearer token only, written down, with its effect on clients."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from authws_desktop.protocol.route import Auth
from authws_desktop.protocol.routes import ROUTES
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Kind
from tests.own_clients import PASSWORD, WAIT_S, HttpClient, Join, eventually

CALLS = [
    ("GET", "/admin/users", None),
    ("POST", "/admin/users", {"username": "bob"}),
    ("GET", "/admin/users/x", None),
    ("PATCH", "/admin/users/x", {"disabled": True}),
    ("DELETE", "/admin/users/x", None),
    ("POST", "/admin/users/x/password", {}),
    ("GET", "/admin/users/x/sessions", None),
    ("DELETE", "/admin/users/x/sessions", None),
    ("DELETE", "/admin/sessions/x", None),
    ("GET", "/admin/connections", None),
    ("DELETE", "/admin/connections/x", None),
    ("POST", "/admin/send", {"content": 1}),
    ("GET", "/admin/traffic", None),
    ("DELETE", "/admin/traffic", None),
    ("GET", "/admin/traffic/stream", None),
    ("POST", "/admin/wait", {}),
    ("GET", "/metrics", None),
    ("GET", "/admin/pinned", None),
    ("DELETE", "/admin/pinned", None),
    ("GET", "/admin/faults", None),
    ("PUT", "/admin/faults/x", {}),
    ("DELETE", "/admin/faults/x", None),
]


@pytest.fixture
async def root(service: Service) -> str:
    """A host's token."""
    account = await service.accounts.administration.create("root1", PASSWORD, "host")
    return (await service.accounts.sessions.issue(account.id, 600)).token


def test_every_route_is_tried() -> None:
    """`CALLS` leaves none out."""
    routes = {(route.method, route.path) for route in ROUTES if route.auth is Auth.HOST}
    named = {(method, path.replace("faults/x", "faults/{target}")) for method, path, _ in CALLS}
    assert routes == {(method, path.replace("/x", "/{id}")) for method, path in named}


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
async def test_only_hosts_by_bearer(
    http: HttpClient, service: Service, root: str, method: str, path: str, body: Any
) -> None:
    """401 without, with a wrong one, by cookie or query; 403 for a member; nothing happens."""
    member = (await http.register("ana"))["token"]
    before = service.accounts.users()
    for options in (
        {},
        {"token": "garbage"},
        {"headers": {"Cookie": f"token={root}; Authorization=Bearer {root}"}},
        {"headers": {"Authorization": f"Basic {root}"}},
        {"params": {"token": root, "access_token": root}},
    ):
        status, answer = await http.call(method, path, body=body, **options)
        assert (status, answer["code"]) == (401, "UNAUTHORIZED")
    status, answer = await http.call(method, path, member, body)
    assert (status, answer["code"]) == (403, "FORBIDDEN")
    assert service.accounts.users() == before
    assert root not in repr(service.traffic.after(0))


@pytest.mark.parametrize(("method", "path", "body"), [c for c in CALLS if "/x" in c[1]])
async def test_what_is_not_there_is_404(
    http: HttpClient, root: str, method: str, path: str, body: Any
) -> None:
    """Unknown users, sessions and connections; unknown paths and methods too."""
    status, answer = await http.call(method, path, root, body)
    assert (status, answer["code"]) == (404, "NOT_FOUND")
    assert (await http.call("GET", "/admin/nothing", root))[0] == 404
    assert (await http.call("PUT", "/admin/users", root))[0] == 405


async def test_the_life_of_a_user(http: HttpClient, root: str) -> None:
    """Create, see, change, set the password, delete."""
    status, made = await http.call("POST", "/admin/users", root, {"username": "Ana"})
    assert status == 201
    user = made["user"]
    assert (user["username"], user["role"], user["disabled"], user["connections"]) == (
        "Ana",
        "member",
        False,
        0,
    )
    assert user["changedBy"] == "admin API: root1"
    await http.login("ana", made["password"])
    path = f"/admin/users/{user['id']}"
    status, changed = await http.call(
        "PATCH", path, root, {"username": "Anna", "role": "host", "disabled": True}
    )
    assert (status, changed["user"]["username"], changed["user"]["role"]) == (200, "Anna", "host")
    assert changed["user"]["disabled"]
    assert "password" not in changed
    assert (await http.call("GET", path, root))[1] == changed
    await http.call("PATCH", path, root, {"disabled": False})
    status, answer = await http.call("POST", f"{path}/password", root, {"password": "battery staple"})
    assert (status, "password" in answer) == (200, False)
    await http.login("anna", "battery staple")
    status, answer = await http.call("POST", f"{path}/password", root, {})
    await http.login("anna", answer["password"])
    assert [u["username"] for u in (await http.call("GET", "/admin/users", root))[1]["users"]] == [
        "root1",
        "Anna",
    ]
    assert await http.call("DELETE", path, root) == (204, {})
    assert (await http.call("GET", path, root))[0] == 404


async def test_conflicts_are_409(http: HttpClient, root: str) -> None:
    """A taken name, and a user whom somebody else changed; nothing is changed then."""
    status, made = await http.call("POST", "/admin/users", root, {"username": "Ana", "password": PASSWORD})
    status, answer = await http.call("POST", "/admin/users", root, {"username": "ANA"})
    assert (status, answer["code"]) == (409, "USERNAME_TAKEN")
    path, old = f"/admin/users/{made['user']['id']}", made["user"]["revision"]
    status, now = await http.call("PATCH", path, root, {"role": "host", "disabled": True, "revision": old})
    assert status == 200
    for call in (
        http.call("PATCH", path, root, {"username": "Anna", "revision": old}),
        http.call("PATCH", path, root, {"disabled": False, "revision": old}),
        http.call("POST", f"{path}/password", root, {"revision": old}),
        http.call("DELETE", path, root, params={"revision": old}),
    ):
        status, answer = await call
        assert (status, answer["code"]) == (409, "CONFLICT")
        assert "admin API: root1" in answer["message"]
    assert (await http.call("GET", path, root))[1] == now
    assert (await http.call("DELETE", path, root, params={"revision": now["user"]["revision"]}))[0] == 204


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/admin/users", {}, "username"),
        ("POST", "/admin/users", {"username": "a?b"}, "username"),
        ("POST", "/admin/users", {"username": "bob", "password": "short"}, "password"),
        ("POST", "/admin/users", {"username": "bob", "password": ""}, "password"),
        ("POST", "/admin/users", {"username": "bob", "role": "king"}, "role"),
        ("PATCH", "/admin/users/ID", {}, None),
        ("PATCH", "/admin/users/ID", {"disabled": "yes"}, "disabled"),
        ("PATCH", "/admin/users/ID", {"disabled": True, "revision": "1"}, "revision"),
        ("DELETE", "/admin/users/ID?revision=x", None, "revision"),
        ("POST", "/admin/users/ID/password", {"password": "short"}, "password"),
        ("POST", "/admin/send", {}, "content"),
    ],
)
async def test_bad_input_names_its_field(
    http: HttpClient, service: Service, root: str, method: str, path: str, body: Any, field: str | None
) -> None:
    """400, and nothing is changed."""
    ana = await service.accounts.administration.create("ana", PASSWORD)
    status, answer = await http.call(method, path.replace("ID", ana.id), root, body)
    assert (status, answer["code"], answer.get("field")) == (400, "INVALID_REQUEST", field)
    assert service.accounts.get(ana.id) == ana
    assert len(service.accounts.users()) == 2


async def test_disabling_ends_connections(http: HttpClient, root: str, join: Join, service: Service) -> None:
    """Closed with 4004 at once."""
    client = await join("ana")
    user = service.accounts.find("ana")
    assert user is not None
    await http.call("PATCH", f"/admin/users/{user.id}", root, {"disabled": True})
    assert await client.expect_close() == (4004, "account disabled")


async def test_connections_are_listed_and_closed(http: HttpClient, root: str, join: Join) -> None:
    """With who they are; closed with 4005."""
    ana, nobody = await join("ana"), await join()
    found = (await http.call("GET", "/admin/connections", root))[1]["connections"]
    assert [(c["id"], c["username"], c["address"]) for c in found] == [
        (ana.client_id, "ana", "127.0.0.1"),
        (nobody.client_id, None, "127.0.0.1"),
    ]
    assert await http.call("DELETE", f"/admin/connections/{ana.client_id}", root) == (204, {})
    assert (await ana.expect_close())[0] == 4005
    assert (await http.call("DELETE", f"/admin/connections/{ana.client_id}", root))[0] == 404


async def test_sessions_are_listed_and_ended(
    http: HttpClient, root: str, join: Join, service: Service
) -> None:
    """One, or all of a user; their connections end."""
    one, _ = await join("ana"), await http.login("ana")
    user = service.accounts.find("ana")
    assert user is not None
    path = f"/admin/users/{user.id}/sessions"
    sessions = (await http.call("GET", path, root))[1]["sessions"]
    assert len(sessions) == 2
    assert sessions[0]["lastUsedAt"] is not None
    assert await http.call("DELETE", f"/admin/sessions/{sessions[0]['id']}", root) == (204, {})
    assert await one.expect_close() == (4004, "token revoked")
    assert await http.call("DELETE", path, root) == (204, {})
    assert (await http.call("GET", path, root))[1]["sessions"] == []


async def test_sending(http: HttpClient, root: str, join: Join) -> None:
    """To everyone, or to one by name, as user server; 404 if nobody is meant."""
    ana, bob = await join("ana"), await join("bob")
    assert await http.call("POST", "/admin/send", root, {"content": {"n": 1}}) == (
        200,
        {"status": "success", "recipients": 2},
    )
    for client in (ana, bob):
        message = await client.expect("message")
        assert (message["content"], message["username"]) == ({"n": 1}, "server")
    status, answer = await http.call("POST", "/admin/send", root, {"content": "hi", "to": "BOB"})
    assert (status, answer["recipients"]) == (200, 1)
    assert (await bob.expect("direct"))["content"] == "hi"
    status, answer = await http.call("POST", "/admin/send", root, {"content": "hi", "to": "carl"})
    assert (status, answer["code"], answer["field"]) == (404, "NOT_FOUND", "to")


async def test_everything_is_written_down(http: HttpClient, root: str, join: Join, service: Service) -> None:
    """In the audit with name and address, and as rows of the traffic, without passwords."""
    client = await join("ana")
    await http.call("POST", "/admin/users", root, {"username": "bob", "password": "battery staple"})
    await http.call("POST", "/admin/send", root, {"content": "hi"})
    await http.call("DELETE", f"/admin/connections/{client.client_id}", root)
    entries = [each for each in await service.accounts.audit.all() if each.actor != "window"]
    assert [(each.act, each.target) for each in entries] == [
        ("create user", "bob"),
        ("send", "everyone"),
        ("close connections", "ana"),
    ]
    assert {(each.actor, each.address) for each in entries} == {("admin API: root1", "127.0.0.1")}
    rows = [row for row in service.traffic.after(0) if row.kind is Kind.HTTP and "/admin/" in row.detail]
    assert [(row.identity.username, row.outcome) for row in rows] == [
        ("root1", "201"),
        ("root1", "200"),
        ("root1", "204"),
    ]
    assert "battery staple" not in repr(service.traffic.after(0))


async def test_who_is_no_host_any_more_is_refused_at_once(
    http: HttpClient, root: str, service: Service
) -> None:
    """The role counts as it is now, not as it was when the token was issued."""
    user = service.accounts.find("root1")
    assert user is not None
    await service.accounts.administration.update(user.id, role="member")
    assert (await http.call("GET", "/admin/users", root))[0] == 403
    await service.accounts.administration.update(user.id, role="host")
    await service.accounts.administration.set_disabled(user.id, True)
    assert (await http.call("GET", "/admin/users", root))[0] == 401


async def test_renames_reach_live_connections(
    http: HttpClient, root: str, join: Join, service: Service
) -> None:
    """Presence, messages and direct messages use the new name at once; the old one is free."""
    ana, bob = await join("ana"), await join("bob")
    user = service.accounts.find("ana")
    assert user is not None
    await http.call("PATCH", f"/admin/users/{user.id}", root, {"username": "Anna"})
    await bob.expect_users("Anna", "bob")
    await ana.send({"type": "message", "content": 1})
    assert (await bob.expect("message"))["username"] == "Anna"
    await bob.send({"type": "direct", "to": "anna", "content": 2})
    assert (await ana.expect("direct"))["content"] == 2
    await bob.send({"type": "direct", "to": "ana", "content": 3})
    assert (await bob.expect("error"))["code"] == "INVALID_RECIPIENT"
    new = await join("ana2")
    await http.call(
        "PATCH",
        f"/admin/users/{service.hub.clients[new.client_id].identity.user_id}",
        root,
        {"username": "ana"},
    )
    await bob.send({"type": "direct", "to": "ana", "content": 4})
    assert (await new.expect("direct"))["content"] == 4


async def test_sessions_follow_websocket_use(
    http: HttpClient, join: Join, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Program and time of the session are those of the connection that uses it."""
    monkeypatch.setattr("authws_desktop.admission.account_events.USE_INTERVAL_S", 0.1)
    token = (await http.register("ana"))["token"]
    client = await join()
    await client.log_in(token, "chat of the class")
    (session,) = service.accounts.sessions.of(service.hub.clients[client.client_id].identity.user_id)
    assert (session.app, session.address) == ("chat of the class", "127.0.0.1")
    used_at = session.last_used_at
    assert used_at is not None
    service.hub.clients[client.client_id].last_active_at = used_at + 5
    await eventually(lambda: service.accounts.sessions.get(session.jti).last_used_at == used_at + 5)  # type: ignore[union-attr]


async def test_the_windows_acts_are_written_down(join: Join, service: Service) -> None:
    """Closing connections and changing settings."""
    client = await join("ana")
    service.moderation.disconnect([client.client_id])
    assert (await client.expect_close())[0] == 4005
    service.moderation.disconnect(["nobody"])
    await service.apply(service.settings.saved)
    await service.apply(msgspec.structs.replace(service.settings.saved, message_rate=7))
    async with asyncio.timeout(WAIT_S):
        while len(entries := await service.accounts.audit.all()) < 3:
            await asyncio.sleep(0.01)
    assert [(each.actor, each.act, each.target) for each in entries] == [
        ("window", "start server", service.location.http_url),
        ("window", "close connections", "ana"),
        ("window", "change settings", "Message rate: 200/s → 7/s"),
    ]


async def test_half_an_emoji_is_sent_as_it_was_written(
    http: HttpClient, service: Service, join: Join, root: str
) -> None:
    """It is JSON, and no business of ours; in a name or a password it is refused."""
    ana = await join("ana")
    headers = {"Content-Type": "application/json"}
    data = b'{"content": {"text": "party \\ud83c"}, "to": "ana"}'
    assert (await http.call("POST", "/admin/send", root, data=data, headers=headers))[0] == 200
    await ana.expect("direct")
    row = next(record for record in service.traffic.after(0) if b"party" in record.payload)
    assert b'"party \\ud83c"' in row.payload
    for body in (b'{"username": "ben\\ud83c"}', b'{"content": 1, "to": "\\ud83c}'):
        path = "/admin/users" if b"username" in body else "/admin/send"
        status, answer = await http.call("POST", path, root, data=body, headers=headers)
        assert (status, answer["code"]) == (400, "INVALID_REQUEST")

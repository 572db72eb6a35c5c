"""Guests come in by name alone, may be held back from each other, and end with the event."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from authws_desktop.accounts.models import Role
from authws_desktop.server.service import Service
from tests.own_clients import PASSWORD, HttpClient, http_client, running_service, ws_client


@pytest.fixture
def changes() -> dict[str, Any]:
    """Let guests in."""
    return {"guests": "on"}


async def join_as(http: HttpClient, name: str) -> dict[str, Any]:
    """Come in by name; return the answer."""
    status, answer = await http.post("/auth/guest", {"username": name})
    assert status == 201, answer
    return answer


async def test_a_name_is_enough_and_no_password_lets_in(http: HttpClient) -> None:
    """The answer is that of a login; a password never is."""
    guest = await join_as(http, "Mia")
    assert set(guest) == {"status", "token", "user", "expiresAt"}
    assert (await http.get("/auth/me", guest["token"]))[1]["user"]["role"] == "guest"
    for password in ("", PASSWORD):
        status, answer = await http.post("/auth/login", {"username": "mia", "password": password})
        assert (status, answer["code"]) == (401, "INVALID_CREDENTIALS")
    status, answer = await http.post(
        "/auth/password", {"currentPassword": "", "newPassword": PASSWORD}, token=guest["token"]
    )
    assert (status, answer["code"]) == (401, "INVALID_CREDENTIALS")
    status, renewed = await http.post("/auth/refresh", token=guest["token"])
    assert status == 200
    assert renewed["user"] == guest["user"]


async def test_nobody_has_the_name_of_another(http: HttpClient) -> None:
    """Neither an account's, nor a guest's, nor an account a guest's; a guest who leaves frees the name."""
    await http.register("Ana")
    guest = await join_as(http, "Mia")
    for name in ("ana", "MIA"):
        assert (await http.post("/auth/guest", {"username": name}))[1]["code"] == "USERNAME_TAKEN"
    body = {"username": "mia", "password": PASSWORD}
    assert (await http.post("/auth/register", body))[1]["code"] == "USERNAME_TAKEN"
    assert await http.post("/auth/logout", token=guest["token"]) == (204, {})
    assert (await http.get("/auth/me", guest["token"]))[0] == 401
    await join_as(http, "mia")


async def test_guests_are_off_by_default(tmp_path: Path) -> None:
    """The status says so, and the door is closed."""
    async with running_service(tmp_path) as service, http_client(service) as http:
        assert (await http.get("/"))[1]["guests"] is False
        status, answer = await http.post("/auth/guest", {"username": "Mia"})
        assert (status, answer["code"]) == (403, "GUESTS_OFF")


async def test_names_and_numbers_are_bounded(service: Service, http: HttpClient) -> None:
    """A name follows its rules; an address makes as many as it may register."""
    for name in ("", "a" * 65, "server", 5):
        assert (await http.post("/auth/guest", {"username": name}))[0] == 400
    codes = [
        (await http.post("/auth/guest", {"username": f"guest {number}"}))[0]
        for number in range(service.settings.values.register_rate + 1)
    ]
    assert codes[0] == 201
    assert codes[-1] == 429


async def test_no_one_is_made_a_guest_and_a_guest_nothing_else(service: Service, http: HttpClient) -> None:
    """Role and password of a guest stay as they are."""
    guest = await join_as(http, "Mia")
    host = await service.accounts.administration.create("boss", PASSWORD, Role.HOST)
    token = (await http.post("/auth/login", {"username": "boss", "password": PASSWORD}))[1]["token"]
    path = f"/admin/users/{guest['user']['id']}"
    status, answer = await http.call("PATCH", path, token, {"role": "member"})
    assert (status, answer["field"]) == (400, "role")
    status, answer = await http.post(f"{path}/password", {"password": PASSWORD}, token)
    assert (status, answer["field"]) == (400, "password")
    status, answer = await http.call("PATCH", f"/admin/users/{host.id}", token, {"role": "guest"})
    assert (status, answer["field"]) == (400, "role")


async def test_guests_end_at_stop_and_nobody_else(service: Service, http: HttpClient) -> None:
    """Their connections, tokens and names are gone; accounts stay."""
    await http.register("Ana")
    guest = await join_as(http, "Mia")
    async with ws_client(service) as client:
        await client.log_in(guest["token"])
        await service.stop()
    assert [account.username for account in service.accounts.users()] == ["Ana"]
    assert "end guests" in [entry.act for entry in await service.accounts.audit.entries()]
    await service.start()
    async with http_client(service) as again:
        assert (await again.get("/auth/me", guest["token"]))[0] == 401


async def test_the_host_ends_guests_while_it_goes_on(service: Service, http: HttpClient) -> None:
    """Their connections close with 4004; who has an account stays."""
    ana, mia = await http.register("Ana"), await join_as(http, "Mia")
    async with ws_client(service) as member, ws_client(service) as guest:
        await member.log_in(ana["token"])
        await guest.log_in(mia["token"])
        assert await service.accounts.administration.end_guests() == 1
        assert (await guest.expect_close())[0] == 4004
        assert [client.username for client in service.hub.clients.values() if client.is_authenticated] == [
            "Ana"
        ]

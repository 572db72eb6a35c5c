"""Registering on a real server: with an invitation, with approval; and growing waits on the timeline."""

from __future__ import annotations

from typing import Any

import pytest

from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Direction, Kind
from tests.own_clients import PASSWORD, HttpClient, ws_client

ANA = {"username": "Ana", "password": PASSWORD}


class TestInvite:
    """Registration with an invitation."""

    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"registration": "invite"}

    async def test_a_code_is_needed_and_counts(self, http: HttpClient, service: Service) -> None:
        """403 without one and with a wrong one; 201 with a good one, until it is used up."""
        invite = await service.accounts.registration.create_invite("class", max_uses=1)
        for body, code in (
            (ANA, "INVITE_REQUIRED"),
            ({**ANA, "inviteCode": ""}, "INVITE_REQUIRED"),
            ({**ANA, "inviteCode": "wrong"}, "INVITE_INVALID"),
        ):
            status, answer = await http.post("/auth/register", body)
            assert (status, answer["code"], answer["field"]) == (403, code, "inviteCode")
            assert "Ask the host" in answer["message"]
        status, answer = await http.post("/auth/register", {**ANA, "inviteCode": invite.code.upper()})
        assert (status, answer["user"]["username"]) == (201, "Ana")
        status, answer = await http.post(
            "/auth/register", {"username": "bob", "password": PASSWORD, "inviteCode": invite.code}
        )
        assert (status, answer["code"]) == (403, "INVITE_INVALID")
        assert invite.code not in repr(service.traffic.after(0))

    async def test_a_code_is_a_string(self, http: HttpClient) -> None:
        """Anything else is a bad field."""
        status, answer = await http.post("/auth/register", {**ANA, "inviteCode": 5})
        assert (status, answer["code"], answer["field"]) == (400, "INVALID_REQUEST", "inviteCode")
        assert answer["message"] == "Field 'inviteCode' must be a string."

    async def test_guessing_waits(self, http: HttpClient, service: Service) -> None:
        """Different wrong codes count as failures of the address."""
        for number in range(50):
            assert (await http.post("/auth/register", {**ANA, "inviteCode": f"wrong{number}"}))[0] == 403
        assert (await http.post("/auth/register", {**ANA, "inviteCode": "wrong"}))[0] == 429
        assert [each.key for each in service.accounts.logins.lockouts()] == ["127.0.0.1"]


class TestApproval:
    """Registration with the host's approval."""

    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"registration": "approval"}

    async def test_a_token_only_after_approval(self, http: HttpClient, service: Service) -> None:
        """202 and no token; 403 for the right password until approved; then a login like any other."""
        status, answer = await http.post("/auth/register", ANA)
        assert status == 202
        assert set(answer) == {"status", "message"}
        assert answer["status"] == "pending"
        assert "approv" in answer["message"]
        login = {"username": "ana", "password": PASSWORD}
        status, answer = await http.post("/auth/login", login)
        assert (status, answer["code"]) == (403, "ACCOUNT_PENDING")
        wrong = await http.post("/auth/login", {**login, "password": "a wrong one"})
        assert wrong == await http.post("/auth/login", {"username": "stranger", "password": "a wrong one"})
        assert wrong[0] == 401
        (pending,) = service.accounts.registration.pending()
        assert (pending.username, pending.address) == ("Ana", "127.0.0.1")
        await service.accounts.registration.approve(pending.id)
        token = (await http.login("ana"))["token"]
        async with ws_client(service) as client:
            await client.log_in(token)

    async def test_taken_names_and_denied_ones(self, http: HttpClient, service: Service) -> None:
        """A name that waits is taken; once denied it is free."""
        assert (await http.post("/auth/register", ANA))[0] == 202
        status, answer = await http.post("/auth/register", {**ANA, "username": "ANA"})
        assert (status, answer["code"]) == (409, "USERNAME_TAKEN")
        await service.accounts.registration.deny(service.accounts.registration.pending()[0].id)
        assert (await http.post("/auth/login", ANA))[0] == 401
        assert (await http.post("/auth/register", ANA))[0] == 202

    async def test_too_many_are_asked_to_come_back(
        self, http: HttpClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """503 with Retry-After."""
        monkeypatch.setattr("authws_desktop.accounts.store.invites.MAX_PENDING", 0)
        async with http.session.post(http.base + "/auth/register", json=ANA) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
            assert (await answer.json())["code"] == "BUSY"


async def test_a_code_does_no_harm_where_none_is_needed(http: HttpClient) -> None:
    """An old link works after the host opened registration."""
    assert (await http.post("/auth/register", {**ANA, "inviteCode": "whatever"}))[0] == 201


async def test_a_wait_is_on_the_timeline_and_can_be_lifted(http: HttpClient, service: Service) -> None:
    """One row with whom it concerns and how long; then the right password works."""
    await http.register("ana")
    for _ in range(10):
        assert (await http.post("/auth/login", {**ANA, "password": "a wrong one"}))[0] == 401
    assert (await http.post("/auth/login", ANA))[0] == 429
    rows = [
        (row.identity.username, row.identity.address, row.outcome, row.detail)
        for row in service.traffic.after(0)
        if row.kind is Kind.REFUSED and row.direction is Direction.EVENT
    ]
    assert rows == [
        (
            "ana",
            "127.0.0.1",
            "429",
            "Logins to ana from 127.0.0.1 wait 60 s after 10 failures (Retry-After: 60).",
        ),
    ]
    for lockout in service.accounts.logins.lockouts():
        assert await service.accounts.logins.lift(lockout)
    await http.login("ana")

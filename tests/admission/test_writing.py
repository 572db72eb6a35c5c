"""Who may write to everyone, and guests to each other: over the wire, by settings that hold at once."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from authws_desktop.accounts.models import Role
from authws_desktop.server.service import Service
from tests.own_clients import PASSWORD, HttpClient, WsClient, ws_client


@pytest.fixture
def changes() -> dict[str, Any]:
    """Let guests in."""
    return {"guests": "on"}


async def change(service: Service, **values: str) -> None:
    """Change settings, as the window does."""
    await service.apply(msgspec.structs.replace(service.settings.saved, **values))


async def token_of(http: HttpClient, name: str, path: str = "/auth/guest") -> str:
    """Return the token of a guest, or of who logs in."""
    body = {"username": name} | ({} if path == "/auth/guest" else {"password": PASSWORD})
    return str((await http.post(path, body))[1]["token"])


async def refused(client: WsClient) -> dict[str, Any]:
    """Return the refusal, which tells nothing but the code and a sentence."""
    error = await client.expect("error")
    assert error["code"] == "FORBIDDEN"
    assert error["message"].endswith("was not sent.")
    return error


async def test_only_hosts_write_to_everyone_while_the_host_wants_it(
    service: Service, http: HttpClient
) -> None:
    """Members, guests and tokens of visitors are refused; hosts and the desk are not; directs go on."""
    await service.accounts.administration.create("boss", PASSWORD, Role.HOST)
    tokens = [
        await token_of(http, "boss", "/auth/login"),
        (await http.register("Ana"))["token"],
        await token_of(http, "Mia"),
    ]
    async with ws_client(service) as boss, ws_client(service) as ana, ws_client(service) as mia:
        for client, token in zip((boss, ana, mia), tokens, strict=True):
            await client.log_in(token)
        await ana.send({"type": "message", "content": "before"})
        await mia.expect("message", lambda got: got["content"] == "before")
        await change(service, who_may_write="host")
        assert (await http.get("/"))[1]["whoMayWrite"] == "host"
        for client in (ana, mia):
            await client.send({"type": "message", "content": "x", "messageId": "m7"})
            assert (await refused(client))["messageId"] == "m7"
        await mia.send({"type": "direct", "to": "boss", "content": "may I?"})
        assert (await boss.expect("direct"))["content"] == "may I?"
        await boss.send({"type": "message", "content": "listen"})
        await mia.expect("message", lambda got: got["content"] == "listen")
        service.host_messages.to_everyone('"the desk"')
        assert [(await ana.expect("message"))["content"] for _ in range(3)] == [
            "before",
            "listen",
            "the desk",
        ]
        await change(service, who_may_write="everyone")
        await ana.send({"type": "message", "content": "after"})
        await mia.expect("message", lambda got: got["content"] == "after")


async def test_guests_do_not_write_to_each_other_where_the_host_says_so(
    service: Service, http: HttpClient
) -> None:
    """By name, user id or client id, here or away; to oneself and to members they do."""
    await http.register("Ana")
    guests = [(await http.post("/auth/guest", {"username": name}))[1] for name in ("Mia", "Tom", "Away")]
    async with ws_client(service) as mia, ws_client(service) as tom, ws_client(service) as ana:
        await mia.log_in(guests[0]["token"])
        await tom.log_in(guests[1]["token"])
        await ana.log_in(await token_of(http, "Ana", "/auth/login"))
        await mia.send({"type": "direct", "to": "Tom", "content": 1})
        await tom.expect("direct")
        await change(service, guest_directs="off")
        assert (await http.get("/"))[1]["guestDirects"] is False
        for to in ("tom", guests[1]["user"]["id"], tom.client_id, "Away"):
            await mia.send({"type": "direct", "to": to, "content": 2})
            await refused(mia)
        for to, receiver in (("Ana", ana), ("Mia", mia)):
            await mia.send({"type": "direct", "to": to, "content": 3})
            assert (await receiver.expect("direct"))["content"] == 3
        await ana.send({"type": "direct", "to": "Tom", "content": 4})
        assert (await tom.expect("direct"))["content"] == 4
        for to, code in (("nobody", "INVALID_RECIPIENT"), ("", "MISSING_RECIPIENT")):
            await mia.send({"type": "direct", "to": to, "content": 5})
            assert (await mia.expect("error"))["code"] == code


@pytest.mark.parametrize("changes", [{"foreign_tokens": "known", "who_may_write": "host"}])
async def test_a_token_of_another_issuer_makes_nobody_a_host(service: Service, http: HttpClient) -> None:
    """Display names are chosen freely in many backends."""
    import jwt

    await service.accounts.administration.create("boss", PASSWORD, Role.HOST)
    token = jwt.encode({"username": "boss"}, service.keys.secret_text(), algorithm="HS256")
    async with ws_client(service) as client:
        await client.log_in(token)
        await client.send({"type": "message", "content": "hello"})
        await refused(client)

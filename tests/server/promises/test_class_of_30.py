"""What a host does with a class: import, let them join, disable one, reset one, rotate the secret both ways."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from authws_desktop.accounts.bulk import ImportRow
from authws_desktop.server.service import Service
from tests.own_clients import HttpClient, WsClient, ws_client

PUPILS = 30


@pytest.fixture
async def cards(service: Service) -> list[ImportRow]:
    """What is printed on the login cards."""
    preview = await service.accounts.importing.preview(
        "name;role\n" + "\n".join(f"pupil{n:02}" for n in range(PUPILS))
    )
    assert not preview.bad
    await service.accounts.importing.create_many(preview.good)
    return preview.good


async def join_all(
    stack: AsyncExitStack, service: Service, http: HttpClient, cards: list[ImportRow]
) -> dict[str, WsClient]:
    """Log everybody in with their card, all at once."""

    async def join(card: ImportRow) -> WsClient:
        token = (await http.login(card.username, card.password))["token"]
        client = await stack.enter_async_context(ws_client(service))
        await client.log_in(token)
        return client

    clients = await asyncio.gather(*(join(card) for card in cards))
    return {card.username: client for card, client in zip(cards, clients, strict=True)}


def id_of(service: Service, name: str) -> str:
    """Return a pupil's account id."""
    account = service.accounts.find(name)
    assert account is not None
    return account.id


async def test_a_lesson(service: Service, http: HttpClient, cards: list[ImportRow]) -> None:
    """Each act reaches exactly whom it should, at once, and the others stay."""
    names = [card.username for card in cards]
    async with AsyncExitStack() as stack:
        clients = await join_all(stack, service, http, cards)
        await clients[names[-1]].expect_users(*names)

        await service.accounts.administration.set_disabled(id_of(service, "pupil00"), True)
        assert await clients.pop("pupil00").expect_close() == (4004, "account disabled")
        body = {"username": "pupil00", "password": cards[0].password}
        assert (await http.post("/auth/login", body))[1]["code"] == "ACCOUNT_DISABLED"

        await service.accounts.administration.reset_password(id_of(service, "pupil01"), "battery staple")
        assert await clients.pop("pupil01").expect_close() == (4004, "password changed")
        await http.login("pupil01", "battery staple")
        await clients["pupil02"].expect_users(*names[2:])

        await service.rotate_secret(keep_connected=True)
        await clients["pupil02"].send({"type": "message", "content": "still here"})
        for client in clients.values():
            assert (await client.expect("message"))["content"] == "still here"
        old_key = {
            session.key_id
            for name in clients
            for session in service.accounts.sessions.of(id_of(service, name))
        }
        assert old_key != {service.keys.active.id}

        await service.rotate_secret(keep_connected=False)
        for client in clients.values():
            assert await client.expect_close() == (4010, "signing secret was changed")
    assert all(service.accounts.sessions.of(account.id) == [] for account in service.accounts.users())
    acts = [entry.act for entry in await service.accounts.audit.all()]
    assert acts == ["start server"] + ["create user"] * PUPILS + [
        "disable user", "reset password", "rotate secret", "rotate secret",
    ]  # fmt: skip
    async with AsyncExitStack() as stack:
        await join_all(stack, service, http, cards[2:5])

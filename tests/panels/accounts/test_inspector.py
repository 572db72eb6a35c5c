"""All about the chosen account beside the table: facts, sessions, acts."""

from __future__ import annotations

import pytest

from authws_desktop.accounts.errors import StoreError, StoreFailure
from authws_desktop.accounts.models import Account, Role
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.accounts.inspector import Inspector
from authws_desktop.server.service import Service
from tests.panels.accounts.support import Connect, create, refresh, select
from tests.panels.support import nameless, until


def facts(inspector: Inspector) -> dict[str, str]:
    """Return what is said."""
    return {key: label.text() for key, label in inspector.facts.items()}


async def test_facts_of_one_account(page: AccountsPage, service: Service, connect_as: Connect) -> None:
    """Role, status, last seen, messages and connections, and they follow reality."""
    (ana,) = await create(service, "ana")
    refresh(page)
    inspector = page.inspector
    assert inspector.name_label.text() == "No account chosen"
    assert not any(button.isVisible() for button in inspector.act_buttons)
    select(page, "ana")
    assert inspector.name_label.text() == "ana"
    await until(lambda: facts(inspector)["messages"] == "none kept")
    said = facts(inspector)
    assert (said["status"], said["seen"], said["login"]) == ("active", "never", "Never")
    assert said["created"].startswith("Today")
    assert said["connections"] == "not now"
    assert inspector.reach_label.text() == "No token counts now."
    client = await connect_as(ana)

    def is_there() -> bool:
        refresh(page)
        return facts(inspector)["seen"] == "now"

    await until(is_there)
    assert facts(inspector)["connections"].endswith("#1")
    assert len(inspector.sessions.source.rows()) == 1
    assert nameless(inspector) == []
    await client.close()
    await service.accounts.administration.set_disabled(ana.id, True)
    refresh(page)
    assert facts(inspector)["status"] == "disabled: cannot log in"


async def test_the_role_is_changed_in_place(page: AccountsPage, service: Service, ana: Account) -> None:
    """Without a dialog; nobody is disconnected by it."""
    select(page, "ana")
    choice = page.inspector.role_choice
    choice.setCurrentIndex(choice.findData(Role.HOST))
    choice.activated.emit(choice.currentIndex())
    await until(lambda: (found := service.accounts.get(ana.id)) and found.role == Role.HOST)


async def test_a_session_is_ended_in_place(
    page: AccountsPage, service: Service, ana: Account, connect_as: Connect
) -> None:
    """What Revoke will do stands beside it; the connection that lives by it ends."""
    client = await connect_as(ana)
    select(page, "ana")
    inspector = page.inspector
    assert not inspector.revoke_button.isEnabled()
    inspector.sessions.selectRow(0)
    assert inspector.reach_label.text() == "Revokes 1 session and ends 1 connection."
    inspector.revoke_button.click()
    await until(lambda: not service.accounts.sessions.of(ana.id))
    await client.wait_closed()
    assert client.close_code == 4004


async def test_many_are_acted_on_together(page: AccountsPage, service: Service) -> None:
    """How many they are, and the acts; a deleted account is no longer shown."""
    ana, _ = await create(service, "ana", "ben")
    select(page, "ana", "ben")
    inspector = page.inspector
    assert inspector.name_label.text() == "2 accounts"
    assert not inspector.sessions.isVisible()
    assert all(button.isVisible() for button in inspector.act_buttons)
    select(page, "ana")
    await service.accounts.administration.delete(ana.id)
    refresh(page)
    assert inspector.name_label.text() == "No account chosen"


async def test_a_database_that_is_away_is_said(
    page: AccountsPage, service: Service, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages cannot be counted then; the rest is shown."""

    async def refuse(_user_id: str) -> tuple[int, int]:
        raise StoreError(StoreFailure.OTHER, "away")

    monkeypatch.setattr(service.messages, "count_of", refuse)
    select(page, "ana")
    await until(lambda: facts(page.inspector)["messages"] == "cannot be counted now")


async def test_names_of_any_length(page: AccountsPage, service: Service) -> None:
    """A long name is cut on the page and whole in its tip; the page stays as wide as it was."""
    (long,) = await create(service, "x" * 32)
    width = page.minimumSizeHint().width()
    select(page, long.username)
    assert page.minimumSizeHint().width() <= width
    assert page.inspector.width() < 60 * 8

"""Pictures of the page and each dialog, light and dark, for people to look at."""

from __future__ import annotations

import time

import jwt
import pytest
from PySide6.QtWidgets import QApplication, QWidget

from authws_desktop.accounts.audit import COMMAND_LINE
from authws_desktop.accounts.models import Role
from authws_desktop.panels.accounts.account_dialogs import EditDialog, NewUserDialog, ResetPasswordDialog
from authws_desktop.panels.accounts.accounts_page import INVITATIONS, WAITING, AccountsPage
from authws_desktop.panels.accounts.bulk_reset_dialog import BulkResetDialog
from authws_desktop.panels.accounts.cards_dialog import CardsDialog
from authws_desktop.panels.accounts.import_dialog import DONE, PREVIEW, ImportDialog
from authws_desktop.panels.accounts.invites_panel import InvitesPanel
from authws_desktop.panels.accounts.token_inspector import TokenInspector
from authws_desktop.panels.accounts.trial_account_dialog import TrialUserDialog
from authws_desktop.panels.accounts.waiting_panel import WaitingPanel
from authws_desktop.panels.kit.affected_dialog import AffectedDialog
from authws_desktop.panels.kit.notices import NoticeKind
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.server.service import Service
from tests.panels import pictures
from tests.panels.accounts.support import Connect, refresh, select
from tests.panels.support import PASSWORD, closed, dialog_of, until

pytestmark = pytest.mark.long

DAY_S = 86_400
NAMES = (
    "ana",
    "ben",
    "Chloé",
    "dmitri",
    "Emre",
    "fatima",
    "Guðrún",
    "hana",
    "ines",
    "jakub",
    "kofi",
    "Łukasz",
)


def shoot(widget: QWidget, name: str, look: str) -> None:
    pictures.shoot(widget, f"accounts-{name}-{look}")


@pytest.fixture(params=["light", "dark"])
def look(request: pytest.FixtureRequest, qapp: QApplication, theme: Theme) -> str:
    """Each look in turn."""
    chosen = str(request.param)
    theme.apply(qapp, chosen)
    return chosen


async def fill(service: Service, connect_as: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make twelve accounts of different ages, some of them connected."""
    now_s = time.time()
    for place, name in enumerate(NAMES):
        with monkeypatch.context() as patch:
            made_s = now_s - (len(NAMES) - place) * 3.3 * DAY_S
            patch.setattr(service.accounts._ledger, "now", lambda made_s=made_s: made_s)
            role = Role.HOST if place in (0, 5) else Role.MEMBER
            account = await service.accounts.administration.create(name, PASSWORD, role)
            if place % 4 != 3:
                patch.setattr(
                    service.accounts._ledger, "now", lambda place=place: now_s - place * DAY_S * 0.9
                )
                await service.accounts.logins.login(name, PASSWORD, address="192.168.1.31", app="phone 1.7")
        for _ in range((3, 1, 0, 0, 2, 1)[place % 6]):
            await connect_as(account)
        if place in (3, 8):
            await service.accounts.administration.set_disabled(account.id, True)


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
async def test_the_page(
    page: AccountsPage,
    service: Service,
    connect_as: Connect,
    look: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Empty, filled, searched without a match, and with a note."""
    refresh(page)
    shoot(page, "empty", look)
    await fill(service, connect_as, monkeypatch)
    select(page, "Emre")
    page.activateWindow()
    page.table.setFocus()
    shoot(page, "filled", look)
    page.search.setText("nobody")
    shoot(page, "no-match", look)
    page.search.clear()
    page.show_error("The database is locked by another program. Close it, then try again.")
    shoot(page, "error", look)
    select(page, "Emre")
    menu = page.context_menu()
    menu.popup(page.mapToGlobal(page.rect().center()))
    shoot(menu, "menu", look)
    menu.close()


async def test_the_dialogs(
    page: AccountsPage,
    service: Service,
    connect_as: Connect,
    look: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each as it opens or as it is used, and one with an error."""
    await fill(service, connect_as, monkeypatch)
    commands = page.commands
    select(page, "ana")
    commands.new_user.trigger()
    new = await dialog_of(NewUserDialog)
    shoot(new, "new-user", look)
    new.name_field.line.setText("Zoë")
    new.password.generate_button.click()
    shoot(new, "new-user-filled", look)
    new.name_field.line.setText("ANA")
    new.password.line.setText("password1")
    new.show_error("The database is read-only. Make its folder writable, then try again.")
    shoot(new, "new-user-error", look)
    await leave(page, new)
    for action, kind, name in (
        (commands.edit, EditDialog, "edit"),
        (commands.reset_password, ResetPasswordDialog, "reset"),
        (commands.toggle, AffectedDialog, "disable"),
        (commands.delete, AffectedDialog, "delete"),
    ):
        select(page, "ana")
        action.trigger()
        dialog: QWidget = await dialog_of(kind)
        shoot(dialog if dialog.isWindow() else page, name, look)
        await leave(page, dialog)
    commands.sessions.trigger()
    page.inspector.sessions.selectRow(0)
    shoot(page, "sessions", look)


async def leave(page: AccountsPage, dialog: QWidget) -> None:
    """Close a dialog."""
    dialog.close()
    await closed()


async def test_many_and_the_test_user(
    page: AccountsPage,
    service: Service,
    connect_as: Connect,
    look: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Several accounts, new passwords for them, and a test user with its snippets."""
    await fill(service, connect_as, monkeypatch)
    select(page, "ana", "ben", "Emre", "hana")
    shoot(page, "many", look)
    page.commands.reset_password.trigger()
    reset = await dialog_of(BulkResetDialog)
    shoot(page, "reset-many", look)
    reset.ok_button.click()
    await closed()
    shoot(page, "reset-many-done", look)
    page.commands.new_test_user.trigger()
    trial = await dialog_of(TrialUserDialog)
    shoot(trial, "test-user", look)
    trial.tabs.setCurrentIndex(3)
    shoot(trial, "test-user-curl", look)
    await leave(page, trial)


async def test_the_token_inspector(page: AccountsPage, service: Service, look: str) -> None:
    """Empty, a good token, and an expired one."""
    ana = await service.accounts.administration.create("ana", PASSWORD, Role.MEMBER)
    issued = await service.accounts.sessions.issue(ana.id, 7200)
    page.tools.inspect_token.trigger()
    dialog = await dialog_of(TokenInspector)
    shoot(dialog, "token-empty", look)
    dialog.input.setPlainText(issued.token)
    shoot(dialog, "token-good", look)
    await service.accounts.administration.set_disabled(ana.id, True)
    claims = {"sub": ana.id, "iss": "elsewhere", "iat": 1, "exp": time.time() - 185, "roles": ["a", "b"]}
    dialog.input.setPlainText(jwt.encode(claims, service.keys.active.secret, "HS256"))
    shoot(dialog, "token-bad", look)
    dialog.close_button.click()
    await closed()


async def test_the_cards_dialog(page: AccountsPage, service: Service, look: str) -> None:
    """The preview of login cards as it opens, and after saving."""
    await service.start()
    names = [f"pupil-{number:02}" for number in range(1, 31)]
    for name in names:
        await service.accounts.administration.create(name, PASSWORD, Role.MEMBER)
    select(page, *names)
    page.commands.reset_password.trigger()
    reset = await dialog_of(BulkResetDialog)
    reset.ok_button.click()
    await closed()
    page.hand_over.cards[0].print_button.click()
    cards = await dialog_of(CardsDialog)
    shoot(cards, "cards", look)
    words = "Saved login-cards.pdf. It holds passwords."
    cards.notice.show_notice(words, NoticeKind.GOOD, "Open", is_lasting=True)
    shoot(cards, "cards-saved", look)
    cards.close_button.click()
    await closed(CardsDialog)


async def test_registration(page: AccountsPage, service: Service, look: str) -> None:
    """Invitations and the waiting list, filled and empty, and the page while somebody waits."""
    await service.start()
    page.tools.invites.trigger()
    invites = page.panel(INVITATIONS)
    assert isinstance(invites, InvitesPanel)
    shoot(page, "invites-empty", look)
    now_s = time.time()
    for label, uses, end_s in (("class 7b", 30, 86_400), ("staff room", None, None), ("open day", 1, 0.05)):
        await service.accounts.registration.create_invite(
            label, uses, None if end_s is None else now_s + end_s + 2
        )
    await service.accounts.registration.register(
        "ana", PASSWORD, invite=service.accounts.registration.invites()[2].code
    )
    invites.refresh()
    invites.table.selectRow(2)
    invites.uses_field.line.setText("many")
    shoot(page, "invites", look)
    page.tools.waiting.trigger()
    waiting = page.panel(WAITING)
    assert isinstance(waiting, WaitingPanel)
    shoot(page, "waiting-empty", look)
    for name in ("ben", "Chloé", "dmitri"):
        await service.accounts.registration.apply(name, PASSWORD, address="192.168.1.31", app="phone 1.7")
    waiting.refresh()
    waiting.table.selectAll()
    refresh(page)
    shoot(page, "waiting", look)


async def test_the_import(page: AccountsPage, service: Service, look: str) -> None:
    """Its three steps, one under way, and what stays on the page."""
    await service.start()
    page.tools.import_accounts.trigger()
    dialog = await dialog_of(ImportDialog)
    shoot(dialog, "import-empty", look)
    dialog.input.setPlainText(
        "name;password;role\n" + "\n".join([*NAMES, "x", "ana", "gina;;boss", "olga;12345678"])
    )
    shoot(dialog, "import-paste", look)
    dialog.next_button.click()
    await until(lambda: dialog.step == PREVIEW and dialog.next_button.isEnabled())
    shoot(dialog, "import-preview", look)
    dialog.next_button.click()
    await until(lambda: not dialog.progress.isHidden() and dialog.progress.value() > 2)
    shoot(dialog, "import-busy", look)
    await until(lambda: dialog.step == DONE and dialog.next_button.isEnabled())
    shoot(dialog, "import-done", look)
    dialog.next_button.click()
    await closed()
    await until(page.hand_over.isVisible)
    shoot(page, "hand-over", look)


async def test_a_conflict(page: AccountsPage, service: Service, look: str) -> None:
    """The note of who was faster."""
    ana = await service.accounts.administration.create("ana", PASSWORD, Role.MEMBER)
    select(page, "ana")
    page.commands.edit.trigger()
    dialog = await dialog_of(EditDialog)
    dialog.role_choice.setCurrentIndex(1)
    await service.accounts.administration.update(ana.id, username="anna", actor=COMMAND_LINE)
    dialog.ok_button.click()
    await until(dialog.notice.isVisible)
    await until(dialog.ok_button.isEnabled)
    shoot(page, "conflict", look)
    await leave(page, dialog)

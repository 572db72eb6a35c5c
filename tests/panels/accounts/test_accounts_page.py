"""The page: the table follows reality, search, selection, what is remembered, keyboard, export."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from authws_desktop.accounts.models import Account, Role
from authws_desktop.panels.accounts.account_dialogs import EditDialog, NewUserDialog
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.accounts.accounts_table import AccountColumn
from authws_desktop.panels.kit.affected_dialog import AffectedDialog
from authws_desktop.panels.kit.bars import ActionButton
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.server.service import Service
from tests.panels.accounts.support import Connect, create, refresh, select, shown
from tests.panels.support import PASSWORD, closed, dialog_of, nameless, until


async def test_the_empty_page_says_what_to_do(page: AccountsPage) -> None:
    """Nobody is there yet: the page offers to make a user, and its button does."""
    assert page.empty.isVisible()
    assert page.empty.text.startswith("No accounts yet")
    page.empty.buttons[0].click()
    dialog = await dialog_of(NewUserDialog)
    dialog.reject()
    await closed()


async def test_the_table_follows_reality(page: AccountsPage, service: Service, connect_as: Connect) -> None:
    """Accounts, connections and sessions appear and go without anybody asking."""
    ana, _ben = await create(service, "ana", "ben")
    refresh(page)
    assert shown(page) == ["ana", "ben"]
    assert shown(page, AccountColumn.CONNECTIONS) == ["", ""]
    first = await connect_as(ana)
    await connect_as(ana)
    await refreshed_until(page, lambda: shown(page, AccountColumn.CONNECTIONS) == ["2", ""])
    assert shown(page, AccountColumn.SESSIONS) == ["2", ""]
    assert "1 online" in page.count_label.text()
    await first.close()
    await refreshed_until(page, lambda: shown(page, AccountColumn.CONNECTIONS) == ["1", ""])
    await service.accounts.administration.delete(ana.id)
    await refreshed_until(page, lambda: shown(page) == ["ben"])


async def refreshed_until(page: AccountsPage, condition: Callable[[], bool]) -> None:
    """Refresh as the window's timer does until a condition holds."""

    def look() -> bool:
        refresh(page)
        return condition()

    await until(look)


async def test_a_login_shows_in_the_table(page: AccountsPage, service: Service, ana: Account) -> None:
    """Last login says when, and Never before."""
    refresh(page)
    assert shown(page, AccountColumn.LAST_LOGIN) == ["Never"]
    await service.accounts.logins.login("ana", PASSWORD)
    await refreshed_until(page, lambda: shown(page, AccountColumn.LAST_LOGIN)[0].startswith("Today"))


async def test_a_refresh_without_a_change_costs_nothing(page: AccountsPage, ana: Account) -> None:
    """The rows are not even read again."""
    refresh(page)
    before = [id(row) for row in page.table.source.rows()]
    refresh(page)
    assert [id(row) for row in page.table.source.rows()] == before


async def test_selection_and_scroll_survive(page: AccountsPage, service: Service) -> None:
    """While accounts come, go and connect, the chosen row stays chosen and nothing scrolls."""
    users = await create(service, *(f"user-{n:02}" for n in range(60)))
    select(page, "user-40")
    page.table.scrollTo(page.table.model().index(40, 0))
    bar = page.table.verticalScrollBar()
    top = bar.value()
    await service.accounts.administration.delete(users[59].id)
    await create(service, "zoe")
    refresh(page)
    assert [account.username for account in page.chosen_accounts()] == ["user-40"]
    assert bar.value() == top


async def test_search_narrows_and_says_so(page: AccountsPage, service: Service) -> None:
    """Slash goes to the search; what is left is counted; nothing found offers to clear it."""
    await create(service, "ana", "anabel", "ben")
    refresh(page)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Slash)
    assert page.search.hasFocus()
    QTest.keyClicks(page.search, "ana")
    assert shown(page) == ["ana", "anabel"]
    assert page.count_label.text() == "2 of 3 shown"
    QTest.keyClicks(page.search, "x/")
    assert page.search.text() == "anax/"
    assert page.empty.isVisible()
    assert "anax/" in page.empty.text
    page.empty.buttons[0].click()
    assert shown(page) == ["ana", "anabel", "ben"]


async def test_escape_clears_the_search(page: AccountsPage, service: Service) -> None:
    """One key brings everybody back."""
    await create(service, "ana", "ben")
    refresh(page)
    page.search.setFocus()
    QTest.keyClicks(page.search, "ben")
    QTest.keyClick(page.search, Qt.Key.Key_Escape)
    assert shown(page) == ["ana", "ben"]


async def test_columns_sort_and_search_are_remembered(
    page: AccountsPage, service: Service, theme: Theme, window_state: WindowState
) -> None:
    """A new page on the same state looks as the old one was left."""
    await create(service, "ana", "ben")
    refresh(page)
    menu = page.table.column_menu.make_menu()
    login = next(action for action in menu.actions() if action.text() == "Last login")
    name = next(action for action in menu.actions() if action.text() == "Name")
    login.trigger()
    assert not name.isEnabled()
    menu.deleteLater()
    page.table.sortByColumn(AccountColumn.NAME, Qt.SortOrder.DescendingOrder)
    page.table.horizontalHeader().resizeSection(AccountColumn.ROLE, 133)
    page.search.setText("n")
    page.hide()
    again = AccountsPage(service, theme, window_state)
    again.refresh()
    assert again.table.isColumnHidden(AccountColumn.LAST_LOGIN)
    assert again.table.columnWidth(AccountColumn.ROLE) == 133
    assert again.search.text() == "n"
    assert shown(again) == ["ben", "ana"]
    again.deleteLater()


async def test_actions_need_a_selection(page: AccountsPage, service: Service) -> None:
    """Without a chosen row only making users and export can be pressed."""
    await create(service, "ana")
    refresh(page)
    commands = page.commands
    needing = [commands.edit, commands.reset_password, commands.toggle, commands.sessions, commands.delete]
    assert not any(action.isEnabled() for action in needing)
    assert commands.new_user.isEnabled()
    select(page, "ana")
    assert all(action.isEnabled() for action in needing)
    assert page.count_label.text() == "1 of 1 selected"


async def test_the_toggle_says_what_it_will_do(page: AccountsPage, service: Service) -> None:
    """Enable only when every chosen account is disabled; enabling needs no question."""
    ana, ben = await create(service, "ana", "ben")
    await service.accounts.administration.set_disabled(ana.id, True)
    await service.accounts.administration.set_disabled(ben.id, True)
    select(page, "ana", "ben")
    assert page.commands.toggle.text() == "Enable"
    page.commands.toggle.trigger()
    await until(lambda: page.notice.text == "Enabled ana and ben.")
    assert not any(account.is_disabled for account in service.accounts.users())
    assert page.commands.toggle.text() == "Disable"


async def test_keyboard(page: AccountsPage, service: Service) -> None:
    """Ctrl+N makes, F2 and Return edit, Delete asks."""
    await create(service, "ana")
    select(page, "ana")
    page.table.setCurrentIndex(page.table.model().index(0, 0))
    for key, modifier, kind in (
        (Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier, NewUserDialog),
        (Qt.Key.Key_F2, Qt.KeyboardModifier.NoModifier, EditDialog),
        (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, EditDialog),
        (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier, AffectedDialog),
    ):
        page.activateWindow()
        page.table.setFocus()
        await until(page.table.hasFocus)
        QTest.keyClick(page.table, key, modifier)
        dialog = await dialog_of(kind)
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        await closed()
    assert len(service.accounts.users()) == 1


async def test_every_control_has_a_name(page: AccountsPage, service: Service) -> None:
    """A screen reader can say what each control is."""
    await create(service, "ana")
    refresh(page)
    assert nameless(page) == []


async def test_names_can_be_copied(
    page: AccountsPage, service: Service, clipboard: Callable[[], str]
) -> None:
    """One a line, in the order shown."""
    await create(service, "ana", "ben", "cyn")
    select(page, "cyn", "ana")
    assert page.commands.copy_names.text() == "Copy names"
    page.commands.copy_names.trigger()
    assert clipboard() == "ana\ncyn"


async def test_export_writes_what_is_shown(page: AccountsPage, service: Service, tmp_path: Path) -> None:
    """The search decides; with several chosen, those."""
    await create(service, "ana", "anabel", "ben")
    refresh(page)
    page.search.setText("ana")
    assert await export(page, tmp_path / "shown.csv") == ["ana", "anabel"]
    page.search.clear()
    select(page, "ana", "ben")
    assert await export(page, tmp_path / "chosen.csv") == ["ana", "ben"]
    assert "Exported 2 accounts to chosen.csv." in page.notice.text


async def export(page: AccountsPage, file: Path) -> list[str]:
    """Export through the file dialog and return the names in the file."""
    page.commands.export.trigger()
    dialog = await until(lambda: page.findChild(QFileDialog))
    assert dialog is not None
    name = dialog.findChild(QLineEdit)
    assert name is not None
    name.setText(str(file))
    dialog.accept()
    await until(file.is_file)
    await until(lambda: page.commands.export.isEnabled())
    await until(lambda: page.findChild(QFileDialog) is None)
    text = file.read_bytes().decode("utf-8-sig")
    return [row[0] for row in csv.reader(io.StringIO(text, newline=""))][1:]


async def test_an_export_that_fails_says_why(page: AccountsPage, ana: Account, tmp_path: Path) -> None:
    """A folder that is a file: a sentence on the page, no traceback."""
    (tmp_path / "file").write_text("")
    await page.commands.export_to(tmp_path / "file" / "accounts.csv", [ana])
    assert page.notice.text.startswith("accounts.csv cannot be written")


async def test_what_another_process_changes_appears(
    page: AccountsPage, service: Service, ana: Account, tmp_path: Path
) -> None:
    """The command line made an account: it comes into the table."""
    from authws_desktop.server.service import Service as Other

    other = Other(service.settings, service.paths, password_cost=4)
    await other.accounts.open()
    try:
        await other.accounts.administration.create("from-outside", PASSWORD, Role.MEMBER)
    finally:
        await other.accounts.close()
    await refreshed_until(page, lambda: shown(page) == ["ana", "from-outside"])


@pytest.mark.parametrize("width", [900, 1600])
async def test_nothing_is_wider_than_the_page(page: AccountsPage, service: Service, width: int) -> None:
    """At 1024 x 640 with the rail, every button is whole, also while somebody is chosen."""
    await create(service, "ana")
    select(page, "ana")
    page.resize(width, 500)
    assert page.minimumSizeHint().width() <= 900


async def test_tab_goes_through_the_page_as_the_eye_does(page: AccountsPage, service: Service) -> None:
    """Search, the buttons beside it, the table, and all about the chosen one."""
    await create(service, "ana")
    select(page, "ana")
    page.activateWindow()
    page.search.setFocus()
    await until(page.search.hasFocus)
    seen: list[QWidget] = []
    while len(seen) < 7:
        page.focusNextChild()
        seen.append(page.focusWidget())
    assert seen[4:6] == [page.new_user_button, page.table]
    assert isinstance(seen[6], ActionButton)
    assert seen[6].text() == "Token and snippets…"


async def test_a_note_moves_no_row(page: AccountsPage, service: Service) -> None:
    """What is said after an act stands below the table."""
    await create(service, "ana", "ben")
    select(page, "ana")
    before = page.table.mapTo(page, page.table.viewport().pos())
    page.show_error("The database is locked by another program.")
    await until(page.notice.isVisible)
    page.grab()  # has the page laid out anew
    assert page.table.mapTo(page, page.table.viewport().pos()) == before
    assert page.notice.mapTo(page, page.notice.rect().topLeft()).y() > before.y()

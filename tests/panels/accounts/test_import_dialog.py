"""Many at once: the list is looked at line by line, created whole or not at all, and handed on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog, QLineEdit

from authws_desktop.accounts import importing
from authws_desktop.accounts.bulk import ImportPreview, read_list
from authws_desktop.accounts.models import Role
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.accounts.addresses import Addresses
from authws_desktop.panels.accounts.cards_dialog import CardsDialog
from authws_desktop.panels.accounts.credentials_view import CredentialsView
from authws_desktop.panels.accounts.import_dialog import DONE, PASTE, PREVIEW, ImportDialog
from authws_desktop.panels.accounts.import_preview import LINE, NAME, PASSWORD, PROBLEM, ROLE, STATE
from authws_desktop.panels.accounts.login_cards import LoginCard
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.server.service import Service
from tests.panels.accounts.support import create
from tests.panels.support import closed, dialog_of, nameless, until
from tests.work import calls_of

LIST = "name;password;role\nana;;\nben;bens own words;host\n\nx;;\n\u0410na;;\nana;;\nfredo;short;\n"


async def open_import(page: AccountsPage) -> ImportDialog:
    """Open it from the page."""
    page.tools.import_accounts.trigger()
    return await dialog_of(ImportDialog)


async def preview(dialog: ImportDialog, text: str) -> None:
    """Paste a list and press Preview."""
    dialog.input.setPlainText(text)
    dialog.next_button.click()
    await until(lambda: dialog.step == PREVIEW)
    await until(lambda: dialog.back_button.isEnabled())


async def leave(page: AccountsPage, dialog: ImportDialog) -> None:
    """Close it and wait until it is gone."""
    dialog.reject()
    await closed()


def column(dialog: ImportDialog, number: int) -> list[str]:
    """Return a column as shown."""
    model = dialog.preview.model()
    return [str(model.index(row, number).data()) for row in range(model.rowCount())]


async def test_the_preview_marks_each_bad_line_and_why(page: AccountsPage, service: Service) -> None:
    """Too short, mixed scripts, twice the same, taken, a weak password: each in its own words."""
    await create(service, "fatima")
    dialog = await open_import(page)
    assert not dialog.next_button.isEnabled()
    await preview(dialog, LIST + "fatima;;\ngina;;boss\n")
    assert column(dialog, LINE) == ["2", "3", "5", "6", "7", "8", "9", "10"]
    assert column(dialog, NAME)[:2] == ["ana", "ben"]
    assert column(dialog, PASSWORD)[:2] == ["generated", "given"]
    assert column(dialog, ROLE)[:2] == ["member", "host"]
    assert column(dialog, STATE) == ["good"] * 2 + ["left out"] * 6
    why = column(dialog, PROBLEM)
    for line, words in ((2, "2 to 64"), (4, "line 2"), (5, "8"), (6, "taken"), (7, "unknown")):
        assert words in why[line], why[line]
    assert why[3]
    assert dialog.summary.text() == "2 accounts will be made. 6 lines have a problem and are left out."
    assert dialog.next_button.text() == "Create 2 accounts"
    dialog.bad_only.click()
    assert column(dialog, STATE) == ["left out"] * 6
    assert "bens own words" not in repr(dialog.preview.source.rows())
    assert nameless(dialog) == []
    assert {account.username for account in service.accounts.users()} == {"fatima"}
    await leave(page, dialog)


async def test_created_and_handed_on(
    page: AccountsPage, service: Service, clipboard: Callable[[], str]
) -> None:
    """All good lines become accounts whose passwords work; closing loses none of them."""
    dialog = await open_import(page)
    await preview(dialog, LIST)
    dialog.next_button.click()
    await until(lambda: dialog.step == DONE)
    assert dialog.notice.text.startswith("Created 2 accounts.")
    handed = {each.name: each.password for each in dialog.credentials.credentials()}
    assert handed["ben"] == "bens own words"
    for name, password in handed.items():
        await service.accounts.logins.login(name, password)
    found = service.accounts.find("ben")
    assert found is not None
    assert found.role is Role.HOST
    assert dialog.input.toPlainText() == ""
    assert dialog.preview.source.rows() == []
    await until(dialog.next_button.isEnabled)
    dialog.next_button.click()
    await closed()
    (card,) = page.hand_over.cards
    assert {each.name: each.password for each in card.cards} == handed
    card.copy_button.click()
    assert dict(line.split("\t") for line in clipboard().splitlines()) == handed
    card.print_button.click()
    cards = await dialog_of(CardsDialog)
    assert cards.windowTitle() == "Login cards for 2 accounts"
    cards.close_button.click()
    await closed()
    await until(lambda: "Created 2 accounts." in page.notice.text)
    assert [row.account.username for row in page.table.source.rows()] == ["ana", "ben"]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfname,password\r\n\"ana\",\"with, comma \"\"and\"\" quotes\"\r\n",
        "name\tpassword\nana\twith, comma \"and\" quotes\n".encode("utf-16"),
    ],
    ids=["mark-and-quotes", "utf-16-tabs"],
)  # fmt: skip
async def test_a_file_is_read(page: AccountsPage, service: Service, tmp_path: Path, content: bytes) -> None:
    """Byte-order marks, quotes and other separators, through the file dialog."""
    file = tmp_path / "class.csv"
    file.write_bytes(content)
    dialog = await open_import(page)
    dialog.open_button.click()
    chooser = await until(lambda: dialog.findChild(QFileDialog))
    assert isinstance(chooser, QFileDialog)
    name = chooser.findChild(QLineEdit)
    assert name is not None
    name.setText(str(file))
    chooser.accept()
    await until(lambda: dialog.step == PREVIEW)
    assert dialog.summary.text() == "1 account will be made."
    await until(dialog.next_button.isEnabled)
    dialog.next_button.click()
    await until(lambda: dialog.step == DONE)
    await service.accounts.logins.login("ana", 'with, comma "and" quotes')
    dialog.reject()
    await closed()
    assert [each.name for each in page.hand_over.cards[0].cards] == ["ana"]


async def test_what_cannot_be_read_says_why(page: AccountsPage, tmp_path: Path) -> None:
    """A picture, a file that is gone, and a list of empty lines leave the dialog where it was."""
    dialog = await open_import(page)
    (tmp_path / "photo.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\xff")
    dialog_error: list[str] = []
    await _open(dialog, tmp_path / "photo.csv", dialog_error)
    assert "UTF-8" in dialog_error[-1]
    await _open(dialog, tmp_path / "gone.csv", dialog_error)
    assert dialog_error[-1].startswith("gone.csv cannot be read (No such file")
    assert dialog.step == PASTE
    await leave(page, dialog)


async def _open(dialog: ImportDialog, file: Path, errors: list[str]) -> None:
    """Open a file as the button does once it was chosen, and keep what the dialog says."""
    from authws_desktop.panels.accounts import import_dialog

    async def choose(*_args: Any) -> Path:
        return file

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_dialog, "choose_file_to_open", choose)
        dialog.notice.clear()
        dialog.open_button.click()
        await until(lambda: dialog.notice.text)
    errors.append(dialog.notice.text)


async def test_a_name_taken_meanwhile_stops_all_of_it(page: AccountsPage, service: Service) -> None:
    """Somebody registers as ben after the preview: nothing is made, and a new preview shows it."""
    dialog = await open_import(page)
    await preview(dialog, "ana\nben\n")
    await create(service, "ben")
    dialog.next_button.click()
    await until(lambda: "'ben' is taken" in dialog.notice.text)
    assert [account.username for account in service.accounts.users()] == ["ben"]
    await until(dialog.back_button.isEnabled)
    dialog.back_button.click()
    assert dialog.input.toPlainText() == "ana\nben\n"
    dialog.next_button.click()
    await until(lambda: dialog.summary.text().startswith("1 account will be made."))
    await leave(page, dialog)


async def test_cancelled_halfway_nothing_is_done(
    page: AccountsPage, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancel while passwords are hashed: no account exists, the dialog says so, and may go on."""
    may_go_on, hashed = asyncio.Event(), 0

    async def hash_slowly(password: str) -> str:
        nonlocal hashed
        hashed += 1
        if hashed > 10:
            await may_go_on.wait()
        return password

    monkeypatch.setattr(service.accounts._hashing, "hash", hash_slowly)
    dialog = await open_import(page)
    await preview(dialog, "\n".join(f"pupil-{number}" for number in range(2000)))
    dialog.next_button.click()
    await until(
        lambda: dialog.progress_label.text().startswith("Made ready") and dialog.progress.value() >= 5
    )
    assert not dialog.progress.isHidden()
    assert dialog.progress_label.text().endswith("of 2,000")
    assert not dialog.next_button.isEnabled()
    dialog.cancel_button.click()
    may_go_on.set()
    await until(lambda: dialog.notice.text == "Cancelled; no account was made.")
    assert dialog.progress.isHidden()
    assert service.accounts.users() == []
    await until(dialog.next_button.isEnabled)
    await leave(page, dialog)


async def test_many_thousand_lines(page: AccountsPage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread reads them; the window asks of each whether it is good, and no more, so that it goes on."""
    dialog = await open_import(page)
    show, work, readers = dialog._show_result, [], set()

    def read(*arguments: Any, **options: Any) -> ImportPreview:
        readers.add(threading.current_thread())
        return read_list(*arguments, **options)

    monkeypatch.setattr(dialog, "_show_result", lambda result: work.append(calls_of(lambda: show(result))))
    monkeypatch.setattr(importing, "read_list", read)
    dialog.input.setPlainText("\n".join(f"pupil-{number}" for number in range(20_000)))
    dialog.next_button.click()
    await until(lambda: dialog.step == PREVIEW, 60)
    assert dialog.preview.shown_count() == 20_000
    assert dialog.next_button.text() == "Create 20,000 accounts"
    assert threading.main_thread() not in readers
    assert work[0] < 5 * 20_000, "each is asked twice: for the good ones, and for the bad ones"
    await until(dialog.back_button.isEnabled)
    await leave(page, dialog)


async def test_a_long_list_of_passwords_is_shown_in_slices(
    page: AccountsPage, theme: Theme, monkeypatch: pytest.MonkeyPatch, clipboard: Callable[[], str]
) -> None:
    """Two lines at a time, the first of them in sight; whoever copies at once gets all of them."""
    monkeypatch.setattr("authws_desktop.panels.accounts.credentials_view.SLICE_LINES", 2)
    view = CredentialsView(theme, Addresses(lambda: ["http://localhost"]), page)
    view.resize(400, 90)
    view.show()
    cards = [LoginCard(f"pupil-{number}", f"secret-{number}") for number in range(40)]
    view.add(cards)
    assert view.list_view.blockCount() == 2
    view.copy_button.click()
    assert clipboard().splitlines() == [f"{card.name}\t{card.password}" for card in cards]
    await until(lambda: view.list_view.blockCount() == 40)
    assert view.list_view.verticalScrollBar().maximum() > 0
    assert view.list_view.verticalScrollBar().value() == 0
    assert view.list_view.toPlainText() == clipboard()

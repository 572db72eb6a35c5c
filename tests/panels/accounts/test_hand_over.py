"""What is made and shown once stays on the page until the person puts it away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from authws_desktop.panels.accounts.account_dialogs import NewUserDialog, ResetPasswordDialog
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.accounts.addresses import Addresses
from authws_desktop.panels.accounts.bulk_reset_dialog import BulkResetDialog
from authws_desktop.panels.accounts.cards_dialog import CardsDialog
from authws_desktop.panels.accounts.trial_account_dialog import TrialUserDialog
from authws_desktop.panels.kit.confirm import ChoiceDialog
from authws_desktop.panels.kit.qr import FullScreenCode
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.server.service import Service
from tests.panels.accounts.support import create, select
from tests.panels.support import closed, dialog_of, nameless, until


def click(widget: QWidget) -> None:
    """Press a button as a person does."""
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


async def make_ana(page: AccountsPage) -> None:
    """New user, Generate, Create."""
    page.commands.new_user.trigger()
    dialog = await dialog_of(NewUserDialog)
    QTest.keyClicks(dialog.name_field.line, "ana")
    click(dialog.password.generate_button)
    click(dialog.ok_button)
    await closed()


async def test_a_generated_password_is_not_gone(
    page: AccountsPage, service: Service, clipboard: Callable[[], str]
) -> None:
    """It stands on the page, hidden; one click copies both, and they log in; put away, it is gone."""
    await make_ana(page)
    (card,) = page.hand_over.cards
    assert page.hand_over.isVisible()
    assert card.password_line.echoMode() is QLineEdit.EchoMode.Password
    click(card.show_button)
    assert card.password_line.echoMode() is QLineEdit.EchoMode.Normal
    click(card.copy_button)
    name, password = clipboard().split("\t")
    assert password == card.password_line.text()
    await service.accounts.logins.login(name, password)
    assert nameless(card) == []
    assert password not in repr(card.cards)
    click(card.put_away_button)
    assert page.hand_over.cards == []
    assert not page.hand_over.isVisible()


async def test_a_new_password_is_not_gone_either(page: AccountsPage, service: Service) -> None:
    """Reset for one, and for several: the newest card is above the others."""
    await create(service, "ana", "ben")
    select(page, "ana")
    page.commands.reset_password.trigger()
    dialog = await dialog_of(ResetPasswordDialog)
    assert dialog.password.line.text()
    click(dialog.ok_button)
    await closed()
    select(page, "ana", "ben")
    page.commands.reset_password.trigger()
    bulk = await dialog_of(BulkResetDialog)
    click(bulk.ok_button)
    await closed()
    both, _ana = page.hand_over.cards
    assert [each.name for each in both.cards] == ["ana", "ben"]
    for each in both.cards:
        await service.accounts.logins.login(each.name, each.password)


async def test_cards_are_printed_in_any_order_of_scope(page: AccountsPage, service: Service) -> None:
    """With the server opened to the network meanwhile, the cards bear the address it has then."""
    await make_ana(page)
    await service.start()
    (card,) = page.hand_over.cards
    click(card.print_button)
    dialog = await dialog_of(CardsDialog)
    assert dialog.address_choice.currentText() == service.location.http_url
    click(dialog.close_button)
    await closed()
    assert page.hand_over.cards == [card]


async def test_cards_can_let_the_network_in_themselves(page: AccountsPage, service: Service) -> None:
    """The advice of the dialog is a button in it: no way leads out of it and back."""
    await make_ana(page)
    (card,) = page.hand_over.cards
    click(card.print_button)
    dialog = await dialog_of(CardsDialog)
    assert dialog.local_label.text() == "This address works on this computer only."
    click(dialog.network_button)
    await until(lambda: service.settings.values.host == "0.0.0.0")
    await until(lambda: dialog.network_button.isEnabled())
    assert dialog.address_choice.currentText() == Addresses.of(service)()[0]
    assert dialog.sheets.address == dialog.address_choice.currentText()
    click(dialog.close_button)
    await closed()


async def test_a_card_shows_the_code_of_the_address(page: AccountsPage) -> None:
    """On the whole screen, where others can use it."""
    page.hand_over._addresses = Addresses(lambda: ["http://192.168.1.20:4000"])
    await make_ana(page)
    click(page.hand_over.cards[0].code_button)
    codes = lambda: [each for each in QApplication.topLevelWidgets() if isinstance(each, FullScreenCode)]  # noqa: E731
    await until(codes)
    (large,) = codes()
    assert large.code_text == "http://192.168.1.20:4000"
    large.accept()
    await until(lambda: not codes())


async def test_codes_lead_over_the_trust_page(page: AccountsPage) -> None:
    """Where devices have to trust the certificate first; what is read and typed stays the address itself."""
    addresses = ["https://192.168.1.20:4000", "https://[fd00::7]:4000"]
    page.hand_over._addresses = Addresses(lambda: addresses, None, lambda: True)
    await make_ana(page)
    click(page.hand_over.cards[0].print_button)
    dialog = await dialog_of(CardsDialog)
    assert dialog.sheets.address == "https://192.168.1.20:4000"
    assert dialog.sheets.code_text == "http://192.168.1.20:4000/trust"
    dialog.address_choice.setCurrentIndex(1)
    assert dialog.sheets.code_text == "http://[fd00::7]:4000/trust"
    click(dialog.close_button)
    await closed()
    assert page.hand_over._addresses.scanned("http://192.168.1.20:4000") == "http://192.168.1.20:4000"


async def test_a_code_of_this_computer_alone_is_never_shown(page: AccountsPage, service: Service) -> None:
    """The card asks to let the network in first; whoever says no sees no code."""
    await make_ana(page)
    (card,) = page.hand_over.cards
    click(card.code_button)
    question = await dialog_of(ChoiceDialog)
    click(question.buttons[""])
    await closed(ChoiceDialog)
    assert service.settings.values.host != "0.0.0.0"
    assert not [each for each in QApplication.topLevelWidgets() if isinstance(each, FullScreenCode)]


async def test_a_test_users_token_can_be_seen_again(page: AccountsPage, service: Service) -> None:
    """Its dialog is closed for the page behind it, and opened again from the card; there is one card."""
    page.commands.new_test_user.trigger()
    dialog = await dialog_of(TrialUserDialog)
    token = dialog.user.issued.token
    click(dialog.done_button)
    await closed()
    (card,) = page.hand_over.cards
    click(card.more_button)
    again = await dialog_of(TrialUserDialog)
    assert again.token_line.line.text() == token
    click(again.done_button)
    await closed()
    assert len(page.hand_over.cards) == 1


async def test_quitting_asks_before_passwords_go(window: MainWindow, service: Service) -> None:
    """Cancel shows them; with the card put away nothing is asked."""
    quits: list[None] = []
    window.quit_requested.connect(lambda: quits.append(None))
    page = window.pages["accounts"]
    assert isinstance(page, AccountsPage)
    await make_ana(page)
    window.close()
    question = await dialog_of(ChoiceDialog)
    assert "1 card" in question.body.text()
    assert window.page_key == "accounts"
    click(question.buttons[""])
    await closed(ChoiceDialog)
    assert not quits
    click(page.hand_over.cards[0].put_away_button)
    window.close()
    await until(lambda: quits)

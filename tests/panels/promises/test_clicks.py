"""The commonest tasks take few clicks on the real window: each press of the mouse is counted, keys and typing are not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QDialog, QFileDialog, QLineEdit, QWidget

from authws_desktop.network.addresses import Address
from authws_desktop.panels.accounts.account_dialogs import NewUserDialog
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.accounts.cards_dialog import CardsDialog
from authws_desktop.panels.accounts.import_dialog import ImportDialog
from authws_desktop.panels.accounts.trial_account_dialog import TrialUserDialog
from authws_desktop.panels.kit.confirm import ChoiceDialog
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.send_panel import Audience
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.server.service import ServerState, Service
from authws_desktop.traffic.record import Kind
from tests.own_clients import WsClient, eventually, http_client, ws_client
from tests.panels.support import closed, dialog_of, until

LEFT = Qt.MouseButton.LeftButton


class Mouse:
    """Presses things, and counts.

    Attributes:
        clicks: How many presses; a double click is one.
    """

    def __init__(self) -> None:
        self.clicks = 0

    def click(self, widget: QWidget) -> None:
        """Press a control that can be seen and used."""
        assert widget.isVisible()
        assert widget.isEnabled()
        self.clicks += 1
        QTest.mouseClick(widget, LEFT)

    def click_row(self, view: QAbstractItemView, index: QModelIndex, *, is_double: bool = False) -> None:
        """Press a row in sight."""
        place: QPoint = view.visualRect(index).center()
        assert view.viewport().rect().contains(place)
        self.clicks += 1
        QTest.mouseClick(view.viewport(), LEFT, pos=place)
        if is_double:
            QTest.mouseDClick(view.viewport(), LEFT, pos=place)


@pytest.fixture
def mouse() -> Mouse:
    """A fresh count."""
    return Mouse()


@pytest.fixture
async def live(window: MainWindow) -> LivePage:
    """The Live page of the window, shown."""
    window.resize(1240, 780)
    window.show_page("live")
    page = window.pages["live"]
    assert isinstance(page, LivePage)
    return page


@pytest.fixture
async def ana(live: LivePage, window: MainWindow, service: Service) -> AsyncIterator[WsClient]:
    """Ana, connected to the running server and in sight."""
    await service.start()
    async with AsyncExitStack() as stack:
        async with http_client(service) as http:
            token = (await http.register("ana"))["token"]
        client = await stack.enter_async_context(ws_client(service))
        await client.log_in(token)
        await eventually(lambda: service.hub.authenticated_count == 1)
        show(window)
        yield client


def show(window: MainWindow) -> None:
    """Bring the window up to date, as its timer does."""
    window.refresh()
    QApplication.processEvents()


async def test_started_and_the_address_on_the_clipboard_with_one(
    live: LivePage, window: MainWindow, service: Service, mouse: Mouse
) -> None:
    """Start copies the address, as whoever starts a server hands it on."""
    QGuiApplication.clipboard().setText("before")
    mouse.click(window.bar.start_button)
    await until(lambda: QGuiApplication.clipboard().text() != "before")
    assert QGuiApplication.clipboard().text() == service.location.http_url
    assert service.location.http_url.startswith("http://")
    assert mouse.clicks == 1


async def test_a_phone_joins_with_two(
    live: LivePage, window: MainWindow, service: Service, mouse: Mouse
) -> None:
    """Start, Let my network in: the code is there, or the address where this machine has no network."""
    mouse.click(window.bar.start_button)
    await until(lambda: service.state is ServerState.RUNNING)
    show(window)
    (button,) = live.users._empty.buttons
    assert button.text() == "Let my network in"
    mouse.click(button)
    await until(lambda: service.settings.values.host == "0.0.0.0")
    assert mouse.clicks == 2


async def test_a_token_and_its_snippet_with_one(
    live: LivePage, window: MainWindow, service: Service, mouse: Mouse
) -> None:
    """From the first sight of a running server."""
    await service.start()
    show(window)
    (button,) = live.traffic._empty.buttons
    mouse.click(button)
    dialog = await dialog_of(TrialUserDialog)
    assert dialog.user.issued.token in dialog._pages[0].code.toPlainText()
    assert mouse.clicks == 1
    dialog.done_button.click()
    await closed()


async def test_one_users_messages_with_one(
    live: LivePage, window: MainWindow, ana: WsClient, mouse: Mouse
) -> None:
    """A double click on the user."""
    mouse.click_row(live.users.view, live.users.view.model().index(0, 0), is_double=True)
    assert live.traffic.tools.filter_box.text() == "user:ana"
    assert mouse.clicks == 1


async def test_why_something_was_refused_with_one(
    live: LivePage, window: MainWindow, ana: WsClient, mouse: Mouse
) -> None:
    """The row itself; F8 finds it without any."""
    await ana.send({"type": "direct", "to": "bne", "content": 1})
    await ana.expect("error")
    show(window)
    view, model = live.traffic.view, live.traffic.model
    row = next(
        row
        for row in range(model.rowCount())
        if (found := model.record_at(row)) and found.kind is Kind.DIRECT
    )
    mouse.click_row(view, model.index(row, TrafficColumn.CONTENT))
    assert live.detail.explain_bar.isVisible()
    assert live.detail.explain_bar.cause_label.text() == "There is no user or connection “bne”."
    assert mouse.clicks == 1


async def test_a_row_is_read_under_traffic_with_one(
    live: LivePage, window: MainWindow, ana: WsClient, mouse: Mouse
) -> None:
    """A click on the row: it stays in sight and in the detail, however much comes after it."""
    await ana.send({"type": "message", "content": {"text": "read me"}})
    ring = live.traffic.model.ring
    await eventually(lambda: any(row.kind is Kind.MESSAGE for row in ring.after(0)))
    for number in range(50):
        await ana.send({"type": "message", "content": number})
    await eventually(lambda: sum(row.kind is Kind.MESSAGE for row in ring.after(0)) == 51)
    show(window)
    view, model = live.traffic.view, live.traffic.model
    row = model.rowCount() - 2
    chosen = model.record_at(row)
    mouse.click_row(view, model.index(row, TrafficColumn.CONTENT))
    for number in range(50):
        await ana.send({"type": "message", "content": number})
    await eventually(lambda: sum(row.kind is Kind.MESSAGE for row in ring.after(0)) == 101)
    show(window)
    assert live.detail.record is chosen
    assert live.detail.isVisible()
    assert view.viewport().rect().contains(view.visualRect(model.index(row, TrafficColumn.CONTENT)).center())
    assert not live.traffic.tools.follow_button.isChecked()
    assert mouse.clicks == 1


async def test_sending_to_one_user_with_two(
    live: LivePage, window: MainWindow, ana: WsClient, mouse: Mouse
) -> None:
    """Choose the user, then the paper plane: it writes to whom is chosen."""
    mouse.click_row(live.users.view, live.users.view.model().index(0, 0))
    mouse.click(live.users.send_button)
    panel = live.send.panel
    assert panel.isVisible()
    assert panel.audience is Audience.USERS
    QTest.keyClick(panel.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert (await ana.expect("direct"))["content"] == {"text": "Hello from the host"}
    assert mouse.clicks == 2


async def test_a_kick_with_two(live: LivePage, window: MainWindow, ana: WsClient, mouse: Mouse) -> None:
    """Choose, Del, and the button that says so."""
    mouse.click_row(live.users.view, live.users.view.model().index(0, 0))
    QTest.keyClick(live.users.view, Qt.Key.Key_Delete)
    question: list[QDialog] = []

    def is_asked() -> bool:
        question[:] = [each for each in window.findChildren(ChoiceDialog) if each.isVisible()]
        return bool(question)

    await eventually(is_asked)
    (dialog,) = question
    assert isinstance(dialog, ChoiceDialog)
    mouse.click(dialog.buttons["yes"])
    assert (await ana.expect_close())[0] == 4005
    assert mouse.clicks == 2


async def test_one_account_is_handed_over_with_four(
    live: LivePage, window: MainWindow, service: Service, mouse: Mouse
) -> None:
    """From the Live page: Accounts, New user, Create, Copy both; the password is there already."""
    await service.start()
    show(window)
    mouse.click(window.rail.buttons["accounts"])
    accounts = window.pages["accounts"]
    assert isinstance(accounts, AccountsPage)
    mouse.click(accounts.new_user_button)
    dialog = await dialog_of(NewUserDialog)
    QTest.keyClicks(dialog.name_field.line, "newbie")
    mouse.click(dialog.ok_button)
    await until(lambda: accounts.hand_over.cards)
    await closed()
    QApplication.processEvents()
    (card,) = accounts.hand_over.cards
    mouse.click(card.copy_button)
    name, password = QGuiApplication.clipboard().text().split("\t")
    assert name == "newbie"
    await service.accounts.logins.login(name, password)
    assert mouse.clicks == 4
    card.put_away_button.click()


@pytest.mark.parametrize("is_open_before", [False, True])
async def test_a_class_of_thirty_with_cards_with_six(
    live: LivePage,
    window: MainWindow,
    service: Service,
    mouse: Mouse,
    is_open_before: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether the network is let in first, or from the cards: Return in the file dialog is a key."""
    found = [Address("192.168.1.20", "Wi-Fi")]
    reached = lambda host, *_args, **_more: found if host == "0.0.0.0" else [Address("localhost")]  # noqa: E731
    monkeypatch.setattr("authws_desktop.server.location.addresses_reached", reached)
    await service.start()
    show(window)
    if is_open_before:
        (button,) = live.users._empty.buttons
        mouse.click(button)
        await until(lambda: service.settings.values.host == "0.0.0.0")
    mouse.click(window.rail.buttons["accounts"])
    accounts = window.pages["accounts"]
    assert isinstance(accounts, AccountsPage)
    mouse.click(accounts.import_button)
    dialog = await dialog_of(ImportDialog)
    QGuiApplication.clipboard().setText("\n".join(f"pupil {number:02}" for number in range(30)))
    dialog.input.paste()  # Ctrl+V
    await until(lambda: dialog.next_button.text() == "Create 30 accounts" and dialog.next_button.isEnabled())
    mouse.click(dialog.next_button)
    await until(dialog.credentials.print_button.isVisible)
    mouse.click(dialog.credentials.print_button)
    cards = await dialog_of(CardsDialog)
    if not is_open_before:
        mouse.click(cards.network_button)
        await until(lambda: not cards.network_button.isVisible())
    assert cards.sheets.address == service.location.http_url
    assert "192.168.1.20" in cards.sheets.address
    mouse.click(cards.save_button)
    chooser = await until(lambda: cards.findChild(QFileDialog))
    line = chooser.findChild(QLineEdit)
    assert line is not None
    line.setText(str(tmp_path / "cards.pdf"))
    chooser.accept()  # Return
    await until((tmp_path / "cards.pdf").is_file)
    await until(lambda: "Saved cards.pdf" in cards.notice.text)
    assert mouse.clicks == 6
    assert len(service.accounts.users()) == 30
    cards.close_button.click()
    await closed(CardsDialog)
    dialog.next_button.click()
    await closed()
    await until(lambda: accounts.hand_over.cards)
    accounts.hand_over.cards[0].put_away_button.click()

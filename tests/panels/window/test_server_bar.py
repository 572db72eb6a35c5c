"""The server bar on a real server: start, stop, addresses, scope, failures, rates."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from authws_desktop.errors import PortTaken
from authws_desktop.network.adapters import Adapter
from authws_desktop.panels.kit.confirm import ChoiceDialog
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.panels.window.scope_chooser import MY_NETWORK, THIS_COMPUTER
from authws_desktop.panels.window.server_bar import ServerBar
from authws_desktop.panels.window.service_bridge import ServiceBridge
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import ServerState, Service
from authws_desktop.settings import load_settings
from tests.own_clients import eventually, ws_client
from tests.panels.conftest import activated, deleted


def activity_text(bar: ServerBar) -> str:
    """Return the line of counts and rates, as shown."""
    return " ".join(label.text() for label in bar.activity_labels)


@pytest.fixture
async def bar(service: Service, theme: Theme) -> AsyncIterator[ServerBar]:
    """The bar, shown, refreshed by the service's announcements as in the window."""
    made = ServerBar(service, theme)
    ServiceBridge(service, made).state_changed.connect(made.refresh)
    made.resize(1024, 100)
    made.show()
    yield made
    await deleted(made)


def question(bar: ServerBar) -> ChoiceDialog | None:
    """Return the question that is open over the bar."""
    return bar.window().findChild(ChoiceDialog)


async def test_start_and_stop_with_one_button(bar: ServerBar, service: Service) -> None:
    """The button starts the server, then stops it; word, address and label follow."""
    assert bar.badge.word == "Stopped"
    assert bar.start_button.text() == "Start"
    bar.start_button.click()
    await eventually(lambda: service.state is ServerState.RUNNING)
    assert bar.badge.word == "Running"
    assert bar.ws_label.text() == service.location.ws_url
    assert bar.http_label.text() == f"http://127.0.0.1:{service.location.port}"
    await eventually(bar.start_button.isEnabled)
    assert bar.start_button.text() == "Stop"
    bar.start_button.click()
    await eventually(lambda: service.state is ServerState.STOPPED)
    assert bar.badge.word == "Stopped"
    assert not bar.ws_label.isVisible()


async def test_the_bar_keeps_its_height(bar: ServerBar, service: Service) -> None:
    """What stands below it does not jump when the server starts; the hint says where it will listen."""
    assert bar._hint.text() == "Press Start to listen on any free port"
    before = bar.sizeHint().height()
    bar.start_button.click()
    await eventually(lambda: service.state is ServerState.RUNNING)
    await eventually(bar.sparkline.isVisible)
    assert bar.sizeHint().height() == before


async def test_tab_goes_from_left_to_right(bar: ServerBar, service: Service) -> None:
    """Addresses, scope, Start, chart: in the order in which they stand."""
    await service.start()
    await eventually(bar.sparkline.isVisible)
    found: list[QWidget] = []
    control = bar.copy_ws_button.nextInFocusChain()
    while control is not None and control is not bar.copy_ws_button:
        if control.isVisible() and control.focusPolicy() & Qt.FocusPolicy.TabFocus:
            found.append(control)
        control = control.nextInFocusChain()
    assert found[-3:] == [bar.scope, bar.start_button, bar.sparkline]
    assert found[:2] == [bar.copy_http_button, bar.code_button]


async def test_space_starts(bar: ServerBar, service: Service) -> None:
    """With the focus on the button, the space bar starts the server and the focus stays there."""
    await activated(bar)
    bar.start_button.setFocus()
    QTest.keyClick(bar.start_button, Qt.Key.Key_Space)
    await eventually(lambda: service.state is ServerState.RUNNING)
    await eventually(bar.start_button.hasFocus)


async def test_copy_copies_the_address(bar: ServerBar, service: Service, app: QApplication) -> None:
    """Copy puts the address on the clipboard and says so."""
    await service.start()
    bar.copy_ws_button.copy()
    assert app.clipboard().text() == service.location.ws_url
    bar.copy_http_button.copy()
    assert app.clipboard().text() == service.location.http_url


async def test_open_in_browser(bar: ServerBar, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open hands the web address to the system's browser; it does nothing while there is none."""
    opened: list[str] = []
    monkeypatch.setattr(
        "authws_desktop.panels.window.server_bar.QDesktopServices.openUrl",
        lambda url: opened.append(url.toString()),
    )
    bar.open_in_browser()
    await service.start()
    bar.open_in_browser()
    assert opened == [service.location.http_url]


async def test_stopping_asks_when_clients_are_connected(bar: ServerBar, service: Service) -> None:
    """Stop says how many it disconnects; Cancel leaves them connected, Stop ends them with 1001."""
    await service.start()
    async with ws_client(service) as client:
        bar.start_button.click()
        await eventually(lambda: question(bar) is not None)
        asked = question(bar)
        assert asked is not None
        asked.buttons[""].click()
        await eventually(lambda: question(bar) is None)
        assert service.state is ServerState.RUNNING
        await eventually(bar.start_button.isEnabled)
        bar.start_button.click()
        await eventually(lambda: question(bar) is not None)
        asked = question(bar)
        assert asked is not None
        asked.buttons["yes"].click()
        assert (await client.expect_close())[0] == 1001
    await eventually(lambda: service.state is ServerState.STOPPED)


async def test_port_taken_offers_the_next_free_one(bar: ServerBar, service: Service) -> None:
    """The failure stands in the bar with a button; pressing it saves that port and starts."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        await service.apply(msgspec.structs.replace(service.settings.saved, port=port))
        bar.start_button.click()
        await eventually(lambda: service.state is ServerState.FAILED)
        failure = service.failure
        assert isinstance(failure, PortTaken)
        assert bar.badge.word == "Failed"
        assert f"Port {port} is in use" in bar.notice.text
        assert bar.notice.action_button.text() == f"Use port {failure.next_free}"
        await eventually(bar.start_button.isEnabled)
        bar.notice.action_button.click()
        await eventually(lambda: service.state is ServerState.RUNNING)
    assert service.location.port == failure.next_free
    assert service.settings.saved.port == failure.next_free
    assert bar.notice.text == ""
    assert bar.notice.isHidden()


async def test_locked_port_offers_no_other(tmp_path: Path, theme: Theme) -> None:
    """A port that is set from outside cannot be changed here: the sentence stands alone."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        settings = load_settings(
            tmp_path / "s", environment={"PORT": port, "HOST": "127.0.0.1"}, dotenv_file=tmp_path / "e"
        )
        service = Service(settings, DataPaths.under(tmp_path), password_cost=4)
        bar = ServerBar(service, theme)
        await bar.toggle()
        bar.refresh()
        assert f"Port {port} is in use" in bar.notice.text
        assert not bar.notice.action_button.isVisibleTo(bar)
        assert not bar.scope.isEnabled()
        assert bar.scope_source_label.text() == "Scope set by HOST (environment)"
        assert not bar.scope_source_label.isHidden()
        await service.close()
        await deleted(bar)


async def test_scope_menu_lists_adapters_as_they_are_now(
    bar: ServerBar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The menu is made when it opens: this computer, my network, each adapter."""
    adapters = [Adapter("wlan0", "192.168.1.20", False)]
    monkeypatch.setattr("authws_desktop.panels.window.scope_chooser.rank_adapters", lambda: adapters)
    bar.scope.chooser_menu.aboutToShow.emit()
    hosts = [action.data() for action in bar.scope.chooser_menu.actions() if not action.isSeparator()]
    assert hosts == [THIS_COMPUTER, MY_NETWORK, "192.168.1.20"]
    adapters.clear()
    bar.scope.chooser_menu.aboutToShow.emit()
    assert len(bar.scope.chooser_menu.actions()) == 2


async def test_choosing_a_scope_saves_it_and_listens_there(bar: ServerBar, service: Service) -> None:
    """My network is in force at once, and the same connections stay."""
    await service.start()
    async with ws_client(service):
        bar.scope.chooser_menu.aboutToShow.emit()
        bar.scope.chooser_menu.actions()[1].trigger()
        await eventually(lambda: service.location.host == MY_NETWORK)
        assert len(service.hub.clients) == 1
    assert service.settings.saved.host == MY_NETWORK
    assert bar.scope.text() == "My network"


async def test_narrower_scope_says_whom_it_disconnects(bar: ServerBar, service: Service) -> None:
    """A scope that some clients cannot reach asks first; Cancel changes nothing."""
    await service.start()
    service.connections_ended_by = lambda new: 3  # type: ignore[method-assign]
    bar.scope.scope_chosen.emit("192.0.2.7")
    await eventually(lambda: question(bar) is not None)
    asked = question(bar)
    assert asked is not None
    assert any("3 clients" in label for label in (asked.heading.text(), asked.body.text()))
    asked.reject()
    await eventually(lambda: question(bar) is None)
    assert service.location.host == "127.0.0.1"


async def test_address_of_no_adapter_is_refused_in_words(bar: ServerBar, service: Service) -> None:
    """What cannot be listened on is said in the bar, and the server runs where it ran."""
    await service.start()
    port = service.location.port
    bar.scope.scope_chosen.emit("192.0.2.77")
    await eventually(lambda: bar.notice.text)
    assert "192.0.2.77" in bar.notice.text
    assert service.state is ServerState.RUNNING
    assert service.location.port == port


async def test_counts_and_rates_follow_real_clients(bar: ServerBar, service: Service) -> None:
    """Clients and frames of a real connection are counted; the rates go back to nothing."""
    await service.start()
    bar.refresh()
    assert "0 clients" in activity_text(bar)
    async with ws_client(service) as client:
        for _ in range(5):
            await client.send({"type": "nonsense"})
        await eventually(lambda: service.hub.counters.messages_in >= 5)
        await asyncio.sleep(0.05)
        bar.refresh()
        assert "1 client " in activity_text(bar)
        assert "in 0/s" not in activity_text(bar)
    await eventually(lambda: not service.hub.clients)


async def test_everything_has_an_accessible_name(bar: ServerBar, service: Service) -> None:
    """A screen reader can name each control, also after the state has changed."""
    await service.start()
    controls = (bar.start_button, bar.scope, *bar.findChildren(type(bar.copy_ws_button)))
    assert all(control.accessibleName() for control in controls)
    assert bar.start_button.accessibleName() == "Stop the server"
    assert bar.badge.accessibleName() == "Server: Running"


async def test_lost_files_are_told_while_they_are_lost(bar: ServerBar, service: Service) -> None:
    """A database that is moved away is told in the bar, and no longer once it is back."""
    await service.open()
    assert bar.trouble_notice.isHidden()
    file = service.paths.database_file
    file.rename(file.with_name("away"))

    def text() -> str:
        bar.refresh()
        return bar.trouble_notice.text

    await eventually(lambda: "was deleted or moved away" in text())
    file.with_name("away").rename(file)
    await eventually(lambda: text() == "")


async def test_the_keyboard_stays_on_start_while_the_window_is_not_active(
    window: MainWindow, service: Service
) -> None:
    """A server that starts with the program takes Start away before the window has the keyboard."""
    assert window.focusWidget() is window.bar.start_button
    await service.start()
    window.refresh()
    assert window.focusWidget() is window.bar.start_button

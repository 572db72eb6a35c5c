"""The connect card on a real server: addresses, code, copying, opening, following the network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
import segno
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from authws_desktop.network.adapters import Adapter
from authws_desktop.panels.kit.qr import FullScreenCode, QrView
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.window.connect_card import ConnectCard
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.panels.window.sizes import MINIMUM_SIZE
from authws_desktop.server.service import Service
from tests.own_clients import eventually
from tests.panels.pictures import shoot

LAN = Adapter("wlan0", "192.168.1.20", False)
SIX = Adapter("wlan0", "2001:db8:1:2::20", False)
DOCKER = Adapter("docker0", "172.17.0.1", True)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> list[Adapter]:
    """The computer's adapters, which a test may change."""
    found = [LAN, SIX, DOCKER]
    monkeypatch.setattr("authws_desktop.network.addresses.rank_adapters", lambda: list(found))
    return found


@pytest.fixture
async def card(window: MainWindow, service: Service, network: list[Adapter]) -> AsyncIterator[ConnectCard]:
    """The card over the window of a server that everyone on the network can reach."""
    await service.apply(msgspec.structs.replace(service.settings.saved, host="0.0.0.0"))
    await service.start()
    window.bar.code_button.click()
    made = window.bar.connect_card
    assert made is not None
    yield made
    made.hide()


def modules_shown(view: QrView) -> list[list[bool]]:
    """Return the modules of a code as the screen shows them."""
    image = view.grab().toImage()
    count = int(segno.make(view.code_text, error="m", micro=False).symbol_size(border=4)[0])
    module = image.width() // count
    start = (image.width() - module * count) // 2
    points = [start + module * each + module // 2 for each in range(count)]
    return [[image.pixelColor(x, y).lightness() < 128 for x in points] for y in points]


async def test_the_code_says_the_address(card: ConnectCard, service: Service) -> None:
    """What is drawn is the code of the web address, module by module."""
    assert card.code.code_text == service.location.http_url == f"http://192.168.1.20:{service.location.port}"
    wanted = segno.make(service.location.http_url, error="m", micro=False).matrix_iter(border=4)
    assert modules_shown(card.code) == [[bool(each) for each in row] for row in wanted]


async def test_the_code_is_dark_on_light_in_both_themes(
    card: ConnectCard, theme: Theme, app: QApplication
) -> None:
    """And of two colours only: no module is blurred into its neighbours."""
    for look in ("dark", "light"):
        theme.apply(app, look)
        image = card.code.grab().toImage()
        assert image.pixelColor(8, 8) == QColor("#ffffff")
        inner = {image.pixel(x, y) for x in range(4, image.width() - 4) for y in range(4, image.height() - 4)}
        assert inner == {QColor("#000000").rgb(), QColor("#ffffff").rgb()}


async def test_all_addresses_are_listed_and_the_choice_drives_everything(
    card: ConnectCard, window: MainWindow, service: Service, app: QApplication
) -> None:
    """A click on another one changes label, code, copy and bar, and is remembered."""
    rows = [card.view.model().index(row, 0).data() for row in range(card.view.model().rowCount())]
    port = service.location.port
    assert rows == [
        f"http://192.168.1.20:{port}  ·  wlan0",
        f"http://[2001:db8:1:2::20]:{port}  ·  wlan0",
        f"http://172.17.0.1:{port}  ·  docker0  ·  virtual or VPN",
        f"http://localhost:{port}  ·  only this computer",
    ]
    card.view.clicked.emit(card.view.model().index(1, 0))
    url = f"http://[2001:db8:1:2::20]:{port}"
    await eventually(lambda: card.code.code_text == url)
    assert card.address_label.text() == url
    assert window.bar.http_label.text() == url
    card.copy_button.click()
    assert app.clipboard().text() == url
    assert service.settings.saved.shown_address == "2001:db8:1:2::20"
    assert card.view.currentIndex().data().startswith(url)


async def test_a_long_address_does_not_widen_the_window(
    card: ConnectCard, window: MainWindow, service: Service, network: list[Adapter]
) -> None:
    """IPv6 in full length, with https: the smallest window still is; the whole address is in the tip."""
    network[:] = [Adapter("wlan0", "2001:db8:1111:2222:3333:4444:5555:6666", False)]
    await service.apply(msgspec.structs.replace(service.settings.saved, tls="local"))
    window.bar.refresh()
    assert window.bar.http_label.toolTip() == service.location.http_url
    assert len(service.location.http_url) > 50
    assert window.bar.http_label.sizeHint().width() > 300
    place = window.bar.http_label.parentWidget()
    assert place is not None
    assert place.minimumSizeHint().width() < MINIMUM_SIZE.width() - 400, "state, scope and Start need room"


async def test_it_follows_the_network(card: ConnectCard, network: list[Adapter], service: Service) -> None:
    """An adapter that goes takes its address with it; one that comes is listed."""
    network[:] = [Adapter("eth0", "10.0.0.7", False)]
    card.refresh()
    assert card.code.code_text == f"http://10.0.0.7:{service.location.port}"
    assert card.view.model().rowCount() == 2


async def test_it_does_nothing_while_hidden(
    card: ConnectCard, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window's timer asks for the addresses only while the card can be seen."""
    turns: list[None] = []
    monkeypatch.setattr(card, "refresh", lambda: turns.append(None))
    await eventually(lambda: turns)
    card.hide()
    turns.clear()
    monkeypatch.setattr(card, "refresh_every_s", 0.0, raising=False)
    window._refresh_timer.turn()
    assert not turns


async def test_open_in_browser(card: ConnectCard, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's browser gets the address."""
    opened: list[str] = []
    monkeypatch.setattr(
        "authws_desktop.panels.window.connect_card.QDesktopServices.openUrl",
        lambda url: opened.append(url.toString()),
    )
    card.open_button.click()
    assert opened == [service.location.http_url]


async def test_whole_screen_and_back(card: ConnectCard, service: Service) -> None:
    """A press on the code fills the screen with it; Escape ends that and leaves the card."""
    card.code.click()
    large = card.findChild(FullScreenCode)
    assert large is not None
    assert large.isFullScreen()
    assert large.code_text == service.location.http_url
    QTest.keyClick(large, Qt.Key.Key_Escape)
    await eventually(lambda: card.findChild(FullScreenCode) is None)
    assert card.isVisible()


async def test_on_this_computer_it_offers_the_network(window: MainWindow, service: Service) -> None:
    """An address that nobody else can open is called that, and one press lets others in."""
    await service.apply(msgspec.structs.replace(service.settings.saved, host="localhost"))
    await service.start()
    window.bar.show_connect_card()
    card = window.bar.connect_card
    assert card is not None
    assert "Only this computer" in card.notice.text
    assert "Scan" not in card._heading.text()
    assert not card.code.isVisible()
    assert not card.enlarge_button.isVisible()
    card.notice.action_button.click()
    await eventually(lambda: service.location.host == "0.0.0.0")
    await eventually(lambda: card.notice.text == "")


async def test_it_grows_with_what_it_says(
    window: MainWindow, service: Service, network: list[Adapter]
) -> None:
    """Opened small, it makes room for code, notice and buttons: nothing lies over anything else."""
    await service.apply(msgspec.structs.replace(service.settings.saved, host="0.0.0.0"))
    window.bar.show_connect_card()
    card = window.bar.connect_card
    assert card is not None
    assert not card.code.isVisible()
    await service.start()
    await eventually(card.code.isVisible)
    card.show_error("The browser cannot be opened.")
    await eventually(lambda: card.enlarge_button.geometry().top() >= card.code.geometry().bottom())
    await eventually(lambda: card.notice.geometry().bottom() < card.code.geometry().top())
    card.hide()


async def test_stopped_it_says_so(card: ConnectCard, service: Service) -> None:
    """No address, no code: nobody shall scan what does not answer."""
    await service.stop()
    assert not card.code.isVisible()
    assert not card.copy_button.isVisible()
    assert "not running" in card._heading.text()


async def test_with_tls_it_tells_fingerprint_and_end(card: ConnectCard, service: Service) -> None:
    """And where a new device learns to trust it; an address the certificate lacks is named."""
    assert not card.certificate_label.isVisible()
    await service.apply(msgspec.structs.replace(service.settings.saved, tls="local"))
    assert card.code.code_text == f"http://192.168.1.20:{service.location.port}/trust"
    assert card.address_label.text() == f"https://192.168.1.20:{service.location.port}"
    text, tls = card.certificate_label.text(), service.location.tls
    assert tls is not None
    assert tls.authority_fingerprint.replace(":", " ") in text
    assert f"{tls.not_after:%Y-%m-%d}" in text
    assert f"http://192.168.1.20:{service.location.port}/trust" in text
    assert "does not hold" not in text


async def test_a_network_that_came_later_is_named(
    card: ConnectCard, service: Service, network: list[Adapter]
) -> None:
    """The certificate was made before: the card says so and what to do."""
    await service.apply(msgspec.structs.replace(service.settings.saved, tls="local"))
    network[:] = [Adapter("eth0", "10.0.0.7", False)]
    card.refresh()
    assert "The certificate does not hold 10.0.0.7" in card.certificate_label.text()


async def test_everything_has_a_name(card: ConnectCard) -> None:
    """For screen readers."""
    assert "192.168.1.20" in card.code.accessibleName()
    assert card.view.accessibleName()
    assert card.copy_button.accessibleName()


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_pictures(card: ConnectCard, window: MainWindow, service: Service, look: str) -> None:
    """Running on the network, on this computer, stopped, and the whole screen; for people to look at."""
    await service.apply(msgspec.structs.replace(service.settings.saved, theme=look))
    for scene in ("network", "tls", "here", "stopped"):
        if scene == "tls":
            await service.apply(msgspec.structs.replace(service.settings.saved, tls="local"))
        elif scene == "here":
            await service.apply(msgspec.structs.replace(service.settings.saved, host="localhost"))
        elif scene == "stopped":
            await service.stop()
        card.adjustSize()
        window.resize(MINIMUM_SIZE)
        window.bar.refresh()
        await asyncio.sleep(0.15)  # drawn by then
        shoot(window, f"connect-window-{scene}-{look}")
        shoot(card, f"connect-{scene}-{look}")
    large = FullScreenCode("http://192.168.1.20:4000", card)
    large.resize(1280, 720)
    shoot(large, f"connect-whole-screen-{look}")
    large.deleteLater()

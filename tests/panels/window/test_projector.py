"""The window for the wall: how to come in, who is here, what is said; nothing private, whole on any screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from authws_desktop.network.addresses import Address
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.panels.window.projector import NEWS_S, SAID_S, Projector
from authws_desktop.panels.window.wifi import WifiDialog, wifi_code
from authws_desktop.server.announcements import announce
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Kind
from tests.own_clients import eventually, join
from tests.panels.conftest import deleted
from tests.panels.support import closed, dialog_of, until

OUT = Path(__file__).parents[2] / "screenshots" / "out"


class Time:
    """A clock that only moves when told."""

    now_s = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now_s


@pytest.fixture
def clock() -> Time:
    """The projector's."""
    return Time()


@pytest.fixture
def on_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server have an address that others reach."""
    found = [Address("192.168.1.20", "Wi-Fi")]
    monkeypatch.setattr("authws_desktop.server.location.addresses_reached", lambda *_args, **_more: found)


@pytest.fixture
async def wall(
    service: Service, theme: Theme, window_state: WindowState, clock: Time
) -> AsyncIterator[Projector]:
    """The window, shown, of a running server."""
    await service.start()
    made = Projector(service, theme, window_state, clock)
    made.show()
    made.refresh()
    yield made
    await deleted(made)


def texts(wall: Projector) -> str:
    """Return everything that can be read on it."""
    labels = [each.text() for each in wall.findChildren(QLabel) if each.isVisible()]
    return "\n".join([*labels, *(text for _, text, _ in wall.wall.tiles())])


async def test_who_is_here_the_newest_first(service: Service, wall: Projector, clock: Time) -> None:
    """A name stands out for some seconds, each person once; who leaves is gone."""
    assert wall.count_label.text() == "Nobody is here yet"
    async with AsyncExitStack() as stack:
        ana = await join(stack, service, "ana")
        wall.refresh()
        assert wall.count_label.text() == "1 person is here"
        clock.now_s += NEWS_S
        await join(stack, service, "ben")
        wall.refresh()
        assert list(wall.wall.names) == ["ben", "ana"]
        assert wall.wall.news == {"ben"}
        await ana.socket.close()
        await eventually(lambda: len(service.hub.clients) == 1)
        wall.refresh()
        assert list(wall.wall.names) == ["ben"]


@pytest.mark.usefixtures("on_a_network")
async def test_the_way_in_and_nothing_private(service: Service, wall: Projector) -> None:
    """The address that the code says, and neither address, token nor message of anybody."""
    async with AsyncExitStack() as stack:
        ana = await join(stack, service, "ana")
        await ana.send({"type": "message", "content": "my secret"})
        await eventually(lambda: any(row.kind is Kind.MESSAGE for row in service.traffic.after(0)))
        wall.refresh()
        assert wall.code.code_text == service.location.http_url
        assert wall.address_label.text() == service.location.http_url
        assert "192.168.1.20" in service.location.http_url
        seen = texts(wall)
        assert "ana" in seen
        for private in ("127.0.0.1", "my secret", "eyJ", next(iter(service.hub.clients))):
            assert private not in seen


async def test_no_code_of_localhost(service: Service, wall: Projector) -> None:
    """Only this computer could open it: a button lets the network in, in its place."""
    assert not wall.code.isVisible()
    assert wall.address_label.text() == ""
    asked: list[bool] = []
    wall.network_asked.connect(lambda: asked.append(True))
    QTest.mouseClick(wall.network_button, Qt.MouseButton.LeftButton)
    assert asked == [True]
    await service.stop()
    wall.refresh()
    assert "The server is not running." in texts(wall)
    assert not wall.network_button.isVisible()


async def test_what_the_host_says_is_a_banner(service: Service, wall: Projector, clock: Time) -> None:
    """Once: for a minute. On top: until it is taken down."""
    assert not wall.banner.isVisible()
    wall.say("Break until <b>ten</b>")
    assert wall.banner.text() == "Break until <b>ten</b>"
    assert wall.banner.textFormat() is Qt.TextFormat.PlainText
    assert wall.banner.isVisible()
    clock.now_s += SAID_S
    wall.refresh()
    assert not wall.banner.isVisible()
    announce(service.hub, "Room 7", is_pinned=True)
    clock.now_s += 10 * SAID_S
    wall.refresh()
    assert wall.banner.text() == "Room 7"
    service.hub.talk.pins.unpin()
    wall.refresh()
    assert not wall.banner.isVisible()


async def test_one_key_hides_it(service: Service, wall: Projector) -> None:
    """And brings it back; the banner is hidden with it."""
    wall.say("hello")
    QTest.keyClick(wall, Qt.Key.Key_B)
    assert wall.is_blank
    assert not any(each.isVisible() for each in wall.findChildren(QLabel))
    wall.refresh()
    assert not wall.banner.isVisible()
    QTest.keyClick(wall, Qt.Key.Key_B)
    assert wall.banner.isVisible()
    assert wall.count_label.isVisible()
    QTest.keyClick(wall, Qt.Key.Key_F11)
    assert wall.isFullScreen()
    QTest.keyClick(wall, Qt.Key.Key_Escape)
    assert not wall.isFullScreen()
    QTest.keyClick(wall, Qt.Key.Key_Escape)
    assert not wall.isVisible()


@pytest.mark.usefixtures("on_a_network")
async def test_the_wifi_has_a_code_of_its_own(
    service: Service, wall: Projector, theme: Theme, window_state: WindowState
) -> None:
    """Name and password are asked for; the name is remembered, the password is not."""
    QTest.keyClick(wall, Qt.Key.Key_W)
    dialog = await dialog_of(WifiDialog)
    dialog.name_field.line.setText("Class 7b")
    dialog.password_field.line.setText("short")
    assert not dialog.ok_button.isEnabled()
    dialog.password_field.line.setText("tea;and,cake")
    dialog.ok_button.click()
    await closed()
    await until(wall.wifi_code.isVisible)
    assert wall.wifi_code.code_text == r"WIFI:S:Class 7b;T:WPA;P:tea\;and\,cake;;"
    assert wall.wifi_label.text() == "Class 7b"
    assert "tea" not in texts(wall)
    window_state.flush()
    again = Projector(service, theme, window_state)
    again.show()
    again.refresh()
    assert not again.wifi_code.isVisible()
    await deleted(again)


@pytest.mark.parametrize(
    ("name", "password", "code"),
    [("a", "", "WIFI:S:a;T:nopass;;"), ("a:b", 'x"\\yyyyyy', r"WIFI:S:a\:b;T:WPA;P:x\"\\yyyyyy;;")],
)
def test_codes_of_networks(name: str, password: str, code: str) -> None:
    """As phones read them."""
    assert wifi_code(name, password) == code


async def test_the_window_opens_it(window: MainWindow, service: Service) -> None:
    """From the Server menu, once; announcements go there, and the network is let in from it."""
    await service.start()
    window.projector_action.trigger()
    window.projector_action.trigger()
    walls = [
        each for each in QApplication.topLevelWidgets() if isinstance(each, Projector) and each.isVisible()
    ]
    (wall,) = walls
    service.hub.talk.pins.unpin()
    window.pages["live"].announce.announced.emit("tea")  # type: ignore[attr-defined]
    assert wall.banner.text() == "tea"
    wall.network_button.click()
    await until(lambda: service.settings.values.host == "0.0.0.0")


def overlapping(widgets: list[QWidget], within: QWidget) -> list[tuple[str, str]]:
    """Return which of these lie upon each other or out of sight."""
    places = [
        (
            each.objectName() or type(each).__name__,
            each.rect().translated(each.mapTo(within, each.rect().topLeft())),
        )
        for each in widgets
        if each.isVisible()
    ]
    return [
        (name, other)
        for number, (name, place) in enumerate(places)
        for other, where in places[number + 1 :]
        if place.intersects(where)
    ] + [(name, "outside") for name, place in places if not within.rect().contains(place)]


@pytest.mark.usefixtures("on_a_network")
@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (800, 600)])
async def test_pictures(
    service: Service, wall: Projector, theme: Theme, app: QApplication, look: str, size: tuple[int, int]
) -> None:
    """Forty people, a Wi-Fi and a long announcement: nothing lies upon another thing, the rest is counted."""
    names = [
        "ana",
        "李小龙",
        "Ælfgifu",
        "عمر الخيام",
        "💃🏽 dancer",
        "x" * 32,
        *(f"pupil {n:02}" for n in range(60)),
    ]
    for number, name in enumerate(names):
        wall._seen_at[name] = float(number)
    wall.resize(*size)
    theme.apply(app, look)
    await service.apply(msgspec.structs.replace(service.settings.saved, title="Physics, class 7b"))
    wall.show_wifi("Class 7b", "battery staple")
    wall.say("Groups of three, please. The second experiment begins at ten past; bring your own batteries.")
    wall.wall.show_names(names, frozenset(names[:2]))
    wall.count_label.setText(f"{len(names)} people are here")
    QApplication.processEvents()
    parts: list[QWidget] = [
        wall.code, wall.wifi_code, wall.address_label, wall.wifi_label, wall.count_label, wall.wall, wall.banner,
    ]  # fmt: skip
    assert (wall.width(), wall.height()) == size
    assert overlapping(parts, wall) == []
    tiles = wall.wall.tiles()
    assert wall.wall.shown < len(names)
    assert tiles[-1][1] == f"and {len(names) - wall.wall.shown} more"
    for number, (place, _, _) in enumerate(tiles):
        assert wall.wall.rect().toRectF().contains(place)
        assert not any(place.intersects(other) for other, _, _ in tiles[number + 1 :])
    OUT.mkdir(parents=True, exist_ok=True)
    assert wall.grab().save(str(OUT / f"projector-{size[0]}x{size[1]}-{look}.png"))


async def test_a_novel_leaves_room_for_the_rest(wall: Projector) -> None:
    """What is said gets smaller, and takes a fifth of the wall at most."""
    wall.resize(1280, 720)
    wall.say("word " * 400)
    QApplication.processEvents()
    assert wall.banner.height() <= 720 / 5
    assert wall.height() == 720
    small = wall.banner.font().pixelSize()
    wall.say("word")
    assert wall.banner.font().pixelSize() > small

"""What the program does unasked: on a real server with real clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from PySide6.QtWidgets import QWidget

from authws_desktop.desktop.keep_awake import KeepAwake
from authws_desktop.desktop.updates import Release, UpdateError
from authws_desktop.panels.window import notifications
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.panels.window.notifications import AT_MOST_EVERY_S, LOOK_EVERY_S, Notifications
from authws_desktop.server.service import Service
from tests.own_clients import eventually, http_client, ws_client
from tests.panels.conftest import activated, deleted


class Awake(KeepAwake):
    """A computer that can be kept awake."""

    def __init__(self) -> None:
        super().__init__()
        self.states = [False]

    @property
    def is_held(self) -> bool:
        return self.states[-1]

    def hold(self) -> None:
        self.states.append(True)

    def release(self) -> None:
        self.states.append(False)

    def end(self) -> None:
        self.release()


class Watch:
    """Notifications with a clock that tests turn, and what was told."""

    def __init__(self, service: Service, window: QWidget) -> None:
        self.now_s = 0.0
        self.told: list[tuple[str, str]] = []
        self.window = window
        self.notifications = Notifications(
            service, lambda *words: self.told.append(words), window, lambda: self.now_s
        )
        self.awake = Awake()
        self.notifications.keep_awake = self.awake


@pytest.fixture
async def watch(service: Service) -> AsyncIterator[Watch]:
    window = QWidget()
    made = Watch(service, window)
    await service.start()
    yield made
    made.notifications.end()
    await deleted(window)


async def choose(service: Service, **changes: str) -> None:
    await service.apply(msgspec.structs.replace(service.settings.saved, **changes))


async def test_it_keeps_awake_while_somebody_is_connected(watch: Watch, service: Service) -> None:
    """From the first client to the last; not where it is switched off."""
    watch.notifications.refresh()
    async with ws_client(service):
        watch.notifications.refresh()
        await choose(service, keep_awake="off")
        watch.notifications.refresh()
        await choose(service, keep_awake="on")
        watch.notifications.refresh()
    await eventually(lambda: not service.hub.clients)
    watch.notifications.refresh()
    assert watch.awake.states[1:] == [False, True, False, True, False]


async def test_the_end_lets_it_sleep(watch: Watch, service: Service) -> None:
    """Whoever closes the window does not leave the computer awake."""
    async with ws_client(service):
        watch.notifications.refresh()
        watch.notifications.end()
        assert watch.awake.states[1:] == [True, False]


async def test_the_first_client_is_told_once(watch: Watch, service: Service) -> None:
    """Off until chosen; then the first, not the second; and again after all have gone."""
    async with ws_client(service):
        watch.notifications.refresh()
    await eventually(lambda: not service.hub.clients)
    watch.notifications.refresh()
    assert not watch.told
    await choose(service, notify_first_client="on")
    async with ws_client(service), ws_client(service):
        watch.notifications.refresh()
        watch.notifications.refresh()
        assert watch.told == [("First client", "Somebody connected to your server.")]
    await eventually(lambda: not service.hub.clients)
    watch.notifications.refresh()
    watch.now_s += AT_MOST_EVERY_S
    async with ws_client(service):
        watch.notifications.refresh()
    assert len(watch.told) == 2


async def test_refused_logins_are_told_together(watch: Watch, service: Service) -> None:
    """A flood is one message and, half a minute later, one more with the rest of it."""
    await choose(service, notify_refused_login="on")
    async with http_client(service) as http:

        async def fail() -> None:
            status, _ = await http.post("/auth/login", {"username": "nobody", "password": "wrong horse"})
            assert status == 401
            watch.notifications.refresh()

        await fail()
        await fail()
        await fail()
        assert watch.told == [("Login refused", "1 login was refused. The Live page tells more.")]
        watch.now_s += AT_MOST_EVERY_S
        watch.notifications.refresh()
        assert watch.told[1:] == [("Login refused", "2 logins were refused. The Live page tells more.")]
        await http.get("/nothing")
        watch.now_s += AT_MOST_EVERY_S
        watch.notifications.refresh()
        assert len(watch.told) == 2, "other refusals are no logins"


async def test_a_newcomer_who_waits_is_told(watch: Watch, service: Service) -> None:
    """Without being asked to: the host has something to do."""
    await choose(service, registration="approval")
    async with http_client(service) as http:
        status, _ = await http.post("/auth/register", {"username": "ana", "password": "correct horse"})
        assert status < 300
    watch.notifications.refresh()
    assert watch.told == [("Somebody new", "1 person waits for your approval.")]


async def test_nothing_is_told_to_who_looks_at_the_window(watch: Watch, service: Service) -> None:
    """It can be seen there."""
    await choose(service, notify_first_client="on")
    watch.window.show()
    await activated(watch.window)
    async with ws_client(service):
        watch.notifications.refresh()
    assert not watch.told


async def test_the_window_has_them_and_ends_them(
    window: MainWindow, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They look on while the window is out of sight; closing for good ends that."""
    looks: list[None] = []
    monkeypatch.setattr(window.notifications, "refresh", lambda: looks.append(None))
    window.hide()
    looks.clear()
    await eventually(lambda: looks)
    window.close_for_good()
    assert not window._refresh_timer._timer.isActive()


class Newest:
    """Stands for the program's page.

    Attributes:
        asked: What was asked, in order.
    """

    def __init__(self, answer: Release | UpdateError | None) -> None:
        self.asked: list[str] = []
        self._answer = answer

    async def __call__(self, page: str) -> Release | None:
        self.asked.append(page)
        if isinstance(self._answer, UpdateError):
            raise self._answer
        return self._answer


PAGE = "https://a.example/b"
NEWER = Release("9.9.9", f"{PAGE}/releases/tag/v9.9.9")


async def look(watch: Watch, monkeypatch: pytest.MonkeyPatch, newest: Newest) -> None:
    """Let one turn of the window's timer pass."""
    monkeypatch.setattr(notifications, "newer_release", newest)
    watch.notifications.refresh()
    while watch.notifications._look is not None and not watch.notifications._look.done():
        await asyncio.sleep(0)


async def test_nobody_is_asked_for_a_newer_version_unless_it_is_wished(
    watch: Watch, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither as it comes, nor while the project has no page."""
    newest = Newest(NEWER)
    watch.notifications.page = PAGE
    await look(watch, monkeypatch, newest)
    await service.apply(msgspec.structs.replace(service.settings.saved, notify_update="on"))
    watch.notifications.page = ""
    await look(watch, monkeypatch, newest)
    assert (newest.asked, watch.told) == ([], [])


async def test_a_newer_version_is_looked_for_once_a_day(
    watch: Watch, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And told each time it is found."""
    await service.apply(msgspec.structs.replace(service.settings.saved, notify_update="on"))
    watch.notifications.page = PAGE
    newest = Newest(NEWER)
    for now_s, count in ((0.0, 1), (LOOK_EVERY_S - 1, 1), (LOOK_EVERY_S, 2)):
        watch.now_s = now_s
        await look(watch, monkeypatch, newest)
        assert newest.asked == [PAGE] * count
        assert len(watch.told) == count
    assert "9.9.9" in watch.told[0][1]


@pytest.mark.parametrize("answer", [None, UpdateError("The page of this program cannot be reached.")])
async def test_nothing_new_and_no_network_are_not_told(
    watch: Watch, service: Service, monkeypatch: pytest.MonkeyPatch, answer: UpdateError | None
) -> None:
    """Who asked for news does not want to hear that there are none."""
    await service.apply(msgspec.structs.replace(service.settings.saved, notify_update="on"))
    watch.notifications.page = PAGE
    newest = Newest(answer)
    await look(watch, monkeypatch, newest)
    assert (newest.asked, watch.told) == ([PAGE], [])

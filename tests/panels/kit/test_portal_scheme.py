"""Light or dark, as a portal on a bus of the test's own says it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import ClassInfo, QObject, Slot
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusVariant
from PySide6.QtWidgets import QApplication

from authws_desktop.panels.kit import portal_scheme
from authws_desktop.panels.kit.portal_scheme import INTERFACE, KEY, NAMESPACE, PATH, SERVICE, PortalScheme
from authws_desktop.panels.kit.theme import Theme
from tests.own_clients import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a desktop portal")
NO_PREFERENCE, DARK, LIGHT = range(3)


@ClassInfo({"D-Bus Interface": INTERFACE})  # type: ignore[call-arg]  # PySide's stubs know no arguments
class Portal(QObject):  # type: ignore[operator]
    """What `xdg-desktop-portal` does of it; `Read` wraps its value twice, as the real one's does."""

    def __init__(self, bus: QDBusConnection) -> None:
        super().__init__()
        self.value = NO_PREFERENCE
        self.questions: list[tuple[str, str]] = []
        self._bus = bus
        assert bus.registerService(SERVICE)
        assert bus.registerObject(PATH, self, QDBusConnection.RegisterOption.ExportAllSlots)

    @Slot(str, str, result="QDBusVariant")
    def Read(self, namespace: str, key: str) -> QDBusVariant:  # noqa: N802 - the portal's name
        """Answer."""
        self.questions.append((namespace, key))
        return QDBusVariant(QDBusVariant(self.value))

    def tell(self, namespace: str, value: object) -> None:
        """Tell of a changed setting."""
        message = QDBusMessage.createSignal(PATH, INTERFACE, "SettingChanged")
        message.setArguments([namespace, KEY, QDBusVariant(value)])
        assert self._bus.send(message)


@pytest.fixture
def address() -> Iterator[str]:
    """Where a bus of the test's own listens."""
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as daemon:
        assert daemon.stdout is not None
        yield daemon.stdout.readline().strip()
        daemon.terminate()


@pytest.fixture
def bus(address: str, app: QApplication) -> Iterator[QDBusConnection]:
    """The program's connection to it."""
    yield QDBusConnection.connectToBus(address, "program")
    QDBusConnection.disconnectFromBus("program")


@pytest.fixture
def portal(address: str, bus: QDBusConnection) -> Iterator[Portal]:
    """A portal on it."""
    yield Portal(QDBusConnection.connectToBus(address, "portal"))
    QDBusConnection.disconnectFromBus("portal")


async def test_the_answer_and_each_change(bus: QDBusConnection, portal: Portal) -> None:
    """Asked once; then told, also that there is no preference any more."""
    portal.value = DARK
    scheme = PortalScheme(bus)
    assert scheme.is_dark is None
    await eventually(lambda: scheme.is_dark is True)
    portal.tell(NAMESPACE, LIGHT)
    await eventually(lambda: scheme.is_dark is False)
    portal.tell(NAMESPACE, NO_PREFERENCE)
    await eventually(lambda: scheme.is_dark is None)
    assert portal.questions == [(NAMESPACE, KEY)]


async def test_what_is_not_understood_changes_nothing(bus: QDBusConnection, portal: Portal) -> None:
    """Other settings, values that do not exist and other types."""
    portal.value = DARK
    scheme, changes = PortalScheme(bus), list[bool | None]()
    scheme.changed.connect(lambda: changes.append(scheme.is_dark))
    await eventually(lambda: changes == [True])
    portal.tell("org.gnome.desktop.interface", LIGHT)
    portal.tell(NAMESPACE, "prefer-light")
    portal.tell(NAMESPACE, DARK)
    portal.tell(NAMESPACE, 7)
    portal.tell(NAMESPACE, LIGHT)
    await eventually(lambda: scheme.is_dark is False)
    assert changes == [True, None, True, None, False]


async def test_a_bus_without_a_portal(bus: QDBusConnection) -> None:
    """Qt's own answer stays in force, until a portal comes and tells."""
    scheme = PortalScheme(bus)
    await eventually(scheme._question.isFinished)
    assert scheme.is_dark is None


async def test_the_theme_follows_the_portal_where_it_should(
    bus: QDBusConnection, portal: Portal, app: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Qt may call the system light; the portal knows better, and the person's own choice best."""
    monkeypatch.setattr(portal_scheme, "session_bus", lambda: bus)
    portal.value = DARK
    theme = Theme()
    theme.apply(app, "system")
    await eventually(lambda: theme.is_dark)
    portal.tell(NAMESPACE, LIGHT)
    await eventually(lambda: not theme.is_dark)
    theme.apply(app, "light")
    portal.tell(NAMESPACE, DARK)
    assert theme._portal is not None
    await eventually(lambda: theme._portal is not None and theme._portal.is_dark is True)
    looks = [theme.is_dark]
    theme.apply(app, "system")
    looks.append(theme.is_dark)
    theme.apply(app, "light")
    assert looks == [False, True]


def test_no_bus_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where a session has none, libdbus would start one."""
    monkeypatch.undo()
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert portal_scheme.session_bus() is None

"""A second window for the wall: how to come in, who is here, what the host says; nothing private."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont, QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from authws_desktop.network.addresses import is_only_here
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.boxes import NO_MARGINS, vertical_box
from authws_desktop.panels.kit.dialog import bring_to_front, text_label
from authws_desktop.panels.kit.qr import QrView
from authws_desktop.panels.kit.theme import Theme, set_variant
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.kit.words import grouped
from authws_desktop.panels.window.names_wall import NamesWall
from authws_desktop.panels.window.wifi import WifiDialog, wifi_code
from authws_desktop.server.announcements import text_of
from authws_desktop.server.service import ServerState, Service

FIRST_WIDTH_PX, FIRST_HEIGHT_PX = 1280, 720
NEWS_S = 6.0
"""How long a newcomer's name is highlighted."""
SAID_S = 60.0
"""How long an announcement is shown that does not stay on top."""
BANNER_SHARE = 0.2
WIFI_KEY = "projector/wifi"


class Projector(QWidget):
    """Fills any screen: sizes follow its own.

    Addresses of people, tokens and messages never stand here: the wall is read by everybody in the room. The
    one address is the one that the code says, for who cannot scan.

    Attributes:
        code, address_label: How to come in; neither while only this computer could use it.
        network_button: Lets the network in, in that case.
        wifi_code: Joins the Wi-Fi, once its name is known; `wifi_label` says which.
        wall, count_label: Who is here.
        banner: What the host says.

    Signals:
        network_asked: Others are to reach the server.

    Args:
        service: Where it is reached, and who is here.
        theme: Colours.
        window_state: Remembers the Wi-Fi's name, not its password.
        now: Monotonic seconds.
    """

    network_asked = Signal()

    def __init__(
        self,
        service: Service,
        theme: Theme,
        window_state: WindowState,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self._service = service
        self._theme = theme
        self._window_state = window_state
        self._now = now
        self._seen_at: dict[str, float] = {}
        self._said = ("", -SAID_S)
        self._wifi_name = window_state.text(WIFI_KEY)
        self.setWindowTitle(self.tr("Projector"))
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._build()
        self.resize(FIRST_WIDTH_PX, FIRST_HEIGHT_PX)
        self.refresh()

    # Building

    def _build(self) -> None:
        self._title = self._label("heading")
        self.code = QrView(self._theme, self)
        self.wifi_code = QrView(self._theme, self)
        self.address_label, self.wifi_label = self._label("accent"), self._label("")
        self._steps = self._label("muted")
        self._wifi_steps = self._label("muted")
        self.network_button = QPushButton(self.tr("Let my network in"), self)
        set_variant(self.network_button, "kind", "primary")
        self.network_button.clicked.connect(self.network_asked)
        self.count_label = self._label("heading")
        self.wall = NamesWall(self._theme, self)
        self.banner = self._label("banner")
        self._keys = self._label("muted")
        self._keys.setText(self.tr("B hides everything    W Wi-Fi…    F11 whole screen    Esc closes"))
        self._content = QWidget(self)
        column = vertical_box(self, margins=NO_MARGINS, spacing=0)
        column.setSizeConstraint(
            QVBoxLayout.SizeConstraint.SetNoConstraint
        )  # the screen says how large it is
        column.addWidget(self._content, 1)
        column.addWidget(self.banner)
        self._lay_out()

    def _lay_out(self) -> None:
        self._grid = QHBoxLayout(self._content)
        middle = Qt.AlignmentFlag.AlignHCenter
        self._left, self._right = left, right = QVBoxLayout(), QVBoxLayout()
        left.addStretch(1)
        ways: tuple[QWidget, ...] = (
            self._wifi_steps,
            self.wifi_code,
            self.wifi_label,
            self._steps,
            self.code,
            self.address_label,
            self.network_button,
        )
        for each in ways:
            left.addWidget(each, 0, middle)
        left.addStretch(1)
        right.addWidget(self._title)
        right.addWidget(self.count_label)
        right.addWidget(self.wall, 1)
        right.addWidget(self._keys)
        self._grid.addLayout(left, 2)
        self._grid.addLayout(right, 3)

    def _label(self, role: str) -> QLabel:
        label = text_label("", role, self)
        label.setWordWrap(True)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return label

    # Showing

    @Slot()
    def open(self) -> None:
        """Show the window in front of the others."""
        bring_to_front(self)
        self.refresh()

    def say(self, text: str) -> None:
        """Show for a while what the host said once."""
        self._said = (text, self._now())
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show what is true now; nothing is done while nobody can see it."""
        if not self.isVisible():
            return
        values = self._service.settings.values
        self._title.setText(values.title or self.tr("Welcome"))
        self._show_ways()
        self._show_people()
        pinned = self._service.hub.talk.pins.pinned
        said, at = self._said
        text = text_of(pinned) if pinned is not None else (said if self._now() - at < SAID_S else "")
        if self.banner.text() != text:
            self.banner.setText(text)
            self._fit()
        self.banner.setVisible(bool(text) and not self.is_blank)
        self._keys.setVisible(not self.isFullScreen())

    def _show_ways(self) -> None:
        url = self._service.location.trust_url or self._service.location.http_url
        is_running = self._service.state is ServerState.RUNNING
        is_lonely = is_running and is_only_here(self._service.location.http_url)
        is_shown = is_running and not is_lonely
        self.code.show_code(url if is_shown else "")
        self.code.setVisible(is_shown)
        self.address_label.setText(self._service.location.http_url if is_shown else "")
        self.network_button.setVisible(is_lonely)
        has_wifi = is_shown and bool(self._wifi_name) and bool(self.wifi_code.code_text)
        for each in (self.wifi_code, self.wifi_label, self._wifi_steps):
            each.setVisible(has_wifi)
        if not is_running:
            words = self.tr("The server is not running.")
        elif is_lonely:
            words = self.tr("Only this computer can come in now.")
        else:
            words = self.tr("2. Come in: scan, or type") if has_wifi else self.tr("Come in: scan, or type")
        self._wifi_steps.setText(self.tr("1. Join the Wi-Fi"))
        if self._steps.text() != words:
            self._steps.setText(words)
            self._fit()

    def _show_people(self) -> None:
        now_s = self._now()
        names: dict[str, str] = {}
        for client in self._service.hub.clients.values():
            if client.is_authenticated:
                names.setdefault(client.identity.user_id, client.username)
        self._seen_at = {key: self._seen_at.get(key, now_s) for key in names}
        ordered = sorted(names, key=lambda key: (-self._seen_at[key], names[key].casefold()))
        news = frozenset(names[key] for key in names if now_s - self._seen_at[key] < NEWS_S)
        self.wall.show_names([names[key] for key in ordered], news)
        count = len(names)
        words = self.tr("1 person is here") if count == 1 else self.tr("{count} people are here")
        self.count_label.setText(
            words.format(count=grouped(count)) if count else self.tr("Nobody is here yet")
        )

    # Fitting

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let everything be as large as the screen allows; overrides Qt's."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        unit = min(self.width() / 1920, self.height() / 1080)
        for label, size in (
            (self._title, 56),
            (self.count_label, 36),
            (self.address_label, 44),
            (self.wifi_label, 36),
            (self._steps, 32),
            (self._wifi_steps, 32),
            (self.banner, 52),
            (self._keys, 20),
            (self.network_button, 32),
        ):
            _set_size(label, max(11, round(size * unit)))
        _set_size(self.wall, max(12, round(34 * unit)))
        margin = round(48 * unit)
        self._grid.setContentsMargins(margin, margin, margin, margin)
        self._grid.setSpacing(margin)
        for column in (self._left, self._right):
            column.setSpacing(round(12 * unit))
        left_px = round(self.width() * 0.36)
        for label in (self.address_label, self.wifi_label, self._steps, self._wifi_steps):
            label.setFixedWidth(left_px)
        wide = self.address_label.fontMetrics().horizontalAdvance(self.address_label.text())
        if wide > left_px:
            _set_size(self.address_label, max(11, int(44 * unit * left_px / wide * 0.97)))
        large, two_large = (560, 264) if self.banner.text() else (680, 330)
        side = round((two_large if self.wifi_code.code_text else large) * unit)
        for code in (self.code, self.wifi_code):
            code.fit(side)
        self._fit_banner(unit)

    def _fit_banner(self, unit: float) -> None:
        """Limit what is said to a fifth of the wall; a longer text is cut."""
        margin, room = round(24 * unit), round(self.height() * BANNER_SHARE)
        self.banner.setMargin(margin)
        self.banner.setMaximumHeight(room)
        for size in (52, 44, 36, 28, 22):
            _set_size(self.banner, max(11, round(size * unit)))
            if self.banner.heightForWidth(self.width()) <= room:
                break

    # Acting

    @property
    def is_blank(self) -> bool:
        """Whether everything is hidden."""
        return self._content.isHidden()

    @async_slot
    async def ask_wifi(self) -> None:
        """Ask for the room's Wi-Fi, and show its code; an empty name takes it away."""
        dialog = WifiDialog(self._theme, self._wifi_name, self)
        if await dialog.run():
            self.show_wifi(dialog.name, dialog.password)

    def show_wifi(self, name: str, password: str) -> None:
        """Show the code that joins a Wi-Fi."""
        self._wifi_name = name
        self._window_state.set_text(WIFI_KEY, name)
        self.wifi_code.show_code(wifi_code(name, password) if name else "")
        self.wifi_code.setAccessibleName(self.tr("Code that joins the Wi-Fi {name}").format(name=name))
        self.wifi_label.setText(name)
        self.refresh()
        self._fit()

    def show_error(self, text: str) -> None:
        """Show nothing: everybody in the room would read it."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """B hides all, W asks for the Wi-Fi, F11 fills the screen, Escape goes back; overrides Qt's."""
        key = event.key()
        if key == Qt.Key.Key_B:
            self._content.setVisible(self.is_blank)
            self.refresh()
        elif key == Qt.Key.Key_W:
            self.ask_wifi()
        elif key == Qt.Key.Key_F11:
            self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)
        elif key == Qt.Key.Key_Escape and self.isFullScreen():
            self.showNormal()
        elif key == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)


def _set_size(widget: QWidget, pixels: int) -> None:
    """Give a widget its own font in a size."""
    font = QFont(widget.font())
    if font.pixelSize() != pixels:
        font.setPixelSize(pixels)
        widget.setFont(font)

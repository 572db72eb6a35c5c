"""The bar on every page: is the server running, where, for whom, and how busy."""

from __future__ import annotations

import time
from itertools import pairwise

import msgspec
from PySide6.QtCore import QSize, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from authws_desktop.panels.activity_dialog import ActivityDialog
from authws_desktop.panels.confirm import confirm, finished
from authws_desktop.panels.connect_card import ConnectCard
from authws_desktop.panels.copy_button import CopyButton
from authws_desktop.panels.notices import NoticeBar, NoticeKind
from authws_desktop.panels.rates import RateMeter
from authws_desktop.panels.scope_chooser import ScopeChooser
from authws_desktop.panels.slots import async_slot
from authws_desktop.panels.sparkline import Sparkline
from authws_desktop.panels.state_badge import StateBadge
from authws_desktop.panels.theme import GRID, Theme, set_variant
from authws_desktop.panels.wording import counted, grouped, uptime_words
from authws_desktop.server.errors import PortTaken, ServiceError
from authws_desktop.server.service import ServerState, Service
from authws_desktop.settings import LoadedSettings, Settings

_BUSY = (ServerState.STARTING, ServerState.STOPPING)
_START_WIDTH_PX = 104
_LEAST_ADDRESS_PX = 120
_LABEL_SAMPLES = ("up 1:00:00", "1,000 clients", "1,000 users", "in 10,000/s", "out 100,000/s")
"""What the line of counts makes room for: up to there, nothing in it moves."""
ADDRESSES_EVERY_S = 5.0
"""How often the addresses are read anew: adapters come and go with networks."""


class ServerBar(QFrame):
    """State, addresses, scope, Start or Stop, and what goes on.

    Attributes:
        start_button: Start or Stop, as the state is.
        notice: A failure and what to do about it.
        scope: The choice of who can reach the server.
        badge: The state.
        sparkline: The last two minutes; a click shows the large chart.
        ws_label, http_label, copy_ws_button, copy_http_button: The addresses, while it runs.
        code_button: Shows the connect card.
    """

    def __init__(self, service: Service, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._service = service
        self._theme = theme
        self._shown: tuple[ServerState, LoadedSettings] | None = None
        self._addresses_due_s = 0.0
        self._failure: ServiceError | None = None
        self._in, self._out = RateMeter(), RateMeter()
        self._had_focus = False
        self.connect_card: ConnectCard | None = None
        self._build()
        self._connect()
        self.refresh()

    # Building

    def _build(self) -> None:
        self.setProperty("kind", "bar")
        self.notice = NoticeBar(self._theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID + 2, 2 * GRID, GRID)
        layout.setSpacing(6)
        layout.addLayout(self._build_upper_row())
        layout.addLayout(self._build_lower_row())
        layout.addWidget(self.notice)
        self._order_tabs()

    def _order_tabs(self) -> None:
        """Let Tab go from left to right."""
        buttons = [each for each in self._address_widgets if not isinstance(each, QLabel)]
        order = [*buttons, self.scope, self.start_button, self.sparkline]
        for before, after in pairwise(order):
            self.setTabOrder(before, after)

    def _build_upper_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID)
        self.badge = StateBadge(self._theme)
        row.addWidget(self.badge)
        row.addSpacing(GRID)
        row.addWidget(self._build_addresses(), 1)
        self.scope = ScopeChooser(self._theme)
        row.addWidget(self.scope)
        self.start_button = QPushButton()
        self.start_button.setFixedWidth(_START_WIDTH_PX)
        row.addWidget(self.start_button)
        return row

    def _build_addresses(self) -> QWidget:
        self._hint = QLabel()
        self._hint.setProperty("role", "muted")
        self.ws_label, self.http_label = QLabel(), QLabel()
        self.copy_ws_button = CopyButton(
            self._theme, self.tr("Copy the WebSocket address"), self.ws_label.text
        )
        self.copy_http_button = CopyButton(self._theme, self.tr("Copy the web address"), self.http_label.text)
        self.code_button = self._new_button("qr-code", self.tr("Show the QR code and all addresses"))
        self._open = self._new_button("external-link", self.tr("Open in browser"))
        self._address_widgets = (
            self.ws_label,
            self.copy_ws_button,
            self.http_label,
            self.copy_http_button,
            self.code_button,
            self._open,
        )
        return self._lay_out_addresses()

    def _new_button(self, icon: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setIconSize(QSize(16, 16))
        button.setAccessibleName(name)
        button.setToolTip(name)
        self._theme.decorate(button, icon, "muted")
        return button

    def _lay_out_addresses(self) -> QWidget:
        place = QWidget()
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self._hint)
        for widget in self._address_widgets:
            row.addWidget(widget)
            if widget is self.copy_ws_button:
                row.addSpacing(2 * GRID)
        row.addStretch(1)
        for label in (self.ws_label, self.http_label):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setFont(self._theme.fixed_font())
            label.setMinimumWidth(_LEAST_ADDRESS_PX)  # a long address must not make the window wide
        return place

    def _build_lower_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        self._uptime, self._clients, self._users = QLabel(), QLabel(), QLabel()
        self._rate_in, self._rate_out = QLabel(), QLabel()
        labels = (self._uptime, self._clients, self._users, self._rate_in, self._rate_out)
        self._activity_labels = labels
        font = self._theme.number_font()
        for label, sample in zip(labels, _LABEL_SAMPLES, strict=True):
            label.setProperty("role", "muted")
            label.setFont(font)
            label.setMinimumWidth(QFontMetrics(font).horizontalAdvance(sample))
            row.addWidget(label)
        self.sparkline = Sparkline(self._theme)
        place = self.sparkline.sizePolicy()
        place.setRetainSizeWhenHidden(True)  # the bar keeps its height when the server starts
        self.sparkline.setSizePolicy(place)
        row.addWidget(self.sparkline)
        row.addStretch(1)
        self._scope_source = QLabel()
        self._scope_source.setProperty("role", "small")
        row.addWidget(self._scope_source)
        return row

    def _connect(self) -> None:
        self.start_button.clicked.connect(self.toggle)
        self.sparkline.clicked.connect(self._on_chart_asked)
        self.scope.scope_chosen.connect(self._on_scope_chosen)
        self._open.clicked.connect(self.open_in_browser)
        self.code_button.clicked.connect(self.show_connect_card)

    # Showing

    @Slot()
    def refresh(self) -> None:
        """Show what the service says now."""
        self._show_state()
        self._show_scope()
        self._show_failure()
        self._show_activity()

    def _show_state(self) -> None:
        state = self._service.state
        key = (state, self._service.settings)
        if key == self._shown and time.monotonic() < self._addresses_due_s:
            return
        self._shown = key
        self._addresses_due_s = time.monotonic() + ADDRESSES_EVERY_S
        self.badge.show_state(state)
        self.ws_label.setText(self._service.ws_url)
        self.http_label.setText(self._service.http_url)
        self.ws_label.setToolTip(self._service.ws_url)
        self.http_label.setToolTip(self._service.http_url)
        is_running = state is ServerState.RUNNING
        for widget in self._address_widgets:
            widget.setVisible(is_running)
        self._hint.setVisible(not is_running)
        self._show_hint()
        self._show_start_button()

    def _show_hint(self) -> None:
        port = self._service.settings.values.port
        where = self.tr("port {0}").format(port) if port else self.tr("any free port")
        hints = {
            ServerState.STOPPED: self.tr("Press Start to listen on {where}"),
            ServerState.FAILED: self.tr("Could not listen on {where}"),
            ServerState.STARTING: self.tr("Opening {where}…"),
            ServerState.STOPPING: self.tr("Ending connections…"),
        }
        self._hint.setText(hints.get(self._service.state, "").format(where=where))

    def _show_start_button(self) -> None:
        is_up = self._service.state in (ServerState.RUNNING, ServerState.STOPPING)
        self.start_button.setText(self.tr("Stop") if is_up else self.tr("Start"))
        tip = self.tr("Stop the server") if is_up else self.tr("Start the server")
        self.start_button.setAccessibleName(tip)
        self.start_button.setToolTip(f"{tip} (Ctrl+R)")
        set_variant(self.start_button, "kind", "" if is_up else "primary")
        self._theme.decorate(
            self.start_button, "square" if is_up else "play", "text" if is_up else "accent_text"
        )
        self.update_controls()

    def update_controls(self) -> None:
        """Enable what can be done in this state."""
        is_busy = self._service.state in _BUSY
        self._had_focus = self._had_focus or (is_busy and self.start_button.hasFocus())
        self.start_button.setEnabled(not is_busy)
        if self._had_focus and not is_busy:
            self._had_focus = False
            self.start_button.setFocus()

    def _show_scope(self) -> None:
        settings = self._service.settings
        locked_by = ""
        if settings.is_locked("host"):
            source = settings.sources["host"]
            locked_by = f"{settings.source_names.get('host', '')} ({source})"
        self.scope.show_scope(settings.values.host, locked_by)
        self._scope_source.setText(self.tr("Scope set by {source}").format(source=locked_by))
        self._scope_source.setVisible(bool(locked_by))

    def _show_failure(self) -> None:
        failure = self._service.failure
        if failure is self._failure:
            return
        self._failure = failure
        if failure is None:
            self.notice.clear()
        elif isinstance(failure, PortTaken) and self._can_move_to(failure.next_free):
            label = self.tr("Use port {port}").format(port=failure.next_free)
            self.notice.show_notice(str(failure), NoticeKind.BAD, label, self._on_other_port)
        else:
            self.notice.show_notice(str(failure), NoticeKind.BAD)

    def _can_move_to(self, port: int) -> bool:
        return port > 0 and not self._service.settings.is_locked("port")

    def _show_activity(self) -> None:
        hub, counters = self._service.hub, self._service.hub.counters
        started_at = self._service.started_at
        is_up = started_at is not None
        up = uptime_words(time.time() - started_at) if started_at is not None else "--:--"
        self._uptime.setText(self.tr("up {time}").format(time=up))
        self._clients.setText(counted(len(hub.clients), self.tr("client"), self.tr("clients")))
        self._users.setText(counted(hub.user_count, self.tr("user"), self.tr("users")))
        now_s = time.monotonic()
        rate_in = self._in.read(now_s, counters.messages_in)
        rate_out = self._out.read(now_s, counters.messages_out)
        self._rate_in.setText(self.tr("in {rate}/s").format(rate=grouped(round(rate_in))))
        self._rate_out.setText(self.tr("out {rate}/s").format(rate=grouped(round(rate_out))))
        self.sparkline.setVisible(is_up)
        self.sparkline.activity.read(now_s, counters.messages_in, counters.messages_out, len(hub.clients))
        self.sparkline.show_newest()

    # Acting

    @async_slot
    async def _on_chart_asked(self) -> None:
        await finished(ActivityDialog(self.sparkline.activity, self._theme, self.window()))

    @async_slot
    async def toggle(self) -> None:
        """Start or stop, as the state is; stopping asks if people are connected."""
        if self._service.state is ServerState.RUNNING:
            if await self._may_stop():
                await self._service.stop()
        elif self._service.state not in _BUSY:
            await self._service.start()

    async def _may_stop(self) -> bool:
        count = len(self._service.hub.clients)
        if not count:
            return True
        title = self.tr("Stop the server?")
        text = self.tr("This disconnects {clients}. They can connect again when it runs.")
        text = text.format(clients=counted(count, self.tr("client"), self.tr("clients")))
        return await confirm(self, title, text, self.tr("Stop"), is_destructive=True)

    @async_slot
    async def _on_scope_chosen(self, host: str) -> None:
        new = msgspec.structs.replace(self._service.settings.saved, host=host)
        if await self._may_apply(new):
            await self._service.apply(new)

    async def _may_apply(self, new: Settings) -> bool:
        count = self._service.connections_ended_by(new)
        if not count:
            return True
        title = self.tr("Listen on another address?")
        text = self.tr(
            "The server listens anew, which disconnects {clients}. They can connect again at once."
        )
        text = text.format(clients=counted(count, self.tr("client"), self.tr("clients")))
        return await confirm(self, title, text, self.tr("Change"), is_destructive=True)

    @async_slot
    async def _on_other_port(self) -> None:
        failure = self._service.failure
        if isinstance(failure, PortTaken):
            new = msgspec.structs.replace(self._service.settings.saved, port=failure.next_free)
            await self._service.apply(new)
            if self._service.state is not ServerState.RUNNING:
                await self._service.start()

    @Slot()
    def copy_ws_address(self) -> None:
        """Copy the WebSocket address, as its button does."""
        self.copy_ws_button.copy()

    @Slot()
    def copy_http_address(self) -> None:
        """Copy the web address, as its button does."""
        self.copy_http_button.copy()

    @Slot()
    def open_in_browser(self) -> None:
        """Open the web address."""
        if self._service.http_url:
            QDesktopServices.openUrl(QUrl(self._service.http_url))

    @Slot()
    def show_connect_card(self) -> None:
        """Show where others reach the server; the card stays open beside the window."""
        if self.connect_card is None:
            self.connect_card = ConnectCard(self._service, self._theme, self.window())
            self.connect_card.scope_wanted.connect(self._on_scope_chosen)
        self.connect_card.show()
        self.connect_card.raise_()
        self.connect_card.activateWindow()

    @property
    def activity_text(self) -> str:
        """The line of counts and rates, as shown."""
        return " ".join(label.text() for label in self._activity_labels)

    @property
    def scope_source_text(self) -> str:
        """What sets the scope from outside; empty if nothing does."""
        return "" if self._scope_source.isHidden() else self._scope_source.text()

    def show_error(self, text: str) -> None:
        """Show an error that is not already shown as the service's failure."""
        if self._service.failure is None or text != str(self._service.failure):
            self.notice.show_notice(text, NoticeKind.BAD)
        self.refresh()

"""The bar on every page: is the server running, where, for whom, and how busy."""

from __future__ import annotations

import time
from itertools import pairwise

import msgspec
from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from authws_desktop.errors import PortTaken, ServiceError
from authws_desktop.panels.kit.affected import guests_ended
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.boxes import NO_MARGINS, horizontal_box, vertical_box
from authws_desktop.panels.kit.confirm import confirm
from authws_desktop.panels.kit.copying import CopyButton
from authws_desktop.panels.kit.dialog import bring_to_front
from authws_desktop.panels.kit.icon_button import icon_button
from authws_desktop.panels.kit.locked_settings import locked_by
from authws_desktop.panels.kit.notices import NoticeBar, NoticeKind
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant
from authws_desktop.panels.kit.words import counted, grouped, uptime_text
from authws_desktop.panels.window.activity_dialog import ActivityDialog
from authws_desktop.panels.window.cluster_dialog import ClusterDialog
from authws_desktop.panels.window.cluster_label import ClusterLabel
from authws_desktop.panels.window.connect_card import ConnectCard
from authws_desktop.panels.window.fault_bar import FaultBar
from authws_desktop.panels.window.rates import RateMeter
from authws_desktop.panels.window.scope_chooser import MY_NETWORK, ScopeChooser
from authws_desktop.panels.window.sparkline import Sparkline
from authws_desktop.panels.window.state_badge import StateBadge
from authws_desktop.server.service import ServerState, Service
from authws_desktop.settings import LoadedSettings, Settings

_BUSY = (ServerState.STARTING, ServerState.STOPPING)
_START_WIDTH_PX = 104
_LEAST_ADDRESS_PX = 120
_LABEL_SAMPLES = ("up 1:00:00", "1,000 clients", "1,000 users", "in 10,000/s", "out 100,000/s")
"""Widest usual texts of the activity labels: up to these, no label moves when another changes."""
ADDRESSES_EVERY_S = 5.0
"""How often the addresses are read anew: adapters come and go with networks."""


class ServerBar(QFrame):
    """State, addresses, scope, Start or Stop, and what goes on.

    Attributes:
        start_button: Start or Stop, as the state is.
        notice: A failure and what to do about it.
        faults: What is broken on purpose, while it is.
        trouble_notice: What is the matter with the program's files, while it is.
        scope: The choice of who can reach the server.
        badge: The state.
        sparkline: The last two minutes; a click shows the large chart.
        ws_label, http_label, copy_ws_button, copy_http_button: The addresses, while it runs.
        code_button: Shows the connect card.
        cluster_label: Which node of a cluster this is; hidden while the server is alone.
        activity_labels: Up time, clients, users, and rates.
        scope_source_label: What sets the scope from outside; hidden where nothing does.
    """

    def __init__(self, service: Service, theme: Theme) -> None:
        super().__init__()
        self._service = service
        self._theme = theme
        self._shown: tuple[ServerState, LoadedSettings] | None = None
        self._addresses_due_s = 0.0
        self._told: tuple[ServiceError | None, str] = (None, "")
        self._in, self._out = RateMeter(), RateMeter()
        self._had_focus = False
        self._troubles: list[str] = []
        self.connect_card: ConnectCard | None = None
        self._build()
        self._connect()
        self.refresh()

    # Building

    def _build(self) -> None:
        set_variant(self, "kind", "bar")
        self.notice = NoticeBar(self._theme)
        self.trouble_notice = NoticeBar(self._theme)
        self.faults = FaultBar(self._theme, self._service)
        layout = vertical_box(self, margins=(2 * GRID, GRID + 2, 2 * GRID, GRID), spacing=6)
        layout.addLayout(self._build_upper_row())
        layout.addLayout(self._build_lower_row())
        layout.addWidget(self.notice)
        layout.addWidget(self.trouble_notice)
        layout.addWidget(self.faults)
        self._order_tabs()

    def _order_tabs(self) -> None:
        """Let Tab go from left to right."""
        buttons = [each for each in self._address_widgets if not isinstance(each, QLabel)]
        order = [*buttons, self.scope, self.start_button, self.sparkline]
        for before, after in pairwise(order):
            self.setTabOrder(before, after)

    def _build_upper_row(self) -> QHBoxLayout:
        row = horizontal_box(spacing=GRID)
        self.badge = StateBadge(self._theme)
        row.addWidget(self.badge)
        row.addSpacing(GRID)
        row.addWidget(self._build_addresses(), 1)
        self.scope = ScopeChooser(self._theme)
        row.addWidget(self.scope)
        self.start_button = QPushButton()
        self.start_button.setMinimumWidth(_START_WIDTH_PX)
        row.addWidget(self.start_button)
        return row

    def _build_addresses(self) -> QWidget:
        self._hint = QLabel()
        set_variant(self._hint, "role", "muted")
        self.ws_label, self.http_label = QLabel(), QLabel()
        self.copy_ws_button = CopyButton(
            self._theme, self.tr("Copy the WebSocket address"), self.ws_label.text
        )
        self.copy_http_button = CopyButton(self._theme, self.tr("Copy the web address"), self.http_label.text)
        self.code_button = icon_button(self._theme, "qr-code", self.tr("Show the QR code and all addresses"))
        self._open = icon_button(self._theme, "external-link", self.tr("Open in browser"))
        self._address_widgets = (
            self.ws_label,
            self.copy_ws_button,
            self.http_label,
            self.copy_http_button,
            self.code_button,
            self._open,
        )
        return self._lay_out_addresses()

    def _lay_out_addresses(self) -> QWidget:
        place = QWidget()
        row = horizontal_box(place, margins=NO_MARGINS, spacing=2)
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
        row = horizontal_box(spacing=2 * GRID)
        self.activity_labels = labels = [QLabel() for _ in _LABEL_SAMPLES]
        self._uptime, self._clients, self._users, self._rate_in, self._rate_out = labels
        font = self._theme.number_font()
        for label, sample in zip(labels, _LABEL_SAMPLES, strict=True):
            set_variant(label, "role", "muted")
            label.setFont(font)
            label.setMinimumWidth(QFontMetrics(font).horizontalAdvance(sample))
            row.addWidget(label)
        self.sparkline = Sparkline(self._theme)
        place = self.sparkline.sizePolicy()
        place.setRetainSizeWhenHidden(True)  # the bar keeps its height when the server starts
        self.sparkline.setSizePolicy(place)
        row.addWidget(self.sparkline)
        self.cluster_label = ClusterLabel(self._service)
        row.addWidget(self.cluster_label)
        row.addStretch(1)
        self.scope_source_label = QLabel()
        set_variant(self.scope_source_label, "role", "small")
        row.addWidget(self.scope_source_label)
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
        self._show_troubles()
        self.faults.refresh()
        self._show_activity()

    def _show_state(self) -> None:
        state = self._service.state
        key = (state, self._service.settings)
        if key == self._shown and time.monotonic() < self._addresses_due_s:
            return
        self._shown = key
        self._addresses_due_s = time.monotonic() + ADDRESSES_EVERY_S
        self.badge.show_state(state)
        self.ws_label.setText(self._service.location.ws_url)
        self.http_label.setText(self._service.location.http_url)
        self.ws_label.setToolTip(self._service.location.ws_url)
        self.http_label.setToolTip(self._service.location.http_url)
        is_running = state is ServerState.RUNNING
        for widget in self._address_widgets:
            widget.setVisible(is_running)
        self._hint.setVisible(not is_running)
        self._show_hint()
        self._show_start_button()

    def _show_hint(self) -> None:
        port = self._service.settings.values.port
        where = self.tr("port {port}").format(port=port) if port else self.tr("any free port")
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
        name = self.tr("Stop the server") if is_up else self.tr("Start the server")
        tip = name if is_up else self.tr("Start the server and copy its address")
        self.start_button.setAccessibleName(name)
        self.start_button.setToolTip(f"{tip} (Ctrl+R)")
        set_variant(self.start_button, "kind", "" if is_up else "primary")
        self._theme.decorate(
            self.start_button, "square" if is_up else "play", "text" if is_up else "accent_text"
        )
        self.update_controls()

    def update_controls(self) -> None:
        """Enable what can be done in this state."""
        is_busy = self._service.state in _BUSY
        # The window's own focus: a server that starts with the program is busy before the window is active.
        is_focused = self.window().focusWidget() is self.start_button
        self._had_focus = self._had_focus or (is_busy and is_focused)
        self.start_button.setEnabled(not is_busy)
        if self._had_focus and not is_busy:
            self._had_focus = False
            self.start_button.setFocus()

    def _show_scope(self) -> None:
        settings = self._service.settings
        source = locked_by(settings, "host")
        self.scope.show_scope(settings.values.host, source)
        self.scope_source_label.setText(self.tr("Scope set by {source}").format(source=source))
        self.scope_source_label.setVisible(bool(source))

    def _show_failure(self) -> None:
        failure, warning = self._service.failure, self._service.places_warning
        if (failure, warning) == self._told:
            return
        self._told = failure, warning
        if failure is None and warning:
            self.notice.show_notice(warning, NoticeKind.WARN)
        elif failure is None:
            self.notice.clear()
        elif isinstance(failure, PortTaken) and self._can_move_to(failure.next_free):
            label = self.tr("Use port {port}").format(port=failure.next_free)
            self.notice.show_notice(str(failure), NoticeKind.BAD, label, self._on_other_port)
        else:
            self.notice.show_notice(str(failure), NoticeKind.BAD)

    def _show_troubles(self) -> None:
        troubles = self._service.troubles
        if troubles == self._troubles:
            return
        self._troubles = troubles
        if troubles:
            self.trouble_notice.show_notice("\n".join(troubles), NoticeKind.BAD)
        else:
            self.trouble_notice.clear()

    def _can_move_to(self, port: int) -> bool:
        return port > 0 and not self._service.settings.is_locked("port")

    def _show_activity(self) -> None:
        hub, counters = self._service.hub, self._service.hub.counters
        is_up = self._service.started_at is not None
        up = uptime_text(self._service.uptime_s) if is_up else "--:--"
        self._uptime.setText(self.tr("up {time}").format(time=up))
        self._clients.setText(counted(len(hub.clients), "%n client", "%n clients"))
        self._users.setText(counted(hub.user_count, "%n user", "%n users"))
        now_s = time.monotonic()
        rate_in = self._in.read(now_s, counters.messages_in)
        rate_out = self._out.read(now_s, counters.messages_out)
        self._rate_in.setText(self.tr("in {rate}/s").format(rate=grouped(round(rate_in))))
        self._rate_out.setText(self.tr("out {rate}/s").format(rate=grouped(round(rate_out))))
        self.cluster_label.refresh()
        self.sparkline.setVisible(is_up)
        self.sparkline.activity.read(now_s, counters.messages_in, counters.messages_out, len(hub.clients))
        self.sparkline.show_newest()

    # Acting

    @async_slot
    async def _on_chart_asked(self) -> None:
        await ActivityDialog(self.sparkline.activity, self._theme, self.window()).run()

    @async_slot
    async def show_cluster(self) -> None:
        """Show the nodes of the cluster."""
        await ClusterDialog(self._service, self._theme, self.window()).run()

    @async_slot
    async def toggle(self) -> None:
        """Start, and copy the address; or stop, as the state is. Stopping asks if people are connected."""
        if self._service.state is ServerState.RUNNING:
            if await self._may_stop():
                await self._service.stop()
        elif self._service.state not in _BUSY:
            await self._service.start()
            self.refresh()
            self.copy_http_button.copy()  # what one starts it for: to hand on where it is

    async def _may_stop(self) -> bool:
        count = len(self._service.hub.clients)
        if not count:
            return True
        title = self.tr("Stop the server?")
        text = self.tr("This disconnects {clients}. They can connect again when it runs.")
        text = text.format(clients=counted(count, "%n client", "%n clients"))
        text = f"{text} {guests_ended(self._service.accounts)}".rstrip()
        return await confirm(self._theme, self, title, text, self.tr("Stop"), is_destructive=True)

    @Slot()
    def let_network_in(self) -> None:
        """Listen on every address, as the choice of the scope does."""
        self._on_scope_chosen(MY_NETWORK)

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
        text = text.format(clients=counted(count, "%n client", "%n clients"))
        return await confirm(self._theme, self, title, text, self.tr("Change"), is_destructive=True)

    @async_slot
    async def _on_other_port(self) -> None:
        failure = self._service.failure
        if isinstance(failure, PortTaken):
            await self._service.change(port=failure.next_free)
            if self._service.state is not ServerState.RUNNING:
                await self._service.start()

    @Slot()
    def open_in_browser(self) -> None:
        """Open the web address."""
        if self._service.location.http_url:
            QDesktopServices.openUrl(QUrl(self._service.location.http_url))

    @Slot()
    def show_connect_card(self) -> None:
        """Show where others reach the server; the card stays open beside the window."""
        if self.connect_card is None:
            self.connect_card = ConnectCard(self._service, self._theme, self.window())
            self.connect_card.scope_wanted.connect(self._on_scope_chosen)
        bring_to_front(self.connect_card)

    def show_error(self, text: str) -> None:
        """Show an error that is not already shown as the service's failure."""
        if self._service.failure is None or text != str(self._service.failure):
            self.notice.show_notice(text, NoticeKind.BAD)
        self.refresh()

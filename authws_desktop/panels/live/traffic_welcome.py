"""What lies upon the traffic's table while it has no rows: why, and what to do."""

from __future__ import annotations

from collections.abc import Callable

from authws_desktop.panels.kit.empty_state import EmptyState
from authws_desktop.panels.kit.theme import ROW_HEIGHT, Theme
from authws_desktop.panels.live.traffic_model import TrafficModel
from authws_desktop.panels.live.traffic_view import TrafficView
from authws_desktop.server.service import ServerState, Service
from authws_desktop.traffic.record import Kind

MOST_OWN_ROWS = 6
"""Rows about the server itself, such as a start, below which the welcome has room."""


class TrafficWelcome(EmptyState):
    """Words upon the table, below the server's own rows.

    Args:
        service: Whether it runs, where, and who is connected.
        model: The rows.
        view: The table.
        theme: The look.
        ask_token: Called by the button of who wants to connect a program.
    """

    def __init__(
        self,
        service: Service,
        model: TrafficModel,
        view: TrafficView,
        theme: Theme,
        ask_token: Callable[[], object],
    ) -> None:
        super().__init__(theme, "radio", view.viewport())
        self._service = service
        self._model = model
        self._view = view
        self._ask_token = ask_token

    def refresh(self) -> None:
        """Come or go, and say what holds now."""
        count = self._model.rowCount()
        # What the server says of itself is no traffic yet: the welcome stays below it until somebody comes.
        is_waiting = (
            0 < count <= MOST_OWN_ROWS and not self._service.hub.clients and self._has_own_rows_only()
        )
        is_empty = (not count or is_waiting) and self._model.filter_percent is None
        self.setVisible(is_empty)
        if not is_empty:
            return
        # Scrolling moves what lies on a viewport.
        self.place()
        if is_waiting:
            self._say_welcome()
        elif self._model.total:
            self.say(
                self.tr("No row passes the filter"),
                self.tr("Press / and then Escape to empty the filter, or choose more kinds of rows above."),
            )
        elif self._model.is_cleared:
            self.say(self.tr("Cleared"), self.tr("New traffic shows up here."))
        else:
            self._say_welcome()

    def place(self) -> None:
        """Set the size: all of the table, or what is below the server's own rows."""
        place = self._view.viewport().rect()
        shown = self._model.rowCount()
        place.setTop(place.top() + (shown * ROW_HEIGHT if shown <= MOST_OWN_ROWS else 0))
        self.setGeometry(place)

    def _has_own_rows_only(self) -> bool:
        records = (self._model.record_at(row) for row in range(self._model.rowCount()))
        return all(record is not None and record.kind is Kind.SERVER for record in records)

    def _say_welcome(self) -> None:
        if self._service.state is not ServerState.RUNNING:
            text = self.tr("Start the server: logins, connections and messages show up here.")
            self.say(self.tr("No traffic yet"), text)
            return
        text = self.tr("Everything that passes shows up here. Programs connect to {address}").format(
            address=self._service.location.ws_url
        )
        self.say(self.tr("Connect your program"), text, (self.tr("Token and snippets…"), self._ask_token))

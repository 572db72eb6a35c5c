"""Brings the panel for sending into sight, filled with what it was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from authws_desktop.hub.client import Client
from authws_desktop.hub.talk import EVERYONE
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.send_panel import Form, SendPanel
from authws_desktop.protocol.envelope import type_of
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Direction, Kind, Record
from authws_desktop.traffic.redaction import REDACTED

_NO_FRAMES = (Kind.CONNECT, Kind.DISCONNECT, Kind.REFUSED, Kind.HTTP, Kind.SERVER)


def resend_trouble(record: Record) -> str:
    """Return why a record cannot be sent again; empty if it can."""
    if record.kind in _NO_FRAMES or not record.payload:
        return tr("Only frames can be sent again")
    if len(record.payload) < record.size_bytes and REDACTED not in record.payload:
        return tr("Only the beginning of this frame was kept")
    if REDACTED in record.payload:
        return tr("The token or password in this frame was not kept")
    return ""


class SendActions(QObject):
    """Fills the panel for sending, and asks for it to be shown.

    Attributes:
        panel: It; what was typed stays while it is out of sight, in memory only.

    Signals:
        shown: It is to be brought into sight.

    Args:
        service: Whose people.
        theme: Colours and icons.
        window_state: Where templates are remembered.
        parent: The page.
    """

    shown = Signal()

    def __init__(self, service: Service, theme: Theme, window_state: WindowState, parent: QWidget) -> None:
        super().__init__(parent)
        self.panel = SendPanel(service, theme, window_state)

    @Slot(object)
    def write_to(self, clients: Sequence[Client]) -> None:
        """Let the person write to these; to everyone if there are none."""
        panel = self._open()
        if clients:
            panel.choose_clients(clients)
        else:
            panel.choose_everyone()

    @Slot(object)
    def resend(self, record: Record) -> None:
        """Offer a captured frame for sending again; nothing happens if it was not kept whole."""
        if resend_trouble(record):
            return
        panel = self._open()
        text = record.payload.decode("utf-8", "surrogateescape")
        if record.direction is Direction.IN:
            panel.take_frame(text, Form.AS_CLIENT, record.identity.client_id, is_binary=record.is_binary)
            return
        is_content = record.is_from_host and type_of(record.payload) not in list(Kind)
        form = Form.MESSAGE if is_content else Form.FRAME
        recipients = record.delivery.recipients if record.delivery is not None else ()
        if record.identity.number:
            panel.take_frame(text, form, record.identity.client_id)
        elif len(recipients) == 1:
            panel.take_frame(text, form, recipients[0].client_id)
        else:
            panel.take_frame(text, form, "")
            if record.to != EVERYONE:
                panel.choose_users([each.user_id for each in recipients])

    def _open(self) -> SendPanel:
        self.panel.refresh()
        self.panel.notice.clear()
        self.shown.emit()
        self.panel.editor.setFocus()
        return self.panel

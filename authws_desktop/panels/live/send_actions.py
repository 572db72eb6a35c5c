"""Opens the window for sending, filled with what it was opened for."""

from __future__ import annotations

from collections.abc import Sequence

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, Qt, Slot
from PySide6.QtWidgets import QWidget

from authws_desktop.hub.client import Client
from authws_desktop.hub.hub import EVERYONE
from authws_desktop.hub.redaction import REDACTED
from authws_desktop.hub.traffic import Direction, Kind, Record
from authws_desktop.panels.live.send_dialog import Form, SendDialog
from authws_desktop.panels.theme import Theme
from authws_desktop.panels.window_state import WindowState
from authws_desktop.protocol.client_messages import type_of
from authws_desktop.server.service import Service

_CONTEXT = "send"
_NO_FRAMES = (Kind.CONNECT, Kind.DISCONNECT, Kind.REFUSED, Kind.HTTP, Kind.SERVER)


def resend_trouble(record: Record) -> str:
    """Return why a record cannot be sent again; empty if it can."""
    if record.kind in _NO_FRAMES or not record.payload:
        return QCoreApplication.translate(_CONTEXT, "Only frames can be sent again")
    if len(record.payload) < record.size_bytes and REDACTED not in record.payload:
        return QCoreApplication.translate(_CONTEXT, "Only the beginning of this frame was kept")
    if REDACTED in record.payload:
        return QCoreApplication.translate(_CONTEXT, "The token or password in this frame was not kept")
    return ""


class SendActions(QObject):
    """The one window for sending.

    Attributes:
        dialog: It; `None` while it is closed.

    Args:
        service: Whose people.
        theme: Colours and icons.
        window_state: Where templates are remembered.
        parent: The page.
    """

    def __init__(self, service: Service, theme: Theme, window_state: WindowState, parent: QWidget) -> None:
        super().__init__(parent)
        self._service = service
        self._theme = theme
        self._window_state = window_state
        self._page = parent
        self._draft = ""
        self.dialog: SendDialog | None = None

    @Slot(object)
    def write_to(self, clients: Sequence[Client]) -> None:
        """Let the person write to these; to everyone if there are none."""
        dialog = self._open()
        if clients:
            dialog.choose_clients(clients)

    @Slot(object)
    def resend(self, record: Record) -> None:
        """Offer a captured frame for sending again; nothing happens if it was not kept whole."""
        if resend_trouble(record):
            return
        dialog = self._open()
        text = record.payload.decode("utf-8", "surrogateescape")
        if record.direction is Direction.IN:
            dialog.take_frame(text, Form.AS_CLIENT, record.identity.client_id, is_binary=record.is_binary)
            return
        is_content = record.is_from_host and type_of(record.payload) not in list(Kind)
        form = Form.MESSAGE if is_content else Form.FRAME
        recipients = record.delivery.recipients if record.delivery is not None else ()
        if record.identity.number:
            dialog.take_frame(text, form, record.identity.client_id)
        elif len(recipients) == 1:
            dialog.take_frame(text, form, recipients[0].client_id)
        else:
            dialog.take_frame(text, form, "")
            if record.to != EVERYONE:
                dialog.choose_users([each.user_id for each in recipients])

    def _open(self) -> SendDialog:
        if self.dialog is None or not shiboken6.isValid(self.dialog):
            self.dialog = SendDialog(self._service, self._theme, self._window_state, self._page.window())
            self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            if self._draft:
                self.dialog.editor.setPlainText(self._draft)
            self.dialog.finished.connect(self._on_finished)
        self.dialog.editor.setFocus()
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()
        return self.dialog

    @Slot()
    def _on_finished(self) -> None:
        if self.dialog is not None:
            # In memory only: it may hold what must not be in a file.
            self._draft = self.dialog.editor.toPlainText()
        self.dialog = None

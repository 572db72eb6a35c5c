"""The context menu of a traffic row."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QMenu

from authws_desktop.hub.traffic import Record
from authws_desktop.panels.live.escape import visible
from authws_desktop.panels.live.filter_words import quoted
from authws_desktop.panels.live.send_actions import resend_trouble
from authws_desktop.panels.live.traffic_model import TrafficModel
from authws_desktop.panels.live.traffic_view import TrafficView
from authws_desktop.panels.theme import Theme


class RowMenu(QObject):
    """Makes the menu and says what was chosen.

    Attributes:
        is_read_only: Whether the rows are of a file.

    Signals:
        resend_asked: Send this record's frame again; carries the `Record`.
        filter_asked: Show only what belongs to it; carries the filter.

    Args:
        view: The table.
        model: Its rows.
        theme: Icons.
    """

    resend_asked = Signal(object)
    filter_asked = Signal(str)

    def __init__(self, view: TrafficView, model: TrafficModel, theme: Theme) -> None:
        super().__init__(view)
        self.is_read_only = False
        self._view = view
        self._model = model
        self._theme = theme
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._on_asked)

    def make_menu(self, record: Record) -> QMenu:
        """Return the menu of a record's row; the caller shows it."""
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        copy = menu.addAction(self._theme.icon("copy", "muted"), self.tr("Copy as JSON"))
        copy.setShortcut("Ctrl+C")
        copy.triggered.connect(self._view.copy_rows)
        resend = menu.addAction(self._theme.icon("send", "muted"), self.tr("Resend…"))
        trouble = self.tr("This row is of a file") if self.is_read_only else resend_trouble(record)
        resend.setEnabled(not trouble)
        resend.setToolTip(trouble)
        resend.triggered.connect(lambda: self.resend_asked.emit(record))
        menu.addSeparator()
        for text, wanted in self._filters(record):
            only = menu.addAction(self._theme.icon("filter", "muted"), text)
            only.triggered.connect(lambda _checked=False, wanted=wanted: self.filter_asked.emit(wanted))
        return menu

    def _filters(self, record: Record) -> list[tuple[str, str]]:
        """Return what can be narrowed to, and how."""
        identity, found = record.identity, []
        if identity.user_id:
            found.append(
                (
                    self.tr("Show only user {0}").format(visible(identity.username)),
                    f"user:{quoted(identity.username)}",
                )
            )
        if identity.number:
            found.append(
                (self.tr("Show only connection #{0}").format(identity.number), f"conn:{identity.number}")
            )
        found.append((self.tr("Show only type {0}").format(record.kind), f"type:{record.kind}"))
        return found

    @Slot(QPoint)
    def _on_asked(self, position: QPoint) -> None:
        record = self._model.record_at(self._view.rowAt(position.y()))
        if record is not None:
            self.make_menu(record).popup(self._view.viewport().mapToGlobal(position))

"""The context menu of a traffic row."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QMenu

from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live.filter_words import quoted
from authws_desktop.panels.live.note_dialog import NoteDialog
from authws_desktop.panels.live.send_actions import resend_trouble
from authws_desktop.panels.live.traffic_model import TrafficModel
from authws_desktop.panels.live.traffic_view import TrafficView
from authws_desktop.traffic.record import Record


class RowMenu(QObject):
    """Makes the menu and says what was chosen.

    Attributes:
        is_read_only: Whether the rows are of a file.

    Signals:
        resend_asked: Send this record's frame again; carries the `Record`.
        test_asked: Make a test of what led to it; carries the `Record`.
        hide_asked: Leave out what is of its kind; carries a term of the filter.
        filter_asked: Show only what belongs to it; carries the filter.

    Args:
        view: The table.
        model: Its rows.
        theme: Icons.
    """

    resend_asked = Signal(object)
    test_asked = Signal(object)
    filter_asked = Signal(str)
    hide_asked = Signal(str)

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
        test = menu.addAction(self._theme.icon("play", "muted"), self.tr("Make it a test…"))
        test.setEnabled(bool(record.identity.number))
        test.setToolTip("" if record.identity.number else self.tr("This row belongs to no connection"))
        test.triggered.connect(lambda: self.test_asked.emit(record))
        is_noted = record.number in self._model.notes.of(self._model.ring)
        words = self.tr("Take the mark away") if is_noted else self.tr("Mark")
        mark = menu.addAction(self._theme.icon("pin", "muted"), words)
        mark.setShortcut("M")
        mark.triggered.connect(lambda: self._model.toggle_notes([record.number]))
        comment = menu.addAction(self._theme.icon("pencil", "muted"), self.tr("Comment…"))
        comment.triggered.connect(lambda: self.comment(record))
        menu.addSeparator()
        for text, wanted in self._filters(record):
            only = menu.addAction(self._theme.icon("filter", "muted"), text)
            only.triggered.connect(lambda _checked=False, wanted=wanted: self.filter_asked.emit(wanted))
        hide = menu.addAction(self._theme.icon("eye-off", "muted"), self.tr("Hide this type"))
        hide.triggered.connect(lambda: self.hide_asked.emit(f"-type:{record.kind}"))
        return menu

    def show_error(self, text: str) -> None:
        """Nothing can go wrong with a comment; see `async_slot`."""

    @async_slot
    async def comment(self, record: Record) -> None:
        """Ask for a comment on a row, and put it there."""
        before = self._model.notes.of(self._model.ring).get(record.number, "")
        dialog = NoteDialog(self._theme, before, self._view.window())
        if await dialog.run():
            self._model.comment(record.number, dialog.field.line.text())

    def _filters(self, record: Record) -> list[tuple[str, str]]:
        """Return what can be narrowed to, and how."""
        identity, found = record.identity, []
        if identity.user_id:
            found.append(
                (
                    self.tr("Show only user {name}").format(name=visible(identity.username)),
                    f"user:{quoted(identity.username)}",
                )
            )
        if identity.number:
            found.append(
                (
                    self.tr("Show only connection #{number}").format(number=identity.number),
                    f"conn:{identity.number}",
                )
            )
        found.append((self.tr("Show only type {type}").format(type=record.kind), f"type:{record.kind}"))
        return found

    @Slot(QPoint)
    def _on_asked(self, position: QPoint) -> None:
        record = self._model.record_at(self._view.rowAt(position.y()))
        if record is not None:
            self.make_menu(record).popup(self._view.viewport().mapToGlobal(position))

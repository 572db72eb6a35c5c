"""Pretty JSON: coloured, folding, and unmoved by a megabyte on one line or ten thousand levels."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from authws_desktop.panels.kit.indexes import Index
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live.json_document import JsonDocument
from authws_desktop.panels.live.json_model import PARTS_ROLE, JsonModel

LINE_HEIGHT = 20
MOST_LEVELS = 200
"""Deeper nodes are found in the raw text: Qt opens a branch level by level, laying it all out each time."""
OPENED_AT_FIRST = 200
"""Rows that are shown open when a document comes in."""


class JsonDelegate(QStyledItemDelegate):
    """Paints key and value in their colours.

    Args:
        theme: The colours.
        parent: The view.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return a row's size; overrides Qt's."""
        return QSize(super().sizeHint(option, index).width(), LINE_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a row; overrides Qt's."""
        parts = index.data(PARTS_ROLE)
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        plain.text = ""
        widget = plain.widget
        widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, plain, painter, widget)
        if parts is None:
            return
        painter.save()
        painter.setFont(plain.font)
        is_selected = bool(plain.state & QStyle.StateFlag.State_Selected)
        left = plain.rect.left() + 2
        key, key_role, value, role = parts
        if key:
            left = self._draw(painter, plain, left, key, self._colour(key_role, plain, is_selected))
            left = self._draw(painter, plain, left, ": ", self._colour("muted", plain, is_selected))
        self._draw(painter, plain, left, value, self._colour(role, plain, is_selected))
        painter.restore()

    def _colour(self, role: str, option: QStyleOptionViewItem, is_selected: bool) -> QColor:
        if is_selected:
            return option.palette.color(QPalette.ColorRole.HighlightedText)
        return self._theme.colour(role)

    @staticmethod
    def _draw(painter: QPainter, option: QStyleOptionViewItem, left: int, text: str, colour: QColor) -> int:
        rect = option.rect.adjusted(left - option.rect.left(), 0, 0, 0)
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, rect.width()))
        painter.setPen(colour)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)
        return left + metrics.horizontalAdvance(shown)


class JsonView(QTreeView):
    """A read-only tree of a JSON text.

    Signals:
        loaded: The text was read to its end; carries what is wrong with it, or nothing.
        long_value_chosen: A line was chosen that is longer than the view is wide; carries its value as it
            reads. Empty for any other line.
    """

    loaded = Signal(str)
    long_value_chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._model = JsonModel(self)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # JSON reads so in every language
        self._reading: JsonDocument | None = None
        self._timer = QTimer(self, singleShot=True, interval=0)  # after whatever else waits in the loop
        self._timer.timeout.connect(self._on_slice)
        self.setModel(self._model)
        self.setAccessibleName(self.tr("Payload as JSON"))
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(16)
        self.setItemDelegate(JsonDelegate(theme, self))
        self.setFont(theme.fixed_font())
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        theme.changed.connect(self.viewport().update)

    def load(self, text: str) -> None:
        """Show a text; long ones appear when they have been read, in slices."""
        self._reading = JsonDocument(text)
        self._on_slice()

    def clear(self) -> None:
        """Show nothing."""
        self._reading = None
        self._timer.stop()
        self._model.set_document(None)

    @Slot()
    def _on_slice(self) -> None:
        document = self._reading
        if document is None:
            return
        if not document.run():
            self._timer.start()
            return
        self._reading = None
        self._model.set_document(document)
        self._open_first()
        self.loaded.emit(document.error)

    def _open_first(self) -> None:
        """Open containers level by level, as many as fit a screen or two."""
        level = [self._model.index(row, 0) for row in range(self._model.rowCount())]
        room = OPENED_AT_FIRST
        while level and room > 0:
            following: list[QModelIndex] = []
            for index in level:
                count = self._model.rowCount(index)
                if not count or (room := room - count) < 0:
                    continue
                self.expand(index)
                following += [self._model.index(row, 0, index) for row in range(count)]
            level = following if len(following) <= OPENED_AT_FIRST else []

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy a value; leave out Qt's "open everything below", which a deep document would not survive."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_value()
        elif event.key() != Qt.Key.Key_Asterisk:
            super().keyPressEvent(event)

    def currentChanged(self, current: Index, previous: Index) -> None:  # noqa: N802 - Qt's name
        """Tell of a line that cannot be read as a whole; overrides Qt's."""
        super().currentChanged(current, previous)
        document, text = self._model.document, ""
        if document is not None and current.isValid():
            line = str(current.data())
            if self.fontMetrics().horizontalAdvance(line) > self.visualRect(current).width():
                text = document.whole(current.internalId())
        self.long_value_chosen.emit(text)

    def find_words(self, words: str, step: int) -> bool:
        """Go to the next node with these words in its key or value; `False` where there is none to show.

        Args:
            words: As they are shown, whatever their case.
            step: 1 to go on, -1 to go back.
        """
        document = self._model.document
        if document is None or not words:
            return False
        current = self.currentIndex()
        node = document.find(words, current.internalId() if current.isValid() else -min(step, 0), step)
        if node is None or document.depth(node) > MOST_LEVELS:
            return False
        self.setCurrentIndex(self._model.index_of(node))
        self.scrollTo(self.currentIndex())
        return True

    def copy_value(self) -> None:
        """Put the chosen value on the clipboard, as it was written."""
        document, index = self._model.document, self.currentIndex()
        if document is not None and index.isValid():
            QGuiApplication.clipboard().setText(document.source(index.internalId()))

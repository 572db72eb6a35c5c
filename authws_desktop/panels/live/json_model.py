"""A JSON document as a Qt tree; long containers are handed out in portions."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt

from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.indexes import ROOT, Index
from authws_desktop.panels.kit.words import counted
from authws_desktop.panels.live.json_document import JsonDocument, NodeKind

PORTION = 256
SHOWN_CHARS = 1000
PARTS_ROLE = Qt.ItemDataRole.UserRole
"""Of a node: its key (or empty), the token that colours it, its value, and the token for that."""

_COLOURS = {
    NodeKind.OBJECT: "muted",
    NodeKind.ARRAY: "muted",
    NodeKind.STRING: "good",
    NodeKind.NUMBER: "warn",
    NodeKind.LITERAL: "accent",
}


class JsonModel(QAbstractItemModel):
    """The nodes of a `JsonDocument` that has been read; node 0 is the only top row.

    Attributes:
        document: What is shown.

    Args:
        parent: Owner.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document: JsonDocument | None = None
        self._handed_out: dict[int, int] = {}
        self._is_handing_out = False

    def set_document(self, document: JsonDocument | None) -> None:
        """Show another document."""
        self.beginResetModel()
        self.document = document
        self._handed_out = {}
        self.endResetModel()

    def index(self, row: int, column: int, parent: Index = ROOT) -> QModelIndex:
        """Return the index of a node."""
        if not self.hasIndex(row, column, parent) or self.document is None:
            return QModelIndex()
        if not parent.isValid():
            return self.createIndex(0, 0, 0)
        return self.createIndex(row, 0, self.document.children[parent.internalId()][row])

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        """Return a node's container."""
        if not index.isValid() or self.document is None:
            return QModelIndex()
        node = self.document.parents[index.internalId()]
        return QModelIndex() if node < 0 else self.createIndex(self.document.rows[node], 0, node)

    def _children(self, parent: Index) -> list[int]:
        if self.document is None or not parent.isValid():
            return []
        return self.document.children.get(parent.internalId(), [])

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return how many nodes of a container were handed out so far."""
        if not parent.isValid():
            return 1 if self.document is not None and self.document.kinds else 0
        count = len(self._children(parent))
        return min(count, self._handed_out.get(parent.internalId(), PORTION))

    def columnCount(self, _parent: Index = ROOT) -> int:
        """Return 1."""
        return 1

    def hasChildren(self, parent: Index = ROOT) -> bool:
        """Return whether a node is a container with something in it."""
        return self.rowCount(parent) > 0

    def canFetchMore(self, parent: Index) -> bool:
        """Return whether a container has more nodes than were handed out."""
        return not self._is_handing_out and self.rowCount(parent) < len(self._children(parent))

    def fetchMore(self, parent: Index) -> None:
        """Hand out another portion."""
        count, total = self.rowCount(parent), len(self._children(parent))
        if count >= total or self._is_handing_out:
            return
        end = min(total, count + PORTION)
        self._is_handing_out = True
        self.beginInsertRows(self.createIndex(parent.row(), 0, parent.internalId()), count, end - 1)
        self._handed_out[parent.internalId()] = end
        self.endInsertRows()
        self._is_handing_out = False

    def index_of(self, node: int) -> QModelIndex:
        """Return the index of any node; what lies before it in its containers is handed out for it."""
        document = self.document
        if document is None or not 0 <= node < len(document.kinds):
            return QModelIndex()
        path = []
        while node >= 0:
            path.append(node)
            node = document.parents[node]
        index = self.index(0, 0)
        for each in reversed(path[:-1]):
            while self.rowCount(index) <= document.rows[each] and self.canFetchMore(index):
                self.fetchMore(index)
            index = self.index(document.rows[each], 0, index)
        return index

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a node's line, or its parts."""
        if self.document is None or not index.isValid():
            return None
        if role == PARTS_ROLE:
            return self._parts(index.internalId())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            key, _, value, _ = self._parts(index.internalId())
            return f"{key}: {value}" if key else value
        return None

    def _parts(self, node: int) -> tuple[str, str, str, str]:
        document = self.document
        assert document is not None  # noqa: S101 - asked by data() alone
        kind = document.kinds[node]
        key = document.key(node)
        if kind in (NodeKind.OBJECT, NodeKind.ARRAY):
            value = self._summary(kind, len(document.children[node]))
        else:
            value = document.value(node)
        shown = visible(value[:SHOWN_CHARS]) + ("…" if len(value) > SHOWN_CHARS else "")
        if key is None:
            return self._place(node), "muted", shown, _COLOURS[kind]
        return visible(key[:SHOWN_CHARS]) or '""', "text", shown, _COLOURS[kind]

    def _place(self, node: int) -> str:
        document = self.document
        assert document is not None  # noqa: S101 - asked by data() alone
        return str(document.rows[node]) if document.parents[node] >= 0 else ""

    def _summary(self, kind: NodeKind, count: int) -> str:
        if kind is NodeKind.OBJECT:
            words = counted(count, "%n field", "%n fields")
            return f"{{ {words} }}" if count else "{ }"
        words = counted(count, "%n item", "%n items")
        return f"[ {words} ]" if count else "[ ]"

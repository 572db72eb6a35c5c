"""Who is connected, as a Qt tree: user, then that user's connections.

Each refresh compares the hub's clients with the rows and announces exactly what differs, so a view keeps
its selection, its open branches and its place. Who comes is put in before who went is taken out: a user
whose connection was replaced stays.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt, Slot
from PySide6.QtGui import QFont

from authws_desktop.hub.client import Client
from authws_desktop.hub.hub import Hub
from authws_desktop.panels.kit.escape import as_tip
from authws_desktop.panels.kit.indexes import LEFT, RIGHT, ROOT, Index, stretches
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import grouped
from authws_desktop.panels.live import user_rows
from authws_desktop.panels.live.user_order import UserOrder
from authws_desktop.panels.live.user_rows import VOLATILE, Group, Row, UserColumn

RAW_ROLE = Qt.ItemDataRole.UserRole
SYNC_BUDGET_S = 0.005
"""Longest time of announcing changes in one refresh; the rest follows in the next."""
RESORT_INTERVAL_S = 1.0


class UsersModel(QAbstractItemModel):
    """A tree of the hub's connections.

    Args:
        hub: Who is connected.
        theme: Colours and fonts.
        now: Seconds since the epoch.
        parent: Owner.
    """

    def __init__(
        self, hub: Hub, theme: Theme, now: Callable[[], float] = time.time, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._hub = hub
        self._theme = theme
        self._now = now
        self._groups: list[Group] = []
        self._by_key: dict[str, Group] = {}
        self._by_serial: dict[int, Group] = {}
        self._place: dict[str, Group] = {}
        self._serial = 0
        self._revision = -1
        self._words: list[str] = []
        self._order = UserOrder()
        self._sorted_at_s = 0.0
        self._shown: dict[object, tuple[str, ...]] = {}
        self._take_fonts()
        theme.changed.connect(self._on_theme_changed)

    # Structure

    def index(self, row: int, column: int, parent: Index = ROOT) -> QModelIndex:
        """Return the index of a row under a parent."""
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        serial = self._groups[parent.row()].serial if parent.isValid() else 0
        return self.createIndex(row, column, serial)

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        """Return the user of a connection."""
        serial = index.internalId() if index.isValid() else 0
        return self._group_index(self._by_serial[serial]) if serial in self._by_serial else QModelIndex()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of users, or of a user's connections."""
        if not parent.isValid():
            return len(self._groups)
        if parent.internalId() or parent.column():
            return 0
        return len(self._groups[parent.row()].clients)

    def columnCount(self, _parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return len(UserColumn)

    def row_at(self, index: Index) -> Row | None:
        """Return the user or connection of an index."""
        if not index.isValid():
            return None
        group = self._by_serial.get(index.internalId())
        return self._groups[index.row()] if group is None else group.clients[index.row()]

    def _group_index(self, group: Group) -> QModelIndex:
        return self.createIndex(group.row, 0, 0)

    def _client_row(self, group: Group, client_id: str) -> int:
        client = self._hub.clients.get(client_id)
        if client is not None:
            row = bisect_left(group.keys, self._order.client_key(client))
            if row < len(group.clients) and group.clients[row] is client:
                return row
        # Its figures have changed since the last sorting.
        return next(row for row, client in enumerate(group.clients) if client.client_id == client_id)

    # What is shown

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(UserColumn):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles()[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if section in VOLATILE else LEFT
        if role == Qt.ItemDataRole.ToolTipRole and section == UserColumn.ROUND_TRIP:
            return self.tr("Round trip of the last WebSocket ping")
        return None

    def _titles(self) -> list[str]:
        return [
            self.tr("Connected"),
            self.tr("Address"),
            self.tr("App"),
            self.tr("Since"),
            self.tr("Idle"),
            self.tr("Ping"),
            self.tr("In"),
            self.tr("Out"),
            self.tr("Bytes"),
            self.tr("Node"),
        ]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows."""
        row, column = self.row_at(index), index.column()
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._display(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_tip(user_rows.facts(row))
        if role == RAW_ROLE:
            return user_rows.raw_value(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column in VOLATILE else LEFT
        if role == Qt.ItemDataRole.FontRole:
            return self._font(row, column)
        if role == Qt.ItemDataRole.ForegroundRole and (
            not (isinstance(row, Group) and row.key) or user_rows.is_far(row)
        ):
            return self._theme.colour("muted")
        return None

    def _display(self, row: Row, column: int) -> str:
        if column != UserColumn.NAME or not isinstance(row, Group):
            return user_rows.text(row, column, self._now())
        name = user_rows.text(row, column, 0) if row.key else self.tr("Not logged in")
        if len(row.clients) > 1 or not row.key:
            return f"{name}  ({grouped(len(row.clients))})"
        app = user_rows.app_beside(row)
        return f"{name}  {app}" if app else name

    def _font(self, row: Row, column: int) -> QFont | None:
        # Names of equal weight: what just happened is to draw the eye, not who is merely there.
        is_name = column != UserColumn.NAME or (isinstance(row, Group) and row.key)
        return self._number_font if is_name else None

    def _take_fonts(self) -> None:
        # Asking the system for a font takes longer than painting a cell.
        self._number_font = self._theme.number_font()

    @Slot()
    def _on_theme_changed(self) -> None:
        self._take_fonts()
        if self._groups:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._groups) - 1, len(UserColumn) - 1))

    # Following the hub

    def refresh(self) -> None:
        """Take in who came and went."""
        if self._hub.revision != self._revision:
            self._sync()
        if self._order.column in VOLATILE and time.monotonic() - self._sorted_at_s > RESORT_INTERVAL_S:
            self._resort()

    def set_search(self, text: str) -> None:
        """Show only connections that contain every word in name, address, app or number."""
        self._words = text.casefold().split()
        self._revision = -1
        self._sync()

    def refresh_figures(
        self, visible: Iterable[QModelIndex], columns: Sequence[UserColumn] = VOLATILE
    ) -> None:
        """Announce the rows in view whose figures say something else now.

        Args:
            visible: Column 0 of the rows in view.
            columns: Those of `VOLATILE` that are in view.
        """
        now_s = self._now()
        shown: dict[object, tuple[str, ...]] = {}
        for index in visible:
            row = self.row_at(index)
            if row is None:
                continue
            key = ("user", row.serial) if isinstance(row, Group) else row.client_id
            shown[key] = texts = user_rows.volatile_texts(row, columns, now_s)
            if self._shown.get(key) != texts:
                self.dataChanged.emit(
                    index.sibling(index.row(), VOLATILE[0]), index.sibling(index.row(), VOLATILE[-1])
                )
        self._shown = shown

    def _sync(self) -> None:
        if not self._groups:
            self._fill()
            return
        revision = self._hub.revision
        deadline_s = time.monotonic() + SYNC_BUDGET_S
        wanted = self._wanted()
        is_renamed = False
        for client_id, client in wanted.items():
            group = self._place.get(client_id)
            if group is None:
                self._insert(client)
            elif group.key != client.identity.user_id:
                self._move(client, group)
            elif group.key and group.name != client.username:
                group.name, is_renamed = client.username, True
            else:
                continue
            if time.monotonic() > deadline_s:
                return
        self._remove([client_id for client_id in self._place if client_id not in wanted])
        self._revision = revision
        if is_renamed:
            self._resort()

    def _wanted(self) -> dict[str, Client]:
        everybody = self._hub.everywhere().items()
        return {key: client for key, client in everybody if user_rows.matches(client, self._words)}

    def _fill(self) -> None:
        """Insert all connections by one reset of the model, which costs no selection: it was empty."""
        revision = self._hub.revision
        if wanted := self._wanted():
            self.beginResetModel()
            for client in wanted.values():
                group = self._by_key.get(client.identity.user_id)
                if group is None:
                    group = self._new_group(client)
                    self._groups.append(group)
                group.clients.append(client)
                self._place[client.client_id] = group
            self._put_in_order()
            self.endResetModel()
        self._revision = revision

    def _new_group(self, client: Client) -> Group:
        self._serial += 1
        group = Group(client.identity.user_id, client.username, self._serial)
        self._by_key[group.key] = self._by_serial[group.serial] = group
        return group

    def _insert(self, client: Client) -> None:
        group = self._by_key.get(client.identity.user_id)
        if group is None:
            group = self._new_group(client)
            group.clients, group.keys = [client], [self._order.client_key(client)]
            self._place[client.client_id] = group
            self._insert_group(group)
            return
        key = self._order.client_key(client)
        row = bisect_left(group.keys, key)
        self.beginInsertRows(self._group_index(group), row, row)
        self._put(client, group, row, key)
        self.endInsertRows()
        self._group_changed(group)

    def _insert_group(self, group: Group) -> None:
        group.sort_key = self._order.group_key(group)
        row = bisect_left(self._groups, group.sort_key, key=lambda each: each.sort_key)
        self.beginInsertRows(ROOT, row, row)
        self._groups.insert(row, group)
        self._renumber(row)
        self.endInsertRows()

    def _put(self, client: Client, group: Group, row: int, key: Any) -> None:
        group.clients.insert(row, client)
        group.keys.insert(row, key)
        self._place[client.client_id] = group

    def _move(self, client: Client, source: Group) -> None:
        """Move a connection that logged in below its user; it stays selected."""
        target = self._by_key.get(client.identity.user_id)
        if target is None:
            target = self._new_group(client)
            self._insert_group(target)
        old_row = self._client_row(source, client.client_id)
        key = self._order.client_key(client)
        row = bisect_left(target.keys, key)
        parents = self._group_index(source), self._group_index(target)
        self.beginMoveRows(parents[0], old_row, old_row, parents[1], row)
        del source.clients[old_row], source.keys[old_row]
        self._put(client, target, row, key)
        self.endMoveRows()
        self._group_changed(source)
        self._group_changed(target)
        if not source.clients:
            self._remove_groups([source])

    def _remove(self, client_ids: list[str]) -> None:
        leaving: dict[int, set[str]] = {}
        for client_id in client_ids:
            leaving.setdefault(self._place.pop(client_id).serial, set()).add(client_id)
        emptied = []
        for serial, ids in leaving.items():
            group = self._by_serial[serial]
            if len(ids) == len(group.clients):
                emptied.append(group)
            else:
                self._remove_clients(group, ids)
        self._remove_groups(emptied)

    def _remove_clients(self, group: Group, client_ids: set[str]) -> None:
        rows = [row for row, client in enumerate(group.clients) if client.client_id in client_ids]
        for first, last in reversed(list(stretches(rows))):  # so that the places still to come stay right
            self.beginRemoveRows(self._group_index(group), first, last)
            del group.clients[first : last + 1], group.keys[first : last + 1]
            self.endRemoveRows()
        self._group_changed(group)

    def _remove_groups(self, groups: list[Group]) -> None:
        for first, last in reversed(list(stretches(sorted(group.row for group in groups)))):
            self.beginRemoveRows(ROOT, first, last)
            gone = self._groups[first : last + 1]
            del self._groups[first : last + 1]
            for group in gone:
                del self._by_key[group.key], self._by_serial[group.serial]
            self._renumber(first)
            self.endRemoveRows()

    def _group_changed(self, group: Group) -> None:
        group.changed()
        index = self._group_index(group)
        self.dataChanged.emit(index, index.sibling(index.row(), len(UserColumn) - 1))

    def _renumber(self, start: int = 0) -> None:
        for row in range(start, len(self._groups)):
            self._groups[row].row = row

    # Sorting

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column's raw values; those who have not logged in stay last."""
        self._order = UserOrder(max(0, column), is_descending=order is Qt.SortOrder.DescendingOrder)
        self._resort()

    def _resort(self) -> None:
        # With arguments (parents, hint) this emission crashes PySide6 6.11.
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        rows = [self.row_at(index) for index in before]
        self._put_in_order()
        after = [
            self._index_after(row, index.column()) if row is not None else QModelIndex()
            for row, index in zip(rows, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _index_after(self, row: Row, column: int) -> QModelIndex:
        if isinstance(row, Group):
            return self.createIndex(row.row, column, 0)
        group = self._place[row.client_id]
        return self.createIndex(bisect_left(group.keys, self._order.client_key(row)), column, group.serial)

    def _put_in_order(self) -> None:
        for group in self._groups:
            group.sort_key = self._order.group_key(group)
            group.clients.sort(key=self._order.client_key)
            group.keys = [self._order.client_key(client) for client in group.clients]
        self._groups.sort(key=lambda group: group.sort_key)
        self._renumber()
        self._sorted_at_s = time.monotonic()

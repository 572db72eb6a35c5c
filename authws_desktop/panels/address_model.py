"""The list of addresses under which the server is reached."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt

from authws_desktop.panels.theme import ROW_HEIGHT
from authws_desktop.server.addresses import Address

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class AddressModel(QAbstractListModel):
    """Addresses in the order of the service; `UserRole` holds the `Address`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._port = 0
        self._scheme = "http"
        self.addresses: list[Address] = []

    def show_addresses(self, addresses: list[Address], scheme: str, port: int) -> bool:
        """Show other addresses; returns whether anything is different."""
        if (addresses, scheme, port) == (self.addresses, self._scheme, self._port):
            return False
        self.beginResetModel()
        self.addresses, self._scheme, self._port = addresses, scheme, port
        self.endResetModel()
        return True

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return how many there are; overrides Qt's."""
        return 0 if parent.isValid() else len(self.addresses)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the words of a row, or its address; overrides Qt's."""
        if not index.isValid() or index.row() >= len(self.addresses):
            return None
        address = self.addresses[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._words(address)
        if role == Qt.ItemDataRole.SizeHintRole:
            return QSize(0, ROW_HEIGHT)
        return address if role == Qt.ItemDataRole.UserRole else None

    def _words(self, address: Address) -> str:
        parts = [address.url(self._port, self._scheme), address.adapter]
        if address.is_virtual:
            parts.append(self.tr("virtual or VPN"))
        if address.is_only_here:
            parts.append(self.tr("only this computer"))
        return "  ·  ".join(part for part in parts if part)

"""The rows of all nodes of a cluster, in the same view."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import counted, grouped
from authws_desktop.panels.live.file_actions import FileActions
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.panels.live.traffic_view import TrafficView
from authws_desktop.server.service import Service
from authws_desktop.traffic.ring import TrafficRing


class NodeRows(QObject):
    """Shows what passes at all nodes where the live traffic is, as long as the person wants it.

    Attributes:
        action: Begins; in the menu of the files, enabled in a cluster.

    Args:
        service: One of the nodes.
        files: What shows rows in place of the live traffic.
        view: Of the rows; their node is shown meanwhile.
        theme: Icons.
        parent: The page.
    """

    def __init__(
        self, service: Service, files: FileActions, view: TrafficView, theme: Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._view = view
        self._service = service
        self._files = files
        self._name = self.tr("all nodes")
        self._left_out = 0
        self.action = QAction(self.tr("Rows of all nodes"), self)
        self.action.triggered.connect(self.show_rows)
        files.more_actions.append(self.action)
        files.file_shown.connect(self._on_file_shown)
        theme.decorate(self.action, "network", "muted")

    @Slot()
    def show_rows(self) -> None:
        """Ask the other nodes for their rows, and show them with this one's."""
        node = self._service.clustering.node
        if node is None:
            return
        values = self._service.settings.values
        ring = TrafficRing(values.traffic_max_records, values.traffic_max_bytes)
        node.rows.gather(ring)
        self._left_out = 0
        self._files.show_ring(ring, self._name, self.tr("All nodes, half a second late"))
        self._view.set_following(True)  # a file is read from its beginning, this comes

    def refresh(self) -> None:
        """Say how many rows were left out, and end with the cluster."""
        node = self._service.clustering.node
        self.action.setEnabled(node is not None)
        if self._files.file_name != self._name:
            return
        if node is None or node.rows.ring is None:
            self._files.show_live()
            return
        left_out = node.rows.left_out.total()
        if left_out != self._left_out:
            self._left_out = left_out
            rows = counted(left_out, "%n row", "%n rows")
            self._files.say_shown(self.tr("Left out: {rows}").format(rows=rows))
            busy = [f"{name}: {grouped(count)}" for name, count in sorted((+node.rows.left_out).items())]
            self._files.notice.setToolTip(
                "\n".join([self.tr("Each node sends 2,000 rows a second at most."), *busy])
            )

    @Slot(str)
    def _on_file_shown(self, name: str) -> None:
        node = self._service.clustering.node
        self._view.setColumnHidden(TrafficColumn.NODE, name != self._name)
        self._files.notice.setToolTip("")
        if name != self._name and node is not None:
            node.rows.end()

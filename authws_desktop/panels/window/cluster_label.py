"""What the server bar says of a cluster: which node this is, and how many are here and in all."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from authws_desktop.panels.kit.theme import set_variant
from authws_desktop.panels.kit.words import counted, grouped
from authws_desktop.server.service import Service


class ClusterLabel(QLabel):
    """One line; hidden while the server is alone. Its tool tip names all nodes.

    Args:
        service: The server.
    """

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service
        set_variant(self, "role", "muted")
        self.hide()

    def refresh(self) -> None:
        """Show how it is now."""
        node = self._service.clustering.node
        self.setVisible(node is not None)
        if node is None:
            return
        rows, here = node.roll.rows, self._service.hub.authenticated_count
        text = self.tr("Node {name} of {count} · {here} here · {all} in all").format(
            name=node.id,
            count=grouped(max(1, len(rows))),
            here=grouped(here),
            all=grouped(here + len(node.directory.people())),
        )
        self.setText(text)
        lines = []
        for name, row in sorted(rows.items()):
            people = here if name == node.id else node.directory.count_of(name)
            shown = counted(people, "%n client", "%n clients")
            lines.append(f"{name} · {row.info.url} · {row.info.program} · {shown}")
        if not node.bus.is_up:
            lines.append(node.bus.trouble)
        self.setToolTip("\n".join(lines))

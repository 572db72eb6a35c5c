"""What the message store needs of the cluster: who is connected elsewhere, and a way to tell other nodes."""

from __future__ import annotations

from collections.abc import Collection

from authws_desktop.cluster.bus import Bus
from authws_desktop.cluster.directory import Directory
from authws_desktop.messages.others import News


class Sharing:
    """Answers what the message store asks of the cluster (`messages.others.Others`).

    Attributes:
        id: This node's name among them.

    Args:
        node: This node's name.
        bus: Tells them.
        directory: Knows who is connected to them.
    """

    def __init__(self, node: str, bus: Bus, directory: Directory) -> None:
        self.id = node
        self._bus = bus
        self._directory = directory

    @property
    def is_up(self) -> bool:
        """Whether they can be told now."""
        return self._bus.is_up

    def tell(self, news: News, node: str = "") -> None:
        """Tell all of them, or one, soon; in order."""
        self._bus.tell(news, node)

    def whereabouts(self, to: str) -> tuple[str, Collection[str]]:
        """Return the user that a recipient means, and the other nodes that it is connected to."""
        return self._directory.user_of(to), self._directory.find(to).keys()

    def has_connection(self, client_id: str) -> bool:
        """Tell whether this is a connection of another node."""
        return bool(self._directory.node_of(client_id))

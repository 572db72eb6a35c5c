"""What the message store asks of a cluster (`cluster.sharing` answers), and what nodes tell each other."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import msgspec

from authws_desktop.messages.kept import Kept


class Stored(msgspec.Struct, array_like=True, tag=20, gc=False):
    """The sender has stored a message, which each node delivers in the order of the numbers.

    Attributes:
        kept: The message.
        nodes: Those that answer a direct with `Written`.
    """

    kept: Kept
    nodes: list[str]


class Written(msgspec.Struct, array_like=True, tag=21, gc=False):
    """To how many connections of the sender's a direct of the receiver's was written."""

    number: int
    count: int


class Acked(msgspec.Struct, array_like=True, tag=22):
    """A user has acknowledged messages; they come without their contents."""

    user_id: str
    username: str
    messages: list[Kept]


class Expired(msgspec.Struct, array_like=True, tag=23):
    """Messages have waited too long; they come without their contents."""

    messages: list[Kept]


News = Stored | Written | Acked | Expired


class Others(Protocol):
    """The other nodes of the cluster, which store in the same database.

    Attributes:
        id: This node's name among them.
    """

    id: str

    @property
    def is_up(self) -> bool:
        """Whether they can be told now."""

    def tell(self, news: News, node: str = "") -> None:
        """Tell all of them, or one, soon; in order."""

    def whereabouts(self, to: str) -> tuple[str, Collection[str]]:
        """Return the user that a recipient means, and the other nodes that it is connected to.

        Args:
            to: A client id, a user id or a username; who is connected to no other node is not known.
        """

    def has_connection(self, client_id: str) -> bool:
        """Tell whether this is a connection of another node."""

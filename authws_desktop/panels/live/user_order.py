"""In which order users and their connections stand. No Qt."""

from __future__ import annotations

from typing import Any

from authws_desktop.hub.client import Client
from authws_desktop.panels.live.user_rows import Group, UserColumn, raw_value


class _Descending:
    """Wraps a sort key so that it sorts in descending order."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Descending) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and bool(other.value == self.value)

    def __hash__(self) -> int:
        return hash(self.value)


class UserOrder:
    """Sorts by one column's raw values; those who have not logged in stay last.

    Attributes:
        column: One of `UserColumn`.
        is_descending: Whether the largest comes first.
    """

    def __init__(self, column: int = UserColumn.NAME, *, is_descending: bool = False) -> None:
        self.column = column
        self.is_descending = is_descending

    def _directed(self, value: Any) -> Any:
        return _Descending(value) if self.is_descending else value

    def group_key(self, group: Group) -> tuple[Any, ...]:
        """Return a user's sort key; no two are equal."""
        return not group.key, self._directed(raw_value(group, self.column)), group.serial

    def client_key(self, client: Client) -> tuple[Any, ...]:
        """Return a connection's sort key; no two are equal."""
        return self._directed(raw_value(client, self.column)), client.number, client.client_id

"""Bringing a model's list to a new state with the exact signals, so that views keep their selection."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex

T = TypeVar("T")


def ranges(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the stretches of ascending whole numbers, first and last included."""
    first = last = None
    for number in numbers:
        if first is None or last is None:
            first = last = number
        elif number == last + 1:
            last = number
        else:
            yield first, last
            first = last = number
    if first is not None and last is not None:
        yield first, last


class TableOfRows(QAbstractTableModel):
    """A flat table; subclasses say what a cell shows.

    Rows keep their place and new ones come last: a proxy sorts.
    """

    def begin_insert(self, first: int, last: int) -> None:
        """Announce rows that come."""
        self.beginInsertRows(QModelIndex(), first, last)

    def begin_remove(self, first: int, last: int) -> None:
        """Announce rows that go."""
        self.beginRemoveRows(QModelIndex(), first, last)

    def end_insert(self) -> None:
        """Say that they came."""
        self.endInsertRows()

    def end_remove(self) -> None:
        """Say that they went."""
        self.endRemoveRows()

    def rows_changed(self, first: int, last: int) -> None:
        """Announce rows whose content changed."""
        self.dataChanged.emit(self.index(first, 0), self.index(last, self.columnCount() - 1))


def update_rows(model: TableOfRows, rows: list[T], fresh: Sequence[T], key: Callable[[T], Hashable]) -> None:
    """Change a model's list in place to what is true now.

    Args:
        model: Announces the changes.
        rows: The list the model shows.
        fresh: The new rows, in any order.
        key: What makes two rows the same one.
    """
    wanted = {key(row): row for row in fresh}
    gone = [place for place, row in enumerate(rows) if key(row) not in wanted]
    for first, last in reversed(list(ranges(gone))):
        model.begin_remove(first, last)
        del rows[first : last + 1]
        model.end_remove()
    _change(model, rows, wanted, key)
    known = {key(row) for row in rows}
    added = [row for each, row in wanted.items() if each not in known]
    if added:
        model.begin_insert(len(rows), len(rows) + len(added) - 1)
        rows.extend(added)
        model.end_insert()


def _change(
    model: TableOfRows, rows: list[T], wanted: dict[Hashable, T], key: Callable[[T], Hashable]
) -> None:
    changed = []
    for place, row in enumerate(rows):
        new = wanted[key(row)]
        if new is not row and new != row:
            rows[place] = new
            changed.append(place)
    for first, last in ranges(changed):
        model.rows_changed(first, last)

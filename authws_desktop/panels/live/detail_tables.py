"""The tables of the detail: a token's claims, and who got a message."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from authws_desktop.hub.traffic import Delivery, Fate, HeldFrame, Identity
from authws_desktop.panels.chips import CHIP_ROLE, Chip, ChipDelegate, ChipShape
from authws_desktop.panels.live import formats
from authws_desktop.panels.live.escape import visible
from authws_desktop.panels.theme import ROW_HEIGHT, Theme

Index = QModelIndex | QPersistentModelIndex
Cell = str | Chip


class DetailModel(QAbstractTableModel):
    """A table of texts and chips, made row by row when it is painted.

    Attributes:
        numbers: The columns that hold numbers, which stand at the right.

    Args:
        titles: Of the columns.
        parent: Owner.
    """

    numbers: Collection[int] = ()

    def __init__(self, titles: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._titles = list(titles)
        self._count = 0

    def cells(self, row: int) -> Sequence[Cell]:
        """Return a row's cells."""
        raise NotImplementedError

    def _reset(self, count: int) -> None:
        self.beginResetModel()
        self._count = count
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of rows."""
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title."""
        is_title = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        if is_title and 0 <= section < len(self._titles):
            return self._titles[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return None

    def _alignment(self, column: int) -> int:
        side = Qt.AlignmentFlag.AlignRight if column in self.numbers else Qt.AlignmentFlag.AlignLeft
        return int(side | Qt.AlignmentFlag.AlignVCenter)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text or chip."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(index.column())
        if role not in (Qt.ItemDataRole.DisplayRole, CHIP_ROLE):
            return None
        cell = self.cells(index.row())[index.column()]
        if role == CHIP_ROLE:
            return cell if isinstance(cell, Chip) else None
        return cell.text if isinstance(cell, Chip) else cell


class ClaimsModel(DetailModel):
    """The verdict on each part of a token."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__([self.tr("Part"), self.tr("Verdict"), self.tr("Why")], parent)
        self._verdicts: list[dict[str, Any]] = []

    def load(self, claims: bytes) -> None:
        """Show the claims of a record."""
        try:
            found = json.loads(claims) if claims else []
        except (ValueError, RecursionError):
            found = []
        self._verdicts = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
        self._reset(len(self._verdicts))

    def cells(self, row: int) -> Sequence[Cell]:
        """Return part, verdict and sentence."""
        verdict = self._verdicts[row]
        if verdict.get("is_good"):
            chip = Chip(self.tr("accepted"), "good", ChipShape.PILL)
        else:
            chip = Chip(self.tr("refused"), "bad", ChipShape.CUT)
        return [visible(str(verdict.get("claim", ""))), chip, visible(str(verdict.get("text", "")))]


class DeliveryModel(DetailModel):
    """Who a message was for, and whether it was written."""

    numbers = (3,)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(
            [
                self.tr("User"),
                self.tr("Connection"),
                self.tr("Delivery"),
                self.tr("Within"),
                self.tr("Address"),
                self.tr("App"),
            ],
            parent,
        )
        self._delivery: Delivery | None = None
        self._recipients: list[Identity] = []
        self._held: dict[str, HeldFrame] = {}
        self._waiting = 0

    def load(self, delivery: Delivery | None) -> None:
        """Show the delivery of a record."""
        self._delivery = delivery
        self._held = {held.identity.client_id: held for held in delivery.held} if delivery else {}
        recipients = delivery.recipients if delivery else ()
        # Whom it did not reach at once is what one looks for.
        self._recipients = sorted(recipients, key=lambda each: each.client_id not in self._held)
        self._waiting = self._count_waiting()
        self._reset(len(self._recipients))

    def cells(self, row: int) -> Sequence[Cell]:
        """Return a recipient's row."""
        identity = self._recipients[row]
        held = self._held.get(identity.client_id)
        chip, after_s = self._fate(held)
        took = "" if after_s is None else formats.duration(after_s)
        name = visible(identity.username)
        return [name, f"#{identity.number}", chip, took, visible(identity.address), visible(identity.app)]

    def refresh(self) -> bool:
        """Show what became of frames that waited; `False` if nothing changed."""
        waiting = self._count_waiting()
        if waiting == self._waiting:
            return False
        self._waiting = waiting
        self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))
        return True

    def _count_waiting(self) -> int:
        return sum(held.fate is Fate.WAITING for held in self._held.values())

    def _fate(self, held: HeldFrame | None) -> tuple[Chip, float | None]:
        """Return the chip of a recipient, and after how long it got there or was given up."""
        assert self._delivery is not None  # noqa: S101 - there are no rows without it
        if held is None:
            return Chip(self.tr("written"), "good", ChipShape.PILL), self._delivery.took_s
        if held.fate is Fate.SENT:
            return Chip(self.tr("sent late"), "warn", ChipShape.PILL), held.after_s
        if held.fate is Fate.LOST:
            return Chip(self.tr("lost: closed"), "bad", ChipShape.CUT), held.after_s
        return Chip(self.tr("waiting"), "warn", ChipShape.CUT), None


class DetailTable(QTableView):
    """A quiet table for a `DetailModel`.

    Args:
        model: What is shown.
        widths_px: Of the columns; the last one takes the rest.
        theme: Colours.
        parent: Owner.
    """

    def __init__(
        self, model: DetailModel, widths_px: Sequence[int], theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setItemDelegate(ChipDelegate(theme, self))
        header = self.horizontalHeader()
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setFixedHeight(ROW_HEIGHT)
        for column, width in enumerate(widths_px):
            header.resizeSection(column, width)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(ROW_HEIGHT)
        rows.setDefaultSectionSize(ROW_HEIGHT)

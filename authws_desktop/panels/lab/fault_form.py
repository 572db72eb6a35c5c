"""The form of the faults: each with its unit, and a word for being off."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QSpinBox, QWidget

from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.theme import GRID
from authws_desktop.panels.lab.number_box import number_box
from authws_desktop.protocol.codes import CLOSE_TEXT
from authws_desktop.protocol.fault_messages import MAX_DELAY_MS, MAX_DURATION_S, Faults

_MOST_BYTES = 2**31 - 1
_MOST_SEED = 1_000_000
_OTHER_CODES = {1011: "internal error", 1013: "try again later"}
"""Codes of other servers that clients should bear as well."""


@dataclass(frozen=True)
class _Number:
    """One number of the form.

    Attributes:
        name: Field of `Faults`.
        label: In words.
        unit: Behind the number.
        most: The largest.
        off: What stands there for 0.
        scale: What the number is multiplied with to be the field.
    """

    name: str
    label: str
    unit: str
    most: int
    off: str
    scale: float = 1


def _numbers() -> list[_Number]:
    return [
        _Number("latency_ms", tr("Late by"), " ms", MAX_DELAY_MS, tr("not late")),
        _Number("jitter_ms", tr("More or less"), " ms", MAX_DELAY_MS, tr("always the same")),
        _Number("drop", tr("Lost"), " %", 100, tr("none"), 0.01),
        _Number("duplicate", tr("Doubled"), " %", 100, tr("none"), 0.01),
        _Number("bytes_per_s", tr("Bandwidth"), tr(" bytes/s"), _MOST_BYTES, tr("any")),
        _Number("fragment_bytes", tr("Fragments of"), tr(" bytes"), _MOST_BYTES, tr("none")),
        _Number("cut_after_bytes", tr("Cut after"), tr(" bytes"), _MOST_BYTES, tr("never")),
        _Number("seed", tr("Seed of chance"), "", _MOST_SEED, "0"),
        _Number("until_s", tr("Ends after"), " s", MAX_DURATION_S, tr("you end it")),
    ]


class FaultForm(QWidget):
    """Fields for every fault.

    Attributes:
        numbers: By field of `Faults`.
        direction_choice: Which way.
        freeze_check: Nothing passes, and nothing is closed.
        close_choice: A code that connections are closed with, once.
        expire_check: Tokens run out, once.

    Signals:
        edited: Something was changed.
    """

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._described = _numbers()
        self.numbers = {each.name: self._number(each) for each in self._described}
        self.direction_choice = self._choice(
            self.tr("Direction"),
            [
                (self.tr("Both ways"), "both"),
                (self.tr("From clients only"), "in"),
                (self.tr("To clients only"), "out"),
            ],
        )
        codes = {int(code): text for code, text in CLOSE_TEXT.items()} | _OTHER_CODES
        self.close_choice = self._choice(
            self.tr("Close now with"),
            [
                (self.tr("no code"), 0),
                *((f"{code} · {text}", code) for code, text in sorted(codes.items())),
            ],
        )
        self.freeze_check = QCheckBox(self.tr("Frozen: nothing passes, and nothing is closed"), self)
        self.expire_check = QCheckBox(self.tr("Let tokens run out now"), self)
        for check in (self.freeze_check, self.expire_check):
            check.toggled.connect(self.edited)
        self._build()

    def _number(self, described: _Number) -> QSpinBox:
        box = number_box(described.label, 0, described.most, described.unit, self)
        box.setSpecialValueText(described.off)
        box.valueChanged.connect(self.edited)
        return box

    def _choice(self, name: str, entries: list[tuple[str, str]] | list[tuple[str, int]]) -> QComboBox:
        choice = QComboBox(self)
        choice.setAccessibleName(name)
        for label, value in entries:
            choice.addItem(label, value)
        choice.currentIndexChanged.connect(self.edited)
        return choice

    def _build(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(GRID)
        for column in (1, 3):
            grid.setColumnStretch(column, 1)
        labels = {each.name: each.label for each in self._described}
        pairs = [
            ("latency_ms", "jitter_ms"),
            ("drop", "duplicate"),
            ("bytes_per_s", "fragment_bytes"),
            ("cut_after_bytes", "seed"),
            ("until_s", ""),
        ]
        for row, names in enumerate(pairs):
            for place, name in enumerate(names):
                if name:
                    self._put(grid, row, place, labels[name], self.numbers[name])
        self._put(grid, len(pairs) - 1, 1, self.direction_choice.accessibleName(), self.direction_choice)
        grid.addWidget(self.freeze_check, len(pairs), 0, 1, 4)
        once = text_label(self.tr("Once"), "heading")
        once.setContentsMargins(0, GRID, 0, 0)
        grid.addWidget(once, len(pairs) + 1, 0, 1, 4)
        self._put(grid, len(pairs) + 2, 0, self.close_choice.accessibleName(), self.close_choice)
        grid.addWidget(self.expire_check, len(pairs) + 2, 2, 1, 2)

    def _put(self, grid: QGridLayout, row: int, place: int, label: str, editor: QWidget) -> None:
        caption = QLabel(label, self)
        caption.setTextFormat(Qt.TextFormat.PlainText)
        caption.setBuddy(editor)
        grid.addWidget(caption, row, 2 * place)
        grid.addWidget(editor, row, 2 * place + 1)

    def faults(self) -> Faults:
        """Return what the fields say."""
        found = Faults(
            direction=self.direction_choice.currentData(),
            freeze=self.freeze_check.isChecked(),
            close_code=self.close_choice.currentData(),
            expire_token=self.expire_check.isChecked(),
        )
        for each in self._described:
            number = self.numbers[each.name].value()
            setattr(found, each.name, number if each.scale == 1 else number * each.scale)
        return found

    def show_faults(self, faults: Faults) -> None:
        """Put faults into the fields; what happens once is not repeated."""
        for each in self._described:
            self.numbers[each.name].setValue(round(getattr(faults, each.name) / each.scale))
        self.direction_choice.setCurrentIndex(self.direction_choice.findData(faults.direction))
        self.freeze_check.setChecked(faults.freeze)
        self.clear_once()

    def clear_once(self) -> None:
        """Take back what happens once, as it has happened."""
        self.close_choice.setCurrentIndex(0)
        self.expire_check.setChecked(False)

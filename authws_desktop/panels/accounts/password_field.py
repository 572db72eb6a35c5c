"""A field for a new password: generate, show, copy, and how hard it is to guess."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from authws_desktop.accounts.password_strength import Strength, generate_password, measure_strength
from authws_desktop.panels.kit.boxes import NO_MARGINS, horizontal_box, vertical_box
from authws_desktop.panels.kit.copying import CopyButton
from authws_desktop.panels.kit.icon_button import RevealButton
from authws_desktop.panels.kit.theme import CONTROL_HEIGHT, GRID, Theme, set_variant

_TONES = {
    Strength.VERY_WEAK: "bad",
    Strength.WEAK: "bad",
    Strength.FAIR: "warn",
    Strength.GOOD: "good",
    Strength.STRONG: "good",
}


class StrengthBar(QWidget):
    """Four segments, as many filled as the password is strong."""

    SEGMENTS = 4

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._strength: Strength | None = None
        theme.changed.connect(self.update)

    def set_strength(self, strength: Strength | None) -> None:
        """Show a strength; `None` leaves the bar empty."""
        self._strength = strength
        self.update()

    def sizeHint(self) -> QSize:
        """Return the bar's size."""
        return QSize(12 * GRID, 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the segments."""
        filled = 0 if self._strength is None else max(1, int(self._strength))
        tone = "border_strong" if self._strength is None else _TONES[self._strength]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        gap = 4
        width = (self.width() - gap * (self.SEGMENTS - 1)) / self.SEGMENTS
        for place in range(self.SEGMENTS):
            painter.setBrush(self._theme.colour(tone if place < filled else "border"))
            painter.drawRoundedRect(QRectF(place * (width + gap), 0, width, self.height()), 2, 2)
        painter.end()


class PasswordEditor(QWidget):
    """The input with its three buttons and the strength below.

    Attributes:
        line: The text input.

    Signals:
        advice_changed: How to choose a better password; empty for a good one.

    Args:
        theme: Colours and icons.
        known: Returns what a guesser would try: the account's name.
        parent: Qt parent.
    """

    advice_changed = Signal(str)

    def __init__(self, theme: Theme, known: Callable[[], list[str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._known = known
        self._words = {
            Strength.VERY_WEAK: self.tr("Very weak"),
            Strength.WEAK: self.tr("Weak"),
            Strength.FAIR: self.tr("Fair"),
            Strength.GOOD: self.tr("Good"),
            Strength.STRONG: self.tr("Strong"),
        }
        self._build()
        self._connect()
        self.judge()

    def _build(self) -> None:
        self.line = QLineEdit(self)
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.setFont(self._theme.fixed_font())
        self.show_button = RevealButton(self._theme, self.tr("Show password"), self.tr("Hide password"), self)
        self.show_button.setFixedSize(CONTROL_HEIGHT, CONTROL_HEIGHT)
        self.copy_button = CopyButton(self._theme, self.tr("Copy password"), self.line.text, self)
        self.copy_button.setFixedSize(CONTROL_HEIGHT, CONTROL_HEIGHT)
        self.generate_button = QPushButton(self.tr("Generate"), self)
        self.generate_button.setAutoDefault(False)
        self._theme.decorate(self.generate_button, "refresh-cw")
        row = horizontal_box(spacing=GRID // 2)
        row.addWidget(self.line, 1)
        for button in (self.show_button, self.copy_button, self.generate_button):
            row.addWidget(button)
        layout = vertical_box(self, margins=NO_MARGINS, spacing=GRID)
        layout.addLayout(row)
        layout.addLayout(self._build_strength())

    def _build_strength(self) -> QHBoxLayout:
        self.bar = StrengthBar(self._theme, self)
        self.bar.setFixedSize(self.bar.sizeHint())
        self.strength_label = QLabel(self)
        set_variant(self.strength_label, "role", "small")
        row = horizontal_box(spacing=GRID)
        row.addWidget(self.bar)
        row.addWidget(self.strength_label, 1)
        return row

    def _connect(self) -> None:
        self.line.textChanged.connect(self.judge)
        self.show_button.toggled.connect(self._on_show_toggled)
        self.generate_button.clicked.connect(self._on_generate_clicked)

    def offer(self) -> None:
        """Fill in a generated password, hidden: a host need not think one up for somebody else."""
        self.line.setText(generate_password())

    def _on_show_toggled(self, is_shown: bool) -> None:
        modes = QLineEdit.EchoMode
        self.line.setEchoMode(modes.Normal if is_shown else modes.Password)

    def _on_generate_clicked(self) -> None:
        self.line.setText(generate_password())
        self.show_button.setChecked(True)

    def judge(self) -> None:
        """Show how strong the password is, for an account of this name."""
        text = self.line.text()
        self.copy_button.setEnabled(bool(text))
        report = measure_strength(text, self._known()) if text else None
        word = self._words[report.strength] if report else ""
        self.bar.set_strength(report.strength if report else None)
        self.bar.setAccessibleName(
            self.tr("Password strength: {strength}").format(strength=word or self.tr("none yet"))
        )
        self.strength_label.setText(word)
        self.advice_changed.emit(report.advice if report else "")

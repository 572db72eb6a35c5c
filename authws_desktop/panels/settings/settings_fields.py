"""One setting on the page: label, help, input, unit, limits, default, and what is wrong with it."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from authws_desktop.desktop.updates import homepage
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.boxes import horizontal_box, vertical_box
from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.files import choose_file_to_open
from authws_desktop.panels.kit.language import SPEECH
from authws_desktop.panels.kit.locked_settings import lock_words
from authws_desktop.panels.kit.sentences import said
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant
from authws_desktop.panels.kit.words import duration_words, grouped, size_words
from authws_desktop.panels.settings.settings_checks import field_problem
from authws_desktop.settings import (
    SETTING_INFOS,
    LoadedSettings,
    SettingInfo,
    Settings,
    SettingsError,
    parse_value,
)
from authws_desktop.settings.quantities import UNITS, parse_quantity

INPUT_WIDTH_PX = 352
NUMBER_WIDTH_PX = 120
SWITCH = {"on", "off"}


def shown_value(settings: LoadedSettings, name: str) -> Any:
    """Return the value a field shows: the one in force where it is locked, else the saved one."""
    return getattr(settings.values if settings.is_locked(name) else settings.saved, name)


def number_words(info: SettingInfo, value: int) -> str:
    """Return a number as people say it: `24 h`, `4 MiB`, `10,000`, and a port as `4000`."""
    if info.unit == "s":
        return duration_words(value)
    if info.unit == "bytes":
        return size_words(value)
    return str(value) if info.name == "port" else grouped(value)


class SettingRow(QWidget):
    """A label with its help at the left, a place for the input at the right, a line of small print below it.

    Attributes:
        inputs: Where the input and its unit go.
        searched: What a search looks at.
    """

    def __init__(self, label: str, help_: str, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._icon = ("", "muted")
        self.searched = f"{label} {help_}"
        self._build(label, help_)
        theme.changed.connect(self._show_mark)

    def _build(self, label: str, help_: str) -> None:
        name, line = QLabel(label), text_label(help_, "muted")
        self._scope = QLabel()
        set_variant(self._scope, "role", "small")
        set_variant(name, "role", "heading")
        words = vertical_box(spacing=2)
        head = horizontal_box(spacing=GRID)
        head.addWidget(name)
        head.addWidget(self._scope, 1)
        words.addLayout(head)
        words.addWidget(line)
        words.addStretch(1)
        grid = QGridLayout(self)
        grid.setContentsMargins(2 * GRID, GRID + 2, 2 * GRID, GRID + 2)
        grid.setHorizontalSpacing(3 * GRID)
        grid.setColumnStretch(0, 1)
        grid.addLayout(words, 0, 0)
        grid.addLayout(self._build_right(), 0, 1)

    def _build_right(self) -> QVBoxLayout:
        self.inputs = horizontal_box(spacing=GRID)
        self._mark = QLabel()
        self._mark.setFixedSize(16, 16)
        self._note = text_label("", "small")
        note_row = horizontal_box(spacing=4)
        note_row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        note_row.addWidget(self._note, 1)
        right = vertical_box(spacing=4)
        right.addLayout(self.inputs)
        right.addLayout(note_row)
        right.addStretch(1)
        self._note.setFixedWidth(INPUT_WIDTH_PX - 20)
        return right

    def matches(self, words: list[str]) -> bool:
        """Whether it has every word, case folded."""
        text = self.searched.casefold()
        return all(word in text for word in words)

    def show_scope(self, text: str) -> None:
        """Show behind the label for whom it counts; nothing where that goes without saying."""
        self._scope.setText(text)

    @property
    def note(self) -> str:
        """The small print shown."""
        return self._note.text()

    def show_note(self, text: str, role: str = "small", icon: str = "") -> None:
        """Show small print.

        Args:
            text: One sentence.
            role: `small`, or `small-bad` or `small-warn` for something wrong.
            icon: An icon before it; empty for none.
        """
        self._note.setText(text)
        set_variant(self._note, "role", role)
        self._icon = (icon, "muted" if role == "small" else role.removeprefix("small-"))
        self._note.setFixedWidth(INPUT_WIDTH_PX - (20 if icon else 0))
        self._show_mark()

    def show_error(self, text: str) -> None:
        """Say in the small print what did not work."""
        self.show_note(text, "small-bad", "circle-x")

    @Slot()
    def _show_mark(self) -> None:
        icon, role = self._icon
        self._mark.setVisible(bool(icon))
        if icon:
            self._mark.setPixmap(self._theme.pixmap(icon, role, 14, self.devicePixelRatioF()))


class SteadyChoice(QComboBox):
    """A choice that the wheel does not change: whoever scrolls the page would set what they pass."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page; overrides Qt's."""
        event.ignore()


class SettingField(SettingRow):
    """A setting that can be edited.

    Attributes:
        name: Field name in `Settings`.
        input: A line edit, a choice, or a switch.
        problem: What is wrong with what was typed; empty if nothing is.
        is_locked: Whether it is set from outside.

    Signals:
        edited: The person changed it.
    """

    edited = Signal()

    def __init__(self, info: SettingInfo, theme: Theme) -> None:
        label, help_ = said(info.label), said(info.help)
        super().__init__(label, help_, theme)
        self.name = info.name
        self.searched += " ".join(("", info.name, info.label, *map(info.choice_words, info.choices)))
        self.problem = ""
        self.is_locked = False
        self._is_required = False
        self._info = info
        self._loaded: Any = None
        self._lock_words = ""
        self._words = QLabel()  # the value in words beside the input: `= 24 h`; empty where that is no news
        set_variant(self._words, "role", "muted")
        self.input: QLineEdit | QComboBox | QCheckBox = self._build_input()
        self.input.setAccessibleName(label)
        self.input.setAccessibleDescription(help_)

    def _build_input(self) -> QLineEdit | QComboBox | QCheckBox:
        if set(self._info.choices) == SWITCH:
            return self._build_switch()
        return self._build_choice() if self._info.choices else self._build_edit()

    def _build_switch(self) -> QCheckBox:
        switch = QCheckBox(self.tr("On"))
        switch.clicked.connect(self._on_edited)
        self.inputs.addWidget(switch)
        self.inputs.addStretch(1)
        return switch

    def _build_edit(self) -> QLineEdit:
        edit = QLineEdit()
        is_number = self._info.kind == "int"
        edit.setFixedWidth(NUMBER_WIDTH_PX if is_number else INPUT_WIDTH_PX)
        if is_number:
            edit.setAlignment(Qt.AlignmentFlag.AlignRight)
            edit.setFont(self._theme.number_font())
        edit.textEdited.connect(self._on_edited)
        self.inputs.addWidget(edit)
        if is_number:
            self._unit = QLabel(said(self._info.unit))
            self.inputs.addWidget(self._unit)
            self.inputs.addWidget(self._words)
            self.inputs.addStretch(1)
        elif self.name.endswith("_file"):
            edit.setMinimumWidth(0)
            self.inputs.addWidget(self._build_browse())
        return edit

    def _build_browse(self) -> QPushButton:
        self.browse_button = QPushButton(self.tr("Choose…"))
        self.browse_button.setAccessibleName(self.tr("Choose the {name}").format(name=said(self._info.label)))
        self.browse_button.clicked.connect(self._on_browse)
        return self.browse_button

    @async_slot
    async def _on_browse(self) -> None:
        assert isinstance(self.input, QLineEdit)  # noqa: S101 - tells the type checker
        names = self.tr("PEM files (*.pem *.crt *.cer *.key);;All files (*)")
        if file := await choose_file_to_open(self.window(), said(self._info.label), names):
            self.input.setText(str(file))
            self._on_edited()

    def _build_choice(self) -> QComboBox:
        choice = SteadyChoice()
        choice.setFixedWidth(INPUT_WIDTH_PX)
        for value in get_args(get_type_hints(Settings)[self.name]):  # in the order they are declared
            choice.addItem(said(self._info.choice_words(value)), value)
        choice.activated.connect(self._on_edited)
        self.inputs.addWidget(choice)
        return choice

    # Value

    def load(self, settings: LoadedSettings) -> None:
        """Show a setting as it is; edits are gone."""
        self._loaded = shown_value(settings, self.name)
        self._lock_words = lock_words(settings, self.name)
        self.is_locked = bool(self._lock_words)
        for widget in self.findChildren(QPushButton):
            widget.setEnabled(not self.is_locked)
        self.input.setEnabled(not self.is_locked)
        self.revert()

    def revert(self) -> None:
        """Show again what was loaded last."""
        self._show(self._loaded)

    def enter(self, value: Any) -> None:
        """Take a value as if the person had entered it."""
        self._show(value)
        self.edited.emit()

    def _show(self, value: Any) -> None:
        if isinstance(self.input, QCheckBox):
            self.input.setChecked(value == "on")
        elif isinstance(self.input, QComboBox):
            self.input.setCurrentIndex(self.input.findData(value))
        else:
            self.input.setText(self._text_of(value))
        self._check()

    def _text_of(self, value: Any) -> str:
        """Return a value as it is typed: with a unit that people use, where that says exactly the same."""
        if isinstance(value, list):
            return ", ".join(value)
        if self._info.unit in UNITS and isinstance(value, int) and value:
            words = number_words(self._info, value).replace(SPEECH.thousands, "")
            if parse_quantity(words, self._info.unit) == value:
                return words
        return str(value)

    @property
    def is_default(self) -> bool:
        """Whether the value loaded last is the setting's default."""
        return bool(self._loaded == getattr(Settings(), self.name))

    @property
    def is_changed(self) -> bool:
        """Whether it differs from what was loaded; something wrong that was typed always does."""
        if self.is_locked or (self._is_missing and not self._loaded):
            return False
        return bool(self.problem) or self.value() != self._loaded

    @property
    def _is_missing(self) -> bool:
        """Whether something must be written but is not."""
        is_required = self._is_required or (self._info.kind == "str" and self._info.minimum)
        return bool(is_required) and isinstance(self.input, QLineEdit) and not self.input.text().strip()

    def value(self) -> Any:
        """Return the value.

        Raises:
            SettingsError: What was typed is none; see `problem`.
        """
        if isinstance(self.input, QCheckBox):
            return "on" if self.input.isChecked() else "off"
        if isinstance(self.input, QComboBox):
            return self.input.currentData()
        text = self.input.text()
        if self._is_missing:
            raise SettingsError(self.tr("{label} must not be empty.").format(label=said(self._info.label)))
        value = parse_value(self.name, text, self._info.label)
        if value != self._loaded and (problem := field_problem(self.name, value)):
            raise SettingsError(problem)
        return value

    def current(self) -> Any:
        """Return the value as edited, or as it was loaded while what is typed is none."""
        return self._loaded if self.problem else self.value()

    def require(self, is_required: bool) -> None:
        """Say whether it may be left empty, which depends on another setting."""
        if is_required is not self._is_required:
            self._is_required = is_required
            self._check()

    @Slot()
    def _on_edited(self) -> None:
        self._check()
        self.edited.emit()

    def _check(self) -> None:
        try:
            value = self.value()
            self.problem = ""
        except SettingsError as error:
            value, self.problem = None, said(str(error))
        set_variant(self.input, "is_wrong", bool(self.problem))
        is_spoken = self._info.unit in ("s", "bytes") and isinstance(value, int)
        words = number_words(self._info, value) if is_spoken else ""
        is_news = words not in ("", f"{value} {self._info.unit}")
        text = self.input.text() if isinstance(self.input, QLineEdit) else ""
        is_bare = text.strip().isdecimal()
        self._words.setText(f"= {words}" if is_news and is_bare else "")
        if self._info.unit in UNITS:
            # Who writes a unit needs none behind it.
            self._unit.setVisible(is_bare or not text.strip())
        self._show_state()

    def _show_state(self) -> None:
        if self.is_locked:
            self.show_note(self._lock_words, "small", "lock")
        elif self.problem:
            self.show_note(self.problem, "small-bad", "circle-x")
        else:
            self.show_note(self._limits())

    def _limits(self) -> str:
        info, default = self._info, getattr(Settings(), self.name)
        if info.kind == "int" and info.minimum is not None and info.maximum is not None:
            low, high = number_words(info, info.minimum), number_words(info, info.maximum)
            words = self.tr("{low} to {high} · default {default}")
            return words.format(low=low, high=high, default=number_words(info, default))
        if info.kind == "list":
            return self.tr("Separated by commas · default none")
        default_words = said(info.choice_words(default)) if info.choices else default
        return self.tr("Default: {default}").format(default=default_words or self.tr("none"))


def build_fields(group: str, theme: Theme) -> list[SettingField]:
    """Return a field for every setting of a group, in the order of the settings."""
    infos = [info for info in SETTING_INFOS.values() if info.group == group]
    if not homepage():  # nobody can be asked
        infos = [info for info in infos if info.name != "notify_update"]
    return [SettingField(info, theme) for info in infos]

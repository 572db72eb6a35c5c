"""The settings: made from their descriptions, checked as they are typed, saved together."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from authws_desktop.desktop.autostart import autostart_of
from authws_desktop.panels.autostart_row import AutostartRow
from authws_desktop.panels.confirm import confirm
from authws_desktop.panels.notices import GOOD_NOTICE_MS, NoticeBar, NoticeKind
from authws_desktop.panels.secret_field import SecretField
from authws_desktop.panels.settings_fields import SettingField, build_fields
from authws_desktop.panels.slots import async_slot
from authws_desktop.panels.theme import GRID, Theme, set_variant
from authws_desktop.panels.window_state import WindowState
from authws_desktop.panels.wording import counted
from authws_desktop.server.service import Service
from authws_desktop.settings import LoadedSettings, Settings

GROUPS = ("Network", "Security", "Accounts", "Traffic", "Desktop")
CONTENT_WIDTH_PX = 840
_REACH_EVERY = 10


class SettingsPage(QWidget):
    """Groups of fields, and a bar to save or revert that is there only when there is something to save.

    Attributes:
        fields: By name of the setting.
        secret: The signing secret.
        autostart: The switch for starting with the computer.
        save_bar, save_button, revert_button: Shown with changes.
        navigation: The buttons of the groups, by number.
        notice: What went wrong.

    Args:
        service: The server.
        theme: The look.
        window_state: Not used here; every page takes the same arguments.
        parent: The window.
    """

    def __init__(
        self, service: Service, theme: Theme, window_state: WindowState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._service = service
        self._theme = theme
        self._loaded: LoadedSettings | None = None
        self._turns = 0
        self.fields: dict[str, SettingField] = {}
        self._cards: dict[str, QWidget] = {}
        self._build()
        self._connect()
        self.refresh()

    # Building

    def _build(self) -> None:
        self.notice = NoticeBar(self._theme)
        body = QHBoxLayout()
        body.setSpacing(GRID)
        body.addLayout(self._build_navigation())
        body.addWidget(self._build_scroll_area(), 1)
        noticed = QVBoxLayout()
        noticed.setContentsMargins(2 * GRID, GRID, 2 * GRID, 0)
        noticed.addWidget(self.notice)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(noticed)
        layout.addLayout(body, 1)
        layout.addWidget(self._build_save_bar())

    def _build_navigation(self) -> QVBoxLayout:
        self.navigation = QButtonGroup(self)
        column = QVBoxLayout()
        column.setContentsMargins(2 * GRID, GRID, 0, 0)
        column.setSpacing(2)
        for number, group in enumerate(GROUPS):
            button = QPushButton(self.tr(group))
            button.setCheckable(True)
            button.setProperty("kind", "nav")
            button.setFixedWidth(128)
            self.navigation.addButton(button, number)
            column.addWidget(button)
        column.addStretch(1)
        self.navigation.button(0).setChecked(True)
        return column

    def _build_scroll_area(self) -> QScrollArea:
        content = QWidget()
        content.setProperty("kind", "page")
        content.setMaximumWidth(CONTENT_WIDTH_PX)
        column = QVBoxLayout(content)
        column.setContentsMargins(GRID, GRID, 2 * GRID, 3 * GRID)
        column.setSpacing(GRID)
        for group in GROUPS:
            self._cards[group] = self._build_group(group)
            column.addWidget(self._cards[group])
        column.addStretch(1)
        self._area = QScrollArea(widgetResizable=True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(content)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return self._area

    def _build_group(self, group: str) -> QWidget:
        place = QWidget()
        column = QVBoxLayout(place)
        column.setContentsMargins(0, 0, 0, 2 * GRID)
        column.setSpacing(GRID)
        heading = QLabel(self.tr(group))
        heading.setProperty("role", "title")
        column.addWidget(heading)
        column.addWidget(self._build_card(group))
        return place

    def _build_card(self, group: str) -> QFrame:
        card = QFrame()
        card.setProperty("kind", "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(1, 4, 1, 4)
        column.setSpacing(0)
        rows: list[QWidget] = []
        if group == "Security":
            self.secret = SecretField(self._service, self._theme)
            rows.append(self.secret)
        for field in build_fields(group, self._theme):
            self.fields[field.name] = field
            rows.append(field)
        if group == "Desktop":
            self.autostart = AutostartRow(autostart_of(self._service.paths), self._theme)
            rows.append(self.autostart)
        for number, row in enumerate(rows):
            if number:
                column.addWidget(_line())
            column.addWidget(row)
        return card

    def _build_save_bar(self) -> QFrame:
        self.save_bar = QFrame()
        self.save_bar.setProperty("kind", "foot")
        self._summary = QLabel()
        self.revert_button = QPushButton(self.tr("Revert"))
        self.save_button = QPushButton(self.tr("Save"))
        self.save_button.setProperty("kind", "primary")
        self.save_button.setToolTip(self.tr("Save (Ctrl+S)"))
        row = QHBoxLayout(self.save_bar)
        row.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        row.setSpacing(GRID)
        row.addWidget(self._summary, 1)
        row.addWidget(self.revert_button)
        row.addWidget(self.save_button)
        self.save_bar.hide()
        self._saved_timer = QTimer(self, singleShot=True, interval=GOOD_NOTICE_MS)
        return self.save_bar

    def _connect(self) -> None:
        for field in self.fields.values():
            field.edited.connect(self._show_changes)
        self._saved_timer.timeout.connect(self._show_changes)
        self.save_button.clicked.connect(self._on_save)
        self.revert_button.clicked.connect(self._on_revert)
        self.navigation.idClicked.connect(self._on_group_chosen)
        self._area.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        shortcut = QShortcut(QKeySequence("Ctrl+S"), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self.save_button.click)

    # Showing

    def refresh(self) -> None:
        """Take over settings that changed elsewhere; what the person typed stays."""
        settings = self._service.settings
        if settings is not self._loaded:
            is_first = self._loaded is None
            self._loaded = settings
            for field in self.fields.values():
                if is_first or not field.is_changed:
                    field.load(settings)
            self._show_changes()
        self._turns += 1
        if self._turns % _REACH_EVERY == 0 and self.save_bar.isVisible():
            self._show_changes()
        if self._turns % _REACH_EVERY == 0:
            self.secret.refresh()

    def changed_fields(self) -> list[SettingField]:
        """Return the fields that differ from what is saved."""
        return [field for field in self.fields.values() if field.is_changed]

    def edited_settings(self) -> Settings:
        """Return the settings as edited.

        Raises:
            SettingsError: A field is wrong.
        """
        changes = {field.name: field.value() for field in self.changed_fields()}
        return msgspec.structs.replace(self._service.settings.saved, **changes)

    @Slot()
    def _show_changes(self) -> None:
        self._require_files()
        changed = self.changed_fields()
        wrong = [field for field in self.fields.values() if field.problem and not field.is_locked]
        if changed:
            self._saved_timer.stop()
        # It stays a moment to say that all is saved: at the foot of the page nothing jumps.
        self.save_bar.setVisible(bool(changed) or self._saved_timer.isActive())
        self.save_button.setEnabled(bool(changed) and not wrong)
        self.revert_button.setEnabled(bool(changed))
        words = counted(len(changed), self.tr("change"), self.tr("changes"))
        if wrong:
            values = counted(len(wrong), self.tr("value is wrong"), self.tr("values are wrong"))
            self._show_summary(f"{words} · {values}: {wrong[0].problem}", "bad")
        elif changed and (count := self._service.connections_ended_by(self.edited_settings())):
            people = counted(count, self.tr("client"), self.tr("clients"))
            self._show_summary(
                self.tr("{changes} · saving disconnects {clients}").format(changes=words, clients=people),
                "warn",
            )
        elif not changed:
            self._show_summary(self.tr("Saved."), "good")
        else:
            self._show_summary(self.tr("{changes} · nobody is disconnected").format(changes=words), "muted")

    def _require_files(self) -> None:
        """Ask for certificate and key at their fields when they are about to be used."""
        tls = self.fields["tls"]
        for name in ("tls_certificate_file", "tls_key_file"):
            self.fields[name].require(tls.is_changed and tls.value() == "files")

    def _show_summary(self, text: str, role: str) -> None:
        self._summary.setText(text)
        set_variant(self._summary, "role", role)

    @property
    def summary_text(self) -> str:
        """What the save bar says."""
        return self._summary.text()

    # Acting

    @async_slot
    async def _on_save(self) -> None:
        new = self.edited_settings()
        count = self._service.connections_ended_by(new)
        if count and not await self._confirm(count):
            return
        changed = self.changed_fields()
        await self._service.apply(new)
        self._loaded = self._service.settings
        for field in changed:
            field.load(self._loaded)
        self.notice.clear()
        self._saved_timer.start()
        self._show_changes()

    async def _confirm(self, count: int) -> bool:
        people = counted(count, self.tr("client"), self.tr("clients"))
        text = self.tr("These changes disconnect {clients}. They can connect again at the new address.")
        title = self.tr("Save and disconnect?")
        return await confirm(self, title, text.format(clients=people), self.tr("Save"), is_destructive=True)

    @Slot()
    def _on_revert(self) -> None:
        for field in self.changed_fields():
            field.revert()
        self.notice.clear()
        self._show_changes()

    def update_controls(self) -> None:
        """Enable what can be done."""
        self._show_changes()

    def show_error(self, text: str) -> None:
        """Show why something was not saved."""
        self.notice.show_notice(text, NoticeKind.BAD)

    @Slot(int)
    def _on_group_chosen(self, number: int) -> None:
        self._area.verticalScrollBar().setValue(self._cards[GROUPS[number]].y() - GRID)
        self.navigation.button(number).setChecked(True)

    @Slot(int)
    def _on_scrolled(self, position_px: int) -> None:
        """Mark the group whose heading was passed last; the last one at the very end."""
        tops = [self._cards[group].y() - 3 * GRID for group in GROUPS]
        number = max(sum(top <= position_px for top in tops) - 1, 0)
        if position_px >= self._area.verticalScrollBar().maximum():
            number = len(GROUPS) - 1
        self.navigation.button(number).setChecked(True)


def _line() -> QFrame:
    line = QFrame()
    line.setProperty("kind", "line")
    line.setFixedHeight(1)
    return line

"""The settings: made from their descriptions, checked as they are typed, saved together."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFrame,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from authws_desktop.desktop.autostart import autostart_of
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.boxes import NO_MARGINS, horizontal_box, vertical_box
from authws_desktop.panels.kit.confirm import confirm
from authws_desktop.panels.kit.notices import GOOD_NOTICE_MS, NoticeBar, NoticeKind
from authws_desktop.panels.kit.search_box import SearchBox
from authws_desktop.panels.kit.sentences import said
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant
from authws_desktop.panels.kit.words import counted
from authws_desktop.panels.settings.autostart_row import AutostartRow
from authws_desktop.panels.settings.profile_row import ProfileRow
from authws_desktop.panels.settings.secret_field import SecretField
from authws_desktop.panels.settings.settings_fields import SettingField, SettingRow, build_fields
from authws_desktop.server.service import Service
from authws_desktop.settings import LoadedSettings, Settings
from authws_desktop.settings.shared import SHARED

GROUPS = ("Network", "Security", "Accounts", "Room", "Traffic", "Desktop")
CONTENT_WIDTH_PX = 840
_REACH_EVERY = 10
DEPENDENT: dict[str, tuple[str, tuple[str, ...]]] = {
    "tls_certificate_file": ("tls", ("off", "local")),
    "tls_key_file": ("tls", ("off", "local")),
    "foreign_keys": ("foreign_tokens", ("off",)),
    "guest_directs": ("guests", ("off",)),
}
"""Fields that are shown only with some values of another setting: its name, and the values that hide them."""
RARE = frozenset(
    {
        "shown_address",
        "trusted_proxies",
        "max_per_address",
        "ping_interval_s",
        "ping_timeout_s",
        "auth_deadline_s",
        "message_burst",
        "auth_rate",
        "register_rate",
        "max_buffer_bytes",
        "max_buffers_bytes",
        "foreign_tokens",
        "audit_keep_days",
        "database_url",
        "traffic_max_bytes",
        "environment",
        "log_level",
    }
)
"""Fields that are hidden unless *Show all* is on, a search finds them, or their value is not the default."""


class SettingsPage(QWidget):
    """Groups of fields, and a bar to save or revert that is there only when there is something to save.

    Attributes:
        fields: By name of the setting.
        secret: The signing secret.
        profile: What the server is for, as one choice.
        autostart: The switch for starting with the computer.
        save_bar, summary_label, save_button, revert_button: Shown with changes.
        navigation: The buttons of the groups, by number.
        search: Narrows to fields with its words.
        all_button: Whether rare fields are shown, too.
        notice: What went wrong.

    Args:
        service: The server.
        theme: The look.
    """

    def __init__(self, service: Service, theme: Theme) -> None:
        super().__init__()
        self._service = service
        self._theme = theme
        self._loaded: LoadedSettings | None = None
        self._is_in_cluster = False
        self._turns = 0
        self.fields: dict[str, SettingField] = {}
        self._cards: dict[str, QWidget] = {}
        self._rows: dict[str, list[SettingRow]] = {}
        self._lines: dict[SettingRow, QWidget] = {}
        self._build()
        self._connect()
        self.refresh()

    # Building

    def _build(self) -> None:
        self.notice = NoticeBar(self._theme)
        body = horizontal_box(spacing=GRID)
        body.addLayout(self._build_navigation())
        body.addWidget(self._build_scroll_area(), 1)
        noticed = vertical_box(margins=(2 * GRID, GRID, 2 * GRID, 0))
        noticed.addWidget(self.notice)
        layout = vertical_box(self, margins=NO_MARGINS, spacing=0)
        layout.addLayout(noticed)
        layout.addLayout(body, 1)
        layout.addWidget(self._build_save_bar())

    def _build_navigation(self) -> QVBoxLayout:
        self.navigation = QButtonGroup(self)
        column = vertical_box(margins=(2 * GRID, GRID, 0, 0), spacing=2)
        self.search = SearchBox(self._theme, self.tr("Search  /"), self.tr("Search settings"), self)
        self.search.setFixedWidth(128)
        column.addWidget(self.search)
        column.addSpacing(GRID)
        for number, group in enumerate(GROUPS):
            button = QPushButton(said(group))
            button.setCheckable(True)
            set_variant(button, "kind", "nav")
            button.setMinimumWidth(128)
            self.navigation.addButton(button, number)
            column.addWidget(button)
        column.addSpacing(GRID)
        self.all_button = QCheckBox(self.tr("Show all"))
        self.all_button.setToolTip(self.tr("Also what few people change"))
        column.addWidget(self.all_button)
        column.addStretch(1)
        self.navigation.button(0).setChecked(True)
        return column

    def _build_scroll_area(self) -> QScrollArea:
        content = QWidget()
        set_variant(content, "kind", "page")
        content.setMaximumWidth(CONTENT_WIDTH_PX)
        column = vertical_box(content, margins=(GRID, GRID, 2 * GRID, 3 * GRID), spacing=GRID)
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
        column = vertical_box(place, margins=(0, 0, 0, 2 * GRID), spacing=GRID)
        heading = QLabel(said(group))
        set_variant(heading, "role", "title")
        column.addWidget(heading)
        column.addWidget(self._build_card(group))
        return place

    def _build_card(self, group: str) -> QFrame:
        card = QFrame()
        set_variant(card, "kind", "card")
        column = vertical_box(card, margins=(1, 4, 1, 4), spacing=0)
        rows: list[SettingRow] = []
        if group == "Security":
            self.secret = SecretField(self._service, self._theme)
            rows.append(self.secret)
        for field in build_fields(group, self._theme):
            self.fields[field.name] = field
            rows.append(field)
        if group == "Room":
            self.profile = ProfileRow(self.fields, self._theme)
            rows.insert(0, self.profile)
        if group == "Desktop":
            self.autostart = AutostartRow(autostart_of(self._service.paths), self._theme)
            rows.append(self.autostart)
        for row in rows:
            self._lines[row] = _line()
            column.addWidget(self._lines[row])
            column.addWidget(row)
        self._rows[group] = rows
        return card

    def _build_save_bar(self) -> QFrame:
        self.save_bar = QFrame()
        set_variant(self.save_bar, "kind", "foot")
        self.summary_label = QLabel()
        self.revert_button = QPushButton(self.tr("Revert"))
        self.save_button = QPushButton(self.tr("Save"))
        set_variant(self.save_button, "kind", "primary")
        self.save_button.setToolTip(self.tr("Save (Ctrl+S)"))
        row = horizontal_box(self.save_bar, margins=(2 * GRID, GRID, 2 * GRID, GRID), spacing=GRID)
        row.addWidget(self.summary_label, 1)
        row.addWidget(self.revert_button)
        row.addWidget(self.save_button)
        self.save_bar.hide()
        self._saved_timer = QTimer(self, singleShot=True, interval=GOOD_NOTICE_MS)
        return self.save_bar

    def _connect(self) -> None:
        for field in self.fields.values():
            field.edited.connect(self.update_controls)
            field.edited.connect(self._show_needed)
        self.search.textChanged.connect(self._show_needed)
        self.all_button.toggled.connect(self._show_needed)
        self._saved_timer.timeout.connect(self.update_controls)
        self.save_button.clicked.connect(self._on_save)
        self.revert_button.clicked.connect(self._on_revert)
        self.navigation.idClicked.connect(self._on_group_chosen)
        self._area.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        within = Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(QKeySequence("Ctrl+S"), self, self.save_button.click, context=within)

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
            self.update_controls()
            self._show_needed()
        self._show_scopes()
        self._turns += 1
        if self._turns % _REACH_EVERY == 0 and self.save_bar.isVisible():
            self.update_controls()
        if self._turns % _REACH_EVERY == 0:
            self.secret.refresh()

    def _show_scopes(self) -> None:
        """Say in a cluster which settings are all nodes' and which are this one's."""
        is_in_cluster = self._service.clustering.node is not None
        if is_in_cluster is self._is_in_cluster:
            return
        self._is_in_cluster = is_in_cluster
        for name, field in self.fields.items():
            where = self.tr("all nodes") if name in SHARED else self.tr("this node")
            field.show_scope(f"· {where}" if is_in_cluster else "")

    @Slot()
    def _show_needed(self) -> None:
        """Show what the search finds; without one, what is common, was changed, or belongs to a switch."""
        words = self.search.text().casefold().split()
        for group, rows in self._rows.items():
            shown = [row for row in rows if self._is_needed(row, words)]
            for row in rows:
                row.setVisible(row in shown)
                self._lines[row].setVisible(row in shown[1:])
            self._cards[group].setVisible(bool(shown))
            self.navigation.button(GROUPS.index(group)).setEnabled(bool(shown))

    def _is_needed(self, row: SettingRow, words: list[str]) -> bool:
        if words or not isinstance(row, SettingField):
            return row.matches(words)
        if row.is_changed or row.is_locked or not row.is_default:
            return True
        if row.name in DEPENDENT:
            switch, idle = DEPENDENT[row.name]
            return self.fields[switch].current() not in idle
        return self.all_button.isChecked() or row.name not in RARE

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
    def update_controls(self) -> None:
        """Say how many changes there are and what saving them means, and enable what can be done."""
        self._require_files()
        self.profile.refresh()
        changed = self.changed_fields()
        wrong = [field for field in self.fields.values() if field.problem and not field.is_locked]
        if changed:
            self._saved_timer.stop()
        # It stays a moment to say that all is saved: at the foot of the page nothing jumps.
        self.save_bar.setVisible(bool(changed) or self._saved_timer.isActive())
        self.save_button.setEnabled(bool(changed) and not wrong)
        self.revert_button.setEnabled(bool(changed))
        words = counted(len(changed), "%n change", "%n changes")
        if wrong:
            values = counted(len(wrong), "%n value is wrong", "%n values are wrong")
            self._show_summary(f"{words} · {values}: {wrong[0].problem}", "bad")
        elif changed and (count := self._service.connections_ended_by(self.edited_settings())):
            people = counted(count, "%n client", "%n clients")
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
        self.summary_label.setText(text)
        set_variant(self.summary_label, "role", role)

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
        self.update_controls()

    async def _confirm(self, count: int) -> bool:
        people = counted(count, "%n client", "%n clients")
        text = self.tr("These changes disconnect {clients}. They can connect again at the new address.")
        title = self.tr("Save and disconnect?")
        return await confirm(
            self._theme, self, title, text.format(clients=people), self.tr("Save"), is_destructive=True
        )

    @Slot()
    def _on_revert(self) -> None:
        for field in self.changed_fields():
            field.revert()
        self.notice.clear()
        self.update_controls()

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
    set_variant(line, "kind", "line")
    line.setFixedHeight(1)
    return line

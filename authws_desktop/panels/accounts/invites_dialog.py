"""Invitations: who may register while registration asks for a code."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from authws_desktop.accounts.errors import InvalidField
from authws_desktop.accounts.records import Invite
from authws_desktop.panels.accounts.accounts_model import ROW_ROLE
from authws_desktop.panels.accounts.column_model import Column, ColumnFilter, ColumnModel
from authws_desktop.panels.accounts.copy_line import CopyLine
from authws_desktop.panels.accounts.credentials_view import Addresses
from authws_desktop.panels.accounts.form_field import FormField, labelled_choice
from authws_desktop.panels.accounts.reach_dialog import ReachDialog
from authws_desktop.panels.accounts.table_view import RowsTable
from authws_desktop.panels.accounts.times import exact_text, left_text, when_text
from authws_desktop.panels.chips import Chip, ChipDelegate, ChipShape
from authws_desktop.panels.confirm import finished
from authws_desktop.panels.dialog_frame import headed_column
from authws_desktop.panels.notices import NoticeBar
from authws_desktop.panels.qr_path import QrLabel
from authws_desktop.panels.slots import async_slot
from authws_desktop.panels.theme import GRID, Theme, set_variant
from authws_desktop.panels.wording import counted, grouped, span_words
from authws_desktop.server.service import Service

LABEL, CODE, USES, EXPIRES, STATE = range(5)
_WIDTHS = {CODE: 152, USES: 88, EXPIRES: 120, STATE: 88}
_LIVES_S = (3600, 8 * 3600, 86_400, 7 * 86_400, 30 * 86_400)
_DEFAULT_LIFE_S = 7 * 86_400
_CODE_PX = 136


@dataclass(frozen=True, slots=True)
class InviteRow:
    """An invitation as the table shows it: the words move with time."""

    invite: Invite
    left: str
    state: str


class InvitesDialog(QDialog):
    """Make, hand on and revoke invitations. The page calls `refresh` while it is open.

    Attributes:
        label_field, uses_field, life_choice, create_button: Make one.
        table: All of them.
        link_line, code: The chosen one, to hand on.
        revoke_button: Ends the chosen ones, after a question.
        question: The open question, if there is one.
    """

    def __init__(
        self,
        service: Service,
        addresses: Addresses,
        theme: Theme,
        parent: QWidget,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(parent)
        self._service = service
        self._accounts = service.accounts
        self._addresses = addresses
        self._theme = theme
        self._now = now
        self.question: ReachDialog | None = None
        self._build()
        self._connect()
        self.refresh()

    # Building

    def _build(self) -> None:
        title = self.tr("Invitations")
        self.resize(96 * GRID, 72 * GRID)
        self.note = NoticeBar(self._theme, self)
        layout = headed_column(self, title)
        layout.addWidget(self.note)
        layout.addLayout(self._build_form())
        layout.addWidget(self._build_list(), 1)
        layout.addLayout(self._build_link())
        layout.addLayout(self._build_foot())

    def _build_form(self) -> QHBoxLayout:
        label, uses = QLineEdit(self), QLineEdit(self)
        label.setMaxLength(64)
        uses.setPlaceholderText(self.tr("no limit"))
        self.label_field = FormField(
            self._theme,
            self.tr("For whom"),
            label,
            label,
            lambda _text: "",
            self.tr("Only you see it."),
            self,
        )
        hint = self.tr("How many people.")
        self.uses_field = FormField(self._theme, self.tr("Uses"), uses, uses, self._uses_problem, hint, self)
        self.uses_field.setFixedWidth(15 * GRID)
        self.life_choice = QComboBox(self)
        for life_s in _LIVES_S:
            self.life_choice.addItem(span_words(life_s), life_s)
        self.life_choice.addItem(self.tr("no end"), None)
        self.life_choice.setCurrentIndex(self.life_choice.findData(_DEFAULT_LIFE_S))
        life = labelled_choice(self.tr("Valid for"), self.life_choice, self.tr("From now on."), self)
        self.create_button = QPushButton(self.tr("Create invitation"), self)
        set_variant(self.create_button, "kind", "primary")
        self.create_button.setDefault(True)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(self.label_field, 1, top)
        row.addWidget(self.uses_field, 0, top)
        row.addWidget(life, 0, top)
        lowered = QVBoxLayout()  # level with the inputs, below their captions
        lowered.addSpacing(self.fontMetrics().height() + GRID // 2)
        lowered.addWidget(self.create_button)
        lowered.addStretch(1)
        row.addLayout(lowered)
        return row

    def _build_list(self) -> QStackedWidget:
        self._empty = QLabel(self.tr("No invitation yet. Create one above and hand on its link."), self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_variant(self._empty, "role", "muted")
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._build_table())
        self._stack.addWidget(self._empty)
        return self._stack

    def _build_table(self) -> RowsTable:
        self.model = ColumnModel[InviteRow](self._columns(), lambda row: row.invite.code, self)
        self._shown = ColumnFilter(self.model, self)
        self.table = RowsTable(self._theme, self._shown, _WIDTHS, LABEL, self)
        self.table.setSortingEnabled(False)
        self._shown.sort(-1)
        self.table.setAccessibleName(self.tr("Invitations"))
        self.table.setItemDelegateForColumn(STATE, ChipDelegate(self._theme, self.table))
        return self.table

    def _columns(self) -> list[Column[InviteRow]]:
        chips = {
            "usable": Chip(self.tr("usable"), "good", ChipShape.PILL),
            "expired": Chip(self.tr("expired"), "neutral", ChipShape.CUT),
            "used up": Chip(self.tr("used up"), "neutral", ChipShape.BOX),
        }
        return [
            Column(
                self.tr("For whom"),
                lambda row: row.invite.label,
                tip=lambda row: self.tr("Made {}").format(when_text(row.invite.created_at, self._now())),
            ),
            Column(self.tr("Code"), lambda row: row.invite.code),
            Column(self.tr("Used"), lambda row: _uses(row.invite), is_number=True),
            Column(
                self.tr("Expires"), lambda row: row.left, tip=lambda row: exact_text(row.invite.expires_at)
            ),
            Column(self.tr("State"), lambda row: chips[row.state].text, chip=lambda row: chips[row.state]),
        ]

    def _build_link(self) -> QHBoxLayout:
        self.link_line = CopyLine(self._theme, self.tr("Link"), self)
        self.link_hint = QLabel(self)
        self.link_hint.setWordWrap(True)
        set_variant(self.link_hint, "role", "small")
        self.code = QrLabel(_CODE_PX, self)
        column = QVBoxLayout()
        column.setSpacing(GRID)
        caption = QLabel(self.tr("Link of the chosen invitation"), self)
        set_variant(caption, "role", "heading")
        column.addWidget(caption)
        column.addWidget(self.link_line)
        column.addWidget(self.link_hint)
        column.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        row.addLayout(column, 1)
        row.addWidget(self.code)
        return row

    def _build_foot(self) -> QHBoxLayout:
        self.revoke_button = QPushButton(self.tr("Revoke…"), self)
        self.close_button = QPushButton(self.tr("Close"), self)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self.revoke_button)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        for button in (self.revoke_button, self.close_button):
            button.setAutoDefault(False)
        return foot

    def _connect(self) -> None:
        self.create_button.clicked.connect(self._on_create)
        self.revoke_button.clicked.connect(self._on_revoke)
        self.close_button.clicked.connect(self.accept)
        self.uses_field.edited.connect(self.update_controls)
        self.table.selectionModel().selectionChanged.connect(self.update_controls)

    # Showing

    def refresh(self) -> None:
        """Show what is true now."""
        self.model.set_rows([self._row(invite) for invite in self._accounts.invites()])
        self._stack.setCurrentIndex(0 if self.model.rows() else 1)
        self._show_setting()
        self.update_controls()
        if self.question is not None:
            self.question.refresh()

    def _row(self, invite: Invite) -> InviteRow:
        now_s = self._now()
        if invite.is_usable(now_s):
            state = "usable"
        else:
            is_over = invite.expires_at is not None and invite.expires_at <= now_s
            state = "expired" if is_over else "used up"
        left = self.tr("never") if invite.expires_at is None else left_text(invite.expires_at, now_s)
        return InviteRow(invite, left, state)

    def _show_setting(self) -> None:
        """Say when invitations change nothing, and offer what to do about it."""
        settings = self._service.settings
        kind = settings.values.registration
        words = {
            "open": self.tr("Registration is open: nobody needs an invitation."),
            "approval": self.tr("Registration needs your approval: invitations are not asked for."),
            "closed": self.tr("Registration is closed: invitations do not work."),
        }.get(kind, "")
        if words and self.note.text != words and not self.note.is_passing:
            can_change = not settings.is_locked("registration")
            label = self.tr("Require invitations") if can_change else ""
            self.note.show_notice(words, "info", label, self._on_require)
        elif not words and self.note.property("tone") == "info":
            self.note.clear()

    def update_controls(self) -> None:
        """Show the chosen invitation, and enable what can be used now."""
        self.create_button.setEnabled(not self.uses_field.error())
        chosen = self.chosen()
        self.revoke_button.setEnabled(bool(chosen))
        link = chosen[0].link(self._addresses()[0]) if len(chosen) == 1 else ""
        self.link_line.set_value(link)
        self.link_line.button.setEnabled(bool(link))
        self.code.show_text(link)
        idle = self.tr("Choose an invitation to see its link.")
        self.link_hint.setText(self.tr("Whoever opens it can register.") if link else idle)

    def chosen(self) -> list[Invite]:
        """Return the chosen invitations."""
        return [index.data(ROW_ROLE).invite for index in self.table.selectionModel().selectedRows()]

    def show_error(self, text: str) -> None:
        """Say in the dialog what went wrong."""
        self.note.show_notice(text, "bad")

    def _uses_problem(self, text: str) -> str:
        text = text.strip()
        is_number = text.isascii() and text.isdigit() and len(text) <= 7 and int(text) > 0
        return "" if is_number or not text else self.tr("A number or nothing.")

    # Acting

    @async_slot
    async def _on_create(self) -> None:
        uses, life_s = self.uses_field.line.text().strip(), self.life_choice.currentData()
        expires_at = None if life_s is None else self._now() + life_s
        try:
            invite = await self._accounts.create_invite(
                self.label_field.line.text(), int(uses) if uses else None, expires_at
            )
        except InvalidField as error:
            {"maxUses": self.uses_field}.get(error.field, self.label_field).refuse(error.message)
            return
        self.label_field.line.clear()
        self.refresh()
        self._choose(invite.code)

    def _choose(self, code: str) -> None:
        for row in range(self._shown.rowCount()):
            if self._shown.index(row, 0).data(ROW_ROLE).invite.code == code:
                self.table.selectRow(row)
                self.table.scrollTo(self._shown.index(row, 0))

    @async_slot
    async def _on_revoke(self) -> None:
        codes = [invite.code for invite in self.chosen()]

        async def revoke() -> None:
            for code in codes:
                await self._accounts.revoke_invite(code)

        def describe() -> str:
            left = [invite for invite in self._accounts.invites() if invite.code in codes]
            words = self.tr("Revokes {}. Their links stop working at once.")
            count = counted(len(left), self.tr("invitation"), self.tr("invitations"))
            return words.format(count) if left else ""

        title, more = self.tr("Revoke invitations?"), self.tr("Accounts that were made with them stay.")
        self.question = ReachDialog(self._theme, title, self.tr("Revoke"), describe, revoke, more, self)
        try:
            await self.question.ask()
        finally:
            self.question = None
        self.refresh()

    @async_slot
    async def _on_require(self) -> None:
        saved = self._service.settings.saved
        await self._service.apply(msgspec.structs.replace(saved, registration="invite"))
        self.refresh()

    async def show_until_closed(self) -> None:
        """Open the dialog and wait until it is closed; it is gone afterwards."""
        await finished(self)


def _uses(invite: Invite) -> str:
    if invite.max_uses is None:
        return grouped(invite.uses)
    return f"{grouped(invite.uses)} / {grouped(invite.max_uses)}"

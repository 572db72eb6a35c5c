"""Invitations: who may register while registration asks for a code."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from authws_desktop.accounts.errors import InvalidField
from authws_desktop.accounts.models import Invite
from authws_desktop.network.addresses import is_only_here
from authws_desktop.panels.accounts.addresses import Addresses
from authws_desktop.panels.kit.affected_dialog import AffectedDialog
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.boxes import NO_MARGINS, horizontal_box, vertical_box
from authws_desktop.panels.kit.chips import Chip, ChipShape
from authws_desktop.panels.kit.columns import chip_column, moment_column
from authws_desktop.panels.kit.copying import CopyLine
from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.form_field import FormField, labelled
from authws_desktop.panels.kit.list_dialog import ListPanel
from authws_desktop.panels.kit.notices import NoticeKind
from authws_desktop.panels.kit.qr import QrView
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant
from authws_desktop.panels.kit.words import counted, duration_words, grouped, left_text, when_text
from authws_desktop.server.service import Service

LABEL, CODE, USES, EXPIRES, STATE = range(5)
_LIVES_S = (3600, 8 * 3600, 86_400, 7 * 86_400, 30 * 86_400)
_DEFAULT_LIFE_S = 7 * 86_400
_CODE_PX = 136


@dataclass(frozen=True, slots=True)
class ShownInvite:
    """An invitation as the table shows it: the words move with time."""

    invite: Invite
    left: str
    state: str


class InvitesPanel(ListPanel[ShownInvite]):
    """Make, hand on and revoke invitations.

    Attributes:
        label_field, uses_field, life_choice, create_button: Make one.
        link_line, code: The chosen one, to hand on.
        revoke_button: Ends the chosen ones, after a question.
    """

    def __init__(self, service: Service, addresses: Addresses, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._service = service
        self._accounts = service.accounts
        self._addresses = addresses
        self._build()
        self._connect()
        self.refresh()

    # Building

    def _build(self) -> None:
        empty = self.tr("No invitation yet. Create one above and hand on its link.")
        self.content.addLayout(self._build_form())
        self.content.addWidget(self.build_list(self._build_table(), empty), 1)
        self.link = QWidget(self)
        self._build_link()
        self.content.addWidget(self.link)
        self.foot.addStretch(1)
        self.revoke_button = self.add_button(self.tr("Revoke…"))

    def _build_form(self) -> QHBoxLayout:
        label, uses = QLineEdit(self), QLineEdit(self)
        label.setMaxLength(64)
        uses.setPlaceholderText(self.tr("no limit"))
        self.label_field = FormField(self.theme, self.tr("For whom"), label, self.tr("Only you see it."))
        hint = self.tr("How many people.")
        self.uses_field = FormField(self.theme, self.tr("Uses"), uses, hint, self._uses_problem)
        self.uses_field.setFixedWidth(15 * GRID)
        self.life_choice = QComboBox(self)
        for life_s in _LIVES_S:
            self.life_choice.addItem(duration_words(life_s), life_s)
        self.life_choice.addItem(self.tr("no end"), None)
        self.life_choice.setCurrentIndex(self.life_choice.findData(_DEFAULT_LIFE_S))
        life = labelled(self.tr("Valid for"), self.life_choice, self.tr("From now on."), self)
        self.create_button = QPushButton(self.tr("Create invitation"), self)
        set_variant(self.create_button, "kind", "primary")
        row = horizontal_box(spacing=2 * GRID)
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

    def _build_table(self) -> Table[ShownInvite]:
        return Table(self.theme, self.tr("Invitations"), self._columns(), lambda row: row.invite.code, self)

    def _columns(self) -> list[Column[ShownInvite]]:
        chips = {
            "usable": Chip(self.tr("usable"), "good", ChipShape.PILL),
            "expired": Chip(self.tr("expired"), "neutral", ChipShape.CUT),
            "used up": Chip(self.tr("used up"), "neutral", ChipShape.BOX),
        }
        return [
            Column(
                self.tr("For whom"),
                lambda row: row.invite.label,
                tip=lambda row: self.tr("Made {when}").format(
                    when=when_text(row.invite.created_at, time.time())
                ),
            ),
            Column(self.tr("Code"), lambda row: row.invite.code, width_px=152),
            Column(self.tr("Used"), lambda row: _uses(row.invite), is_number=True, width_px=88),
            moment_column(self.tr("Expires"), lambda row: row.invite.expires_at, 120, lambda row: row.left),
            chip_column(self.tr("State"), lambda row: chips[row.state], 88),
        ]

    def _build_link(self) -> None:
        self.link_line = CopyLine(self.theme, self.tr("Link"), self)
        self.link_hint = text_label("", "small", self)
        self.code = QrView(self.theme, self, side_px=_CODE_PX)
        column = vertical_box(spacing=GRID)
        column.addWidget(text_label(self.tr("Link of the chosen invitation"), "heading", self))
        column.addWidget(self.link_line)
        column.addWidget(self.link_hint)
        self.network_button = QPushButton(self.tr("Let my network in"), self)
        column.addWidget(self.network_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        row = horizontal_box(self.link, margins=NO_MARGINS, spacing=2 * GRID)
        row.addLayout(column, 1)
        row.addWidget(self.code)

    def _connect(self) -> None:
        self.create_button.clicked.connect(self._on_create)
        self.revoke_button.clicked.connect(self._on_revoke)
        self.network_button.clicked.connect(self._on_network_asked)
        self.label_field.line.returnPressed.connect(self.create_button.click)
        self.uses_field.line.returnPressed.connect(self.create_button.click)
        self.uses_field.edited.connect(self.update_controls)

    # Showing

    def refresh(self) -> None:
        """Show what is true now."""
        self.show_rows([self._row(invite) for invite in self._accounts.registration.invites()])
        self._show_setting()

    def _row(self, invite: Invite) -> ShownInvite:
        now_s = time.time()
        if invite.is_usable(now_s):
            state = "usable"
        else:
            is_over = invite.expires_at is not None and invite.expires_at <= now_s
            state = "expired" if is_over else "used up"
        left = self.tr("never") if invite.expires_at is None else left_text(invite.expires_at, now_s)
        return ShownInvite(invite, left, state)

    def _show_setting(self) -> None:
        """Say when invitations change nothing, and offer what to do about it."""
        settings = self._service.settings
        kind = settings.values.registration
        words = {
            "open": self.tr("Registration is open: nobody needs an invitation."),
            "approval": self.tr("Registration needs your approval: invitations are not asked for."),
            "closed": self.tr("Registration is closed: invitations do not work."),
        }.get(kind, "")
        if words and self.notice.text != words and not self.notice.is_passing:
            can_change = not settings.is_locked("registration")
            label = self.tr("Require invitations") if can_change else ""
            self.notice.show_notice(words, NoticeKind.INFO, label, self._on_require)
        elif not words and self.notice.kind is NoticeKind.INFO:
            self.notice.clear()

    def update_controls(self) -> None:
        """Show the chosen invitation, and enable what can be used now."""
        self.create_button.setEnabled(not self.uses_field.error())
        chosen = self.chosen()
        self.revoke_button.setEnabled(bool(chosen))
        # A phone that does not trust the certificate yet would meet its browser's warning, and lose the code.
        page = self._service.location.trust_url or f"{self._addresses()[0]}/"
        link = chosen[0].link(page) if len(chosen) == 1 else ""
        self.link_line.set_value(link)
        self.link.setVisible(bool(link))
        is_local = is_only_here(page)
        self.code.show_code("" if is_local else link)
        self.network_button.setVisible(is_local and self._addresses.open_network is not None)
        local = self.tr("This address works on this computer only.")
        self.link_hint.setText(local if is_local else self.tr("Whoever opens it can register."))
        set_variant(self.link_hint, "role", "small-warn" if is_local else "small")

    def chosen(self) -> list[Invite]:
        """Return the chosen invitations."""
        return [row.invite for row in self.table.chosen()]

    def _uses_problem(self, text: str) -> str:
        text = text.strip()
        is_number = text.isascii() and text.isdigit() and len(text) <= 7 and int(text) > 0
        return "" if is_number or not text else self.tr("A number or nothing.")

    # Acting

    @async_slot
    async def _on_create(self) -> None:
        uses, life_s = self.uses_field.line.text().strip(), self.life_choice.currentData()
        expires_at = None if life_s is None else time.time() + life_s
        try:
            invite = await self._accounts.registration.create_invite(
                self.label_field.line.text(), int(uses) if uses else None, expires_at
            )
        except InvalidField as error:
            {"maxUses": self.uses_field}.get(error.field, self.label_field).refuse(error.message)
            return
        self.label_field.line.clear()
        self.refresh()
        self.table.choose(invite.code)

    @async_slot
    async def _on_network_asked(self) -> None:
        if self._addresses.open_network is not None:
            await self._addresses.open_network()

    @async_slot
    async def _on_revoke(self) -> None:
        codes = [invite.code for invite in self.chosen()]

        async def revoke() -> None:
            for code in codes:
                await self._accounts.registration.revoke_invite(code)

        def describe() -> str:
            left = [invite for invite in self._accounts.registration.invites() if invite.code in codes]
            words = self.tr("Revokes {invitations}. Their links stop working at once.")
            count = counted(len(left), "%n invitation", "%n invitations")
            return words.format(invitations=count) if left else ""

        title, more = self.tr("Revoke invitations?"), self.tr("Accounts that were made with them stay.")
        question = AffectedDialog(self.theme, title, self.tr("Revoke"), describe, revoke, more, self)
        await question.run()
        self.refresh()

    @async_slot
    async def _on_require(self) -> None:
        await self._service.change(registration="invite")
        self.refresh()


def _uses(invite: Invite) -> str:
    if invite.max_uses is None:
        return grouped(invite.uses)
    return f"{grouped(invite.uses)} / {grouped(invite.max_uses)}"

"""Looks into any token: header, claims, times in words, and what this server thinks of each part.

What is pasted stays in the one field that shows it, and goes when the dialog does.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.tokens import MAX_TOKEN_CHARS
from authws_desktop.panels.accounts.token_words import TokenRow, summary, token_rows
from authws_desktop.panels.kit.chips import Chip, ChipShape
from authws_desktop.panels.kit.dialog import Dialog, text_label
from authws_desktop.panels.kit.notices import NoticeKind
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.theme import GRID, Theme

PLACE, PART, VALUE, WORDS, VERDICT = range(5)
_LOOK_EVERY_S = 1.0


class TokenInspector(Dialog):
    """Paste a token, read what it says.

    Attributes:
        input: Takes the token.
        notice: The verdict on the whole.
        table: The parts.

    Args:
        accounts: Judges.
        theme: The look.
        parent: The page.
        now: Wall clock, seconds since the epoch.
    """

    is_modal = False

    def __init__(
        self, accounts: Accounts, theme: Theme, parent: QWidget, now: Callable[[], float] = time.time
    ) -> None:
        super().__init__(theme, parent.tr("Token inspector"), parent)
        self._accounts = accounts
        self._now = now
        self._looked_at_s = 0.0
        self._shown_token = ""
        self._build()
        self._connect()
        self._show_token()

    # Building

    def _build(self) -> None:
        self.set_size(120, 68)
        self.notice.close_button.hide()
        self.content.addWidget(self._build_input())
        self.content.addWidget(self.notice)  # the verdict stands below what it is about
        self.table = Table(
            self.theme,
            self.tr("Parts of the token"),
            self._columns(),
            lambda row: (row.place, row.part),
            self,
        )
        self.content.addWidget(self.table, 1)
        promise = self.tr("What you paste is neither kept nor logged, and looking is no use of the token.")
        self.foot.addWidget(text_label(promise, "small", self), 1)
        self.paste_button = self.add_button(self.tr("Paste"))
        self.clear_button = self.add_button(self.tr("Clear"))
        self.close_button = self.add_button(self.tr("Close"))

    def _build_input(self) -> QPlainTextEdit:
        self.input = QPlainTextEdit(self)
        self.input.setFont(self.theme.fixed_font())
        self.input.setAccessibleName(self.tr("Token"))
        self.input.setPlaceholderText(self.tr("Paste a token here: three parts with dots between them."))
        self.input.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.input.setTabChangesFocus(True)
        self.input.setUndoRedoEnabled(False)
        self.input.setFixedHeight(self.input.fontMetrics().lineSpacing() * 4 + 2 * GRID)
        return self.input

    def _columns(self) -> list[Column[TokenRow]]:
        places = {"header": self.tr("Header"), "claims": self.tr("Claim"), "verdict": self.tr("Whole")}
        good = Chip(self.tr("good"), "good", ChipShape.PILL)
        bad = Chip(self.tr("refused"), "bad", ChipShape.CUT)
        return [
            Column(self.tr("Where"), lambda row: places[row.place], width_px=72),
            Column(self.tr("Part"), lambda row: row.part, width_px=96),
            Column(self.tr("Value"), lambda row: row.value, tip=_tip, width_px=232),
            Column(self.tr("Meaning"), lambda row: row.words, tip=lambda row: row.words),
            Column(
                self.tr("Verdict"),
                lambda row: {True: good.text, False: bad.text, None: ""}[row.is_good],
                chip=lambda row: {True: good, False: bad, None: None}[row.is_good],
                width_px=96,
            ),
        ]

    def _connect(self) -> None:
        self.input.textChanged.connect(self._show_token)
        self.paste_button.clicked.connect(self._on_paste)
        self.clear_button.clicked.connect(self.input.clear)
        self.close_button.clicked.connect(self.accept)

    # Showing

    def token(self) -> str:
        """Return the token as pasted, without what often comes along: quotes, spaces, `Bearer`."""
        text = "".join(self.input.toPlainText().replace("\u200b", "").split())
        text = text.strip("\"'`,;")
        return text[6:].lstrip(":") if text[:6].casefold() == "bearer" else text

    def refresh(self) -> None:
        """Update the times in words, and the state of the token's user and session."""
        if abs(self._now() - self._looked_at_s) >= _LOOK_EVERY_S:
            self._show_token()

    def _show_token(self) -> None:
        self._looked_at_s = now_s = self._now()
        token = self.token()
        if token != self._shown_token:
            # Another token brings its parts in its own order.
            self._shown_token = token
            self.table.show_rows([])
        self.clear_button.setEnabled(bool(token))
        if not token:
            self._show_verdict(
                self.tr("Paste a token to see what it says and whether this server accepts it."),
                NoticeKind.INFO,
            )
            return
        result = self._accounts.sessions.inspect(token[: MAX_TOKEN_CHARS + 1])
        self.table.show_rows(token_rows(result, now_s))
        kind = NoticeKind.GOOD if result.reason is None else NoticeKind.BAD
        self._show_verdict(summary(result, now_s), kind)

    def _show_verdict(self, text: str, kind: NoticeKind) -> None:
        if (self.notice.text, self.notice.kind) != (text, kind):
            self.notice.show_notice(text, kind, is_lasting=True)

    def _on_paste(self) -> None:
        self.input.setPlainText(QGuiApplication.clipboard().text()[: 2 * MAX_TOKEN_CHARS])
        self.input.setFocus(Qt.FocusReason.OtherFocusReason)

    # Life

    def done(self, result: int) -> None:
        """Forget the token; overrides Qt's."""
        self.input.clear()
        self.table.show_rows([])
        super().done(result)


def _tip(row: TokenRow) -> str:
    return row.value if len(row.value) < 200 else ""

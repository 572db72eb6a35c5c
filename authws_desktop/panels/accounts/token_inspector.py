"""Looks into any token: header, claims, times in words, and what this server thinks of each part.

What is pasted stays in the one field that shows it, and goes when the dialog does.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from authws_desktop.accounts.directory import Accounts
from authws_desktop.accounts.tokens import MAX_TOKEN_CHARS
from authws_desktop.panels.accounts.column_model import Column, ColumnModel
from authws_desktop.panels.accounts.table_view import RowsTable
from authws_desktop.panels.accounts.token_words import TokenRow, summary, token_rows
from authws_desktop.panels.chips import Chip, ChipDelegate, ChipShape
from authws_desktop.panels.confirm import finished
from authws_desktop.panels.dialog_frame import headed_column
from authws_desktop.panels.notices import NoticeBar
from authws_desktop.panels.theme import GRID, Theme, set_variant

PLACE, PART, VALUE, WORDS, VERDICT = range(5)
_WIDTHS = {PLACE: 72, PART: 96, VALUE: 232, VERDICT: 96}
_LOOK_EVERY_S = 1.0


class TokenInspector(QDialog):
    """Paste a token, read what it says. The page calls `refresh` while it is open.

    Attributes:
        input: Takes the token.
        verdict: The verdict on the whole.
        table: The parts.

    Args:
        accounts: Judges.
        theme: The look.
        parent: The page.
        now: Wall clock, seconds since the epoch.
    """

    def __init__(
        self, accounts: Accounts, theme: Theme, parent: QWidget, now: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self._accounts = accounts
        self._theme = theme
        self._now = now
        self._looked_at_s = 0.0
        self._shown_token = ""
        self._build()
        self._connect()
        self._show_token()

    # Building

    def _build(self) -> None:
        title = self.tr("Token inspector")
        self.resize(120 * GRID, 68 * GRID)
        self.verdict = NoticeBar(self._theme, self)
        self.verdict.close_button.hide()
        layout = headed_column(self, title)
        layout.addWidget(self._build_input())
        layout.addWidget(self.verdict)
        layout.addWidget(self._build_table(), 1)
        layout.addLayout(self._build_foot())

    def _build_input(self) -> QPlainTextEdit:
        self.input = QPlainTextEdit(self)
        self.input.setFont(self._theme.fixed_font())
        self.input.setAccessibleName(self.tr("Token"))
        self.input.setPlaceholderText(self.tr("Paste a token here: three parts with dots between them."))
        self.input.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.input.setTabChangesFocus(True)
        self.input.setUndoRedoEnabled(False)
        self.input.setFixedHeight(self.input.fontMetrics().lineSpacing() * 4 + 2 * GRID)
        return self.input

    def _build_table(self) -> RowsTable:
        self.model = ColumnModel[TokenRow](self._columns(), lambda row: (row.place, row.part), self)
        self.table = RowsTable(self._theme, self.model, _WIDTHS, WORDS, self)
        self.table.setSortingEnabled(False)
        self.table.setAccessibleName(self.tr("Parts of the token"))
        self.table.setItemDelegateForColumn(VERDICT, ChipDelegate(self._theme, self.table))
        return self.table

    def _columns(self) -> list[Column[TokenRow]]:
        places = {"header": self.tr("Header"), "claims": self.tr("Claim"), "verdict": self.tr("Whole")}
        good = Chip(self.tr("good"), "good", ChipShape.PILL)
        bad = Chip(self.tr("refused"), "bad", ChipShape.CUT)
        return [
            Column(self.tr("Where"), lambda row: places[row.place]),
            Column(self.tr("Part"), lambda row: row.part),
            Column(self.tr("Value"), lambda row: row.value, tip=_tip),
            Column(self.tr("Meaning"), lambda row: row.words, tip=lambda row: row.words),
            Column(
                self.tr("Verdict"),
                lambda row: {True: good.text, False: bad.text, None: ""}[row.is_good],
                chip=lambda row: {True: good, False: bad, None: None}[row.is_good],
            ),
        ]

    def _build_foot(self) -> QHBoxLayout:
        promise = QLabel(
            self.tr("What you paste is neither kept nor logged, and looking is no use of the token."), self
        )
        set_variant(promise, "role", "small")
        self.paste_button = QPushButton(self.tr("Paste"), self)
        self.clear_button = QPushButton(self.tr("Clear"), self)
        self.close_button = QPushButton(self.tr("Close"), self)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(promise, 1)
        for button in (self.paste_button, self.clear_button, self.close_button):
            button.setAutoDefault(False)
            foot.addWidget(button)
        return foot

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
        """Say the times anew, and what became of user and session meanwhile."""
        if abs(self._now() - self._looked_at_s) >= _LOOK_EVERY_S:
            self._show_token()

    def _show_token(self) -> None:
        self._looked_at_s = now_s = self._now()
        token = self.token()
        if token != self._shown_token:
            # Another token brings its parts in its own order.
            self._shown_token = token
            self.model.set_rows([])
        self.clear_button.setEnabled(bool(token))
        if not token:
            self._show_verdict(
                self.tr("Paste a token to see what it says and whether this server accepts it."), "info"
            )
            return
        result = self._accounts.inspect_token(token[: MAX_TOKEN_CHARS + 1])
        self.model.set_rows(token_rows(result, now_s))
        self._show_verdict(summary(result, now_s), "good" if result.reason is None else "bad")

    def _show_verdict(self, text: str, kind: str) -> None:
        if (self.verdict.text, self.verdict.property("tone")) != (text, kind):
            self.verdict.show_notice(text, kind, is_lasting=True)

    def _on_paste(self) -> None:
        self.input.setPlainText(QGuiApplication.clipboard().text()[: 2 * MAX_TOKEN_CHARS])
        self.input.setFocus(Qt.FocusReason.OtherFocusReason)

    # Life

    async def show_until_closed(self) -> None:
        """Open the dialog and wait until it is closed; what was pasted is gone afterwards."""
        await finished(self)

    def done(self, result: int) -> None:
        """Forget the token; overrides Qt's."""
        self.input.clear()
        self.model.set_rows([])
        super().done(result)


def _tip(row: TokenRow) -> str:
    return row.value if len(row.value) < 200 else ""

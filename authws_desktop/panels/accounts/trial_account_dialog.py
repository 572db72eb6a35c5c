"""Shows a new test user: name, password, token, and snippets that connect with it."""

from __future__ import annotations

import time

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QTabWidget,
    QWidget,
)

from authws_desktop.accounts.snippets import Snippet, SnippetValues, make_snippets
from authws_desktop.panels.accounts.addresses import expected_url, given_urls
from authws_desktop.panels.accounts.trial_account import LIVES_S, TrialUser, renew_token
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.boxes import horizontal_box, vertical_box
from authws_desktop.panels.kit.copying import CopyButton, CopyLine
from authws_desktop.panels.kit.dialog import Dialog, text_label
from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.sentences import said
from authws_desktop.panels.kit.theme import GRID, Theme, set_variant
from authws_desktop.panels.kit.words import duration_words, left_text, when_text
from authws_desktop.server.service import ServerState, Service


class SnippetPage(QWidget):
    """One snippet with where to run it, and Copy."""

    def __init__(self, theme: Theme, snippet: Snippet, parent: QWidget) -> None:
        super().__init__(parent)
        self.code = QPlainTextEdit(self)
        self.code.setReadOnly(True)
        self.code.setFont(theme.fixed_font())
        self.code.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.code.setAccessibleName(snippet.title)
        self.hint = text_label("", "small", self)
        name = self.tr("Copy the snippet for {language}").format(language=snippet.title)
        self.copy_button = CopyButton(theme, name, self.code.toPlainText, self, label=self.tr("Copy"))
        foot = QHBoxLayout()
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.copy_button)
        layout = vertical_box(self, margins=(0, GRID, 0, 0), spacing=GRID)
        layout.addWidget(self.code, 1)
        layout.addLayout(foot)
        self.set_snippet(snippet)

    def set_snippet(self, snippet: Snippet) -> None:
        """Show a snippet; the same text keeps selection and scroll position."""
        if self.code.toPlainText() != snippet.text:
            self.code.setPlainText(snippet.text)
            self.hint.setText(said(snippet.hint))


class TrialUserDialog(Dialog):
    """A user to try the server with: one that was just made, or a token for one that was there.

    It is not modal and lies beside the window, where the login can be watched arriving.

    Attributes:
        user: The account, its password and its present token.
        is_delete_wanted: Whether the person closed it by "Delete this user".
        life_choice: Life of the token; another choice issues a new one.
    """

    is_modal = False
    refresh_every_s = 0.25

    def __init__(self, service: Service, user: TrialUser, theme: Theme, parent: QWidget) -> None:
        title = parent.tr("Test user {name}") if user.password else parent.tr("Token for {name}")
        title = title.format(name=user.account.username)
        super().__init__(theme, title, parent)
        self._service = service
        self.user = user
        self.is_delete_wanted = False
        self._pages: list[SnippetPage] = []
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        self.set_size(88, 72)
        self.content.addLayout(self._build_values())
        self.content.addWidget(self._build_snippets(), 1)
        self.delete_button = self.add_button(self.tr("Delete this user…"), "flat", is_left=True)
        self.theme.decorate(self.delete_button, "trash-2")
        self.delete_button.setVisible(bool(self.user.password))
        self.arrival_label = text_label("", "muted", self)
        self.content.addWidget(self.arrival_label)
        self.done_button = self.add_button(self.tr("Done"), "primary", is_default=True)

    def _build_values(self) -> QFormLayout:
        self.name_line = CopyLine(self.theme, self.tr("Name"), self)
        self.password_line = CopyLine(self.theme, self.tr("Password"), self)
        self.token_line = CopyLine(self.theme, self.tr("Token"), self)
        form = QFormLayout()
        form.setHorizontalSpacing(2 * GRID)
        form.setVerticalSpacing(GRID)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(self._caption(self.tr("Name")), self.name_line)
        form.addRow(self._caption(self.tr("Password")), self.password_line)
        form.setRowVisible(self.password_line, bool(self.user.password))
        form.addRow(self._caption(self.tr("Token")), self.token_line)
        form.addRow(self._caption(self.tr("Valid for")), self._build_life())
        return form

    def _caption(self, text: str) -> QLabel:
        return text_label(text, "muted", self)

    def _build_life(self) -> QHBoxLayout:
        self.life_choice = QComboBox(self)
        self.life_choice.setAccessibleName(self.tr("Life of the token"))
        for life_s in LIVES_S:
            self.life_choice.addItem(duration_words(life_s), life_s)
        self.life_choice.setCurrentIndex(self.life_choice.findData(self.user.life_s))
        self.address_choice = QComboBox(self)
        self.address_choice.setAccessibleName(self.tr("Address in the snippets"))
        self.address_choice.setMinimumWidth(25 * GRID)
        self.expiry_label = text_label("", "small", self)
        row = horizontal_box(spacing=GRID)
        row.addWidget(self.life_choice)
        row.addWidget(self.expiry_label, 1)
        row.addWidget(self._caption(self.tr("Address")))
        row.addWidget(self.address_choice)
        return row

    def _build_snippets(self) -> QTabWidget:
        self.tabs = QTabWidget(self)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.tabBar().setAccessibleName(self.tr("Snippets"))
        for snippet in self._snippets():
            page = SnippetPage(self.theme, snippet, self.tabs)
            self._pages.append(page)
            self.tabs.addTab(page, snippet.title)
        return self.tabs

    def _connect(self) -> None:
        self.life_choice.activated.connect(self._on_life_chosen)
        self.address_choice.currentIndexChanged.connect(self._show_snippets)
        self.delete_button.clicked.connect(self._on_delete_clicked)
        self.done_button.clicked.connect(self.accept)

    # Showing

    def refresh(self) -> None:
        """Show what is true now: the address, and how long the token still counts."""
        self._show_addresses()
        self.name_line.set_value(self.user.account.username)
        self.password_line.set_value(self.user.password)
        self.token_line.set_value(self.user.issued.token)
        now_s, expires_at = time.time(), self.user.issued.expires_at
        is_over = expires_at <= now_s
        words = self.tr("expired; choose a life for a new one")
        if not is_over:
            words = f"{when_text(expires_at, now_s)}, {left_text(expires_at, now_s)}"
        self.expiry_label.setText(words)
        set_variant(self.expiry_label, "role", "bad" if is_over else "small")
        self._show_snippets()
        self._show_arrival()

    def _show_arrival(self) -> None:
        """Say whether the user is connected: the line turns green at the first login."""
        clients = self._service.hub.clients.values()
        here = [each for each in clients if each.identity.user_id == self.user.account.id]
        if here:
            identity = here[-1].identity
            words = self.tr("● Connected from {address}").format(address=identity.address)
            self.arrival_label.setText(words + (f" · {visible(identity.app)}" if identity.app else ""))
        else:
            self.arrival_label.setText(self.tr("○ Not connected yet: run a snippet and watch it arrive."))
        set_variant(self.arrival_label, "role", "good" if here else "muted")

    def _show_addresses(self) -> None:
        urls = given_urls(self._service)
        shown = [self.address_choice.itemText(row) for row in range(self.address_choice.count())]
        if urls != shown:
            chosen = self.address_choice.currentText()
            with QSignalBlocker(self.address_choice):  # `refresh` shows the snippets next
                self.address_choice.clear()
                self.address_choice.addItems(urls)
                self.address_choice.setCurrentIndex(max(0, self.address_choice.findText(chosen)))
        is_running = self._service.state is ServerState.RUNNING
        stopped = self.tr("The server is stopped. Start it before you run a snippet.")
        if not is_running and self.notice.text != stopped:
            self.notice.show_notice(stopped)
        elif is_running and self.notice.text == stopped:
            self.notice.clear()

    def _snippets(self) -> list[Snippet]:
        http_url = self.address_choice.currentText() or expected_url(self._service)
        ws_url = http_url.replace("http", "ws", 1)
        user = self.user
        values = SnippetValues(http_url, ws_url, user.issued.token, user.account.username, user.password)
        return make_snippets(values)

    def _show_snippets(self) -> None:
        for page, snippet in zip(self._pages, self._snippets(), strict=True):
            page.set_snippet(snippet)

    # Acting

    @async_slot
    async def _on_life_chosen(self) -> None:
        life_s = int(self.life_choice.currentData())
        try:
            self.user = await renew_token(self._service.accounts, self.user, life_s)
        finally:
            self.life_choice.setCurrentIndex(self.life_choice.findData(self.user.life_s))
        self.refresh()

    def _on_delete_clicked(self) -> None:
        self.is_delete_wanted = True
        self.accept()

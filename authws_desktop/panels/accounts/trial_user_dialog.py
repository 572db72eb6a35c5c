"""Shows a new test user: name, password, token, and snippets that connect with it."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from authws_desktop.accounts.snippets import Snippet, SnippetValues, make_snippets
from authws_desktop.panels.accounts.copy_line import CopyLine, CopyTextButton
from authws_desktop.panels.accounts.times import left_text, when_text
from authws_desktop.panels.accounts.trial_user import LIVES_S, TrialUser, renew_token
from authws_desktop.panels.confirm import finished
from authws_desktop.panels.dialog_frame import headed_column
from authws_desktop.panels.notices import NoticeBar
from authws_desktop.panels.slots import async_slot
from authws_desktop.panels.theme import GRID, Theme, set_variant
from authws_desktop.panels.wording import span_words
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
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        set_variant(self.hint, "role", "small")
        self.copy_button = CopyTextButton(theme, self.tr("Copy"), self)
        self.copy_button.setAccessibleName(self.tr("Copy the snippet for {}").format(snippet.title))
        foot = QHBoxLayout()
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.copy_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, GRID, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self.code, 1)
        layout.addLayout(foot)
        self.set_snippet(snippet)

    def set_snippet(self, snippet: Snippet) -> None:
        """Show a snippet; the same text keeps selection and scroll position."""
        if self.code.toPlainText() != snippet.text:
            self.code.setPlainText(snippet.text)
            self.hint.setText(snippet.hint)
            self.copy_button.set_text_to_copy(snippet.text)


class TrialUserDialog(QDialog):
    """A test user that was just made. The page calls `refresh` while it is open.

    Attributes:
        user: The account, its password and its present token.
        is_delete_wanted: Whether the person closed it by "Delete this user".
        life_choice: Life of the token; another choice issues a new one.
    """

    def __init__(self, service: Service, user: TrialUser, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._service = service
        self._theme = theme
        self.user = user
        self.is_delete_wanted = False
        self._pages: list[SnippetPage] = []
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        title = self.tr("Test user {}").format(self.user.account.username)
        self.resize(88 * GRID, 72 * GRID)
        self.note = NoticeBar(self._theme, self)
        layout = headed_column(self, title)
        layout.addWidget(self.note)
        layout.addLayout(self._build_values())
        layout.addWidget(self._build_snippets(), 1)
        layout.addLayout(self._build_buttons())

    def _build_values(self) -> QFormLayout:
        self.name_line = CopyLine(self._theme, self.tr("Name"), self)
        self.password_line = CopyLine(self._theme, self.tr("Password"), self)
        self.token_line = CopyLine(self._theme, self.tr("Token"), self)
        form = QFormLayout()
        form.setHorizontalSpacing(2 * GRID)
        form.setVerticalSpacing(GRID)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(self._caption(self.tr("Name")), self.name_line)
        form.addRow(self._caption(self.tr("Password")), self.password_line)
        form.addRow(self._caption(self.tr("Token")), self.token_line)
        form.addRow(self._caption(self.tr("Valid for")), self._build_life())
        return form

    def _caption(self, text: str) -> QLabel:
        label = QLabel(text, self)
        set_variant(label, "role", "muted")
        return label

    def _build_life(self) -> QHBoxLayout:
        self.life_choice = QComboBox(self)
        self.life_choice.setAccessibleName(self.tr("Life of the token"))
        for life_s in LIVES_S:
            self.life_choice.addItem(span_words(life_s), life_s)
        self.life_choice.setCurrentIndex(self.life_choice.findData(self.user.life_s))
        self.address_choice = QComboBox(self)
        self.address_choice.setAccessibleName(self.tr("Address in the snippets"))
        self.address_choice.setMinimumWidth(25 * GRID)
        self.expiry_label = QLabel(self)
        set_variant(self.expiry_label, "role", "small")
        row = QHBoxLayout()
        row.setSpacing(GRID)
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
            page = SnippetPage(self._theme, snippet, self.tabs)
            self._pages.append(page)
            self.tabs.addTab(page, snippet.title)
        return self.tabs

    def _build_buttons(self) -> QHBoxLayout:
        self.delete_button = QPushButton(self.tr("Delete this user…"), self)
        set_variant(self.delete_button, "kind", "flat")
        self._theme.decorate(self.delete_button, "trash-2")
        self.done_button = QPushButton(self.tr("Done"), self)
        set_variant(self.done_button, "kind", "primary")
        self.delete_button.setAutoDefault(False)
        self.done_button.setDefault(True)
        row = QHBoxLayout()
        row.addWidget(self.delete_button)
        row.addStretch(1)
        row.addWidget(self.done_button)
        return row

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

    def _show_addresses(self) -> None:
        urls = self._service.urls or [expected_url(self._service)]
        shown = [self.address_choice.itemText(row) for row in range(self.address_choice.count())]
        if urls != shown:
            chosen = self.address_choice.currentText()
            self.address_choice.blockSignals(True)
            self.address_choice.clear()
            self.address_choice.addItems(urls)
            self.address_choice.setCurrentIndex(max(0, self.address_choice.findText(chosen)))
            self.address_choice.blockSignals(False)
        is_running = self._service.state is ServerState.RUNNING
        stopped = self.tr("The server is stopped. Start it before you run a snippet.")
        if not is_running and self.note.text != stopped:
            self.note.show_notice(stopped, "info")
        elif is_running and self.note.text == stopped:
            self.note.clear()

    def _snippets(self) -> list[Snippet]:
        http_url = self.address_choice.currentText() or expected_url(self._service)
        ws_url = http_url.replace("http", "ws", 1)
        user = self.user
        values = SnippetValues(http_url, ws_url, user.issued.token, user.account.username, user.password)
        return make_snippets(values)

    def _show_snippets(self) -> None:
        for page, snippet in zip(self._pages, self._snippets(), strict=True):
            page.set_snippet(snippet)

    def show_error(self, text: str) -> None:
        """Say in the dialog what went wrong."""
        self.note.show_notice(text, "bad")

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

    async def show_until_closed(self) -> None:
        """Open the dialog and wait until it is closed; it is gone afterwards."""
        await finished(self)


def expected_url(service: Service) -> str:
    """Return the address at which a stopped server will be found on this computer."""
    host = service.settings.values.host
    name = "localhost" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    port = service.settings.values.port
    return f"http://[{name}]:{port or 'PORT'}" if ":" in name else f"http://{name}:{port or 'PORT'}"

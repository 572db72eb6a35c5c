"""Many accounts at once: paste or open a list, see what is wrong with it, create, hand on the passwords."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QMimeData, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.bulk import ImportPreview, ImportRow
from authws_desktop.accounts.errors import ImportCancelled, UsernameTaken
from authws_desktop.garbage import held_back
from authws_desktop.panels.accounts.addresses import Addresses
from authws_desktop.panels.accounts.credentials_view import CredentialsView
from authws_desktop.panels.accounts.import_preview import ImportPreviewTable, preview_words
from authws_desktop.panels.accounts.login_cards import LoginCard
from authws_desktop.panels.kit.affected import account_count
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.boxes import NO_MARGINS, vertical_box
from authws_desktop.panels.kit.dialog import Dialog, text_label
from authws_desktop.panels.kit.files import choose_file_to_open
from authws_desktop.panels.kit.notices import NoticeKind
from authws_desktop.panels.kit.theme import GRID, Theme
from authws_desktop.panels.kit.words import grouped

PASTE, PREVIEW, DONE = range(3)
MAX_FILE_BYTES = 64 * 1024 * 1024
T = TypeVar("T")


class ListInput(QPlainTextEdit):
    """Takes a list.

    Signals:
        list_pasted: Several lines came at once.
    """

    list_pasted = Signal()

    def insertFromMimeData(self, source: QMimeData) -> None:  # noqa: N802 - Qt's name
        """Take what is pasted or dropped, and tell if it is a list; overrides Qt's."""
        super().insertFromMimeData(source)
        if "\n" in source.text().strip():
            self.list_pasted.emit()


class ImportDialog(Dialog):
    """Three steps in one dialog; nothing is done until Create, and then all of it or nothing.

    Attributes:
        input: Takes the list.
        preview: The lines as they were understood.
        credentials: What was created.
        next_button: Goes on: Preview, Create, Done.
        back_button: Goes back from the preview.
        progress: How far it is; hidden while nothing is under way.
        step: `PASTE`, `PREVIEW` or `DONE`.
        created: How many accounts were made.

    Args:
        accounts: Where.
        addresses: For the cards.
        theme: The look.
        parent: The page.
    """

    is_modal = False

    def __init__(self, accounts: Accounts, addresses: Addresses, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent.tr("Import accounts"), parent)
        self._accounts = accounts
        self._cancel = threading.Event()
        self._is_busy = False
        self._result: ImportPreview | None = None
        self._good: list[ImportRow] = []
        self.step = PASTE
        self.created = 0
        self._build(addresses)
        self._connect()
        self._go_to(PASTE)

    # Building

    def _build(self, addresses: Addresses) -> None:
        self.set_size(122, 68)
        self.credentials = CredentialsView(self.theme, addresses, self)
        self._stack = QStackedWidget(self)
        for page in (self._build_paste(), self._build_preview(), self.credentials):
            self._stack.addWidget(page)
        self.content.addWidget(self._stack, 1)
        self.content.addWidget(self._build_progress())
        self.progress_label = text_label("", "small", self)
        self.foot.addWidget(self.progress_label, 1)
        self.cancel_button = self.add_button(self.tr("Cancel"))
        self.back_button = self.add_button(self.tr("Back"))
        self.next_button = self.add_button("", "primary", is_default=True)

    def _build_paste(self) -> QWidget:
        page = QWidget(self)
        help_ = self.tr(
            "One person a line: a name, and if you like a password and a role (member or host), "
            "separated by comma, semicolon or tab. Who has no password gets a generated one. A table of "
            "users with bcrypt hashes, as CSV or JSON, moves in with the passwords they have."
        )
        self.input = ListInput(page)
        self.input.setFont(self.theme.fixed_font())
        self.input.setAccessibleName(self.tr("Names"))
        self.input.setPlaceholderText("ana\nben;own-password\nchloé;;host")
        self.input.setTabChangesFocus(True)
        self.open_button = QPushButton(self.tr("Open a file…"), page)
        self.open_button.setAutoDefault(False)
        self.theme.decorate(self.open_button, "upload")
        layout = vertical_box(page, margins=NO_MARGINS, spacing=GRID)
        layout.addWidget(text_label(help_, "muted", page))
        layout.addWidget(self.input, 1)
        layout.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignLeft)
        return page

    def _build_preview(self) -> QWidget:
        page = QWidget(self)
        self.preview = ImportPreviewTable(self.theme, page)
        self.summary = QLabel(page)
        self.bad_only = QCheckBox(self.tr("Show only lines with problems"), page)
        self.bad_only.setAccessibleName(self.bad_only.text())
        row = QHBoxLayout()
        row.addWidget(self.summary, 1)
        row.addWidget(self.bad_only)
        layout = vertical_box(page, margins=NO_MARGINS, spacing=GRID)
        layout.addLayout(row)
        layout.addWidget(self.preview, 1)
        return page

    def _build_progress(self) -> QWidget:
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress"))
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.progress.hide()
        return self.progress

    def _connect(self) -> None:
        self.input.textChanged.connect(self.update_controls)
        self.input.list_pasted.connect(self._on_list_pasted)
        self.bad_only.toggled.connect(self._show_rows)
        self.open_button.clicked.connect(self._on_open)
        self.cancel_button.clicked.connect(self.reject)
        self.back_button.clicked.connect(lambda: self._go_to(PASTE))
        self.next_button.clicked.connect(self._on_next)

    # Showing

    def _go_to(self, step: int) -> None:
        self.step = step
        self._stack.setCurrentIndex(step)
        self.back_button.setVisible(step == PREVIEW)
        self.cancel_button.setVisible(step != DONE)
        (self.input, self.preview, self.credentials.print_button)[step].setFocus()
        self.update_controls()

    def update_controls(self) -> None:
        """Enable what can be used now, and say what Next does."""
        good = len(self._good)
        labels = {
            PASTE: self.tr("Preview"),
            PREVIEW: self.tr("Create {accounts}").format(accounts=account_count(good)),
            DONE: self.tr("Done"),
        }
        self.next_button.setText(labels[self.step])
        can_go = {PASTE: bool(self.input.toPlainText().strip()), PREVIEW: good > 0, DONE: True}
        self.next_button.setEnabled(can_go[self.step] and not self._is_busy)
        for control in (self.back_button, self.open_button, self.bad_only, self.input):
            control.setEnabled(not self._is_busy)

    def _show_rows(self) -> None:
        if self._result is not None:
            rows = self._result.bad if self.bad_only.isChecked() else self._result.rows
            self.preview.show_rows(rows)

    def _show_result(self, result: ImportPreview) -> None:
        self._result, self._good = result, result.good
        self.summary.setText(preview_words(result))
        self.bad_only.setVisible(bool(result.bad))
        self.bad_only.setChecked(False)
        self._show_rows()
        self._go_to(PREVIEW)

    # Acting

    @async_slot
    async def _on_open(self) -> None:
        names = self.tr("Lists (*.csv *.tsv *.txt *.json *.jsonl);;All files (*)")
        file = await choose_file_to_open(self, self.tr("Open a list of names"), names)
        if file is not None:
            await self.open_file(file)

    async def open_file(self, file: Path) -> None:
        """Read a file and show its preview."""
        try:
            content = await asyncio.to_thread(_read, file)
        except OSError as error:
            text = self.tr("{file} cannot be read ({reason}). Choose another file.")
            self.show_error(text.format(file=file.name, reason=error.strerror or error))
            return
        await self._preview(content)

    @Slot()
    def _on_list_pasted(self) -> None:
        # A whole list needs no press to be looked at; Back shows it as it was pasted.
        self.next_button.click()

    @async_slot
    async def _on_next(self) -> None:
        if self.step == PASTE:
            await self._preview(self.input.toPlainText())
        elif self.step == PREVIEW:
            await self._create()
        else:
            self.accept()

    async def _preview(self, content: bytes | str) -> None:
        self.notice.clear()
        result = await self._work(
            self.tr("Read line {done} of {all}"),
            lambda: self._accounts.importing.preview(
                content, progress=self._on_progress, cancel=self._cancel
            ),
        )
        if result is not None:
            self._show_result(result)

    async def _create(self) -> None:
        rows = self._good
        self.notice.clear()
        made = await self._work(
            self.tr("Made ready {done} of {all}"),
            lambda: self._accounts.importing.create_many(
                rows, progress=self._on_progress, cancel=self._cancel
            ),
        )
        if made is None:
            return
        self.created = len(made)
        with held_back():
            pairs = zip(made, rows, strict=True)
            # Nobody here knows the passwords whose hashes were kept.
            known = [(account, row) for account, row in pairs if not row.password_hash]
            cards = [LoginCard(account.username, row.password) for account, row in known]
        self.credentials.add(cards)
        self._result, self._good = None, []
        self.input.clear()
        self.preview.show_rows([])
        self._go_to(DONE)
        words = self.tr(
            "Created {accounts}. The passwords stay on the Accounts page until you put them away."
        )
        if not cards:
            words = self.tr("Created {accounts}. They log in with the passwords they have.")
        created = account_count(self.created)
        self.notice.show_notice(words.format(accounts=created), NoticeKind.GOOD, is_lasting=True)

    async def _work(self, words: str, work: Callable[[], Awaitable[T]]) -> T | None:
        """Do something long with progress and cancel; `None` if it was not done, and the dialog says why."""
        self._is_busy = True
        self._cancel.clear()
        self._progress_words = words
        self.progress.reset()
        self.progress.setRange(0, 0)
        self.progress.show()
        self.update_controls()
        try:
            return await work()
        except ImportCancelled:
            self.notice.show_notice(self.tr("Cancelled; no account was made."))
        except UsernameTaken as error:
            text = self.tr("{error} No account was made. Go back and press Preview to see what is left.")
            self.show_error(text.format(error=error))
        finally:
            self._is_busy = False
            self.progress.hide()
            self.progress_label.clear()
            self.cancel_button.setEnabled(True)
            self.update_controls()
        return None

    def _on_progress(self, done: int, total: int) -> None:
        if not self._is_busy:
            return  # reported from a thread after the end
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.progress_label.setText(self._progress_words.format(done=grouped(done), all=grouped(total)))

    # Life

    def reject(self) -> None:
        """Cancel what is under way, or close; overrides Qt's."""
        if self._is_busy:
            self._cancel.set()
            self.cancel_button.setEnabled(False)
        else:
            super().reject()


def _read(file: Path) -> bytes:
    """Return a file's content.

    Raises:
        OSError: It cannot be read, or is too large to be a list of names.
    """
    size_bytes = file.stat().st_size
    if size_bytes > MAX_FILE_BYTES:
        raise OSError(f"larger than {MAX_FILE_BYTES // 1024 // 1024} MiB")
    return file.read_bytes()

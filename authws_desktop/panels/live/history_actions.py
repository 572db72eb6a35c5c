"""Paging back into the history, in the same view, and saying when it stopped."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.notices import NoticeBar, NoticeKind
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import counted, moment_text
from authws_desktop.panels.live.file_actions import FileActions
from authws_desktop.panels.live.history_dialog import HistoryDialog
from authws_desktop.server.service import Service
from authws_desktop.traffic.history_file import RunPage


class HistoryActions(QObject):
    """Shows stretches of the history where the live traffic is.

    Attributes:
        action: Asks which stretch; in the menu of the files.
        older_button, newer_button: Turn the page; shown with it.
        notice: Says why the history stopped.
        page: The page shown; `None` while none is.

    Args:
        service: Whose history.
        files: What shows files.
        theme: Colours and icons.
        parent: The page.
    """

    def __init__(self, service: Service, files: FileActions, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._service = service
        self._files = files
        self._theme = theme
        self._window = parent
        self._trouble = ""
        self.page: RunPage | None = None
        self.action = QAction(self.tr("History…"), self)
        self.notice = NoticeBar(theme)
        self.older_button = QPushButton(self.tr("Older"))
        self.newer_button = QPushButton(self.tr("Newer"))
        self._build()
        self._connect()

    def _build(self) -> None:
        self.older_button.setToolTip(self.tr("Rows before these"))
        self.newer_button.setToolTip(self.tr("Rows after these"))
        layout = self._files.notice.layout()
        assert isinstance(layout, QHBoxLayout)  # noqa: S101 - as built
        place = layout.indexOf(self._files.notice.action_button)
        for button in (self.newer_button, self.older_button):
            button.setAutoDefault(False)
            button.hide()
            layout.insertWidget(place, button)
        self._files.more_actions.append(self.action)
        self._theme.decorate(self.action, "clock", "muted")

    def _connect(self) -> None:
        self.action.triggered.connect(self._on_asked)
        self.older_button.clicked.connect(self._on_older)
        self.newer_button.clicked.connect(self._on_newer)
        self._files.file_shown.connect(self.update_controls)

    def refresh(self) -> None:
        """Say when the history stops, once for each reason."""
        trouble = self._service.history.trouble
        if trouble == self._trouble:
            return
        self._trouble = trouble
        if trouble:
            text = self.tr("The history stopped; the server goes on. {reason}").format(reason=trouble)
            self.notice.show_notice(text, NoticeKind.WARN, self.tr("Try again"), self._service.history.retry)
        else:
            self.notice.clear()

    # Paging

    @async_slot
    async def _on_asked(self) -> None:
        dialog = HistoryDialog(await self._service.history.runs(), self._service, self._theme, self._window)
        await dialog.run()
        if dialog.chosen is not None:
            await self.show_page(dialog.chosen.id)

    async def show_page(self, run: int, *, before: int = 0, after: int = 0) -> None:
        """Show rows of a stretch; see `History.page`."""
        page = await self._service.history.page(run, before=before, after=after)
        self.page = page
        oldest, newest = page.records.get(1), page.records.get(page.records.last_number)
        assert oldest is not None  # noqa: S101 - no page is empty
        assert newest is not None  # noqa: S101
        text = self.tr("History from {oldest} to {newest}: {rows}, read-only.").format(
            oldest=moment_text(oldest.time_s),
            newest=moment_text(newest.time_s),
            rows=counted(len(page.records), "%n row", "%n rows"),
        )
        self._files.show_ring(page.records, self._service.history.file.name, text)

    @async_slot
    async def _on_older(self) -> None:
        if self.page is not None:
            await self.show_page(self.page.run, before=self.page.first)

    @async_slot
    async def _on_newer(self) -> None:
        if self.page is not None:
            await self.show_page(self.page.run, after=self.page.last)

    @Slot()
    def update_controls(self) -> None:
        """Offer to turn the page while one is shown."""
        if self._files.file_name != self._service.history.file.name:
            self.page = None
        for button in (self.older_button, self.newer_button):
            button.setVisible(self.page is not None)
        if self.page is not None:
            self.older_button.setEnabled(self.page.has_older)
            self.newer_button.setEnabled(self.page.has_newer)

    def show_error(self, text: str) -> None:
        """Say what did not work."""
        self.notice.show_notice(text, NoticeKind.BAD)

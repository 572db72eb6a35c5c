"""What the host does with the messages that are kept for people: exporting and clearing them.

They are not the traffic: its rows tell the host what passed, and no client can ask for them.
"""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from authws_desktop.messages.export import as_lines
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.confirm import confirm
from authws_desktop.panels.kit.files import choose_file_to_save, write_or_say
from authws_desktop.panels.kit.notices import NoticeBar, NoticeKind
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import counted
from authws_desktop.server.service import Service


class MessageActions(QObject):
    """Exports and clears what is kept.

    Attributes:
        export_action, clear_action: As in the menu.
        notice: Says what was done.

    Args:
        service: Whose messages.
        menu: Gets the actions.
        theme: The look.
        parent: The page.
    """

    def __init__(self, service: Service, menu: QMenu, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._service = service
        self._theme = theme
        self._page = parent
        self.notice = NoticeBar(theme)
        menu.addSeparator()
        self.export_action: QAction = menu.addAction(self.tr("Export messages…"))
        self.clear_action: QAction = menu.addAction(self.tr("Clear messages…"))
        tip = self.tr("The messages kept for people who were away; not the traffic and its history")
        for action in (self.export_action, self.clear_action):
            action.setToolTip(tip)
        self.export_action.triggered.connect(self._on_export)
        self.clear_action.triggered.connect(self._on_clear)

    def show_error(self, text: str) -> None:
        """Say what did not work."""
        self.notice.show_notice(text, NoticeKind.BAD)

    @async_slot
    async def _on_export(self) -> None:
        count = await self._service.messages.count()
        if not count:
            self.notice.show_notice(self.tr("No messages are kept."))
            return
        title = self.tr("Export {messages}").format(messages=self._messages(count))
        kinds = [self.tr("JSON Lines (*.jsonl)")]
        file = await choose_file_to_save(self._page.window(), title, kinds, "messages.jsonl")
        if file is None:
            return
        lines = [as_lines(page) async for page in self._service.messages.pages()]
        if await write_or_say(file, b"".join(lines), self.show_error):
            text = self.tr("Exported {messages} to {file}.")
            self.notice.show_notice(
                text.format(messages=self._messages(count), file=file.name), NoticeKind.GOOD
            )

    @async_slot
    async def _on_clear(self) -> None:
        count = await self._service.messages.count()
        if not count:
            self.notice.show_notice(self.tr("No messages are kept."))
            return
        text = self.tr(
            "{messages} are deleted for good, those that wait for people who are away included. Who comes "
            "back gets none of them. The traffic and its history stay as they are."
        )
        is_wanted = await confirm(
            self._theme,
            self._page,
            self.tr("Clear the messages kept?"),
            text.format(messages=self._messages(count)),
            self.tr("Clear {messages}").format(messages=self._messages(count)),
            is_destructive=True,
        )
        if is_wanted:
            cleared = await self._service.messages.clear()
            self._service.moderation.note_soon("clear messages", str(cleared))
            done = self.tr("Cleared {messages}.").format(messages=self._messages(cleared))
            self.notice.show_notice(done, NoticeKind.GOOD)

    def _messages(self, count: int) -> str:
        return counted(count, "%n message", "%n messages")

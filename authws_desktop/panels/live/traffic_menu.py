"""The window's menu of the traffic: everything the Live page's buttons and keys do, with the keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from authws_desktop.panels.live.file_actions import FileActions
from authws_desktop.panels.live.row_groups import RowGroup
from authws_desktop.panels.live.traffic_panel import TrafficPanel
from authws_desktop.panels.live.users_panel import UsersPanel


class TrafficMenu(QMenu):
    """What can be done with the traffic.

    The keys are written behind a tab and not set: they belong to the table and its boxes: a letter or
    Space must go on meaning itself everywhere else.

    Attributes:
        filter_action, follow_action, pause_action, answers_action, clear_action, send_action:
            As named.
        sort_menu: The columns.
        files_menu: Export, opening, history.

    Args:
        traffic, users, files: The parts of the page that do it.
        parent: The page.
    """

    def __init__(self, traffic: TrafficPanel, users: UsersPanel, files: FileActions, parent: QWidget) -> None:
        super().__init__(parent)
        self._traffic = traffic
        self._files = files
        self.setTitle(self.tr("&Traffic"))
        self.filter_action = self._add(self.tr("F&ilter\t/"), traffic.focus_filter)
        self.follow_action = self._add(self.tr("&Follow\tF"), traffic.tools.follow_button.click)
        self.pause_action = self._add(self.tr("&Pause\tSpace"), traffic.tools.pause_button.click)
        self.answers_action = self._add(
            self.tr("&Answers as rows\tE"), traffic.chips.buttons[RowGroup.ANSWERS].click
        )
        self.answers_action.setCheckable(True)
        self._add(self.tr("Next &error\tF8"), partial(traffic.view.show_next_error, 1))
        self._add(self.tr("Error &before\tShift+F8"), partial(traffic.view.show_next_error, -1))
        self.sort_menu = self.addMenu(self.tr("S&ort by"))
        self.sort_menu.aboutToShow.connect(self._on_sort_asked)
        self.clear_action = self._add(self.tr("&Clear\tCtrl+L"), traffic.tools.clear_button.click)
        self.follow_action.setCheckable(True)
        self.pause_action.setCheckable(True)
        self.addSeparator()
        self.send_action = self._add(self.tr("&Send as server…"), users.send_button.click)
        self._add(self.tr("&Bans…"), users.bans.show_bans.trigger)
        self.addSeparator()
        self.files_menu = self.addMenu(self.tr("&Export and open"))
        self.files_menu.aboutToShow.connect(self._on_files_asked)
        self.aboutToShow.connect(self.update_controls)

    def _add(self, text: str, act: Callable[[], object]) -> QAction:
        action = self.addAction(text)
        action.triggered.connect(lambda: act())
        return action

    @Slot()
    def update_controls(self) -> None:
        """Show what the buttons show."""
        for action, button in (
            (self.follow_action, self._traffic.tools.follow_button),
            (self.pause_action, self._traffic.tools.pause_button),
            (self.clear_action, self._traffic.tools.clear_button),
            (self.answers_action, self._traffic.chips.buttons[RowGroup.ANSWERS]),
        ):
            action.setEnabled(button.isEnabled())
            action.setChecked(button.isChecked())

    @Slot()
    def _on_files_asked(self) -> None:
        self.files_menu.clear()
        self._files.fill(self.files_menu)

    @Slot()
    def _on_sort_asked(self) -> None:
        self.sort_menu.clear()
        self._traffic.sorting.fill(self.sort_menu)

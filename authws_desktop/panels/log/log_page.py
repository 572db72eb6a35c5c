"""The page of logs: the program's own log, administrative acts, and lock-outs, each in its tab."""

from __future__ import annotations

import time

from PySide6.QtWidgets import QTabWidget, QWidget

from authws_desktop.logs import LogRing
from authws_desktop.panels.kit.boxes import NO_MARGINS, vertical_box
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.kit.words import grouped
from authws_desktop.panels.log.acts import ActsPanel
from authws_desktop.panels.log.lockouts import LockoutsPanel
from authws_desktop.panels.log.program_log import ProgramLog
from authws_desktop.server.service import Service

PROGRAM, AUDIT, LOCKOUTS = range(3)
REST_FACTOR = 9
"""After a count of the lock-outs, pause this many times as long as it took: at most a tenth of the time."""
TAB_KEY = "records/tab"


class LogPage(QWidget):
    """Three tabs; only the one shown is kept up to date.

    Attributes:
        tabs: The tabs.
        program, audit, lockouts: What they hold.

    Args:
        service: Acts and lock-outs.
        ring: The log.
        theme: The look.
        window_state: Remembers the tab.
    """

    def __init__(self, service: Service, ring: LogRing, theme: Theme, window_state: WindowState) -> None:
        super().__init__()
        self._accounts = service.accounts
        self._window_state = window_state
        self._rest_until_s = 0.0
        self.program = ProgramLog(ring, theme, window_state)
        self.audit = ActsPanel(service, theme, window_state)
        self.lockouts = LockoutsPanel(service, theme)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)  # document mode has just switched it on: a bright line
        self.tabs.tabBar().setAccessibleName(self.tr("Which log"))
        self.tabs.addTab(self.program, self.tr("Program"))
        self.tabs.addTab(self.audit, self.tr("Audit"))
        self.tabs.addTab(self.lockouts, self.tr("Lock-outs"))
        layout = vertical_box(self, margins=NO_MARGINS)
        layout.addWidget(self.tabs)
        self.tabs.setCurrentIndex(window_state.number(TAB_KEY))
        self.tabs.currentChanged.connect(self._on_tab_chosen)

    def refresh(self) -> None:
        """Show what is new in the tab shown, and how many have to wait."""
        number = self.tabs.currentIndex()
        if number == PROGRAM:
            self.program.refresh()
        elif number == AUDIT:
            self.audit.refresh()
        if time.monotonic() >= self._rest_until_s:
            self._refresh_lockouts()

    def _refresh_lockouts(self) -> None:
        """Count who has to wait; under attack that takes time, of which most is left to the server."""
        started_s = time.monotonic()
        lockouts = self._accounts.logins.lockouts()
        if self.tabs.currentIndex() == LOCKOUTS:
            self.lockouts.show_lockouts(lockouts)
        count = len(lockouts)
        title = self.tr("Lock-outs")
        words = f"{title} ({grouped(count)})" if count else title
        if self.tabs.tabText(LOCKOUTS) != words:
            self.tabs.setTabText(LOCKOUTS, words)
        now_s = time.monotonic()
        self._rest_until_s = now_s + REST_FACTOR * (now_s - started_s)

    def _on_tab_chosen(self, number: int) -> None:
        self._window_state.set_number(TAB_KEY, number)
        self._rest_until_s = 0.0
        self.refresh()

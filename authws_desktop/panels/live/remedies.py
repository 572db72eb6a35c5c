"""Carries out the act that an explanation offers, such as lifting a wait or changing a setting."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.sentences import said
from authws_desktop.panels.live.explain_bar import ExplainBar
from authws_desktop.panels.live.explanations import explain
from authws_desktop.panels.live.refusals import matches
from authws_desktop.panels.live.remedy_acts import (
    Act,
    ChangeSetting,
    Explanation,
    Facts,
    LiftWait,
    MakeToken,
    OpenList,
    ShowRow,
)
from authws_desktop.server.service import Service
from authws_desktop.settings import SETTING_INFOS
from authws_desktop.traffic.record import Record


class Remedies(QObject):
    """Explains the chosen row in the bar, and acts.

    Signals:
        account_asked, token_asked: Show the account of a user, or a token for it; carries the user id.
        row_asked: Choose a row; carries its number.
        list_asked: Show a list, elsewhere in the window; carries a `HostList`.
        done: Something was changed; a sentence.
        failed: Something could not be changed; a sentence.

    Args:
        service: Settings, accounts and traffic.
        bar: Where explanations stand.
        parent: The page.
    """

    account_asked = Signal(str)
    token_asked = Signal(str)
    row_asked = Signal(int)
    list_asked = Signal(str)
    done = Signal(str)
    failed = Signal(str)

    def __init__(self, service: Service, bar: ExplainBar, parent: QWidget) -> None:
        super().__init__(parent)
        self._service = service
        self._bar = bar
        bar.act_asked.connect(self._on_act)

    def show(self, record: Record, *, can_act: bool = True) -> None:
        """Explain a row; `can_act` is false for rows of a file."""
        self._bar.show_explanation(self.explain(record), can_act=can_act)

    def explain(self, record: Record) -> Explanation | None:
        """Return what is behind a row, as far as it is known now."""
        accounts = self._service.accounts
        settings = self._service.settings.values
        facts = Facts(
            self._service.traffic,
            settings,
            lambda name: accounts.find(name) is not None,
            time.time(),
            lambda: accounts.logins.lockouts(),  # asked for few rows only
        )
        return explain(record, facts)

    def show_error(self, text: str) -> None:
        """Let the page say what did not work."""
        self.failed.emit(text)

    @async_slot
    async def _on_act(self, act: Act) -> None:
        if isinstance(act, ChangeSetting):
            await self._change(act)
        elif isinstance(act, ShowRow):
            self.row_asked.emit(act.number)
        elif isinstance(act, OpenList):
            self.list_asked.emit(str(act.which))
        elif isinstance(act, LiftWait):
            await self._lift(act)
        elif (account := self._service.accounts.find(act.username)) is None:
            self.failed.emit(self.tr("This account is gone by now."))
        elif isinstance(act, MakeToken):
            self.token_asked.emit(account.id)
        else:
            self.account_asked.emit(account.id)

    async def _lift(self, act: LiftWait) -> None:
        logins = self._service.accounts.logins
        for lockout in logins.lockouts():
            if matches(act.username, act.address, lockout.username, lockout.key):
                await logins.lift(lockout)
        self._bar.act_button.setEnabled(False)
        self.done.emit(self.tr("They may try again now."))

    async def _change(self, act: ChangeSetting) -> None:
        info = SETTING_INFOS[act.name]
        if self._service.settings.is_locked(act.name):
            source = self._service.settings.origin_of(act.name)
            text = self.tr("“{setting}” is set from outside: {source}. Change it there.")
            self.failed.emit(text.format(setting=said(info.label), source=said(source)))
            return
        await self._service.change(**{act.name: act.value})
        self._bar.act_button.setEnabled(False)
        text = self.tr("Changed “{setting}” under Settings; it holds from now on.")
        self.done.emit(text.format(setting=said(info.label)))

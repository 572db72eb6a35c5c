"""Connects the signals of pages with other pages, so that pages need not know each other."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.remedy_acts import HostList
from authws_desktop.panels.window.server_bar import ServerBar


class Passages(QObject):
    """Connects what one page asks for with the page or dialog that has it.

    Args:
        live: Asks for accounts, tokens, and remedies.
        accounts: Has them.
        bar: Has the code and the scope.
        show_page: Shows a page by its key.
        parent: The window.
    """

    def __init__(
        self,
        live: LivePage,
        accounts: AccountsPage,
        bar: ServerBar,
        show_page: Callable[[str], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._accounts = accounts
        self._show_page = show_page
        tools = accounts.tools
        self._lists = {
            HostList.BANS: live.users.bans.show_bans,
            HostList.INVITATIONS: tools.invites,
            HostList.WAITING: tools.waiting,
        }
        live.users.code_asked.connect(bar.show_connect_card)
        live.users.network_asked.connect(bar.let_network_in)
        for account_asked in (live.users.account_asked, live.remedies.account_asked):
            account_asked.connect(self._on_account_asked)
        for token_asked in (live.users.token_asked, live.remedies.token_asked):
            token_asked.connect(self._on_token_asked)
        live.traffic.token_asked.connect(accounts.commands.new_test_user.trigger)
        live.remedies.list_asked.connect(self._on_list_asked)

    @Slot(str)
    def _on_account_asked(self, user_id: str) -> None:
        self._show_page("accounts")
        self._accounts.select_account(user_id)

    @Slot(str)
    def _on_token_asked(self, user_id: str) -> None:
        self._on_account_asked(user_id)
        self._accounts.commands.token.trigger()

    @Slot(str)
    def _on_list_asked(self, which: str) -> None:
        self._lists[HostList(which)].trigger()

"""Chooses who may reach the server: this computer, the network, or one adapter."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton

from authws_desktop.network.adapters import rank_adapters
from authws_desktop.panels.kit.theme import Theme

THIS_COMPUTER = "localhost"
MY_NETWORK = "0.0.0.0"  # noqa: S104 - the person chooses it; the default is localhost


class ScopeChooser(QPushButton):
    """Shows the address that is listened on, in words; its menu lists the others.

    The adapters are read each time the menu opens: they come and go with networks.

    Attributes:
        chooser_menu: The menu.

    Signals:
        scope_chosen: The person chose another address (the new value of the setting `host`).
    """

    scope_chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._host = ""
        self._locked_by: str | None = None
        self.chooser_menu = QMenu(self)
        self.chooser_menu.aboutToShow.connect(self._on_about_to_show)
        self.setMenu(self.chooser_menu)
        self.setMinimumWidth(150)

    def show_scope(self, host: str, locked_by: str) -> None:
        """Show the address in force.

        Args:
            host: The setting.
            locked_by: What sets it from outside, such as `HOST (environment)`; empty if it can be chosen.
        """
        if (host, locked_by) == (self._host, self._locked_by):
            return
        self._host, self._locked_by = host, locked_by
        self.setText(self.words_of(host))
        self.setAccessibleName(self.tr("Reachable from: {scope}").format(scope=self.words_of(host)))
        self.setEnabled(not locked_by)
        tip = self.tr("Who can reach the server")
        self.setToolTip(self.tr("Set by {source}").format(source=locked_by) if locked_by else tip)
        names = {THIS_COMPUTER: "monitor"}
        self._theme.decorate(self, "lock" if locked_by else names.get(host, "network"), "muted")

    def words_of(self, host: str) -> str:
        """Return an address as the person knows it."""
        known = {THIS_COMPUTER: self.tr("This computer"), MY_NETWORK: self.tr("My network")}
        return known.get(host, host)

    @Slot()
    def _on_about_to_show(self) -> None:
        self.chooser_menu.clear()
        group = QActionGroup(self.chooser_menu)
        self._add(group, THIS_COMPUTER, self.tr("This computer  ·  only programs on it"))
        self._add(group, MY_NETWORK, self.tr("My network  ·  every address of this computer"))
        adapters = rank_adapters()
        if adapters:
            self.chooser_menu.addSeparator()
        for adapter in adapters:
            self._add(group, adapter.address, f"{adapter.address}  ·  {adapter.name}")

    def _add(self, group: QActionGroup, host: str, label: str) -> None:
        action = QAction(label, self.chooser_menu, checkable=True, checked=host == self._host)
        action.setData(host)
        action.triggered.connect(self._on_triggered)
        group.addAction(action)
        self.chooser_menu.addAction(action)

    @Slot()
    def _on_triggered(self) -> None:
        action = self.sender()
        if isinstance(action, QAction) and action.data() != self._host:
            self.scope_chosen.emit(action.data())

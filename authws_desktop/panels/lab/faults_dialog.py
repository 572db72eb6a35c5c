"""The dialog that breaks connections on purpose, and says which are broken now."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from authws_desktop.network.addresses import Address
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.columns import count_column, text_column
from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.form_field import labelled
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.list_dialog import ListDialog
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import clock_text
from authws_desktop.panels.lab.fault_form import FaultForm
from authws_desktop.panels.lab.fault_targets import target_words
from authws_desktop.protocol.fault_messages import ActiveFaults
from authws_desktop.server.faults import ALL, describe
from authws_desktop.server.service import ServerState, Service

MOST_ABSENT = 200
"""How many accounts without a connection are offered: in a list of thousands nobody is found."""


def _ends(active: ActiveFaults) -> str:
    if not active.ends_at:
        return tr("when you end it")
    return clock_text(datetime.fromisoformat(active.ends_at).timestamp())


def _columns() -> list[Column[ActiveFaults]]:
    return [
        text_column(tr("Whose"), lambda each: target_words(each.target), 150),
        text_column(tr("Faults"), lambda each: each.text),
        count_column(tr("Connections"), lambda each: each.connections, 100),
        text_column(tr("Ends"), _ends, 120),
    ]


class FaultsDialog(ListDialog[ActiveFaults]):
    """Switches faults on for everyone, a user or a connection, and ends them.

    Attributes:
        whose_choice: For whom.
        form: What is broken.
        confirm_check: That other people's connections break, too; shown where others reach the server.
        put_button: Switches on, in place of what the target had.
        end_button, end_all_button: End the chosen ones, and all.

    Args:
        service: Whose connections.
        theme: Colours and icons.
        parent: The window; it stays usable meanwhile.
    """

    refresh_every_s = 0.5
    is_modal = False

    def __init__(self, service: Service, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, tr("Faults"), parent)
        self._service = service
        self._offered: list[tuple[str, str]] = []
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        self.set_size(92, 78)
        self.content.addWidget(
            text_label(self.tr("What clients make of a bad network. The server itself stays well."), "muted")
        )
        self.whose_choice = QComboBox(self)
        self.whose_choice.setMaxVisibleItems(20)
        hint = self.tr("The nearest counts: of a connection, else of its user, else of everyone.")
        self.content.addWidget(labelled(self.tr("Whose"), self.whose_choice, hint, self))
        self.form = FaultForm(self)
        self.content.addWidget(self.form)
        self.confirm_check = QCheckBox(
            self.tr("Others reach this server: break their connections, too"), self
        )
        self.content.addWidget(self.confirm_check)
        table = Table(self.theme, tr("Faults that are on"), _columns(), lambda each: each.target, self)
        self.content.addWidget(text_label(self.tr("On now"), "heading"))
        self.content.addWidget(self.build_list(table, self.tr("No connection is broken on purpose.")), 1)
        self.end_button = self.add_button(self.tr("End"), is_left=True)
        self.end_all_button = self.add_button(self.tr("End all"))
        self.foot.removeWidget(self.end_all_button)
        self.foot.insertWidget(1, self.end_all_button)
        self.close_button = self.add_button(self.tr("Close"))
        self.put_button = self.add_button(self.tr("Switch on"), "primary", is_default=True)

    def _connect(self) -> None:
        self.whose_choice.currentIndexChanged.connect(self._on_whose_chosen)
        self.form.edited.connect(self.update_controls)
        self.confirm_check.toggled.connect(self.update_controls)
        self.put_button.clicked.connect(self._on_put)
        self.end_button.clicked.connect(self._on_end)
        self.end_all_button.clicked.connect(self._on_end_all)
        self.close_button.clicked.connect(self.accept)

    # What is true now

    def refresh(self) -> None:
        """Show who is here, and which faults are on."""
        self._offer()
        host = self._service.location.host
        self.confirm_check.setVisible(not Address(host).is_only_here)
        self.show_rows(self._service.faults.active)

    def _offer(self) -> None:
        """Offer everyone, who is connected, and other accounts; whoever is chosen stays chosen."""
        offered = self._targets()
        if offered == self._offered or self.whose_choice.view().isVisible():
            return
        chosen = self.target
        if chosen not in [target for target, _ in offered]:
            offered.append(
                (chosen, self.tr("{name} (has left)").format(name=self.whose_choice.currentText()))
            )
        self._offered = offered
        # The same target stays chosen: its faults must not overwrite what is being typed.
        with QSignalBlocker(self.whose_choice):
            self.whose_choice.clear()
            for target, label in offered:
                self.whose_choice.addItem(label, target)
            self.whose_choice.setCurrentIndex(self.whose_choice.findData(chosen))

    def _targets(self) -> list[tuple[str, str]]:
        clients = sorted(self._service.hub.clients.values(), key=lambda each: each.number)
        here = {each.identity.user_id: each.username for each in clients if each.is_authenticated}
        absent = {each.id: each.username for each in self._service.accounts.users() if each.id not in here}
        names = [*here.items(), *list(absent.items())[:MOST_ABSENT]]
        users = [(f"user:{key}", self.tr("User {name}").format(name=visible(name))) for key, name in names]
        single = self.tr("Connection #{number} {name}")
        connections = [
            (f"conn:{each.client_id}", single.format(number=each.number, name=visible(each.username)).strip())
            for each in clients
        ]
        return [(ALL, self.tr("Everyone")), *users, *connections]

    @property
    def target(self) -> str:
        """The target that is chosen, as the registry calls it."""
        return str(self.whose_choice.currentData() or ALL)

    def update_controls(self) -> None:
        """Enable what can be done now."""
        is_running = self._service.state is ServerState.RUNNING
        is_allowed = self.confirm_check.isHidden() or self.confirm_check.isChecked()
        faults = self.form.faults()
        is_something = bool(describe(faults) or faults.close_code or faults.expire_token)
        self.put_button.setEnabled(is_running and is_allowed and is_something)
        self.put_button.setToolTip("" if is_running else self.tr("Start the server first"))
        self.end_button.setEnabled(bool(self.table.chosen()))
        self.end_all_button.setEnabled(bool(self._service.faults.active))

    # Acting

    def _on_whose_chosen(self) -> None:
        """Show the faults that the target has; a target without any keeps what was typed."""
        faults = self._service.faults.get(self.target)
        if faults is not None:
            self.form.show_faults(faults)
        self.update_controls()

    @async_slot
    async def _on_put(self) -> None:
        target, faults = self.target, self.form.faults()
        await self._service.accounts.audit.write("set faults", self.whose_choice.currentText())
        self._service.faults.put(target, faults)
        self.form.clear_once()
        self.refresh()

    @async_slot
    async def _on_end(self) -> None:
        await self._end(self.table.chosen())

    @async_slot
    async def _on_end_all(self) -> None:
        await self._end(self._service.faults.active)

    async def _end(self, ended: list[ActiveFaults]) -> None:
        for each in ended:
            await self._service.accounts.audit.write("end faults", target_words(each.target))
            self._service.faults.remove(self._key(each.target))
        self.refresh()

    def _key(self, named: str) -> str:
        """Return a target as the registry calls it: an account by its id."""
        kind, _, value = named.partition(":")
        account = self._service.accounts.find(value) if kind == "user" else None
        return f"user:{account.id}" if account is not None else named

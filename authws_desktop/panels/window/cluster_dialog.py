"""The nodes of the cluster this server is part of: how they are, and sending a node's clients elsewhere."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PySide6.QtWidgets import QLabel, QWidget

from authws_desktop.hub.relay import Elsewhere
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.chips import Chip, ChipShape
from authws_desktop.panels.kit.columns import chip_column, count_column, moment_column, text_column
from authws_desktop.panels.kit.confirm import confirm
from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.list_dialog import ListDialog
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import counted, duration_text, grouped, uptime_text
from authws_desktop.server.service import Service

NODE = PERSON = 0
QUIET_S = 6
"""A node beats every 5 s: one that did not is probably dead, and leaves the list within 16 s."""


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A node, as this one knows it.

    Attributes:
        id, url, program: Its name, where it is reached, and its version of the program.
        is_own: Whether it is this one.
        clients: How many take part there.
        in_s, out_s: Messages a second.
        lag_s: Its way through the engine and back, seconds.
        gaps: Envelopes of others that it never got.
        up_s: Since when it runs, by its own clock, seconds.
        silent_s: How long it has told nothing, seconds.
        is_draining: Whether it sends its clients elsewhere.
    """

    id: str
    url: str
    program: str
    is_own: bool
    clients: int
    in_s: int
    out_s: int
    lag_s: float
    gaps: int
    up_s: float
    silent_s: int
    is_draining: bool


def node_rows(service: Service) -> list[NodeRow]:
    """Return the nodes that are alive, as far as is known; none while the server is alone."""
    node = service.clustering.node
    if node is None:
        return []
    rows = []
    for name, row in node.roll.rows.items():
        is_own = name == node.id
        info = node.info if is_own else row.info
        rows.append(
            NodeRow(
                name,
                info.url,
                info.program,
                is_own,
                info.clients if is_own else node.directory.count_of(name),
                info.in_s,
                info.out_s,
                info.lag_s,
                info.gaps,
                time.time() - info.started_at,
                0 if is_own else node.roll.now_s - row.beat_s,
                info.is_draining,
            )
        )
    return rows


def _state(row: NodeRow) -> Chip:
    if row.silent_s > QUIET_S:
        return Chip(tr("silent {count} s").format(count=row.silent_s), "warn", ChipShape.PILL)
    if row.is_draining:
        return Chip(tr("draining"), "info", ChipShape.PILL)
    return Chip(tr("this one") if row.is_own else tr("there"), "good", ChipShape.PILL)


def _columns() -> list[Column[NodeRow]]:
    return [
        text_column(tr("Node"), lambda row: row.id, 150),
        chip_column(tr("State"), _state, 104),
        text_column(tr("Address"), lambda row: row.url),
        text_column(tr("Version"), lambda row: row.program, 72),
        count_column(tr("Clients"), lambda row: row.clients, 76),
        count_column(tr("In/s"), lambda row: row.in_s, 68),
        count_column(tr("Out/s"), lambda row: row.out_s, 76),
        Column(
            tr("Lag"),
            lambda row: duration_text(row.lag_s) if row.lag_s else "",
            lambda row: row.lag_s,
            tip=lambda _row: tr("From telling the others to hearing it back from the engine"),
            is_number=True,
            width_px=76,
        ),
        count_column(tr("Gaps"), lambda row: row.gaps, 64),
        Column(
            tr("Up"), lambda row: uptime_text(row.up_s), lambda row: row.up_s, is_number=True, width_px=92
        ),
    ]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A connection to another node.

    Attributes:
        person: Who it is.
        node: Which node.
    """

    person: Elsewhere
    node: str


def _people_columns() -> list[Column[PersonRow]]:
    return [
        text_column(tr("Connected elsewhere"), lambda row: row.person.username),
        text_column(tr("Node"), lambda row: row.node, 150),
        text_column(tr("App"), lambda row: row.person.app, 200),
        moment_column(tr("Since"), lambda row: row.person.since, 128),
    ]


class ClusterDialog(ListDialog[NodeRow]):
    """Lists the nodes; drains the chosen one.

    Attributes:
        engine_label: How the engine and the database are.
        people: Who is connected to the other nodes.
        disconnect_button: Closes the chosen ones of these.
        drain_button: Sends the clients of the chosen node elsewhere, or lets it take newcomers again.
    """

    is_modal = False
    refresh_every_s = 0.5

    def __init__(self, service: Service, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, tr("Cluster"), parent)
        self._service = service
        self._people: object = None
        self.set_size(126, 64)  # within a screen of 1,024 pixels
        table = Table(theme, self.tr("Nodes"), _columns(), lambda row: row.id, self, sorted_by=NODE)
        empty = self.tr(
            "This server is alone, and needs nothing else. Several that are one: see docs/cluster.md and the "
            "cluster's address on the Settings page."
        )
        self.content.addWidget(self.build_list(table, empty), 1)
        self.engine_label: QLabel = text_label("", "muted", self)
        self.content.addWidget(self.engine_label)
        self.people = Table(
            theme,
            self.tr("Connected elsewhere"),
            _people_columns(),
            lambda row: row.person.client_id,
            self,
            sorted_by=PERSON,
        )
        self.content.addWidget(self.people, 1)
        self.disconnect_button = self.add_button(self.tr("Disconnect"))
        self.disconnect_button.clicked.connect(self._on_disconnect_clicked)
        self.people.selectionModel().selectionChanged.connect(self._update_people)
        self.drain_button = self.add_button(self.tr("Drain…"))
        self.close_button = self.add_button(self.tr("Close"))
        self.drain_button.clicked.connect(self._on_drain_clicked)
        self.close_button.clicked.connect(self.accept)
        self.refresh()

    def refresh(self) -> None:
        """Show how it is now."""
        self.show_rows(node_rows(self._service))
        self.engine_label.setText(self._engine_text())
        self._show_people()
        trouble = self._service.clustering.trouble
        if trouble and trouble != self.notice.text:
            self.show_error(trouble)
        elif not trouble:
            self.notice.clear()

    def _show_people(self) -> None:
        node = self._service.clustering.node
        self.people.setVisible(node is not None)
        people = () if node is None else node.directory.people()
        # The same object until somebody comes or goes: of many, only then all are looked at.
        if node is not None and people is not self._people:
            self._people = people
            rows = [PersonRow(each, node.directory.node_of(each.client_id)) for each in people]
            self.people.show_rows(rows)
        self._update_people()

    def _update_people(self) -> None:
        self.disconnect_button.setEnabled(bool(self.people.chosen()))

    @async_slot
    async def _on_disconnect_clicked(self) -> None:
        chosen = [row.person.client_id for row in self.people.chosen()]
        title = self.tr("Disconnect {connections}?").format(
            connections=counted(len(chosen), "%n connection", "%n connections")
        )
        text = self.tr("They can connect again at once; a ban keeps people out.")
        if await confirm(self.theme, self, title, text, self.tr("Disconnect"), is_destructive=True):
            self._service.moderation.disconnect(chosen)

    def _engine_text(self) -> str:
        node = self._service.clustering.node
        if node is None:
            return ""
        engine = (
            self.tr("away")
            if not node.bus.is_up
            else self.tr("there, {lag}").format(lag=duration_text(node.lag_s))
        )
        text = self.tr("Engine: {engine} · {envelopes} envelopes told, {items} items, {dropped} dropped")
        database = self.tr("Database: {state}").format(
            state=self.tr("away") if self._service.accounts.troubles else self.tr("there")
        )
        told = text.format(
            engine=engine,
            envelopes=grouped(node.bus.envelopes_sent),
            items=grouped(node.bus.items_sent),
            dropped=grouped(node.bus.dropped),
        )
        settings = self.tr("Settings of all nodes: revision {number}").format(
            number=grouped(self._service.clustering.settings_revision)
        )
        return f"{told}\n{database} · {settings}"

    def update_controls(self) -> None:
        """Enable Drain while one node is chosen, and say what it would do."""
        chosen = self.table.chosen()
        self.drain_button.setEnabled(len(chosen) == 1 and len(self.table.shown()) > 1)
        is_draining = bool(chosen) and chosen[0].is_draining
        self.drain_button.setText(self.tr("Take clients again") if is_draining else self.tr("Drain…"))

    @async_slot
    async def _on_drain_clicked(self) -> None:
        node, row = self._service.clustering.node, self.table.chosen()[0]
        if node is None:
            return
        if not row.is_draining:
            text = self.tr(
                "This disconnects {clients} over {seconds} s; they come back to the other nodes. {node} gets "
                "no newcomers from the balancer until you let it."
            ).format(
                clients=counted(row.clients, "%n client", "%n clients"),
                seconds=self._service.settings.values.drain_s,
                node=row.id,
            )
            title = self.tr("Drain {node}?").format(node=row.id)
            if not await confirm(self.theme, self, title, text, self.tr("Drain"), is_destructive=True):
                return
        node.drain(row.id, is_on=not row.is_draining)

"""Sending as the server, or in a client's name: docked under the traffic, where the answer arrives."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListView,
    QPushButton,
    QWidget,
)

from authws_desktop.hub.client import Client
from authws_desktop.panels.kit.boxes import NO_MARGINS, horizontal_box, vertical_box
from authws_desktop.panels.kit.dialog import text_label
from authws_desktop.panels.kit.escape import numbered, visible
from authws_desktop.panels.kit.notices import NoticeBar, NoticeKind
from authws_desktop.panels.kit.remembered_texts import Memory, RememberedTexts
from authws_desktop.panels.kit.theme import GRID, ROW_HEIGHT, Theme, set_variant
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.kit.words import counted
from authws_desktop.panels.live import record_text
from authws_desktop.panels.live.json_editor import JsonEditor
from authws_desktop.panels.live.people_model import PeopleModel
from authws_desktop.server.host_messages import SendError, SendResult
from authws_desktop.server.service import Service

WHOM_PX = 38 * GRID
TEMPLATES_KEY = "live/send/templates"
MOST_TEMPLATES = 20
FIRST_DRAFT = '{\n  "text": "Hello from the host"\n}'


class Form(StrEnum):
    """What is sent."""

    MESSAGE = "message"
    FRAME = "frame"
    AS_CLIENT = "client"


class Audience(StrEnum):
    """To whom."""

    EVERYONE = "everyone"
    USERS = "users"
    CONNECTION = "connection"


class SendPanel(QWidget):
    """Edits JSON and sends it, as often as one likes; the rows above stay in sight.

    Attributes:
        form_choice: A message from `server`, a frame exactly as written, or a frame in a client's name.
        audience_choice, people, people_view: To whom.
        connection_choice: The one connection to send to, or in whose name.
        editor, templates, problem_label: What.
        send_button: Sends; Ctrl+Return.
        notice: What became of it.

    Args:
        service: Whose people.
        theme: Colours and icons.
        window_state: Where templates are remembered.
    """

    def __init__(self, service: Service, theme: Theme, window_state: WindowState) -> None:
        super().__init__()
        self._service = service
        self._theme = theme
        self._seen_revision: int | None = None
        self._state = window_state
        self._is_binary = False
        self._build()
        self._connect()
        self.editor.setPlainText(FIRST_DRAFT)
        self.refresh()

    # Building

    def _build(self) -> None:
        self._build_choices()
        self.notice = NoticeBar(self._theme, self)
        self.editor = JsonEditor(self._theme, self)
        self.problem_label = text_label("", "bad", self)
        row = horizontal_box(self, margins=(GRID, GRID // 2, GRID, GRID // 2), spacing=2 * GRID)
        whom = QWidget(self)
        whom.setFixedWidth(WHOM_PX)
        left = vertical_box(whom, margins=NO_MARGINS)
        left.addLayout(self._lay_out_choices())
        left.addWidget(self.people_view, 1)
        left.addStretch(0)
        row.addWidget(whom)
        right = vertical_box(spacing=GRID // 2)
        right.addWidget(self.editor, 1)
        right.addWidget(self.notice)  # below the text: what it says moves no line of it
        right.addLayout(self._build_foot())
        row.addLayout(right, 1)

    def _build_foot(self) -> QHBoxLayout:
        self.tidy_button = QPushButton(self.tr("Indent"), self)
        templates = QPushButton(self.tr("Templates"), self)
        memory = Memory(
            TEMPLATES_KEY, self.tr("Remember this message"), self.tr("Forget this message"), MOST_TEMPLATES
        )
        self.templates = RememberedTexts(templates, self._state, memory, self.editor.toPlainText)
        self.send_button = QPushButton(self.tr("Send"), self)
        set_variant(self.send_button, "kind", "primary")
        self.send_button.setToolTip(self.tr("Send (Ctrl+Return)"))
        foot = horizontal_box(spacing=GRID)
        foot.addWidget(self.tidy_button)
        foot.addWidget(templates)
        foot.addWidget(self.problem_label, 1)
        foot.addWidget(self.send_button)
        return foot

    def _build_choices(self) -> None:
        self.form_choice = QComboBox(self)
        self.form_choice.addItem(self.tr("A message from “server”"), Form.MESSAGE)
        self.form_choice.addItem(self.tr("This frame, as written"), Form.FRAME)
        self.form_choice.addItem(self.tr("In a client's name"), Form.AS_CLIENT)
        self.audience_choice = QComboBox(self)
        for audience in Audience:
            self.audience_choice.addItem("", audience)
        self.audience_choice.setItemText(1, self.tr("Chosen users"))
        self.audience_choice.setItemText(2, self.tr("One connection"))
        self.connection_choice = QComboBox(self)
        for choice, name in (
            (self.form_choice, self.tr("What to send")),
            (self.audience_choice, self.tr("To whom")),
            (self.connection_choice, self.tr("Connection")),
        ):
            choice.setAccessibleName(name)
        self.people = PeopleModel(self)
        self.people_view = QListView(self)
        self.people_view.setModel(self.people)
        self.people_view.setUniformItemSizes(True)
        self.people_view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.people_view.setTextElideMode(Qt.TextElideMode.ElideRight)
        set_variant(self.people_view, "kind", "choices")
        self.people_view.setMinimumHeight(3 * ROW_HEIGHT)
        self.people_view.setAccessibleName(self.tr("Users to send to"))

    def _lay_out_choices(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(GRID)
        grid.setColumnStretch(1, 1)
        self._who_label = QLabel(self)
        send_label, to_label = QLabel(self.tr("Send"), self), QLabel(self.tr("To"), self)
        self._to_label = to_label
        rows = ((send_label, self.form_choice), (to_label, self.audience_choice))
        for row, (label, choice) in enumerate((*rows, (self._who_label, self.connection_choice))):
            label.setBuddy(choice)
            grid.addWidget(label, row, 0)
            grid.addWidget(choice, row, 1)
        return grid

    def _connect(self) -> None:
        self.form_choice.currentIndexChanged.connect(self.refresh)
        for choice in (self.audience_choice, self.connection_choice):
            choice.currentIndexChanged.connect(self.update_controls)
        self.people.itemChanged.connect(self.update_controls)
        self.editor.judged.connect(self.update_controls)
        self.templates.chosen.connect(self.editor.setPlainText)
        self.tidy_button.clicked.connect(self.editor.tidy)
        self.send_button.clicked.connect(self.send)
        within = Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(QKeySequence("Ctrl+Return"), self, self.send_button.click, context=within)

    # Choosing

    @property
    def form(self) -> Form:
        """What is sent."""
        return Form(self.form_choice.currentData())

    @property
    def audience(self) -> Audience:
        """To whom."""
        return Audience(self.audience_choice.currentData())

    def choose_clients(self, clients: Sequence[Client]) -> None:
        """Send to these: to their users, or to the one connection."""
        members = [client for client in clients if client.is_authenticated]
        if len(clients) == 1 and len(self._service.hub.connections_of(clients[0].identity.user_id)) != 1:
            self._choose(self.audience_choice, Audience.CONNECTION)
            self._choose(self.connection_choice, clients[0].client_id)
        elif members:
            self.choose_users([client.identity.user_id for client in members])

    def choose_everyone(self) -> None:
        """Send to all who are logged in."""
        self._choose(self.audience_choice, Audience.EVERYONE)

    def choose_users(self, user_ids: Sequence[str]) -> None:
        """Send to all connections of these users."""
        self._choose(self.audience_choice, Audience.USERS)
        self.people.check(user_ids)

    def take_frame(self, text: str, form: Form, client_id: str, *, is_binary: bool = False) -> None:
        """Offer a captured frame for sending again.

        Args:
            text: The frame.
            form: As a frame of the server or in a client's name.
            client_id: To or in whose name.
            is_binary: Whether it came as a binary frame.
        """
        self.editor.setPlainText(text)
        self._is_binary = is_binary
        self._choose(self.form_choice, form)
        self._choose(self.audience_choice, Audience.CONNECTION if client_id else Audience.EVERYONE)
        self._choose(self.connection_choice, client_id)

    @staticmethod
    def _choose(choice: QComboBox, data: object) -> None:
        choice.setCurrentIndex(choice.findData(data))

    # Showing

    def follow(self) -> None:
        """Show who is here now, if that changed; called some times a second while it can be seen."""
        if self._service.hub.revision != self._seen_revision:
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show who is here now."""
        self._seen_revision = self._service.hub.revision
        hub = self._service.hub
        members = [client for client in hub.everywhere().values() if client.is_authenticated]
        counts: dict[str, list[Client]] = {}
        for client in members:
            counts.setdefault(client.identity.user_id, []).append(client)
        self.people.show_people([(key, visible(found[0].username)) for key, found in counts.items()])
        everyone = counted(len(members), "%n connection", "%n connections")
        self.audience_choice.setItemText(0, self.tr("Everyone ({connections})").format(connections=everyone))
        self._show_connections(list(hub.clients.values()) if self.form is Form.AS_CLIENT else members)
        self.update_controls()

    def _show_connections(self, clients: Sequence[Client]) -> None:
        rows = [(_describe(client), client.client_id) for client in clients]
        choice = self.connection_choice
        if rows == [(choice.itemText(row), choice.itemData(row)) for row in range(choice.count())]:
            return
        chosen = choice.currentData()
        choice.clear()
        for text, key in rows:
            choice.addItem(text, key)
        # Somebody else must not get what was meant for a connection that is gone.
        choice.setCurrentIndex(choice.findData(chosen) if chosen is not None else 0)

    @Slot()
    def update_controls(self) -> None:
        """Show what this way of sending needs, and enable Send once it can be done."""
        is_as_client = self.form is Form.AS_CLIENT
        is_one = is_as_client or self.audience is Audience.CONNECTION
        self.audience_choice.setVisible(not is_as_client)
        self._to_label.setVisible(not is_as_client)
        self.people_view.setVisible(not is_as_client and self.audience is Audience.USERS)
        self.connection_choice.setVisible(is_one)
        self._who_label.setVisible(is_one)
        self._who_label.setText(self.tr("As") if is_as_client else self.tr("Connection"))
        problem = self.editor.problem
        self.problem_label.setText(problem.sentence if problem is not None else "")
        # In a client's name a broken frame may be just what is wanted.
        is_good = problem is None or (is_as_client and bool(self.editor.toPlainText()))
        self.send_button.setEnabled(is_good and self._has_receiver())
        self.tidy_button.setEnabled(problem is None)

    def _has_receiver(self) -> bool:
        if self.form is Form.AS_CLIENT or self.audience is Audience.CONNECTION:
            return self.connection_choice.currentData() is not None
        if self.audience is Audience.USERS:
            return bool(self.people.checked())
        return any(client.is_authenticated for client in self._service.hub.everywhere().values())

    # Sending

    @Slot()
    def send(self) -> None:
        """Send, and say what became of it."""
        try:
            if self.form is Form.AS_CLIENT:
                self._send_as_client()
            else:
                self._say_sent(self._send())
        except SendError as error:
            self.notice.show_notice(str(error), NoticeKind.BAD)
        self.refresh()

    def _send(self) -> SendResult:
        host, text = self._service.host_messages, self.editor.toPlainText()
        is_frame = self.form is Form.FRAME
        if self.audience is Audience.USERS:
            return host.to_users(self.people.checked(), text, is_frame=is_frame)
        if self.audience is Audience.CONNECTION:
            return host.to_connection(str(self.connection_choice.currentData()), text, is_frame=is_frame)
        return host.to_everyone(text, is_frame=is_frame)

    def _send_as_client(self) -> None:
        payload = self.editor.toPlainText().encode("utf-8", "surrogateescape")
        who = str(self.connection_choice.currentData())
        self._service.host_messages.in_the_name_of(who, payload, is_binary=self._is_binary)
        text = self.tr("Done as {client}. What followed is in the traffic.").format(
            client=self.connection_choice.currentText()
        )
        self.notice.show_notice(text, NoticeKind.GOOD)

    def _say_sent(self, sent: SendResult) -> None:
        text = self.tr("Sent to {connections}.").format(
            connections=counted(sent.recipients, "%n connection", "%n connections")
        )
        if sent.held:
            text += " " + self.tr("{count} of them read slowly; it waits.").format(count=sent.held)
        self.notice.show_notice(text, NoticeKind.WARN if sent.held else NoticeKind.GOOD)


def _describe(client: Client) -> str:
    identity = client.identity
    name = record_text.identity_name(identity)
    shown = f"{name} {visible(identity.node)}" if identity.node else numbered(name, identity.number)
    return f"{shown} ({visible(identity.app)})" if identity.app else shown

"""The dialog that bans users or addresses: until when, why, and whom it disconnects."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QDateTime
from PySide6.QtWidgets import QComboBox, QDateTimeEdit, QLineEdit, QWidget

from authws_desktop.accounts.names import LABEL_MAX_CHARS
from authws_desktop.admission.bans import Subject
from authws_desktop.hub.client import Client
from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.form_dialog import FormDialog
from authws_desktop.panels.kit.form_field import FormField, labelled, message_label
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import counted
from authws_desktop.server.service import Service

_LENGTHS_S = (3600, 86_400, 604_800)
CHOSEN_TIME = -1.0
"""The data of the choice that shows the field for a time."""


@dataclass(frozen=True)
class BanTarget:
    """Whom to ban.

    Attributes:
        subject: What `value` is.
        value: A user's id or an address.
        name: As shown.
    """

    subject: Subject
    value: str
    name: str


class BanDialog(FormDialog):
    """Asks until when and why, says whom it reaches, and bans.

    Attributes:
        reach_label: What happens at once.
        end_choice, end_field: Until when.
        reason_field: Why.

    Args:
        service: Whose people.
        targets: Whom; all users or all addresses.
        theme: Colours and icons.
        parent: The page.
    """

    refresh_every_s = 0.5

    def __init__(self, service: Service, targets: Sequence[BanTarget], theme: Theme, parent: QWidget) -> None:
        names = [visible(target.name) for target in targets]
        if len(names) == 1:
            whom = names[0]
        elif targets[0].subject is Subject.USER:
            whom = self.tr("{count} users").format(count=len(names))
        else:
            whom = self.tr("{count} addresses").format(count=len(names))
        super().__init__(
            theme,
            self.tr("Ban {whom}?").format(whom=whom),
            self.tr("Ban"),
            self._ban,
            parent,
            is_destructive=True,
        )
        self._service = service
        self._targets = list(targets)
        self._build()
        self.refresh()

    def _build(self) -> None:
        self.reach_label = message_label(self)
        self.content.addWidget(self.reach_label)
        self.end_choice = QComboBox(self)
        for label, length_s in zip(
            (self.tr("For an hour"), self.tr("For a day"), self.tr("For a week")), _LENGTHS_S, strict=True
        ):
            self.end_choice.addItem(label, float(length_s))
        self.end_choice.addItem(self.tr("Until I lift it"), None)
        self.end_choice.addItem(self.tr("Until a time…"), CHOSEN_TIME)
        self.end_choice.setCurrentIndex(1)
        self.end_field = QDateTimeEdit(QDateTime.currentDateTime().addDays(1), self, calendarPopup=True)
        self.end_field.setAccessibleName(self.tr("Banned until"))
        self.end_field.setMinimumDateTime(QDateTime.currentDateTime())
        self.end_field.hide()
        self.content.addWidget(
            labelled(
                self.tr("How long"), self.end_choice, self.tr("It ends by itself, or when you lift it."), self
            )
        )
        self.content.addWidget(self.end_field)
        line = QLineEdit(self, maxLength=LABEL_MAX_CHARS)
        hint = self.tr("Optional. They are told it when they are disconnected or refused.")
        self.reason_field = self.add_field("reason", FormField(self.theme, self.tr("Reason"), line, hint))
        self.end_choice.currentIndexChanged.connect(self._on_end_chosen)

    def _on_end_chosen(self) -> None:
        self.end_field.setVisible(self.end_choice.currentData() == CHOSEN_TIME)

    def until(self) -> float | None:
        """Return when the ban ends, seconds since the epoch; `None` for never."""
        length_s: float | None = self.end_choice.currentData()
        if length_s is None:
            return None
        if length_s == CHOSEN_TIME:
            return self.end_field.dateTime().toSecsSinceEpoch()
        return time.time() + length_s

    def refresh(self) -> None:
        """Say whom it reaches now."""
        count = len(self._reached())
        if count:
            ended = counted(count, "%n connection", "%n connections")
            text = self.tr("Disconnects {connections} now, and refuses every new one.").format(
                connections=ended
            )
        else:
            text = self.tr("Nobody is disconnected now; new connections and logins are refused.")
        if self._targets[0].subject is Subject.ADDRESS:
            text += " " + self.tr("Everybody behind the same router may share an address.")
        self.reach_label.setText(text)
        self.reach_label.setAccessibleName(text)

    def _reached(self) -> list[Client]:
        moderation = self._service.moderation
        found: dict[str, Client] = {}
        for target in self._targets:
            is_user = target.subject is Subject.USER
            reached = moderation.reached_by_user if is_user else moderation.reached_by_address
            found.update((client.client_id, client) for client in reached(target.value))
        return list(found.values())

    async def _ban(self) -> None:
        until, reason = self.until(), self.reason_field.line.text()
        moderation = self._service.moderation
        for target in self._targets:
            ban = moderation.ban_user if target.subject is Subject.USER else moderation.ban_address
            await ban(target.value, until, reason)

"""The tables of the detail: a token's claims, and who got a message."""

from __future__ import annotations

import json
from typing import Any

from authws_desktop.panels.kit.chips import Chip, ChipShape
from authws_desktop.panels.kit.columns import chip_column
from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import duration_text
from authws_desktop.traffic.record import Delivery, Fate, HeldFrame, Identity

Verdict = dict[str, Any]
Recipient = tuple[Identity, HeldFrame | None]
"""Who a message was for, and its frame where that was held back; `None` if it was written at once."""
_UNSETTLED = (Fate.WAITING, Fate.QUEUED, Fate.UNACKNOWLEDGED, Fate.REPLAYED)
"""Fates that may still change; a replayed message may yet be acknowledged."""


class ClaimsTable(Table[Verdict]):
    """The verdict on each part of a token."""

    def __init__(self, theme: Theme) -> None:
        columns: list[Column[Verdict]] = [
            Column(tr("Part"), lambda each: visible(str(each.get("claim", ""))), width_px=96),
            chip_column(tr("Verdict"), _verdict_chip, 112),
            Column(tr("Why"), lambda each: visible(str(each.get("text", "")))),
        ]
        super().__init__(theme, tr("Claims of the token"), columns, id)

    def load(self, claims: bytes) -> None:
        """Show the claims of a record; broken ones as none."""
        try:
            found = json.loads(claims) if claims else []
        except (ValueError, RecursionError):
            found = []
        found = found if isinstance(found, list) else []
        self.source.replace_rows([each for each in found if isinstance(each, dict)])


def _verdict_chip(verdict: Verdict) -> Chip:
    if verdict.get("is_good"):
        return Chip(tr("accepted"), "good", ChipShape.PILL)
    return Chip(tr("refused"), "bad", ChipShape.CUT)


class DeliveryTable(Table[Recipient]):
    """Who a message was for, and whether it was written; whom it did not reach at once comes first."""

    def __init__(self, theme: Theme) -> None:
        columns: list[Column[Recipient]] = [
            Column(tr("User"), lambda row: visible(row[0].username), width_px=168),
            Column(tr("Connection"), lambda row: f"#{row[0].number}" if row[0].number else "", width_px=92),
            chip_column(tr("Delivery"), _fate_chip, 104),
            Column(tr("Within"), self._took, is_number=True, width_px=92),
            Column(tr("Address"), lambda row: visible(row[0].address), width_px=132),
            Column(tr("App"), lambda row: visible(row[0].app)),
        ]
        super().__init__(theme, tr("Delivery"), columns, lambda row: row[0].client_id)
        self._took_s = 0.0
        self._held: tuple[HeldFrame, ...] = ()
        self._fates: list[Fate] = []

    def load(self, delivery: Delivery | None) -> None:
        """Show the delivery of a record."""
        self._held = tuple(delivery.held) if delivery else ()
        self._took_s = delivery.took_s if delivery else 0.0
        held = {each.identity.client_id: each for each in self._held}
        recipients = delivery.recipients if delivery else ()
        stored = delivery.stored if delivery else None
        rows: list[Recipient] = [(each, held.get(each.client_id) or stored) for each in recipients]
        if stored is not None and not rows:
            rows.append((stored.identity, stored))  # nobody was there
        self._held += () if stored is None else (stored,)
        self._fates = [each.fate for each in self._held]
        self.source.replace_rows(sorted(rows, key=lambda row: row[1] is None))

    def refresh(self) -> bool:
        """Show what became of frames that waited; `False` if nothing changed."""
        fates = [held.fate for held in self._held]
        if fates == self._fates:
            return False
        self._fates = fates
        self.source.words_changed()
        return True

    def _took(self, row: Recipient) -> str:
        """Return after how long it got there or was given up."""
        held = row[1]
        after_s = self._took_s if held is None else held.after_s
        is_over = held is None or held.fate not in _UNSETTLED
        return duration_text(after_s) if is_over and after_s is not None else ""


def _fate_chip(row: Recipient) -> Chip:
    held = row[1]
    if held is None:
        return Chip(tr("written"), "good", ChipShape.PILL)
    return {
        Fate.WAITING: Chip(tr("waiting"), "warn", ChipShape.CUT),
        Fate.SENT: Chip(tr("sent late"), "warn", ChipShape.PILL),
        Fate.LOST: Chip(tr("lost: closed"), "bad", ChipShape.CUT),
        Fate.QUEUED: Chip(tr("queued"), "warn", ChipShape.TAG),
        Fate.REPLAYED: Chip(tr("replayed"), "good", ChipShape.TAG),
        Fate.UNACKNOWLEDGED: Chip(tr("written"), "info", ChipShape.PILL),
        Fate.ACKNOWLEDGED: Chip(tr("acknowledged"), "good", ChipShape.PILL),
        Fate.EXPIRED: Chip(tr("expired"), "bad", ChipShape.CUT),
    }[held.fate]

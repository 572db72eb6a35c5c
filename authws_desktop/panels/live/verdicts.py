"""What became of a row, in words: for the detail's Delivery and Why."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime

from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.sentences import said
from authws_desktop.panels.kit.words import counted, duration_text, grouped, when_text
from authws_desktop.panels.live import record_text
from authws_desktop.traffic.record import Delivery, Fate, HeldFrame, Record


def verdict(record: Record) -> str:
    """Return what became of a row in a sentence or two: its refusal, or who got it."""
    detail = said(visible(record.detail))
    if record.outcome:
        outcome = record_text.untold_outcome(record)
        return ": ".join(part for part in (outcome, detail) if part)
    delivery = record.delivery
    if delivery is None:
        if record.recipients:
            return tr("Written to {connections}.").format(connections=_connections(record.recipients))
        return detail or tr("Received; nothing was passed on.")
    if delivery.stored is not None and not delivery.recipients:
        return _stored(delivery.stored, _moment(delivery.queued_until))
    written = len(delivery.recipients) - len(delivery.held)
    text = tr("Written to {written} of {connections} within {time}.").format(
        written=grouped(written),
        connections=_connections(len(delivery.recipients)),
        time=duration_text(delivery.took_s),
    )
    told = [] if delivery.stored is None else [_stored(delivery.stored, "")]
    return " ".join([text, *_fates(delivery), *told])


def _stored(stored: HeldFrame, until: str) -> str:
    """Return what has become of a message that is kept for its recipient."""
    name, after = visible(stored.identity.username), duration_text(stored.after_s)
    words = {
        Fate.QUEUED: tr("{name} is away: it waits for the next login, until {until}."),
        Fate.REPLAYED: tr("{name} was away, and got it {after} later."),
        Fate.UNACKNOWLEDGED: tr("Not acknowledged yet."),
        Fate.ACKNOWLEDGED: tr("{name} acknowledged it {after} later."),
        Fate.EXPIRED: tr("{name} did not fetch it in time; it is gone."),
    }
    return words.get(stored.fate, "").format(name=name, after=after, until=until)


def _moment(timestamp: str) -> str:
    """Return a time of the wire as people say it; what is none, such as nothing, as it is."""
    try:
        return when_text(datetime.fromisoformat(timestamp).timestamp(), time.time())
    except ValueError:
        return timestamp


def _fates(delivery: Delivery) -> list[str]:
    """Return what became of what could not be written at once."""
    counts = Counter(held.fate for held in delivery.held)
    words = {
        Fate.SENT: ("%n was sent late.", "%n were sent late."),
        Fate.WAITING: ("%n reads slowly: it waits.", "%n read slowly: it waits for them."),
        Fate.LOST: ("%n was lost as the connection closed.", "%n were lost as their connections closed."),
    }
    return [counted(counts[fate], *forms) for fate, forms in words.items() if counts[fate]]


def _connections(count: int) -> str:
    return counted(count, "%n connection", "%n connections")

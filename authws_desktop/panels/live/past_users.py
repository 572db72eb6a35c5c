"""Who was there at a moment that is past, from the rows that are kept. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from authws_desktop.hub.client import Client
from authws_desktop.traffic.record import Identity, Kind, Record, is_login


@dataclass(frozen=True, slots=True)
class PastUser:
    """A connection as it was then.

    Attributes:
        identity: Whose it was; without a name before it logged in.
        since_s: When it had connected, seconds since the epoch; 0 if that is longer ago than the rows reach.
        rows: How many rows it had had by then.
    """

    identity: Identity
    since_s: float
    rows: int


@dataclass(slots=True)
class _Track:
    """What the rows say of a connection."""

    identity: Identity
    since_s: float = 0.0
    rows: int = 0
    is_gone: bool = False
    is_later: bool = False


def users_at(moment_s: float, records: Sequence[Record], live: Iterable[Client]) -> list[PastUser]:
    """Return the connections that were open at a moment, by number.

    One whose beginning lies before the first row was there from before; of one that is only seen later, it is
    known that it was there if it did not connect later.

    Args:
        moment_s: Seconds since the epoch.
        records: The rows that are kept, oldest first.
        live: Who is connected now; nobody, where the rows are of a file.
    """
    tracks: dict[int, _Track] = {}
    for client in live:
        if client.connected_at <= moment_s:
            tracks[client.number] = _Track(client.identity, client.connected_at)
    for record in records:
        number = record.identity.number
        if not number:
            continue
        track = tracks.get(number)
        if track is None:
            track = tracks[number] = _Track(record.identity)
        if record.time_s <= moment_s:
            _follow(track, record)
        elif not track.is_later:
            _look_back(track, record)
    there = [track for number, track in sorted(tracks.items()) if not track.is_gone]
    return [PastUser(track.identity, track.since_s, track.rows) for track in there]


def _follow(track: _Track, record: Record) -> None:
    """Update a connection's state by a row from before the moment."""
    track.rows += 1
    track.identity = record.identity
    if record.kind is Kind.CONNECT:
        track.since_s = record.time_s
    elif record.kind is Kind.DISCONNECT:
        track.is_gone = True


def _look_back(track: _Track, record: Record) -> None:
    """Infer a connection's state at the moment from the first row after it."""
    track.is_later = True
    if record.kind is Kind.CONNECT:
        track.is_gone = True
    elif not track.rows:
        track.identity = _without_name(record.identity) if is_login(record) else record.identity


def _without_name(identity: Identity) -> Identity:
    return Identity(identity.number, identity.client_id, identity.address, app=identity.app)

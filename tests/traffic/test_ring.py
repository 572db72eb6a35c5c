"""The ring of records, and what keeps secrets out of it."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authws_desktop.traffic.record import OVERHEAD_BYTES, Direction, Identity, Kind, Record
from authws_desktop.traffic.recorder import PAYLOAD_KEPT_BYTES, Recorder
from authws_desktop.traffic.redaction import redact
from authws_desktop.traffic.ring import TrafficRing

TOKEN = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
IDENTITY = Identity(1, "c1")


def record(number: int, payload: bytes = b"") -> Record:
    return Record(number, 0.0, Direction.IN, Kind.MESSAGE, IDENTITY, payload)


def numbers(ring: TrafficRing) -> list[int]:
    return [each.number for each in ring.after(0)]


@given(st.integers(1, 30), st.integers(0, 100), st.integers(0, 110))
def test_the_newest_records_are_kept_in_order(size: int, count: int, after: int) -> None:
    """Whatever the size and however much passed."""
    ring = TrafficRing(size, 10**9)
    for number in range(1, count + 1):
        ring.append(record(number))
    kept = list(range(max(1, count - size + 1), count + 1))
    assert numbers(ring) == kept
    assert len(ring) == len(kept)
    assert [each.number for each in ring.after(after)] == [number for number in kept if number > after]
    assert [each.number for each in ring.after(after, 3)] == [number for number in kept if number > after][:3]
    assert all((got := ring.get(number)) is not None and got.number == number for number in kept)
    assert ring.get(ring.first_number - 1) is None
    assert ring.get(count + 1) is None
    assert ring.size_bytes == len(kept) * OVERHEAD_BYTES


def test_memory_is_bounded_too() -> None:
    """Large payloads push old rows out before the number of rows does."""
    ring = TrafficRing(1000, 10_000)
    for number in range(1, 101):
        ring.append(record(number, b"x" * 1000))
        assert ring.size_bytes <= 10_000
    assert numbers(ring) == list(range(101 - 10_000 // (1000 + OVERHEAD_BYTES), 101))


def test_the_newest_record_is_kept_even_if_it_is_too_large_alone() -> None:
    """A row that was seen to arrive must not vanish at once."""
    ring = TrafficRing(10, 1000)
    ring.append(record(1))
    ring.append(record(2, b"x" * 5000))
    assert numbers(ring) == [2]


def test_memory_is_flat_once_the_ring_is_full() -> None:
    """Counted in live objects, not in time."""
    ring = TrafficRing(500, 10**9)
    recorder = Recorder(ring)

    def fill() -> int:
        for _ in range(2000):
            recorder.add(Direction.IN, Kind.MESSAGE, IDENTITY, b"x" * 50)
        return sys.getallocatedblocks()

    fill()
    first = fill()
    assert fill() - first < 500


def test_clearing_keeps_counting() -> None:
    """Numbers go on, so that a view never mixes old and new."""
    ring = TrafficRing()
    ring.append(record(1))
    ring.clear()
    assert (len(ring), ring.next_number, ring.size_bytes) == (0, 2, 0)
    ring.append(record(2))
    assert numbers(ring) == [2]


@pytest.mark.parametrize(("size", "kept"), [(3, [8, 9, 10]), (5, [6, 7, 8, 9, 10]), (50, [6, 7, 8, 9, 10])])
def test_resizing_keeps_the_newest(size: int, kept: list[int]) -> None:
    """Smaller, same and larger; and it works on afterwards."""
    ring = TrafficRing(5, 10**9)
    for number in range(1, 11):
        ring.append(record(number))
    ring.resize(size, 10**8)
    assert numbers(ring) == kept
    for number in range(11, 200):
        ring.append(record(number))
    assert numbers(ring) == list(range(200 - size, 200))


def test_a_gap_in_the_numbers_is_a_mistake() -> None:
    """Rows are found by number: a gap would show the wrong ones."""
    ring = TrafficRing()
    with pytest.raises(ValueError, match="does not follow"):
        ring.append(record(2))


@pytest.mark.parametrize(
    "payload",
    [
        b'{"type":"authenticate","token":"' + TOKEN + b'"}',
        b'{"type":"authenticate","token" : "' + TOKEN,
        b'{"token":"' + TOKEN[:30],
        b'{"username":"ana","password":"hunter22"}',
        b'{"password":"hun\\"ter22"}',
        b'{"password": 12345678hunter22}',
        b'{"currentPassword":"hunter22","newPassword":"hunter22!"}',
        b"garbage " + TOKEN + b" garbage",
        b'{"content":{"text":"my token is ' + TOKEN + b'"}}',
        b"\xff\xfe" + TOKEN,
    ],
)
def test_tokens_and_passwords_never_reach_a_record(payload: bytes) -> None:
    """Well formed or broken, as field or in a text."""
    ring = TrafficRing()
    Recorder(ring).add(
        Direction.IN,
        Kind.INVALID,
        IDENTITY,
        payload,
        to=TOKEN.decode(),
        detail=f"x {TOKEN.decode()}",
        claims=payload,
    )
    (kept,) = ring.after(0)
    everything = repr(kept).encode()
    for secret in (TOKEN, TOKEN[:30], b"hunter22", b'ter22"'):
        assert secret not in everything
    assert kept.size_bytes == len(payload)


@pytest.mark.parametrize(
    "payload", [b'{"type":"message","content":"eye"}', b"", b"\x00\xff", b'{"tokens":3}']
)
def test_what_holds_no_secret_is_kept_as_it_is(payload: bytes) -> None:
    """Redaction must not falsify the record."""
    assert redact(payload) is payload or redact(payload) == payload


@given(st.binary(max_size=300))
def test_redaction_takes_any_bytes(payload: bytes) -> None:
    """And never lets a token through."""
    assert TOKEN not in redact(payload + b' "token": "' + TOKEN)


def test_huge_payloads_are_cut_in_the_record_only() -> None:
    """The size says what it was."""
    ring = TrafficRing()
    Recorder(ring).add(Direction.IN, Kind.MESSAGE, IDENTITY, b"x" * (PAYLOAD_KEPT_BYTES + 5))
    (kept,) = ring.after(0)
    assert (len(kept.payload), kept.size_bytes) == (PAYLOAD_KEPT_BYTES, PAYLOAD_KEPT_BYTES + 5)


def test_less_memory_holds_at_once() -> None:
    """Fewer bytes than are in use: the oldest rows go."""
    ring = TrafficRing(1000, 10_000)
    for number in range(1, 7):
        ring.append(record(number, b"x" * 1000))
    ring.resize(1000, 3000)
    assert numbers(ring) == [5, 6]
    assert ring.size_bytes == 2 * (1000 + OVERHEAD_BYTES)

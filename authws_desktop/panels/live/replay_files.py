"""What *Make it a test* writes: a recording, and a test around it. No Qt."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from authws_desktop.files import write_atomically
from authws_desktop.traffic.record import Kind, Record

_TEST = '''"""Recorded in Authws Desktop: the same frames get the same answers."""

from pathlib import Path

RECORDING = Path(__file__).with_name("{recording}")


def test_{name}(authws):
    """Needs the package pytest-authws; see docs/testing.md of Authws Desktop."""
    replay = authws.replay(RECORDING)
    assert replay.steps > 0
'''


def rows_of_test(record: Record, numbers: Sequence[int], get: Callable[[int], Record | None]) -> list[int]:
    """Return the numbers of the rows that a test of one row needs: from its connection's beginning on.

    Args:
        record: The row.
        numbers: Of all rows that are kept, in order.
        get: Returns a row by its number.
    """
    start = numbers[0] if numbers else 0
    for number in reversed([each for each in numbers if each <= record.number]):
        found = get(number)
        if found is None or found.kind is not Kind.CONNECT:
            continue
        if found.identity.number == record.identity.number:
            start = number
            break
    return [each for each in numbers if each >= start]


def write_test(recording: Path) -> Path:
    """Write the test beside a recording; return its file.

    Raises:
        OSError: It cannot be written.
    """
    name = re.sub(r"\W+", "_", recording.stem.casefold(), flags=re.ASCII).strip("_") or "recording"
    file = recording.with_name(f"test_{name}.py")
    write_atomically(
        file, _TEST.format(recording=recording.name.replace('"', '\\"'), name=name).encode(), 0o644
    )
    return file

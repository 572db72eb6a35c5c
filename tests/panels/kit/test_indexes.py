"""Stretches of row numbers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from authws_desktop.panels.kit.indexes import stretches


@given(st.sets(st.integers(0, 40)))
def test_stretches_are_the_fewest_that_hold_every_number(numbers: set[int]) -> None:
    """Together they hold exactly the numbers, and between two of them one is missing."""
    found = list(stretches(sorted(numbers)))
    assert [each for first, last in found for each in range(first, last + 1)] == sorted(numbers)
    assert all(after[0] > before[1] + 1 for before, after in pairwise(found))

"""What the numbers of other nodes say."""

from __future__ import annotations

from authws_desktop.cluster.numbers import Heard, Numbers

BEFORE, NOW = b"before", b"now"


def test_a_number_says_what_came_before_it() -> None:
    """In order it says nothing, behind a hole how many are missing, and a second time that it came."""
    numbers = Numbers()
    heard = [numbers.hear("node", NOW, number) for number in (5, 6, 6, 10, 9, 11)]
    assert heard == [
        Heard(is_first=True),
        Heard(),
        Heard(is_again=True),
        Heard(missing=3),
        Heard(is_again=True),
        Heard(),
    ]


def test_each_start_of_each_node_counts_on_its_own() -> None:
    """So does a node that was forgotten."""
    numbers = Numbers()
    assert numbers.hear("one", BEFORE, 7).is_first
    assert numbers.hear("two", BEFORE, 1).is_first
    assert numbers.hear("one", NOW, 1).is_first
    numbers.forget("one")
    assert numbers.hear("one", NOW, 1).is_first
    assert numbers.hear("two", BEFORE, 2) == Heard()

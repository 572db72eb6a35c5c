"""Making very many accounts does not look for garbage among them."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from authws_desktop.accounts.collector import collector_held_back
from authws_desktop.accounts.directory import Accounts


@pytest.fixture
def searches() -> Iterator[list[int]]:
    """Have Python search for garbage very often, and count it."""
    found: list[int] = []

    def on_search(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            found.append(info["generation"])

    before = gc.get_threshold()
    gc.callbacks.append(on_search)
    gc.set_threshold(20, 2, 2)
    yield found
    gc.set_threshold(*before)
    gc.callbacks.remove(on_search)
    gc.unfreeze()


def test_nothing_is_searched_inside_and_what_stays_never_again(searches: list[int]) -> None:
    """Inside there is no search; afterwards there is, but not among what was made."""
    made: list[list[int]] = []
    with collector_held_back():
        searches.clear()
        made += [[number] for number in range(5000)]
        assert searches == []
    assert gc.isenabled()
    assert gc.get_freeze_count() >= len(made)


def test_an_error_inside_switches_it_on_again() -> None:
    """Whatever happens, the search goes on afterwards."""
    with pytest.raises(ValueError, match="no"), collector_held_back():
        raise ValueError("no")
    assert gc.isenabled()
    gc.unfreeze()


def test_one_inside_another_leaves_it_to_the_outer() -> None:
    """Two imports at once: the first to end does not switch it on under the other."""
    with collector_held_back():
        with collector_held_back():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.unfreeze()


async def test_an_import_is_not_searched_while_it_is_read(accounts: Accounts, searches: list[int]) -> None:
    """Of 2,000 lines no full search comes in between, though one is due every few dozen objects."""
    names = "\n".join(f"pupil-{number:04}" for number in range(2000))
    searches.clear()
    preview = await accounts.preview_import(names)
    during = list(searches)
    assert len(preview.good) == 2000
    assert 2 not in during

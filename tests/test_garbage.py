"""Garbage is searched for on the thread of the window only, and not while very many objects are made that stay."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest

from authws_desktop.garbage import GarbageSearch, held_back
from authws_desktop.server.service import Service


@pytest.fixture
def python_searches() -> Iterator[None]:
    """Have Python search by itself, as it does in a server without a window."""
    gc.enable()
    yield
    gc.disable()


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


@pytest.mark.usefixtures("python_searches")
def test_nothing_is_searched_inside_and_what_stays_never_again(searches: list[int]) -> None:
    """Inside there is no search; afterwards there is, but not among what was made."""
    made: list[list[int]] = []
    with held_back():
        searches.clear()
        made += [[number] for number in range(5000)]
        assert searches == []
    assert gc.isenabled()
    assert gc.get_freeze_count() >= len(made)


@pytest.mark.usefixtures("python_searches")
def test_an_error_inside_switches_it_on_again() -> None:
    """Whatever happens, the search goes on afterwards."""
    with pytest.raises(ValueError, match="no"), held_back():
        raise ValueError("no")
    assert gc.isenabled()
    gc.unfreeze()


@pytest.mark.usefixtures("python_searches")
def test_one_inside_another_leaves_it_to_the_outer() -> None:
    """Two imports at once: the first to end does not switch it on under the other."""
    with held_back():
        with held_back():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.unfreeze()


def test_what_is_switched_off_stays_off() -> None:
    """In a program with a window nothing switches Python's own search on."""
    assert not gc.isenabled()
    with held_back():
        pass
    assert not gc.isenabled()
    gc.unfreeze()


class _Widget:
    """Holds itself, and notes the thread on which it goes."""

    def __init__(self, gone_on: list[threading.Thread]) -> None:
        self.itself = self
        self._gone_on = gone_on

    def __del__(self) -> None:
        self._gone_on.append(threading.current_thread())


def _make_objects() -> list[list[int]]:
    return [[number] for number in range(50_000)]


def test_what_a_thread_makes_has_no_widget_die_there() -> None:
    """However much another thread makes, the widget goes on the window's thread, at the window's next look."""
    gone_on: list[threading.Thread] = []
    search = GarbageSearch()
    gc.collect()
    _Widget(gone_on)
    made: list[list[int]] = []
    thread = threading.Thread(target=lambda: made.extend(_make_objects()))
    thread.start()
    thread.join()
    assert gone_on == []
    search.refresh()
    assert gone_on == [threading.current_thread()]


def test_little_is_not_worth_a_search(searches: list[int]) -> None:
    """A window at rest does not search four times a second."""
    search = GarbageSearch()
    gc.set_threshold(1_000_000, 10, 10)
    gc.collect()
    searches.clear()
    search.refresh()
    assert searches == []


def test_all_are_searched_rarely_and_only_when_there_are_many_new_ones(searches: list[int]) -> None:
    """Of ten searches one is among those that stayed before, of a hundred one among all, if they have become more."""
    search = GarbageSearch()
    gc.collect()
    searches.clear()
    kept = []
    for _ in range(200):
        kept.append(_make_objects()[:50])
        search.refresh()
    assert searches.count(2) == 1  # the second hundred had brought few in comparison
    assert searches.count(1) == 19
    assert searches.count(0) == 180


def test_nothing_is_searched_while_held_back(searches: list[int]) -> None:
    """The window's own search waits for an import, too."""
    search = GarbageSearch()
    with held_back():
        made = _make_objects()
        searches.clear()
        search.refresh()
        assert searches == []
    assert made
    gc.unfreeze()


@pytest.mark.usefixtures("python_searches")
async def test_an_import_is_not_searched_while_it_is_read(service: Service, searches: list[int]) -> None:
    """Of 2,000 lines no full search comes in between, though one is due every few dozen objects."""
    names = "\n".join(f"pupil-{number:04}" for number in range(2000))
    searches.clear()
    preview = await service.accounts.importing.preview(names)
    during = list(searches)
    assert len(preview.good) == 2000
    assert 2 not in during

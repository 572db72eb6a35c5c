"""The limit on open files: raised as far as it goes, never lowered."""

from __future__ import annotations

import sys

import pytest

from authws_desktop.network.open_files import UNLIMITED, raise_open_files

if sys.platform == "win32":
    pytest.skip("Windows has no such limit", allow_module_level=True)

import resource


class Limits:
    """The system's part."""

    def __init__(self, soft: int, hard: int, *, is_refused: bool = False) -> None:
        self.pair = (soft, hard)
        self._is_refused = is_refused

    def get(self, _which: int) -> tuple[int, int]:
        return self.pair

    def set(self, _which: int, pair: tuple[int, int]) -> None:
        if self._is_refused:
            raise ValueError("current limit exceeds maximum limit")
        self.pair = pair


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "expected"),
    [
        (1024, 1_048_576, 13_525, 13_525),
        (1024, 4096, 13_525, 4096),
        (1024, resource.RLIM_INFINITY, 13_525, 13_525),
        (20_000, 1_048_576, 13_525, 20_000),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 13_525, UNLIMITED),
    ],
)
def test_what_is_in_force_then(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, wanted: int, expected: int
) -> None:
    """The hard limit stays as it is."""
    limits = Limits(soft, hard)
    monkeypatch.setattr(resource, "getrlimit", limits.get)
    monkeypatch.setattr(resource, "setrlimit", limits.set)
    assert raise_open_files(wanted) == expected
    assert limits.pair == ((soft if expected == UNLIMITED else expected), hard)


def test_a_system_that_refuses_keeps_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """MacOS has a limit besides the one it tells."""
    limits = Limits(256, resource.RLIM_INFINITY, is_refused=True)
    monkeypatch.setattr(resource, "getrlimit", limits.get)
    monkeypatch.setattr(resource, "setrlimit", limits.set)
    assert raise_open_files(13_525) == 256

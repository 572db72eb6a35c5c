"""The window's pages; each is built when it is first asked for, so that none delays the window's start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from PySide6.QtWidgets import QStackedWidget, QWidget


class Pages(Mapping[str, QWidget]):
    """Pages by key. Looking one up builds it, going through the keys builds none.

    Args:
        stack: Shows one of them.
        makers: Builds each.
    """

    def __init__(self, stack: QStackedWidget, makers: Mapping[str, Callable[[], QWidget]]) -> None:
        self._stack = stack
        self._makers = makers
        self._built: dict[str, QWidget] = {}

    def __getitem__(self, key: str) -> QWidget:
        self.build(key)
        return self._built[key]

    def build(self, *keys: str) -> None:
        """Build pages that are not built yet."""
        for key in keys:
            if key not in self._built:
                self._built[key] = self._makers[key]()
                self._stack.addWidget(self._built[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __contains__(self, key: object) -> bool:
        return key in self._makers

    @property
    def current_key(self) -> str:
        """Key of the page shown."""
        current = self._stack.currentWidget()
        return next(key for key, page in self._built.items() if page is current)

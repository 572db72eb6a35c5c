"""The loop's sockets on Linux: one epoll object.

qasync gives each socket a QSocketNotifier of its own, and Qt looks at all of them on every turn. Here asyncio
watches the sockets, and Qt the one descriptor of epoll.
"""

from __future__ import annotations

import asyncio
import select
import selectors
from typing import Any

from authws_desktop.eventloop.qt_loop import QtEventLoop
from authws_desktop.eventloop.waker import Waker

_ASYNCIO: Any = asyncio.SelectorEventLoop


class QtEpollEventLoop(QtEventLoop):
    """A `QtEventLoop` whose sockets are asyncio's own too (Linux)."""

    _selector: Any

    _add_reader = _ASYNCIO._add_reader
    _remove_reader = _ASYNCIO._remove_reader
    _add_writer = _ASYNCIO._add_writer
    _remove_writer = _ASYNCIO._remove_writer

    def _new_waker(self) -> Waker:
        return Waker(self._step, self._selector.fileno())

    def _make_self_pipe(self) -> None:
        # asyncio's constructor calls this after it has taken the selector that qasync hands it, and before it
        # registers anything there: the one place to put epoll in its stead.
        self._selector.close()
        self._selector = selectors.EpollSelector()
        super()._make_self_pipe()

    def _collect(self) -> None:
        """Put the callbacks of sockets and timers whose time has come into the ready queue."""
        if event_list := self._selector.select(0):
            self._process_events(event_list)
        super()._collect()

    def _process_events(self, event_list: list[tuple[selectors.SelectorKey, int]]) -> None:
        if self._interrupted:
            event_list = [(key, self._mute(key, mask)) for key, mask in event_list]
        super()._process_events(event_list)

    def _mute(self, key: selectors.SelectorKey, mask: int) -> int:
        """Take away the events whose callback is interrupted.

        Epoll would report them again and again, and keep the processor busy. asyncio may meanwhile change or
        remove the descriptor, so only epoll's own mask changes, not the selector's record of it.

        Returns:
            The events that remain.
        """
        busy = 0
        for event, handle in zip((selectors.EVENT_READ, selectors.EVENT_WRITE), key.data, strict=True):
            if handle is not None and self._is_interrupted(handle):
                busy |= event
        if mask & busy and self._muted.get(key.fd) != key.events & ~busy:
            self._muted[key.fd] = key.events & ~busy
            # Edge-triggered, for a hang-up is reported whatever the mask.
            self._set_epoll_events(key.fd, key.events & ~busy, select.EPOLLET)
        return mask & ~busy

    def _release(self) -> None:
        """Give back what was held or muted for a callback that has returned by now."""
        super()._release()
        for fd in list(self._muted):
            key = self._selector.get_map().get(fd)
            if key is not None and any(handle and self._is_interrupted(handle) for handle in key.data):
                continue
            del self._muted[fd]
            if key is not None:
                self._set_epoll_events(fd, key.events)

    def _set_epoll_events(self, fd: int, events: int, flags: int = 0) -> None:
        reading = select.EPOLLIN if events & selectors.EVENT_READ else 0
        writing = select.EPOLLOUT if events & selectors.EVENT_WRITE else 0
        self._selector._selector.modify(fd, reading | writing | flags)

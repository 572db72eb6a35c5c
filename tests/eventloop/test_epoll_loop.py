"""Linux: sockets by epoll."""

import asyncio
import selectors
import socket
import sys
from typing import Any

import pytest
from PySide6.QtCore import QSocketNotifier

from authws_desktop.eventloop import LOOP_VARIABLE, qt_loop
from authws_desktop.eventloop.epoll_loop import QtEpollEventLoop
from tests.eventloop.streams import echo_server, exchange

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="epoll is Linux's")


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop of Linux."""
    monkeypatch.delenv(LOOP_VARIABLE, raising=False)


def test_a_socket_that_waits_for_its_turn_is_not_asked_again(
    loop: Any, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With more ready sockets than a step has time for, each is read once for what it has."""
    count = 100
    monkeypatch.setattr(qt_loop, "STEP_BUDGET_S", 0.0)  # one callback a step

    async def main() -> tuple[int, int]:
        pairs = [socket.socketpair() for _ in range(count)]
        done = loop.create_future()
        reads = empty = 0

        def read(receiving: socket.socket) -> None:
            nonlocal reads, empty
            try:
                reads += len(receiving.recv(10))
            except BlockingIOError:
                empty += 1
            if reads == count and not done.done():
                # Behind whatever is still queued for a second look.
                loop.call_later(0.05, done.set_result, None)

        for receiving, sending in pairs:
            receiving.setblocking(False)
            loop.add_reader(receiving, read, receiving)
            sending.send(b"x")
        await done
        for receiving, sending in pairs:
            loop.remove_reader(receiving)
            receiving.close()
            sending.close()
        return reads, empty

    assert runner.run(main()) == (count, 0)


def test_one_notifier_for_any_number_of_sockets(
    loop: Any, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No socket gets a notifier of its own."""

    def refuse(*_: object) -> None:
        raise AssertionError("a notifier was made")

    monkeypatch.setattr(QSocketNotifier, "__init__", refuse)

    async def main() -> None:
        async with echo_server() as port:
            assert await exchange(port) == b"hello\n"

    runner.run(main())


def test_guard_private_names(loop: Any) -> None:
    """The private names of asyncio and selectors that the loop uses are where they were."""
    assert type(loop) is QtEpollEventLoop
    selector: object = loop._selector
    assert type(selector) is selectors.EpollSelector
    assert callable(loop._selector._selector.modify)
    assert callable(loop._selector._selector.modify)
    assert callable(loop._process_events)

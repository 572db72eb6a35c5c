"""Start and end of the loop, and the signals that end it."""

import asyncio
import signal
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from authws_desktop.eventloop import new_event_loop, run
from tests.eventloop.streams import GUARD_S, echo_server, exchange, kill_soon, needs_unix

# Signals


@needs_unix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_handlers_run_while_qt_is_idle(number: int, loop: Any, runner: asyncio.Runner) -> None:
    """A handler added to the loop wakes it, and the former state comes back."""

    async def main() -> None:
        received = loop.create_future()
        loop.add_signal_handler(number, lambda: received.set_result(None))
        thread = kill_soon(number)
        start = loop.time()
        await asyncio.wait_for(received, GUARD_S)
        assert loop.time() - start < GUARD_S / 2, "the guard's timer woke it"
        thread.join()
        assert loop.remove_signal_handler(number)
        assert not loop.remove_signal_handler(number)

    runner.run(main())
    assert signal.set_wakeup_fd(-1) == -1


@needs_unix
def test_python_signal_handlers_run_while_qt_is_idle(runner: asyncio.Runner) -> None:
    """A handler set with the signal module runs too, also after the loop's last one was removed."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        received = loop.create_future()
        loop.add_signal_handler(signal.SIGUSR2, lambda: None)
        loop.remove_signal_handler(signal.SIGUSR2)
        old = signal.signal(signal.SIGUSR1, lambda *_: received.set_result(None))
        thread = kill_soon(signal.SIGUSR1)
        start = loop.time()
        await asyncio.wait_for(received, GUARD_S)
        assert loop.time() - start < GUARD_S / 2, "the guard's timer woke it"
        thread.join()
        signal.signal(signal.SIGUSR1, old)

    runner.run(main())


@needs_unix
def test_ctrl_c_cancels_the_main_coroutine(app: QApplication) -> None:
    """Without a handler of its own, `run` ends with KeyboardInterrupt after the clean-up has run."""
    seen: list[str] = []

    async def main() -> None:
        thread = kill_soon(signal.SIGINT)
        try:
            await asyncio.sleep(10)
        finally:
            thread.join()
            await asyncio.sleep(0)
            seen.append("clean")

    with pytest.raises(KeyboardInterrupt):
        run(app, main)
    assert seen == ["clean"]


# Start and end


def descriptors() -> set[tuple[str, str]]:
    """This process's open descriptors."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found.add((entry.name, str(entry.readlink())))
        except FileNotFoundError:  # the one that listed the folder
            continue
    return found


def test_stop_before_the_start_runs_one_turn(app: QApplication) -> None:
    """As in asyncio, what is ready runs once, and what that adds waits for the next run."""
    loop = new_event_loop(app)
    seen: list[str] = []

    def first() -> None:
        seen.append("first")
        loop.call_soon(seen.append, "second")

    loop.call_soon(first)
    loop.stop()
    loop.run_forever()
    assert seen == ["first"]
    loop.stop()
    loop.run_forever()
    assert seen == ["first", "second"]
    loop.close()


def test_a_slot_stops_an_idle_loop(app: QApplication) -> None:
    """`stop` wakes it, although nothing else happens."""
    loop = new_event_loop(app)
    guard = QTimer(singleShot=True, interval=int(GUARD_S * 1000))
    guard.timeout.connect(app.quit)
    guard.start()
    QTimer.singleShot(10, loop.stop)
    loop.run_forever()
    assert guard.isActive()
    guard.stop()  # else it would end whatever runs then
    loop.close()


def test_nothing_runs_between_runs(app: QApplication) -> None:
    """Qt may process events before, between and after runs; the loop then rests."""
    loop = new_event_loop(app)
    seen: list[str] = []
    for _ in range(2):
        loop.call_soon(seen.append, "ran")
        loop.call_later(0, seen.append, "timer")
        app.processEvents()
        assert seen == []
        loop.run_until_complete(asyncio.sleep(0.005))
        assert seen == ["ran", "timer"]
        seen.clear()
    loop.close()
    app.processEvents()


def test_a_quitting_application_ends_the_run(app: QApplication) -> None:
    """QApplication.quit stops the loop, `run` says so, and the coroutine's clean-up still runs."""
    seen: list[str] = []

    async def main() -> None:
        QTimer.singleShot(10, app.quit)
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(0.001)
            seen.append("clean")

    with pytest.raises(RuntimeError, match="stopped before"):
        run(app, main)
    assert seen == ["clean"]


def test_loops_do_not_nest(loop: Any, runner: asyncio.Runner, app: QApplication) -> None:
    """A running loop is neither run again nor closed, nor is another one run inside it."""

    async def main() -> None:
        with pytest.raises(RuntimeError):
            loop.run_forever()
        with pytest.raises(RuntimeError):
            loop.close()
        other = new_event_loop(app)
        with pytest.raises(RuntimeError):
            other.run_forever()
        assert not other.is_running()
        other.close()
        await asyncio.sleep(0.001)

    runner.run(main())


def test_run_returns_the_result_and_tidies_up(app: QApplication) -> None:
    """Left-over tasks are cancelled, generators closed, threads joined, and the loop is closed."""
    seen: list[str] = []
    used: list[asyncio.AbstractEventLoop] = []
    references: list[object] = []

    async def left_over() -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def generator() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            seen.append("generator")

    async def main() -> str:
        loop = asyncio.get_running_loop()
        used.append(loop)
        references.append(loop.create_task(left_over()))
        numbers = generator()
        references.append(numbers)
        assert await anext(numbers) == 1
        name = await loop.run_in_executor(None, lambda: threading.current_thread().name)
        assert name in {thread.name for thread in threading.enumerate()}
        seen.append(name)
        await asyncio.sleep(0)
        return "result"

    assert run(app, main) == "result"
    assert seen[1:] == ["cancelled", "generator"]
    assert seen[0] not in {thread.name for thread in threading.enumerate()}
    assert used[0].is_closed()


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are counted in /proc")
def test_close_leaves_nothing(app: QApplication) -> None:
    """Closing twice is fine; descriptors, notifiers and timers are gone."""

    async def main() -> None:
        async with echo_server() as port:
            await exchange(port)

    run(app, main)  # what Python and Qt open once and keep
    before = descriptors()
    loop: Any = new_event_loop(app)
    far = loop.call_later(1000, print)
    loop.run_until_complete(main())
    gone: list[str] = []
    parts = [name for name in ("_notifier", "_timer") if getattr(loop._waker, name)]
    for name in parts:
        getattr(loop._waker, name).destroyed.connect(lambda *_, name=name: gone.append(name))
    loop.close()
    loop.close()
    far.cancel()
    assert loop.is_closed()
    assert descriptors() == before
    assert sorted(gone) == parts
    for call in (lambda: loop.call_soon(print), lambda: loop.call_later(1, print), loop.run_forever):
        with pytest.raises(RuntimeError, match="closed"):
            call()

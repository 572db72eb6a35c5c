"""The loop: asyncio's promises, Qt's turn, and nested Qt loops."""

import asyncio
import contextlib
import contextvars
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import qasync
import websockets
from aiohttp import web
from PySide6.QtCore import QEventLoop, QSocketNotifier, Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QMessageBox

from authws_desktop import eventloop
from authws_desktop.eventloop import epoll_loop, new_event_loop, run

pytestmark = [
    pytest.mark.skipif(not eventloop._HAS_EPOLL, reason="the loop of our own is for Linux"),
    pytest.mark.qt_log_ignore("This plugin does not support"),
]

LOCAL = "127.0.0.1"
GUARD_S = 30.0
"""Ends a test that would wait for ever; nothing here takes a second."""


@pytest.fixture
def app(qapp: QApplication) -> QApplication:
    """The application as the program sets it up."""
    qapp.setQuitOnLastWindowClosed(False)
    return qapp


@pytest.fixture
def errors() -> list[dict[str, Any]]:
    """What reached the loop's exception handler; a test that expects something clears it."""
    return []


@pytest.fixture
def runner(app: QApplication, errors: list[dict[str, Any]]) -> Iterator[asyncio.Runner]:
    """A runner on our loop that fails the test on errors nobody handled."""
    with asyncio.Runner(loop_factory=lambda: new_event_loop(app)) as runner:
        runner.get_loop().set_exception_handler(lambda _loop, context: errors.append(context))
        yield runner
    assert not errors


@pytest.fixture
def loop(runner: asyncio.Runner) -> Any:
    """The runner's loop, untyped for its private names."""
    return runner.get_loop()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close a connection and wait until it is gone."""
    writer.close()
    await writer.wait_closed()


@asynccontextmanager
async def echo_server() -> AsyncIterator[int]:
    """Serve on a port, which it yields: each line is answered with itself; ends with the last connection."""
    connections: set[asyncio.Task[None] | None] = set()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.current_task())
        while line := await reader.readline():
            writer.write(line)
        await hang_up(writer)

    server = await asyncio.start_server(echo, LOCAL, 0)
    yield port_of(server)
    server.close()
    await asyncio.gather(*(task for task in connections if task is not None))


async def exchange(port: int, line: bytes = b"hello\n") -> bytes:
    """Send one line to the echo server on a port and return its answer."""
    reader, writer = await asyncio.open_connection(LOCAL, port)
    writer.write(line)
    answer = await reader.readline()
    await hang_up(writer)
    return answer


def port_of(server: Any) -> int:
    """The port that a server listens on."""
    port: int = server.sockets[0].getsockname()[1]
    return port


def descriptors() -> set[tuple[str, str]]:
    """This process's open descriptors."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found.add((entry.name, str(entry.readlink())))
        except FileNotFoundError:  # the one that listed the folder
            continue
    return found


def counted(owner: Any, name: str) -> list[int]:
    """Replace a method by one that adds to the list returned."""
    calls: list[int] = []
    method = getattr(owner, name)

    def count() -> None:
        calls.append(1)
        method()

    setattr(owner, name, count)
    return calls


# Callbacks and timers


def test_callbacks_run_in_the_order_they_were_added(runner: asyncio.Runner) -> None:
    """Ready callbacks run first in, first out, and those they add come after them."""
    seen: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        done = loop.create_future()

        def first() -> None:
            seen.append("a")
            loop.call_soon(seen.append, "d")

        loop.call_soon(first)
        loop.call_soon(seen.append, "b")
        loop.call_soon(seen.append, "never").cancel()
        loop.call_soon(seen.append, "c")
        loop.call_soon(lambda: loop.call_soon(lambda: loop.call_soon(done.set_result, None)))
        await done

    runner.run(main())
    assert seen == ["a", "b", "c", "d"]


def test_timers_are_never_early(runner: asyncio.Runner) -> None:
    """Each timer fires at or after its time, in the order of their times."""
    fired: list[tuple[float, float]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        for delay_s in (0.05, 0.0004, 0.011, 0.03, 0.0, 0.0199):
            earliest_s = loop.time() + delay_s
            timer = loop.call_later(delay_s, lambda when: fired.append((when, loop.time())), earliest_s)
            assert earliest_s <= timer.when() <= loop.time() + delay_s
        loop.call_later(0.06, done.set_result, None)
        await done

    runner.run(main())
    assert len(fired) == 6
    assert sorted(fired) == fired
    resolution_s = time.get_clock_info("monotonic").resolution
    assert min(at - when for when, at in fired) >= -resolution_s


def test_the_next_timer_is_asked_of_qt_to_the_millisecond(loop: Any) -> None:
    """Qt's timers are coarse unless told otherwise; a nearer deadline replaces a farther one."""
    waker = loop._waker
    assert waker._timer.timerType() is Qt.TimerType.PreciseTimer
    asked_ms = []
    for deadline_s in (100.0203, 100.5, 100.0101, 99.0):
        waker.arm(deadline_s, 100.0)
        asked_ms.append(waker._timer.interval())
    assert asked_ms == [21, 21, 11, 0]


def test_a_cancelled_timer_neither_fires_nor_stays(loop: Any, runner: asyncio.Runner) -> None:
    """Cancelled timers do not run, and leave the heap once they are most of it."""
    fired: list[str] = []

    async def main() -> None:
        loop.call_later(0.005, fired.append, "cancelled").cancel()
        for _ in range(1000):
            loop.call_later(3600, fired.append, "far").cancel()
        keep = loop.call_later(1800, fired.append, "kept")
        await asyncio.sleep(0.01)
        assert len(loop._scheduled) < 10
        keep.cancel()

    runner.run(main())
    assert fired == []


def test_timers_beyond_24_days(loop: Any, runner: asyncio.Runner) -> None:
    """A timer a year ahead does not overflow Qt's milliseconds, fire at once or block nearer ones."""
    fired: list[str] = []

    async def main() -> None:
        far = loop.call_later(366 * 24 * 3600, fired.append, "far")
        await asyncio.sleep(0)
        await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.01)
        assert 0 < loop._waker._timer.interval() <= 24 * 3600 * 1000
        await asyncio.sleep(0.005)
        fired.append("near")
        far.cancel()

    runner.run(main())
    assert fired == ["near"]


def test_another_thread_wakes_an_idle_loop(runner: asyncio.Runner) -> None:
    """A threadsafe call wakes Qt, which has nothing to do."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        woken = loop.create_future()

        def call_from_thread() -> None:
            time.sleep(0.05)  # long enough for Qt to fall asleep
            loop.call_soon_threadsafe(woken.set_result, None)

        thread = threading.Thread(target=call_from_thread)
        thread.start()
        await asyncio.wait_for(woken, GUARD_S)
        thread.join()

    runner.run(main())


def test_a_slot_wakes_an_idle_loop(runner: asyncio.Runner) -> None:
    """What a slot adds, outside of any callback of the loop, runs without further ado."""

    async def main() -> list[str]:
        loop = asyncio.get_running_loop()
        soon, later = loop.create_future(), loop.create_future()
        QTimer.singleShot(20, lambda: loop.call_soon(soon.set_result, "soon"))
        QTimer.singleShot(40, lambda: loop.call_later(0.005, later.set_result, "later"))
        return await asyncio.wait_for(asyncio.gather(soon, later), GUARD_S)

    assert runner.run(main()) == ["soon", "later"]


# Sockets and servers


def test_streams_beside_idle_connections(runner: asyncio.Runner) -> None:
    """An echo server answers while hundreds of connections do nothing, through one notifier."""

    async def main() -> None:
        async with echo_server() as port:
            idle = [await asyncio.open_connection(LOCAL, port) for _ in range(200)]
            answers = await asyncio.gather(*(exchange(port, b"%d\n" % i) for i in range(50)))
            assert answers == [b"%d\n" % i for i in range(50)]
            await asyncio.gather(*(hang_up(writer) for _, writer in idle))

    runner.run(main())


def test_aiohttp_round_trip(runner: asyncio.Runner) -> None:
    """An aiohttp server and client talk to each other on the loop."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"got": await request.json()})

    async def main() -> None:
        application = web.Application()
        application.router.add_post("/", answer)
        server = web.AppRunner(application, handle_signals=False)
        await server.setup()
        site = web.TCPSite(server, LOCAL, 0)
        await site.start()
        url = f"http://{LOCAL}:{server.addresses[0][1]}/"
        async with aiohttp.ClientSession() as session, session.post(url, json=[1, 2]) as response:
            assert await response.json() == {"got": [1, 2]}
        await server.cleanup()

    runner.run(main())


def test_websockets_round_trip(runner: asyncio.Runner) -> None:
    """A websockets server and client talk to each other on the loop."""

    async def answer(connection: Any) -> None:
        async for message in connection:
            await connection.send(message)

    async def main() -> None:
        async with (
            websockets.serve(answer, LOCAL, 0) as server,
            websockets.connect(f"ws://{LOCAL}:{port_of(server)}", proxy=None) as client,
        ):
            for size in (1, 1000, 200_000):
                await client.send("x" * size)
                assert await client.recv() == "x" * size

    runner.run(main())


def test_low_level_sockets_and_names(runner: asyncio.Runner) -> None:
    """The `sock_*` methods, readers, writers and name look-ups work."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert await loop.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)
        left, right = socket.socketpair()
        with left, right:
            left.setblocking(False)
            right.setblocking(False)
            await loop.sock_sendall(left, b"one")
            assert await loop.sock_recv(right, 10) == b"one"
            readable, writable = loop.create_future(), loop.create_future()

            def read() -> None:
                loop.remove_reader(right)
                readable.set_result(right.recv(10))

            def write() -> None:
                loop.remove_writer(left)
                writable.set_result(left.send(b"two"))

            loop.add_reader(right, read)
            loop.add_writer(left, write)
            assert await asyncio.wait_for(readable, GUARD_S) == b"two"
            assert await asyncio.wait_for(writable, GUARD_S) == 3

    runner.run(main())


def test_subprocess(runner: asyncio.Runner) -> None:
    """A child process's output and exit code arrive."""

    async def main() -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "print('hi'); exit(3)", stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        assert output == b"hi\n"
        assert process.returncode == 3

    runner.run(main())


# Nested Qt loops


def exec_dialog(close_when: Callable[[Callable[[], object]], None]) -> None:
    """Wait in a modal dialog."""
    dialog = QDialog()
    close_when(dialog.accept)
    assert dialog.exec() == QDialog.DialogCode.Accepted


def exec_message_box(close_when: Callable[[Callable[[], object]], None]) -> None:
    """Wait in a message box made by a static function."""

    def close() -> None:
        box = QApplication.activeModalWidget()
        assert box is not None
        box.close()

    close_when(close)
    QMessageBox.information(None, "Title", "Text")


def exec_menu(close_when: Callable[[Callable[[], object]], None]) -> None:
    """Wait in a context menu."""
    menu = QMenu()
    menu.addAction("Entry")
    close_when(menu.close)
    menu.exec()


def exec_event_loop(close_when: Callable[[Callable[[], object]], None]) -> None:
    """Wait in a bare Qt loop."""
    inner = QEventLoop()
    close_when(inner.quit)
    inner.exec()


def process_events(close_when: Callable[[Callable[[], object]], None]) -> None:
    """Wait by processing events, as progress dialogs do."""
    closed: list[bool] = []
    close_when(lambda: closed.append(True))
    while not closed:
        QApplication.processEvents()


NESTED = pytest.mark.parametrize(
    "nest", [exec_dialog, exec_message_box, exec_menu, exec_event_loop, process_events]
)


async def serve_then(close: Callable[[], object], port: int, seen: list[str]) -> None:
    """Use the server, a timer and a thread, then end the nested loop."""
    task = asyncio.current_task()
    assert await exchange(port) == b"hello\n"
    await asyncio.sleep(0.005)
    assert await asyncio.get_running_loop().run_in_executor(None, lambda: 42) == 42
    async with asyncio.timeout(GUARD_S):
        await asyncio.gather(*(exchange(port) for _ in range(5)))
    assert asyncio.current_task() is task
    seen.append("served")
    close()


@NESTED
def test_server_and_tasks_go_on_in_a_nested_loop_of_a_task(
    nest: Callable[..., None], loop: Any, runner: asyncio.Runner
) -> None:
    """While a task's step waits in a nested Qt loop, servers, timers, threads and tasks go on."""
    seen: list[str] = []

    async def main() -> None:
        async with echo_server() as port:
            me = asyncio.current_task()
            others: list[asyncio.Task[None]] = []
            nest(lambda close: others.append(loop.create_task(serve_then(close, port, seen))))
            seen.append("returned")
            assert asyncio.current_task() is me
            await asyncio.gather(*others)
            async with asyncio.timeout(GUARD_S):
                assert await exchange(port) == b"hello\n"

    runner.run(main())
    assert seen == ["served", "returned"]


@NESTED
def test_server_and_tasks_go_on_in_a_nested_loop_of_a_callback(
    nest: Callable[..., None], loop: Any, runner: asyncio.Runner
) -> None:
    """The same inside a plain callback, and inside a timer's."""
    seen: list[str] = []

    async def main() -> None:
        async with echo_server() as port:
            others: list[asyncio.Task[None]] = []

            def callback(done: asyncio.Future[None]) -> None:
                nest(lambda close: others.append(loop.create_task(serve_then(close, port, seen))))
                done.set_result(None)

            for schedule in (loop.call_soon, lambda *args: loop.call_later(0.001, *args)):
                done = loop.create_future()
                schedule(callback, done)
                await asyncio.wait_for(done, GUARD_S)
            await asyncio.gather(*others)

    runner.run(main())
    assert seen == ["served", "served"]


def test_doubly_nested(loop: Any, runner: asyncio.Runner) -> None:
    """A dialog in a task opened while another task waits in one: a third task and the server go on."""
    seen: list[str] = []

    async def main() -> None:
        async with echo_server() as port:
            tasks: list[asyncio.Task[None]] = []

            async def inner(close_outer: Callable[[], object]) -> None:
                me = asyncio.current_task()
                exec_dialog(lambda close: tasks.append(loop.create_task(serve_then(close, port, seen))))
                assert asyncio.current_task() is me
                seen.append("inner")
                await asyncio.sleep(0.001)
                close_outer()

            exec_event_loop(lambda close: tasks.append(loop.create_task(inner(close))))
            seen.append("outer")
            await asyncio.gather(*tasks)
            await asyncio.sleep(0.001)

    runner.run(main())
    assert seen == ["served", "inner", "outer"]


def test_what_was_ready_before_runs_in_the_nested_loop(loop: Any, runner: asyncio.Runner) -> None:
    """The rest of a turn that a nested loop interrupts runs inside it, once and in order."""
    seen: list[str] = []

    async def main() -> None:
        inner = QEventLoop()
        done = loop.create_future()

        def nest() -> None:
            seen.append("begin")
            inner.exec()
            seen.append("end")

        # Timers that fall due together, so that nothing but the loop itself wakes Qt for the rest of them.
        rest = [
            nest,
            *(partial(seen.append, name) for name in "abc"),
            inner.quit,
            partial(done.set_result, None),
        ]
        start = loop.time() + 0.005
        for index, callback in enumerate(rest):
            loop.call_at(start + index * 1e-6, callback)
        await done
        await asyncio.sleep(0.001)

    runner.run(main())
    assert seen == ["begin", "a", "b", "c", "end"]


def test_slots_in_a_nested_loop_can_schedule(loop: Any, runner: asyncio.Runner) -> None:
    """A button in a dialog starts a task, although the dialog waits inside a task's step."""

    async def main() -> None:
        async def work(close: Callable[[], object]) -> None:
            await asyncio.sleep(0.001)
            close()

        def arrange(close: Callable[[], object]) -> None:
            QTimer.singleShot(20, lambda: tasks.append(loop.create_task(work(close))))

        tasks: list[asyncio.Task[None]] = []
        exec_dialog(arrange)
        await asyncio.gather(*tasks)

    runner.run(main())


def test_a_reader_is_not_entered_twice(loop: Any, runner: asyncio.Runner) -> None:
    """Data and a hang-up that come while the reader waits in a dialog wait too, without a busy loop."""
    seen: list[bytes] = []
    turns = counted(loop, "_collect")

    async def main() -> None:
        left, right = socket.socketpair()
        done = loop.create_future()

        def read() -> None:
            seen.append(right.recv(3))
            if seen == [b"one"]:
                left.send(b"two")
                left.close()
                exec_event_loop(lambda close: loop.call_later(0.1, close))
                seen.append(b"end")
            elif not seen[-1]:
                loop.remove_reader(right)
                done.set_result(None)

        loop.add_reader(right, read)
        left.send(b"one")
        await asyncio.wait_for(done, GUARD_S)
        right.close()

    runner.run(main())
    assert seen == [b"one", b"end", b"two", b""]
    assert len(turns) < 50


def test_a_connection_lost_below_its_own_callback(loop: Any, runner: asyncio.Runner) -> None:
    """A transport may be aborted while its protocol waits in a nested loop; the next socket is unharmed."""

    async def main() -> None:
        lost = loop.create_future()

        class Asker(asyncio.Protocol):
            def connection_made(self, transport: Any) -> None:
                self.transport = transport

            def data_received(self, data: bytes) -> None:
                loop.call_later(0.01, self.transport.abort)
                exec_event_loop(lambda close: loop.call_later(0.03, close))

            def connection_lost(self, error: Exception | None) -> None:
                lost.set_result(error)

        server = await loop.create_server(Asker, LOCAL, 0)
        reader, writer = await asyncio.open_connection(LOCAL, port_of(server))
        writer.write(b"question")
        await writer.drain()
        writer.write(b"more")
        await asyncio.wait_for(lost, GUARD_S)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        with contextlib.suppress(ConnectionError):
            await hang_up(writer)
        server.close()
        async with echo_server() as port:
            assert await asyncio.wait_for(exchange(port), GUARD_S) == b"hello\n"
        assert not loop._muted

    runner.run(main())


def test_a_task_in_the_interrupted_context_waits(loop: Any, runner: asyncio.Runner) -> None:
    """A task that shares its context with the interrupted one goes on after it, and is not lost."""
    seen: list[str] = []

    async def sharing() -> None:
        seen.append("sharing")

    async def main() -> None:
        context = contextvars.copy_context()

        async def nesting() -> asyncio.Task[None]:
            task: asyncio.Task[None] = loop.create_task(sharing(), context=context)
            exec_event_loop(lambda close: loop.call_later(0.01, close))
            seen.append("nested")
            return task

        task = await loop.create_task(nesting(), context=context)
        await asyncio.wait_for(task, GUARD_S)

    runner.run(main())
    assert seen == ["nested", "sharing"]


def test_stop_ends_nested_loops(app: QApplication) -> None:
    """The loop's end closes an open dialog instead of waiting for the user."""
    loop = new_event_loop(app)
    seen: list[str] = []

    def nest() -> None:
        loop.call_later(0.01, loop.stop)
        QDialog().exec()
        seen.append("returned")

    loop.call_soon(nest)
    loop.run_forever()
    assert seen == ["returned"]
    assert not loop.is_running()
    loop.close()


# Qt's turn


def test_qt_timers_tick_while_callbacks_flood(loop: Any, runner: asyncio.Runner) -> None:
    """A window's timer keeps ticking although callbacks add callbacks without end."""
    ticks: list[int] = []

    async def main() -> None:
        flooding, callbacks = True, 0

        def flood() -> None:
            nonlocal callbacks
            callbacks += 1
            if flooding:
                loop.call_soon(flood)

        def tick() -> None:
            ticks.append(callbacks)
            if len(ticks) == 20:
                done.set_result(None)

        timer = QTimer()
        done = loop.create_future()
        timer.timeout.connect(tick)
        timer.start(10)
        for _ in range(10):
            flood()
        await asyncio.wait_for(done, GUARD_S)
        timer.stop()
        flooding = False

    runner.run(main())
    assert len(ticks) == 20
    assert len(set(ticks)) == 20, "the flood went on between two ticks"


def test_one_step_is_bounded(loop: Any, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock that gains 1 ms a callback, Qt gets its turn after five of them."""
    now_s = 0.0
    per_step: list[int] = []
    step, done = loop._waker.step, loop.create_future()

    def callback() -> None:
        nonlocal now_s
        now_s += 0.001
        per_step[-1] += 1
        if sum(per_step) == 23:
            done.set_result(None)

    def counted_step() -> None:
        per_step.append(0)
        step()

    async def main() -> None:
        monkeypatch.setattr(epoll_loop, "monotonic", lambda: now_s)
        loop._waker.step = counted_step
        QTimer.singleShot(0, lambda: [loop.call_soon(callback) for _ in range(23)])
        await done

    runner.run(main())
    assert max(per_step) <= 6  # sums of thousandths in binary
    assert sum(per_step) == 23
    assert sum(1 for count in per_step if count) >= 4


def test_a_socket_that_waits_for_its_turn_is_not_asked_again(
    loop: Any, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With more ready sockets than a step has time for, each is read once for what it has."""
    count = 100
    monkeypatch.setattr(epoll_loop, "STEP_BUDGET_S", 0.0)  # one callback a step

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


def test_no_turn_of_qt_is_wasted(loop: Any, runner: asyncio.Runner) -> None:
    """An idle loop does not run, and one callback from a slot costs one step."""

    async def main() -> None:
        done = loop.create_future()
        steps = counted(loop._waker, "step")
        timer = QTimer()
        timer.timeout.connect(lambda: loop.call_soon(call))
        calls: list[int] = []

        def call() -> None:
            calls.append(1)
            if len(calls) == 20:
                timer.stop()
                done.set_result(None)

        timer.start(5)
        await done
        assert len(steps) <= len(calls) + 5

    runner.run(main())


# Signals


def kill_soon(number: int) -> threading.Thread:
    """Send this process a signal from a thread, once Qt is idle."""

    def kill() -> None:
        time.sleep(0.05)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


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


# Errors


def test_errors_in_callbacks_reach_the_handler(
    loop: Any, runner: asyncio.Runner, errors: list[dict[str, Any]]
) -> None:
    """An error in a callback is reported, and the loop goes on."""

    async def main() -> None:
        loop.call_soon(lambda: 1 / 0)
        loop.call_later(0.001, lambda: 1 / 0)
        await asyncio.sleep(0.01)

    runner.run(main())
    assert [type(context["exception"]) for context in errors] == [ZeroDivisionError] * 2
    assert loop.get_exception_handler() is not None
    errors.clear()


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
@pytest.mark.parametrize("is_nested", [False, True])
def test_exit_errors_end_the_loop(error: BaseException, is_nested: bool, app: QApplication) -> None:
    """SystemExit and KeyboardInterrupt in a callback come out of `run_forever`, also from a nested loop."""
    loop = new_event_loop(app)

    def fail() -> None:
        raise error

    def nest() -> None:
        loop.call_soon(fail)
        QDialog().exec()

    loop.call_soon(nest if is_nested else fail)
    with pytest.raises(type(error)):
        loop.run_forever()
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()


def test_debug_mode(loop: Any, runner: asyncio.Runner, caplog: pytest.LogCaptureFixture) -> None:
    """Debug mode names slow callbacks and refuses calls from other threads."""

    async def main() -> None:
        loop.set_debug(True)
        assert loop.get_debug()
        loop.slow_callback_duration = 0.01
        loop.call_soon(time.sleep, 0.02)
        await asyncio.sleep(0.001)
        with pytest.raises(RuntimeError, match="Non-thread-safe"):
            await loop.run_in_executor(None, loop.call_soon, print)
        with pytest.raises(TypeError):
            loop.call_soon("text")
        loop.set_debug(False)

    runner.run(main())
    assert any("sleep" in r.message and " took " in r.message for r in caplog.records)


# Start and end


def test_it_is_a_qasync_loop(loop: Any, runner: asyncio.Runner) -> None:
    """Code that looks for qasync's loop finds one, running."""

    async def main() -> bool:
        return asyncio.get_running_loop() is loop and loop.is_running()

    assert isinstance(loop, qasync.QEventLoop)
    assert runner.run(main())
    assert not loop.is_running()


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
    for name in ("_notifier", "_timer"):
        getattr(loop._waker, name).destroyed.connect(lambda *_, name=name: gone.append(name))
    loop.close()
    loop.close()
    far.cancel()
    assert loop.is_closed()
    assert descriptors() == before
    assert sorted(gone) == ["_notifier", "_timer"]
    for call in (lambda: loop.call_soon(print), lambda: loop.call_later(1, print), loop.run_forever):
        with pytest.raises(RuntimeError, match="closed"):
            call()


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


# The plain loop, and other people's names


def test_the_plain_loop_has_threads_of_python(app: QApplication) -> None:
    """Where there is no epoll, qasync's loop runs with a ThreadPoolExecutor."""

    async def main() -> str:
        loop: Any = asyncio.get_running_loop()
        assert type(loop) is qasync.QEventLoop
        name: str = await loop.run_in_executor(None, lambda: threading.current_thread().name)
        return name

    with asyncio.Runner(loop_factory=lambda: eventloop._new_plain_loop(app)) as runner:
        assert runner.run(main()).startswith("asyncio")


def test_another_binding_in_the_environment() -> None:
    """A QT_API that was set for other programs does not keep this one from starting."""
    code = "import authws_desktop.eventloop, qasync; print(qasync.QtModuleName)"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "QT_API": "pyqt5"},
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "PySide6\n"


def test_guard_what_qasync_overrides() -> None:
    """Each method by which qasync replaces asyncio's is put back or is known to be used."""
    used = {"__init__", "__enter__", "__exit__", "run_forever", "close", "get_debug", "set_debug"}
    plumbing = {
        "__module__",
        "__doc__",
        "__dict__",
        "__weakref__",
        "_logger",
        "__firstlineno__",
        "__static_attributes__",
    }
    qasync_only = {"_before_run_forever", "_after_run_forever", "_process_event"}
    overrides: set[str] = set()
    for cls in (qasync._QEventLoop, qasync._unix._SelectorEventLoop):
        overrides |= {name for name in vars(cls) if not name.startswith("_QEventLoop__")}
    missing = overrides - set(vars(epoll_loop.QtEpollEventLoop)) - used - plumbing - qasync_only
    assert missing == set()


def test_guard_private_names(loop: Any) -> None:
    """The private names of asyncio, qasync and selectors that the loop uses are where they were."""
    for name in ("_leave_task", "_enter_task"):
        assert callable(getattr(asyncio.tasks, name))
    for name in ("_format_handle", "_MIN_SCHEDULED_TIMER_HANDLES", "_MIN_CANCELLED_TIMER_HANDLES_FRACTION"):
        assert hasattr(asyncio.base_events, name)
    for name in (
        "_ready", "_scheduled", "_selector", "_thread_id", "_stopping", "_current_handle", "_csock", "_debug",
        "_closed", "_clock_resolution", "_timer_cancelled_count", "_signal_handlers", "_process_events",
        "_set_coroutine_origin_tracking", "_asyncgen_firstiter_hook", "_asyncgen_finalizer_hook",
        "_check_closed", "_check_running", "_make_self_pipe",
    ):  # fmt: skip
        assert hasattr(loop, name)
    handle = loop.call_later(1, print)
    assert {"_cancelled", "_context", "_scheduled", "_run"} <= set(dir(handle))
    handle.cancel()
    selector: object = loop._selector
    assert type(selector) is selectors.EpollSelector
    assert callable(loop._selector._selector.modify)
    loop.set_default_executor(ThreadPoolExecutor(1))
    assert loop._default_executor is not None

"""Nested Qt loops (menus, dialogs, drags): the server, timers, threads and tasks go on in them."""

import asyncio
import contextlib
import contextvars
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QMessageBox

from authws_desktop.eventloop import new_event_loop
from tests.eventloop.streams import (
    GUARD_S,
    LOCAL,
    counted,
    echo_server,
    exchange,
    hang_up,
    needs_unix,
    port_of,
)

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


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


@needs_unix
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

"""The loop: asyncio's promises, and Qt's turn."""

import asyncio
import socket
import sys
import threading
import time
from typing import Any

import aiohttp
import pytest
import websockets
from aiohttp import web
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialog

from authws_desktop.eventloop import new_event_loop, qt_loop
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


@needs_unix
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
        monkeypatch.setattr(qt_loop, "monotonic", lambda: now_s)
        loop._waker.step = counted_step
        QTimer.singleShot(0, lambda: [loop.call_soon(callback) for _ in range(23)])
        await done

    runner.run(main())
    assert max(per_step) <= 6  # sums of thousandths in binary
    assert sum(per_step) == 23
    assert sum(1 for count in per_step if count) >= 4


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

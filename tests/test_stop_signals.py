"""Every way in which a system asks a program to stop leads to the same stop."""

from __future__ import annotations

import asyncio
import signal

import pytest

from authws_desktop.stop_signals import StopSignals

CTRL_C, CTRL_CLOSE, CTRL_LOGOFF, CTRL_SHUTDOWN = 0, 2, 5, 6


class LoopWithoutSignals:
    """As Windows' loops are: signal handlers are refused, callbacks from other threads are taken."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.call_soon_threadsafe = loop.call_soon_threadsafe

    def add_signal_handler(self, *_arguments: object) -> None:
        """Refuse."""
        raise NotImplementedError


async def test_it_works_where_the_loop_takes_no_signals() -> None:
    """Python's own handlers call back on the loop."""
    stopped = asyncio.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        StopSignals(LoopWithoutSignals(asyncio.get_running_loop()), stopped.set)  # type: ignore[arg-type]
        signal.raise_signal(signal.SIGHUP)
        await asyncio.wait_for(stopped.wait(), 60)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@pytest.mark.parametrize("event", [CTRL_CLOSE, CTRL_LOGOFF, CTRL_SHUTDOWN])
async def test_a_console_that_closes_waits_until_all_is_written(event: int) -> None:
    """Windows ends the process when the handler returns, so it returns after `finish`."""
    order: list[str] = []
    stopped = asyncio.Event()
    signals = StopSignals(asyncio.get_running_loop(), stopped.set)
    handler = asyncio.create_task(asyncio.to_thread(signals.on_console_event, event))
    handler.add_done_callback(lambda _task: order.append("Windows may go on"))
    await stopped.wait()
    order.append("written")
    signals.finish()
    assert await handler == 1
    await asyncio.sleep(0)
    assert order == ["written", "Windows may go on"]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().remove_signal_handler(number)


async def test_ctrl_c_is_left_to_python() -> None:
    """Python makes SIGINT of it by itself."""
    signals = StopSignals(asyncio.get_running_loop(), lambda: None)
    assert signals.on_console_event(CTRL_C) == 0
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().remove_signal_handler(number)

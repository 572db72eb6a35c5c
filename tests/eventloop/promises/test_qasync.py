"""What of qasync is used, and other people's names."""

import asyncio
import os
import subprocess
import sys
import threading
from asyncio.proactor_events import BaseProactorEventLoop
from asyncio.selector_events import BaseSelectorEventLoop
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import qasync
from PySide6.QtWidgets import QApplication

from authws_desktop.eventloop import run
from authws_desktop.eventloop.epoll_loop import QtEpollEventLoop
from authws_desktop.eventloop.qt_loop import QtEventLoop
from tests.eventloop.streams import GUARD_S


def test_it_is_a_qasync_loop(loop: Any, runner: asyncio.Runner) -> None:
    """Code that looks for qasync's loop finds one, running."""

    async def main() -> bool:
        return asyncio.get_running_loop() is loop and loop.is_running()

    assert isinstance(loop, qasync.QEventLoop)
    assert runner.run(main())
    assert not loop.is_running()


def test_nothing_is_used_that_ends_with_python_3_16(
    app: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop runs where asyncio has neither `iscoroutinefunction` nor policies any more."""
    for name in ("iscoroutinefunction", "get_event_loop_policy", "set_event_loop_policy"):
        monkeypatch.delattr(asyncio, name)

    async def main() -> str:
        loop = asyncio.get_running_loop()
        called = loop.create_future()
        loop.call_later(0.001, loop.call_soon, called.set_result, None)
        await called
        return await loop.run_in_executor(None, lambda: "from a thread")

    assert run(app, main) == "from a thread"


def test_the_self_pipe_is_read_without_asyncio(app: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads wake the loop of Windows too, where asyncio makes the pipe and leaves the reading to its own run."""
    monkeypatch.setattr(
        BaseSelectorEventLoop, "_make_self_pipe", vars(BaseProactorEventLoop)["_make_self_pipe"]
    )

    async def main() -> str:
        woken = asyncio.get_running_loop().create_future()
        thread = threading.Thread(
            target=asyncio.get_running_loop().call_soon_threadsafe, args=(woken.set_result, "woken")
        )
        thread.start()
        thread.join()
        return str(await asyncio.wait_for(woken, GUARD_S))

    assert run(app, main) == "woken"


def test_another_binding_in_the_environment() -> None:
    """A QT_API that was set for other programs does not keep this one from starting."""
    code = "import authws_desktop.eventloop, qasync; print(qasync.QtModuleName)"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "QT_API": "pyqt5"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "PySide6\n"


def test_guard_what_qasync_overrides() -> None:
    """Each method by which qasync replaces asyncio's is put back or is known to be used."""
    used = {"__init__", "__enter__", "__exit__", "run_forever", "close", "get_debug", "set_debug"}
    sockets = {"_add_reader", "_remove_reader", "_add_writer", "_remove_writer"}
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
    replaced = overrides - used - plumbing - qasync_only
    assert replaced - set(vars(QtEventLoop)) == sockets
    assert sockets <= set(vars(QtEpollEventLoop))


def test_guard_private_names(loop: Any) -> None:
    """The private names of asyncio and qasync that the loop uses are where they were."""
    for name in ("_leave_task", "_enter_task"):
        assert callable(getattr(asyncio.tasks, name))
    for name in ("_format_handle", "_MIN_SCHEDULED_TIMER_HANDLES", "_MIN_CANCELLED_TIMER_HANDLES_FRACTION"):
        assert hasattr(asyncio.base_events, name)
    for name in (
        "_ready", "_scheduled", "_thread_id", "_stopping", "_current_handle", "_csock", "_ssock", "_debug",
        "_closed", "_clock_resolution", "_timer_cancelled_count",
        "_set_coroutine_origin_tracking", "_asyncgen_firstiter_hook", "_asyncgen_finalizer_hook",
        "_check_closed", "_check_running", "_make_self_pipe",
    ):  # fmt: skip
        assert hasattr(loop, name)
    assert hasattr(loop, "_signal_handlers") or sys.platform == "win32"
    handle = loop.call_later(1, print)
    assert {"_cancelled", "_context", "_scheduled", "_run"} <= set(dir(handle))
    handle.cancel()
    loop.set_default_executor(ThreadPoolExecutor(1))
    assert loop._default_executor is not None

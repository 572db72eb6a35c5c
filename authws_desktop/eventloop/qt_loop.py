"""asyncio's queue and timers inside Qt's loop.

Plain qasync gives each callback a Qt timer of its own, which is slow and coarse, and a nested Qt loop (a
menu, a native dialog, a drag) breaks its tasks. `QtEventLoop` therefore leaves callbacks and timers to
asyncio, and asks two things of Qt: a timer for the next deadline, and a posted event that says "there is
more to do". Sockets stay qasync's: a notifier each, or Windows' completion port; `epoll_loop` does better.

Qt calls `QtEventLoop._step` for each of them. One step runs what is ready, and hands back to Qt after
`STEP_BUDGET_S`. A callback may itself run a nested Qt loop; Qt then calls `_step` again from inside the
running one. What keeps that sound:

- A wake is posted before the first callback runs, so that a nested loop finds it and takes over the queue.
- The interrupted task is set aside while the inner step runs, else asyncio refuses to run any other task
  (https://github.com/CabbageDevelopment/qasync/issues/59 and .../issues/174).
- A callback never runs inside itself: until it returns, its notifier is off or its next run is held.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import signal
import socket
import sys
import threading
from asyncio import base_events
from collections import deque
from collections.abc import Callable
from contextvars import Context
from time import monotonic
from typing import Any

import qasync
from PySide6.QtWidgets import QApplication

from authws_desktop.eventloop.waker import Waker

STEP_BUDGET_S = 0.005
"""Seconds of callbacks one step runs before Qt gets its turn; a single longer callback is not cut short."""

_LOG = logging.getLogger("asyncio")
_ASYNCIO: Any = asyncio.SelectorEventLoop
_TASKS: Any = asyncio.tasks
_BASE: Any = base_events


class QtEventLoop(qasync.QEventLoop):  # type: ignore[misc]  # qasync has no types
    """A qasync loop whose callbacks and timers are asyncio's own (all systems).

    From qasync it has the running of Qt (`run_forever` is `QApplication.exec`) and the sockets; what else
    qasync replaced in asyncio's loop is put back below. `QApplication.quit` ends `run_forever`, as in qasync.
    """

    # asyncio's attributes that this class shares; typeshed keeps silent about them.
    _csock: socket.socket
    _ssock: socket.socket
    _current_handle: Any
    _ready: deque[Any]
    _scheduled: list[Any]
    _stopping: bool
    _thread_id: int | None
    _timer_cancelled_count: int

    # What qasync overrides and asyncio does better. A test fails when qasync comes to override more.
    run_until_complete = _ASYNCIO.run_until_complete
    is_running = _ASYNCIO.is_running
    time = _ASYNCIO.time
    call_later = _ASYNCIO.call_later
    call_soon_threadsafe = _ASYNCIO.call_soon_threadsafe
    run_in_executor = _ASYNCIO.run_in_executor
    set_default_executor = _ASYNCIO.set_default_executor
    set_exception_handler = _ASYNCIO.set_exception_handler
    default_exception_handler = _ASYNCIO.default_exception_handler
    call_exception_handler = _ASYNCIO.call_exception_handler
    _add_callback = _ASYNCIO._add_callback
    # Windows' loop has neither.
    _read_from_self = _ASYNCIO._read_from_self
    _process_self_data = _ASYNCIO._process_self_data

    def __init__(self, app: QApplication) -> None:
        self._qt_app = app
        self._failure: BaseException | None = None
        # Contexts of the callbacks that a nested Qt loop interrupts, innermost last. Compare by identity:
        # contexts with the same content are equal.
        self._interrupted: list[Context] = []
        self._held: list[asyncio.Handle] = []
        # Descriptors that epoll must not report meanwhile, with the events that it still does.
        self._muted: dict[int, int] = {}
        self._turn_left = 0
        super().__init__(app)
        self._waker = self._new_waker()

    def _new_waker(self) -> Waker:
        return Waker(self._step)

    def _make_self_pipe(self) -> None:
        super()._make_self_pipe()
        # asyncio's loop for Windows reads its own in `run_forever`, in whose place Qt's runs: without this
        # neither another thread nor Ctrl-C would wake it.
        self._add_reader(self._ssock.fileno(), self._read_from_self)

    # Running

    def run_forever(self) -> int:
        """Run until `stop` or until the application quits.

        Returns:
            The application's exit code.

        Raises:
            RuntimeError: This loop, or another one in this thread, is running, or this one is closed.
            SystemExit: A callback raised it, or KeyboardInterrupt; as in asyncio it ends the loop.
        """
        self._check_closed()
        self._check_running()
        self._thread_id = threading.get_ident()
        old_hooks = sys.get_asyncgen_hooks()
        old_wakeup_fd = self._watch_signals()
        self._set_coroutine_origin_tracking(self._debug)
        try:
            sys.set_asyncgen_hooks(
                firstiter=self._asyncgen_firstiter_hook, finalizer=self._asyncgen_finalizer_hook
            )
            self._waker.start()
            code: int = super().run_forever()
        finally:
            self._waker.stop()
            self._stopping = False
            self._thread_id = None
            self._set_coroutine_origin_tracking(False)
            sys.set_asyncgen_hooks(*old_hooks)
            self._unwatch_signals(old_wakeup_fd)
            failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        return code

    def stop(self) -> None:
        """End `run_forever` once the callbacks that are ready now have run; this ends nested Qt loops too."""
        self._stopping = True
        if self._thread_id is not None:
            self._waker.post()

    def close(self) -> None:
        """Release everything; may be called twice.

        Raises:
            RuntimeError: The loop is running.
        """
        if not self.is_running() and not self.is_closed():
            # Before epoll and the self-pipe close: a notifier must not outlive its descriptor.
            self._waker.close()
            self._remove_reader(self._ssock.fileno())
        super().close()

    # Signals

    def _watch_signals(self) -> int | None:
        """Let every signal write to the self-pipe.

        While Qt waits no Python code runs, and so no signal handler, until something wakes it
        (https://github.com/CabbageDevelopment/qasync/issues/127). asyncio does it
        for `add_signal_handler` only.

        Returns:
            The descriptor that was set before, or None where signals are another thread's business.
        """
        if self._thread_id is None or threading.current_thread() is not threading.main_thread():
            return None
        return signal.set_wakeup_fd(self._csock.fileno(), warn_on_full_buffer=False)

    def _unwatch_signals(self, old_wakeup_fd: int | None) -> None:
        # Windows' loop takes no handlers.
        if old_wakeup_fd is not None and not getattr(self, "_signal_handlers", None):
            signal.set_wakeup_fd(old_wakeup_fd if old_wakeup_fd != self._csock.fileno() else -1)

    def remove_signal_handler(self, sig: int) -> bool:
        """Remove a handler for a signal; see asyncio."""
        is_removed: bool = super().remove_signal_handler(sig)
        self._watch_signals()  # asyncio takes the descriptor away together with the last handler
        return is_removed

    # Scheduling

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Run a callback on the next turn; see asyncio."""
        if self._debug or self._closed:
            handle: asyncio.Handle = _ASYNCIO.call_soon(self, callback, *args, context=context)
        else:
            handle = asyncio.Handle(callback, args, self, context)
            self._ready.append(handle)
        if not self._waker.is_posted:
            self._wake_from_outside()
        return handle

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run a callback at a time of the loop's clock; see asyncio."""
        timer: asyncio.TimerHandle = _ASYNCIO.call_at(self, when, callback, *args, context=context)
        if not self._waker.is_posted:
            self._wake_from_outside()
        return timer

    def _wake_from_outside(self) -> None:
        """Wake the loop after a slot, which Qt called, has given it something to do."""
        if self._thread_id is not None:
            self._waker.post()

    # One step

    def _step(self) -> None:
        """Run what is ready, for one turn of Qt's loop; Qt calls this, also from inside itself."""
        if self._current_handle is None:
            self._run_turns_guarded()
        else:
            self._run_turns_nested(self._current_handle)
        if self._stopping:
            self._qt_app.exit()
        elif self._ready:
            self._waker.post()
        else:
            self._waker.unpost()
            if self._scheduled:
                self._waker.arm(self._scheduled[0].when(), self.time())

    def _run_turns_nested(self, interrupted: Any) -> None:
        """Run turns inside a callback that waits for a nested Qt loop."""
        task = asyncio.current_task(self)
        if task is not None:
            _TASKS._leave_task(self, task)
        self._interrupted.append(interrupted._context)
        try:
            self._run_turns_guarded()
        finally:
            self._interrupted.pop()
            self._current_handle = interrupted
            if task is not None:
                _TASKS._enter_task(self, task)

    def _run_turns_guarded(self) -> None:
        try:
            self._run_turns()
        except BaseException as error:  # noqa: BLE001 - a border: PySide prints what passes it, and goes on
            self._failure = error
            self._stopping = True
        finally:
            self._current_handle = None

    def _run_turns(self) -> None:
        """Collect and run, in turns as asyncio's, until nothing is ready or the time is up."""
        deadline = monotonic() + STEP_BUDGET_S
        while True:
            # Never before the turn is over: epoll would report again each socket whose callback has not run
            # yet, and with thousands of them the queue would grow faster than steps can run it.
            if not self._turn_left:
                self._collect()
                self._turn_left = len(self._ready)
            if not self._turn_left:
                return
            self._waker.post()
            if not self._run_ready(deadline):
                return

    def _collect(self) -> None:
        """Put the callbacks of timers whose time has come into the ready queue."""
        if self._timer_cancelled_count:
            self._drop_cancelled_timers()
        if self._scheduled:
            end_time = self.time() + self._clock_resolution
            while self._scheduled and self._scheduled[0].when() < end_time:
                timer = heapq.heappop(self._scheduled)
                timer._scheduled = False
                self._ready.append(timer)

    def _drop_cancelled_timers(self) -> None:
        """Drop them from the head of the heap, and all of them once they are most of it."""
        timers = self._scheduled
        if (
            len(timers) > _BASE._MIN_SCHEDULED_TIMER_HANDLES
            and self._timer_cancelled_count > len(timers) * _BASE._MIN_CANCELLED_TIMER_HANDLES_FRACTION
        ):
            for timer in timers:
                timer._scheduled = not timer.cancelled()
            self._scheduled = [timer for timer in timers if not timer.cancelled()]
            heapq.heapify(self._scheduled)
            self._timer_cancelled_count = 0
        while self._scheduled and self._scheduled[0].cancelled():
            heapq.heappop(self._scheduled)._scheduled = False
            self._timer_cancelled_count -= 1

    def _run_ready(self, deadline: float) -> bool:
        """Run the callbacks of this turn, not those they add.

        Returns:
            Whether there is time for another turn. Once the deadline is past, the rest of the turn stays in
            the queue for the next step.
        """
        ready, held, muted, interrupted = self._ready, self._held, self._muted, self._interrupted
        while self._turn_left and ready:
            self._turn_left -= 1  # before it runs: a nested step may go on with the rest
            handle = ready.popleft()
            if handle._cancelled:
                continue
            if interrupted and self._is_interrupted(handle):
                held.append(handle)
                continue
            self._current_handle = handle
            if self._debug:
                self._run_timed(handle)
            else:
                handle._run()
            if held or muted:
                self._release()
            if monotonic() >= deadline and not self._stopping:
                return False
        self._turn_left = 0
        return not self._stopping

    def _run_timed(self, handle: Any) -> None:
        start = self.time()
        handle._run()
        duration_s = self.time() - start
        if duration_s >= self.slow_callback_duration:
            _LOG.warning("Executing %s took %.3f seconds", _BASE._format_handle(handle), duration_s)

    # Callbacks that a nested Qt loop interrupts

    def _is_interrupted(self, handle: Any) -> bool:
        """Say whether a callback must wait: its context is in use, and can be entered only once."""
        return any(context is handle._context for context in self._interrupted)

    def _release(self) -> None:
        """Give back what was held for a callback that has returned by now."""
        self._ready.extend(handle for handle in self._held if not self._is_interrupted(handle))
        self._held[:] = [handle for handle in self._held if self._is_interrupted(handle)]

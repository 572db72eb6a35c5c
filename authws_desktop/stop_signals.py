"""How the system asks the program to stop: signals, and what happens to a console on Windows.

All of them mean the same stop: clients get their closing handshake (1001), files are written whole.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

CONSOLE_WAIT_S = 4.5
"""Windows ends the process some 5 s after it told it that the console closes, whatever the process does."""
_CLOSING_EVENTS = (2, 5, 6)  # CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT


class StopSignals:
    """Calls back, on the loop, when the system asks the program to stop.

    Args:
        loop: The loop that calls the callback.
        callback: May be called more than once.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
        self._loop = loop
        self._callback = callback
        self._is_done = threading.Event()
        self._console: Any = None
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            number = getattr(signal, name, None)
            # `nohup` has the program ignore the end of its terminal; that stays so.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._watch(number)
        if sys.platform == "win32":
            self._watch_console()

    def finish(self) -> None:
        """Say that everything is written: a console that closes need not wait any longer."""
        self._is_done.set()

    def _watch(self, number: signal.Signals) -> None:
        try:
            self._loop.add_signal_handler(number, self._callback)
        except NotImplementedError:  # Windows' loops take none
            # A handler of Python's runs between two instructions of the main thread, possibly within the
            # loop's own code: hence `call_soon_threadsafe`.
            signal.signal(number, lambda _number, _frame: self._loop.call_soon_threadsafe(self._callback))

    def _watch_console(self) -> None:
        """Have Windows tell of a console that closes, of logging off and of shutting down."""
        import ctypes

        handler_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint)
        self._console = handler_type(self.on_console_event)  # kept: the system holds no reference
        ctypes.CDLL("kernel32").SetConsoleCtrlHandler(self._console, 1)

    def on_console_event(self, event: int) -> int:
        """Stop for an event of the console, and hold Windows back until all is written.

        Called by Windows in a thread of its own; the process is ended when this returns.

        Returns:
            1 if the event was taken, 0 to leave it to the next handler.
        """
        if event not in _CLOSING_EVENTS:
            return 0
        self._loop.call_soon_threadsafe(self._callback)
        # This is a thread of Windows' own, so the loop goes on meanwhile.
        self._is_done.wait(CONSOLE_WAIT_S)
        return 1

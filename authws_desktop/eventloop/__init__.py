"""The event loop: asyncio's engine inside Qt's loop, with sockets by epoll on Linux, elsewhere by qasync."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from PySide6.QtWidgets import QApplication

# qasync obeys this variable before it looks at what is imported; other Qt programs have their users set it.
os.environ["QT_API"] = "pyside6"
from authws_desktop.eventloop.epoll_loop import QtEpollEventLoop
from authws_desktop.eventloop.qt_loop import QtEventLoop

LOOP_VARIABLE = "AUTHWS_LOOP"
"""Set to `portable`, Linux runs the other systems' loop: for tests, and to tell whose fault a fault is."""

_T = TypeVar("_T")


def new_event_loop(app: QApplication) -> asyncio.AbstractEventLoop:
    """Make the loop for this platform; the caller closes it.

    Args:
        app: The application whose `exec` will run the loop. Call from the thread it lives in.

    Returns:
        A loop that is a `qasync.QEventLoop`. Its default executor is a `ThreadPoolExecutor`.
    """
    if sys.platform == "linux" and os.environ.get(LOOP_VARIABLE) != "portable":
        return QtEpollEventLoop(app)
    return QtEventLoop(app)


def run(app: QApplication, main: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    """Run one coroutine to its end on a new loop, then tidy up and close the loop.

    Afterwards left-over tasks are cancelled and awaited, asynchronous generators and the default executor are
    shut down. Ctrl-C cancels the coroutine, unless that has set a handler with `loop.add_signal_handler`.

    Args:
        app: The application whose `exec` runs the loop. Set `setQuitOnLastWindowClosed(False)` on it.
        main: Returns the coroutine to run; called once.

    Returns:
        What the coroutine returned.

    Raises:
        KeyboardInterrupt: Ctrl-C cancelled the coroutine.
        RuntimeError: The application quit before the coroutine came to its end.
    """
    with asyncio.Runner(loop_factory=partial(new_event_loop, app)) as runner:
        runner.get_loop()
        return runner.run(main())

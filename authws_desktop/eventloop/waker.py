"""What calls the loop from Qt: a posted event, a timer and, where there is epoll, a notifier."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSocketNotifier, Qt, QTimer, Signal, Slot

MAX_TIMER_S = 24 * 3600.0
"""Longest time the Qt timer is set to; it counts milliseconds in 32 bits, which is less than 25 days."""

_META_CALL = QEvent.Type.MetaCall.value


class _Relay(QObject):
    """The slots of a waker.

    Signals:
        wanted: Connected through Qt's event queue, so that emitting it posts an event.
    """

    wanted = Signal()

    def __init__(self, waker: Waker) -> None:
        super().__init__()
        self._waker = waker
        self.wanted.connect(self.on_wanted, Qt.ConnectionType.QueuedConnection)

    @Slot()
    def on_wanted(self) -> None:
        """Run a step for the posted event."""
        self._waker.is_posted = False
        self._waker.step()

    @Slot()
    def on_timeout(self) -> None:
        """Run a step for the timer."""
        self._waker.deadline = math.inf
        self.on_readable()

    @Slot()
    def on_readable(self) -> None:
        """Run a step for the notifier, or for the timer."""
        # While a posted event is on its way: two steps in one turn of Qt's loop would double its delay.
        if not self._waker.is_posted:
            self._waker.step()


class Waker:
    """The Qt objects that call the loop: a posted event, a timer and a notifier.

    Args:
        step: See the attributes.
        epoll_fd: The descriptor that the notifier watches; without it there is none.

    No QObject itself, for the loop reads `is_posted` for each callback and a QObject's attributes are slow.

    Attributes:
        step: Runs one step of the loop; called by Qt.
        is_posted: A posted event is under way.
        deadline: Loop time at which the timer fires; infinite while it is off.
    """

    def __init__(self, step: Callable[[], None], epoll_fd: int | None = None) -> None:
        self.step = step
        self.is_posted = False
        self.deadline = math.inf
        self._relay = _Relay(self)
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._relay.on_timeout)
        self._notifier: QSocketNotifier | None = None
        if epoll_fd is not None:
            self._notifier = QSocketNotifier(epoll_fd, QSocketNotifier.Type.Read)
            self._notifier.setEnabled(False)
            self._notifier.activated.connect(self._relay.on_readable)

    def start(self) -> None:
        """Begin to call the loop, at once for the first time."""
        if self._notifier is not None:
            self._notifier.setEnabled(True)
        self.post()

    def stop(self) -> None:
        """Switch all of them off until the next `start`."""
        if self._notifier is not None:
            self._notifier.setEnabled(False)
        self._timer.stop()
        self.deadline = math.inf
        self.unpost()

    def close(self) -> None:
        """Delete the Qt objects at once; afterwards nothing may be called."""
        del self._notifier, self._timer, self._relay

    def post(self) -> None:
        """Have Qt call the loop on its next turn, at any depth of nested Qt loops."""
        if not self.is_posted:
            self.is_posted = True
            self._relay.wanted.emit()

    def unpost(self) -> None:
        """Take the posted event back; an empty turn of Qt's loop costs as much as a message."""
        if self.is_posted:
            self.is_posted = False
            QCoreApplication.removePostedEvents(self._relay, _META_CALL)

    def arm(self, deadline: float, now: float) -> None:
        """Have Qt call the loop at a time; an earlier time that is set already stands."""
        # A later deadline waits for the earlier timer, whose step finds nothing to do and arms it anew.
        if deadline < self.deadline:
            delay_s = min(max(deadline - now, 0.0), MAX_TIMER_S)
            self.deadline = now + delay_s
            # Rounded up: a timer that fires before its time would find nothing due, and arm itself again for
            # the rest.
            self._timer.start(math.ceil(delay_s * 1000))

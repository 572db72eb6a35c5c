"""Keeps the computer from falling asleep while it serves somebody, where the system offers that.

How each system is asked is wakepy's knowledge. Each of its ways ends with this program, so that a crash
leaves no computer awake for ever.
"""

from __future__ import annotations

import threading

END_TIMEOUT_S = 2.0


class _Holding(threading.Thread):
    """Keeps the computer awake from its start until it is released.

    In a thread of its own: on Linux the session's bus is asked, which may hang, and the window must not.

    Attributes:
        is_held: Whether the system agreed.
        is_refused: Whether it did not.
    """

    def __init__(self) -> None:
        super().__init__(name="keep awake", daemon=True)
        self.is_held = False
        self.is_refused = False
        self._released = threading.Event()

    def run(self) -> None:
        """Ask the system, and hold on until `release`; runs in this thread."""
        from wakepy import keep  # only where it is needed: it takes some 45 ms

        with keep.running(on_fail="pass") as mode:
            self.is_held, self.is_refused = mode.active, not mode.active
            if self.is_held:
                self._released.wait()
                self.is_held = False

    def release(self) -> None:
        """Let the thread end; returns at once, may be called again, from any thread."""
        self._released.set()


class KeepAwake:
    """Keeps the computer awake between `hold` and `release`; both return at once and may be repeated.

    A system that refused once is not asked again. Called in the window's thread.
    """

    def __init__(self) -> None:
        self._holding: _Holding | None = None
        self._is_refused = False

    @property
    def is_held(self) -> bool:
        """Whether the computer is kept awake."""
        return self._holding is not None and self._holding.is_held

    def hold(self) -> None:
        """Keep the computer awake; takes effect a moment later."""
        if self._holding is None and not self._is_refused:
            self._holding = _Holding()
            self._holding.start()

    def release(self) -> None:
        """Let it sleep again."""
        holding, self._holding = self._holding, None
        if holding is not None:
            holding.release()
            self._is_refused = holding.is_refused

    def end(self) -> None:
        """Let it sleep again, and wait for that a little: the program is about to end."""
        holding = self._holding
        self.release()
        if holding is not None:
            holding.join(END_TIMEOUT_S)

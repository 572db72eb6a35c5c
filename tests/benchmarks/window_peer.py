"""This program in its window, with a timer that measures how long Qt is kept from its turn.

Nothing of the program is changed: the timer is a Qt timer beside its own. SIGUSR1 prints one line of JSON
about the time since the last one and begins anew.
"""

from __future__ import annotations

import json
import signal
import sys
import time

from PySide6.QtCore import Qt, QTimer

from authws_desktop import app as program
from authws_desktop.cli.main import main
from authws_desktop.panels.window.main_window import MainWindow

TICK_MS = 10


class TickMeter:
    """Measures the gaps between the ticks of a 10 ms timer.

    Attributes:
        is_asked: Set by the signal; the next tick answers, for a signal comes in the midst of anything.
    """

    def __init__(self) -> None:
        self.is_asked = False
        self._gaps: list[float] = []
        self._last_s = time.perf_counter()
        self._timer = QTimer(interval=TICK_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start()

    def ask(self, *_: object) -> None:
        """Have the next tick print a report."""
        self.is_asked = True

    def _on_tick(self) -> None:
        now_s = time.perf_counter()
        self._gaps.append((now_s - self._last_s) * 1000)
        self._last_s = now_s
        if self.is_asked:
            self.is_asked = False
            print(self._report(), flush=True)

    def _report(self) -> str:
        """Return the gaps since the last report, in milliseconds, and what the window shows."""
        gaps, self._gaps = self._gaps, []
        window = next((each for each in app.topLevelWidgets() if isinstance(each, MainWindow)), None)
        shown = {"page": window.page_key, "is_visible": window.isVisible()} if window else {}
        return json.dumps({"gaps_ms": [round(gap, 2) for gap in gaps], **shown})


if __name__ == "__main__":
    app = program.new_application()
    meter = TickMeter()
    signal.signal(signal.SIGUSR1, meter.ask)
    sys.exit(main(sys.argv[1:]))

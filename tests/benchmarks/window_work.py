"""How long the window is away for much, beside how long for little: `python -m tests.benchmarks.window_work`.

The tests count this work, which is the same on every machine; here it is timed, for a person to look at.
Each pair is measured in one run, turn by turn, so that a busy machine slows both.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from time import thread_time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from authws_desktop.panels.live.detail_panel import HEX, PRETTY, RAW, DetailPanel
from authws_desktop.panels.live.users_model import UsersModel
from authws_desktop.panels.theme import Theme
from tests.panels.live.support import PlainService, record

ROUNDS = 7
Act = Callable[[], None]


def payload_shown(theme: Theme, numbers: int, tab: int) -> Act:
    """Return the showing of one line of numbers on a tab."""
    panel, shown = DetailPanel(theme), record(b"[" + b"1," * numbers + b"1]")
    panel.resize(800, 400)
    panel.show()
    panel.tabs.setCurrentIndex(tab)

    def act() -> None:
        panel.show_record(shown)
        panel.grab()

    return act


def people_looked_at(theme: Theme, count: int) -> Act:
    """Return a refresh of the users in which somebody comes."""
    plain = PlainService()
    model = UsersModel(plain.hub, theme, plain.clock)
    for number in range(count):
        plain.join(f"user{number:05}")
    model.refresh()

    def act() -> None:
        plain.join("somebody")
        model.refresh()

    return act


def longest_ms(act: Act) -> float:
    """Return the longest turn of the window's loop in an act and until nothing is left to do."""
    longest_s = 0.0
    turns: list[Act] = [act, *[lambda: QApplication.processEvents()] * 50]
    for turn in turns:
        started_s = thread_time()
        turn()
        longest_s = max(longest_s, thread_time() - started_s)
    return longest_s * 1e3


def compare(name: str, little: Act, much: Act) -> None:
    """Print the median of both, and how many times longer much takes."""
    pairs = [(longest_ms(little), longest_ms(much)) for _ in range(ROUNDS)]
    few_ms, many_ms = (sorted(figures)[ROUNDS // 2] for figures in zip(*pairs, strict=True))
    print(f"{name:<46}{few_ms:8.1f} ms{many_ms:8.1f} ms{many_ms / few_ms:8.1f} x")


def main() -> None:
    """Measure and print."""
    app = QApplication([])
    theme = Theme()
    theme.apply(app, "light")
    for name, tab in (("Pretty", PRETTY), ("Raw", RAW), ("Hex", HEX)):
        little, much = (payload_shown(theme, count, tab) for count in (5_000, 500_000))
        compare(f"{name}: a line of 10 KiB, of 1 MiB", little, much)
    compare("users: one comes to 500, to 5,000", people_looked_at(theme, 500), people_looked_at(theme, 5_000))


if __name__ == "__main__":
    main()

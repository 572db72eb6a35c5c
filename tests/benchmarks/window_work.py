"""How long the window is away for much, beside how long for little: `python -m tests.benchmarks.window_work`.

The tests count this work, which is the same on every machine; here it is timed, for a person to look at.
Each pair is measured in one run, turn by turn, so that a busy machine slows both. The last lines are the Live page
under a flood: the processor time of one refresh with all that it paints, in the middle and in 99 of 100 cases.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import thread_time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.detail_panel import HEX, PRETTY, RAW, DetailPanel
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.users_model import UsersModel
from tests.benchmarks.results import percentile
from tests.panels.live.support import PlainService, as_service, fill, record

ROUNDS = 7
REFRESHES = 300
REFRESH_S = 0.1
ROWS_A_REFRESH = 1000
"""Of 10,000 a second."""
FLOOD_PEOPLE = 50
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


def refresh_flooded(theme: Theme, folder: Path) -> None:
    """Print what one refresh of the Live page costs at 10,000 rows a second: by its parts, and in all."""
    plain = PlainService()
    page = LivePage(as_service(plain), theme, WindowState(folder / "window.ini"))
    page.resize(1180, 720)
    page.show()
    clients = [plain.join(f"user{number:03}") for number in range(FLOOD_PEOPLE)]
    fill(plain.traffic, 100_000)
    for _ in range(40):
        page.refresh()
        QApplication.processEvents()
    gc.freeze()
    gc.disable()
    parts: dict[str, list[float]] = {"refresh": [], "painting": [], "both": []}
    for _ in range(REFRESHES):
        for number in range(ROWS_A_REFRESH // 2):  # a direct is two rows: what was said, and its answer
            plain.clock.advance(2 * REFRESH_S / ROWS_A_REFRESH)
            plain.tell(clients[number % FLOOD_PEOPLE], f"user{number % 7:03}", {"text": f"hello {number}"})
        started_s = thread_time()
        page.refresh()
        refreshed_s = thread_time()
        QApplication.processEvents()
        ended_s = thread_time()
        for part, seconds in (
            ("refresh", refreshed_s - started_s),
            ("painting", ended_s - refreshed_s),
            ("both", ended_s - started_s),
        ):
            parts[part].append(seconds * 1e3)
    for part, figures in parts.items():
        middle, most = percentile(figures, 0.5), percentile(figures, 0.99)
        print(f"Live page at 10,000 rows/s: {part:<18}{middle:8.2f} ms{most:8.2f} ms in 99 of 100")


def main() -> None:
    """Measure and print."""
    app = QApplication([])
    theme = Theme()
    theme.apply(app, "light")
    for name, tab in (("Pretty", PRETTY), ("Raw", RAW), ("Hex", HEX)):
        little, much = (payload_shown(theme, count, tab) for count in (5_000, 500_000))
        compare(f"{name}: a line of 10 KiB, of 1 MiB", little, much)
    compare("users: one comes to 500, to 5,000", people_looked_at(theme, 500), people_looked_at(theme, 5_000))
    with tempfile.TemporaryDirectory() as folder:
        refresh_flooded(theme, Path(folder))


if __name__ == "__main__":
    main()

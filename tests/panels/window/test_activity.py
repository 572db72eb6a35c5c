"""The last two minutes, small and large, in a picture and in words."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.window.activity import POINTS, Activity, Series
from authws_desktop.panels.window.activity_dialog import ActivityDialog
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.panels.window.sparkline import Sparkline
from authws_desktop.server.service import Service
from tests.own_clients import eventually, http_client, ws_client
from tests.panels.pictures import OUT, shoot


def fed(activity: Activity) -> Activity:
    """Two lively minutes."""
    total_in = total_out = 0
    for second in range(POINTS + 1):
        total_in += 20 + (second * 7) % 13
        total_out += 200 + (second * 37) % 190 if second < 90 else 60
        activity.read(float(second), total_in, total_out, 4 + second // 20)
    return activity


def test_a_point_a_second() -> None:
    """Rates from totals; readings within a second add nothing."""
    activity = Activity()
    activity.read(10.0, 100, 1000, 2)
    assert activity.revision == 0
    activity.read(10.4, 120, 1100, 2)
    activity.read(11.0, 130, 1400, 3)
    assert activity.revision == 1
    newest = [activity.newest(series) for series in Series]
    assert newest == [400, 30, 3]
    assert len(activity.values(Series.CONNECTIONS)) == POINTS


def test_a_pause_is_filled_and_a_reset_is_no_negative_rate() -> None:
    """A window that was hidden for 10 s shows what passed, spread; the line never dips below zero."""
    activity = Activity()
    activity.read(0.0, 0, 0, 1)
    activity.read(10.0, 50, 100, 1)
    assert activity.values(Series.MESSAGES_IN)[-10:] == [5.0] * 10
    assert activity.values(Series.MESSAGES_IN)[-11] == 0
    activity.read(11.0, 0, 0, 1)
    assert activity.newest(Series.MESSAGES_OUT) == 0
    activity.read(10_000.0, 1, 1, 1)
    assert len(activity.values(Series.MESSAGES_IN)) == POINTS


def test_it_says_in_words_what_it_shows(theme: Theme, qtbot: QtBot) -> None:
    """For whoever does not see the picture."""
    spark = Sparkline(theme)
    qtbot.addWidget(spark)
    fed(spark.activity)
    spark.show_newest()
    highest = round(spark.activity.highest(Series.MESSAGES_OUT))
    assert f"Messages out: 60/s now, {highest}/s at most." in spark.accessibleDescription()
    assert "Connections: 10 now, 10 at most" in spark.accessibleDescription()
    assert spark.accessibleName() == "Activity of the last 2 minutes"


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_large_chart(theme: Theme, qtbot: QtBot, app: QApplication, look: str) -> None:
    """Axes end at round numbers above every point; the line is where the points are."""
    theme.apply(app, look)
    spark = Sparkline(theme)
    qtbot.addWidget(spark)
    fed(spark.activity)
    dialog = ActivityDialog(spark.activity, theme, spark)
    qtbot.addWidget(dialog)
    assert [dialog.charts[series].top() for series in Series] == [500, 50, 10]
    picture = dialog.charts[Series.CONNECTIONS].grab().toImage()
    accent = QColor(theme.tokens.accent)
    columns = [
        x
        for x in range(picture.width())
        if any(picture.pixelColor(x, y) == accent for y in range(picture.height()))
    ]
    assert len(columns) > picture.width() / 2
    shoot(dialog, f"activity-{look}")
    spark.show_newest()
    big = spark.grab().scaled(720, 108, Qt.AspectRatioMode.KeepAspectRatio)
    assert big.save(str(OUT / f"sparkline-{look}.png"))
    assert "10 now" in dialog.charts[Series.CONNECTIONS].accessibleDescription()


async def test_a_click_opens_it_and_it_follows(window: MainWindow, service: Service) -> None:
    """What real clients send is in it within some seconds."""
    await service.start()
    window.bar.refresh()
    window.bar.sparkline.click()
    await eventually(lambda: window.findChildren(ActivityDialog))
    dialog = window.findChildren(ActivityDialog)[0]
    async with http_client(service) as http, ws_client(service) as client:
        await client.log_in((await http.register("ana"))["token"])
        for number in range(20):
            await client.send({"type": "message", "content": number})
            await client.expect("message")

        def has_points() -> bool:
            window.bar.refresh()
            return bool(window.bar.sparkline.activity.highest(Series.MESSAGES_IN) >= 10)

        await eventually(has_points)
        await eventually(lambda: "Connections: 1 now" in dialog.words.text())
    dialog.accept()
    await eventually(lambda: not window.findChildren(ActivityDialog))

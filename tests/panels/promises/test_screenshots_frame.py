"""Pictures of the frame's every state, light and dark, at 100 and 200 %; to be looked at by people."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from authws_desktop.panels.kit.theme import DARK, LIGHT
from tests.panels.frame_scenes import SIZE, TOUR, TOUR_SIZES
from tests.panels.pictures import OUT

ROOT = Path(__file__).resolve().parents[3]
SCENES = (
    "stopped",
    "port-taken",
    "running",
    "settings",
    "settings-wrong",
    "settings-security",
    "secret",
    "about",
    "close",
    "log",
    "smallest",
)


@pytest.mark.long
@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("scale", [1, 2])
def test_pictures_of_the_frame(look: str, scale: int) -> None:
    """Each state is drawn in its colours and at its scale."""
    OUT.mkdir(parents=True, exist_ok=True)
    run = subprocess.run(
        [sys.executable, "-m", "tests.panels.frame_scenes", str(OUT), look],
        env={**os.environ, "QT_SCALE_FACTOR": str(scale), "QT_QPA_PLATFORM": "offscreen"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr, run.stderr
    for scene in (*SCENES, *(f"{each}-{width}x{height}" for each in TOUR for width, height in TOUR_SIZES)):
        _check_picture(scene, look, scale)


def _check_picture(scene: str, look: str, scale: int) -> None:
    image = QImage(str(OUT / f"frame-{scene}-{look}-{scale}x.png"))
    assert not image.isNull(), scene
    if scene in ("stopped", "running"):
        assert (image.width(), image.height()) == (SIZE[0] * scale, SIZE[1] * scale)
    for width, height in TOUR_SIZES:
        if scene.endswith(f"{width}x{height}"):
            assert (image.width(), image.height()) == (width * scale, height * scale), f"{scene} has grown"
    tokens = DARK if look == "dark" else LIGHT
    grounds = {QColor(each).rgb() for each in (tokens.background, tokens.surface)}
    points = [image.pixel(x, y) for x in range(0, image.width(), 4) for y in range(0, image.height(), 4)]
    assert sum(point in grounds for point in points) > len(points) / 2, (
        f"{scene}: not in the colours of {look}"
    )
    assert len(set(points)) > 10, f"{scene}: hardly anything is drawn"

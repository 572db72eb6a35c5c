"""The kinds of columns that tables share: words, chips, moments and counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from authws_desktop.panels.kit.chips import Chip
from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.table_filter import natural_key
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.words import exact_text, when_text

T = TypeVar("T")


def text_column(title: str, text: Callable[[T], str], width_px: int = 0) -> Column[T]:
    """Return a column of words, whoever wrote them: nothing in them is hidden, the tool tip has them whole.

    Args:
        title: Its heading.
        text: Returns a row's words.
        width_px: See `Column`, as below.
    """
    return Column(
        title,
        lambda row: visible(text(row)),
        lambda row: natural_key(text(row)),
        tip=text,
        width_px=width_px,
    )


def chip_column(title: str, chip: Callable[[T], Chip], width_px: int) -> Column[T]:
    """Return a column of chips, sorted by their words."""
    return Column(title, lambda row: chip(row).text, chip=chip, width_px=width_px)


def moment_column(
    title: str,
    moment: Callable[[T], float | None],
    width_px: int,
    words: Callable[[T], str] | None = None,
) -> Column[T]:
    """Return a column of moments; the tool tip is exact, and never is before everything.

    Args:
        title: Its heading.
        moment: Returns a row's moment, seconds since the epoch; `None` for never.
        width_px: Its width.
        words: Returns what is shown; else the day and the time.
    """
    return Column(
        title,
        words or (lambda row: when_text(moment(row), time.time())),
        lambda row: -1.0 if (at := moment(row)) is None else at,
        tip=lambda row: exact_text(moment(row)),
        width_px=width_px,
    )


def count_column(title: str, count: Callable[[T], int], width_px: int) -> Column[T]:
    """Return a column of counts, with nothing in place of zero: only what is there draws the eye."""
    return Column(title, lambda row: str(count(row) or ""), count, is_number=True, width_px=width_px)

"""Slots that await: one decorator for every action of the window that takes time."""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton

from authws_desktop.accounts.errors import AccountsError
from authws_desktop.server.errors import ServiceError
from authws_desktop.settings import SettingsError
from authws_desktop.tasks import start_task

log = logging.getLogger(__name__)

PRODUCT_ERRORS = (ServiceError, AccountsError, SettingsError, OSError)
"""Errors whose text is a sentence for the person."""


def async_slot(method: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., asyncio.Task[None]]:
    """Turn a coroutine method of a QObject into a slot.

    While it runs, the button or action that set it off is disabled; afterwards it is enabled again, and the
    object's `update_controls()`, if any, may decide otherwise. Product errors (see `PRODUCT_ERRORS`) go in
    words to `show_error(text)` of the object or the nearest parent that has it; any other is logged with its
    traceback and announced in one sentence. Arguments of a signal that the method does not take are dropped.

    Args:
        method: `async def _on_…(self, …)`.

    Returns:
        The slot; it returns the task, for tests.
    """
    accepted = _positional_count(method) - 1

    @functools.wraps(method)
    def slot(self: Any, *args: Any, **keywords: Any) -> asyncio.Task[None]:
        control = _sender_of(self)
        return start_task(
            _run(self, control, method(self, *args[:accepted], **keywords)), method.__qualname__
        )

    return slot


def _positional_count(method: Callable[..., Any]) -> int:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(parameter.kind in kinds for parameter in inspect.signature(method).parameters.values())


def _sender_of(receiver: QObject) -> QAbstractButton | QAction | None:
    sender = receiver.sender()
    return sender if isinstance(sender, QAbstractButton | QAction) and sender.isEnabled() else None


async def _run(
    owner: QObject, control: QAbstractButton | QAction | None, work: Coroutine[Any, Any, None]
) -> None:
    had_focus = isinstance(control, QAbstractButton) and control.hasFocus()
    if control is not None:
        control.setEnabled(False)
    try:
        await work
    except PRODUCT_ERRORS as error:
        _show(owner, str(error))
    except Exception:  # a border: a mistake of ours must reach the log and the person, not the loop
        log.exception("An action of the window failed")
        _show(
            owner,
            owner.tr("That did not work because of a mistake in this program. The log has the details."),
        )
    finally:
        _enable(owner, control, had_focus)


def _enable(owner: QObject, control: QAbstractButton | QAction | None, had_focus: bool) -> None:
    if control is not None and shiboken6.isValid(control):
        control.setEnabled(True)
    update = getattr(owner, "update_controls", None)
    if update is not None and shiboken6.isValid(owner):
        update()
    if (
        had_focus
        and isinstance(control, QAbstractButton)
        and shiboken6.isValid(control)
        and control.isEnabled()
    ):
        control.setFocus()


def _show(owner: QObject, text: str) -> None:
    place: QObject | None = owner if shiboken6.isValid(owner) else None
    while place is not None:
        show_error = getattr(place, "show_error", None)
        if show_error is not None:
            show_error(text)
            return
        place = place.parent()
    log.error("Nowhere to show: %s", text)

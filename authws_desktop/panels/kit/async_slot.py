"""Slots that await: one decorator for every action of the window that takes time."""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, runtime_checkable

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton

from authws_desktop.errors import ProductError
from authws_desktop.panels.kit.language import tr
from authws_desktop.tasks import start_task

log = logging.getLogger(__name__)

PRODUCT_ERRORS = (ProductError, OSError)
"""Errors whose text is a sentence for the person."""


class SlotOwner(Protocol):
    """What an object with such slots offers; the type checker asks for it at each of them."""

    def show_error(self, text: str, /) -> None:
        """Say to the person what went wrong: a sentence."""

    def sender(self) -> QObject:
        """Return what set off the slot; every QObject has it."""


@runtime_checkable
class HasControls(Protocol):
    """An object that decides which of its controls can be used."""

    def update_controls(self) -> None:
        """Enable what can be done now."""


Owner = TypeVar("Owner", bound=SlotOwner)
P = ParamSpec("P")


def async_slot(
    method: Callable[Concatenate[Owner, P], Coroutine[Any, Any, None]],
) -> Callable[..., asyncio.Task[None]]:
    """Turn a coroutine method of a QObject into a slot.

    While it runs, the button or action that set it off is disabled; afterwards it is enabled again, and the
    object's `update_controls()`, if it has one, may decide otherwise. Product errors (see `PRODUCT_ERRORS`)
    go in words to the object's `show_error(text)`; any other is logged with its traceback and announced in
    one sentence. Arguments of a signal that the method does not take are dropped.

    Args:
        method: `async def _on_…(self, …)` of a `SlotOwner`.

    Returns:
        The slot; it returns the task, for tests.
    """
    accepted = _positional_count(method) - 1

    @functools.wraps(method)
    def slot(self: Any, *args: Any, **keywords: Any) -> asyncio.Task[None]:
        # Now, not in the task: Qt forgets the sender as soon as the slot returns.
        control = _sender_of(self)
        return start_task(
            _run(self, control, method(self, *args[:accepted], **keywords)), method.__qualname__
        )

    return slot


def _positional_count(method: Callable[..., Any]) -> int:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(parameter.kind in kinds for parameter in inspect.signature(method).parameters.values())


def _sender_of(receiver: SlotOwner) -> QAbstractButton | QAction | None:
    sender = receiver.sender()
    return sender if isinstance(sender, QAbstractButton | QAction) and sender.isEnabled() else None


async def _run(
    owner: SlotOwner, control: QAbstractButton | QAction | None, work: Coroutine[Any, Any, None]
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
            tr("That did not work because of a mistake in this program. The log has the details."),
        )
    finally:
        _enable(owner, control, had_focus)


def _enable(owner: SlotOwner, control: QAbstractButton | QAction | None, had_focus: bool) -> None:
    # Qt may have deleted either with its dialog or page while the action ran.
    if control is not None and shiboken6.isValid(control):
        control.setEnabled(True)
    if shiboken6.isValid(owner) and isinstance(owner, HasControls):
        owner.update_controls()
    # A button that is disabled loses the keyboard focus to the next control.
    if (
        had_focus
        and isinstance(control, QAbstractButton)
        and shiboken6.isValid(control)
        and control.isEnabled()
    ):
        control.setFocus()


def _show(owner: SlotOwner, text: str) -> None:
    # The page may have been closed while the action ran: then the log is the only place left.
    if shiboken6.isValid(owner):
        owner.show_error(text)
    else:
        log.error("Nowhere to show: %s", text)

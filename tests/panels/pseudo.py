"""A language that nobody speaks: every text that can be translated is long, accented and in brackets.

What stands on the screen without brackets escapes translation, and what is cut here is cut in the longest language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTabBar,
    QTabWidget,
    QWidget,
)

from authws_desktop.panels.kit.language import Catalogue

LONGER = 1.4
"""German and French need about so much more room for short texts."""
_KEPT = re.compile(r"(\{\w*\}|%n|&|\t.*|\n)")
_ACCENTS = str.maketrans("aeiouAEIOUcnsyCNS", "àéîõûÀÉÎÕÛçñšýÇÑŠ")


class Pseudo(Catalogue):
    """Translates whatever it is asked for."""

    def __init__(self) -> None:
        super().__init__("en")

    def translate(
        self, context: str, text: str, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        """Return the text, dressed up; Qt's own texts, which are not ours to translate, as they are."""
        return None if context.startswith("Q") else pseudo(text)

    def forms(self, text: str, number: int) -> str | None:
        """Return the one form."""
        return pseudo(text)


def pseudo(text: str) -> str:
    """Return a text in the pseudo-language; names in braces, keys and line ends stay."""
    body, tab, keys = text.partition("\t")
    accented = "".join(
        part if _KEPT.fullmatch(part) else part.translate(_ACCENTS) for part in _KEPT.split(body)
    )
    more = "~" * round(len(body) * (LONGER - 1) if len(body) > 3 else 0)
    return f"⟦{accented}{more}⟧{tab}{keys}"


def texts_of(top: QWidget) -> Iterator[tuple[QWidget | QAction, str, str]]:
    """Yield every text of a widget and all below it: whose it is, what it is, and the text."""
    for widget in (top, *top.findChildren(QWidget)):
        if isinstance(widget.parent(), QComboBox | QLineEdit) or _is_qts_own(widget):
            continue
        yield from ((widget, kind, text) for kind, text in _texts(widget) if text)
        for action in widget.actions():
            yield action, "action", action.text()
            if action.toolTip() != action.text().replace("&", "").replace("…", ""):
                yield action, "tool tip", action.toolTip()


def _is_qts_own(widget: QWidget) -> bool:
    name = widget.metaObject().className()
    return "QTipLabel" in name or widget.objectName() in ("ScrollLeftButton", "ScrollRightButton")


def _texts(widget: QWidget) -> Iterator[tuple[str, str]]:
    yield "tool tip", widget.toolTip()
    yield "accessible name", widget.accessibleName()
    yield "accessible description", widget.accessibleDescription()
    if widget.isWindow():
        yield "title", widget.windowTitle()
    if isinstance(widget, QLabel | QAbstractButton):
        yield "text", widget.text()
    elif isinstance(widget, QGroupBox | QMenu):
        yield "title", widget.title()
    elif isinstance(widget, QLineEdit | QPlainTextEdit):
        yield "placeholder", widget.placeholderText()
    elif isinstance(widget, QComboBox):
        yield from (("choice", widget.itemText(index)) for index in range(widget.count()))
    elif isinstance(widget, QTabBar | QTabWidget):
        yield from (("tab", widget.tabText(index)) for index in range(widget.count()))
    elif isinstance(widget, QAbstractItemView) and not isinstance(widget, QHeaderView):
        yield from (("header", text) for text in _headers(widget.model()))


def _headers(model: QAbstractItemModel | None) -> Iterator[str]:
    if model is not None:
        for section in range(model.columnCount()):
            yield str(model.headerData(section, Qt.Orientation.Horizontal) or "")


def cut(top: QWidget) -> Iterator[tuple[QWidget, str]]:
    """Yield every visible label and button that has less room than its text needs."""
    for widget in top.findChildren(QWidget):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        if isinstance(widget, QLabel):
            is_cut = (
                not widget.wordWrap()
                and bool(widget.text())
                and widget.sizeHint().width() > widget.width() + 1
            )
        elif isinstance(widget, QAbstractButton):
            is_cut = bool(widget.text()) and widget.minimumSizeHint().width() > widget.width() + 1
        else:
            continue
        if is_cut:
            yield widget, widget.text()

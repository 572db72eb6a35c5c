"""Colours, fonts and icons of the window, following the system between light and dark.

The colours are in `tokens`, the style sheet in `stylesheet`; what pages need of them is importable here.
"""

from __future__ import annotations

import re
import sys
import weakref
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

import shiboken6
from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QToolButton, QWidget

from authws_desktop.panels.kit.stylesheet import style_sheet
from authws_desktop.panels.kit.tokens import CONTROL_HEIGHT, DARK, GRID, LIGHT, ROW_HEIGHT, Tokens
from authws_desktop.paths import resource_dir

if TYPE_CHECKING:
    from authws_desktop.panels.kit.portal_scheme import PortalScheme

__all__ = ["CONTROL_HEIGHT", "DARK", "GRID", "LIGHT", "ROW_HEIGHT", "Theme", "icon_file", "set_variant"]

ICON_SIZES_PX = (16, 20, 24, 30, 32, 40, 48)
"""Icons are shown at 16 and 20 pixels; these are their sizes at 100, 150 and 200 %."""

BUTTON_GAP = 0.25
"""Room between a button's icon and its text, as a part of the icon's size."""


def icon_file(name: str) -> Path:
    """Return the file of an icon.

    Args:
        name: Its name in the Lucide set, such as `scroll-text`, or one of our own.
    """
    return resource_dir() / "icons" / f"{name}.svg"


@cache
def _icon_source(name: str) -> str:
    return re.sub(r"<!--.*?-->", "", icon_file(name).read_text("utf-8"), flags=re.DOTALL)


def _drawing(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_icon_source(name).replace("currentColor", colour).encode()))


def _render(renderer: QSvgRenderer, size_px: int, gap: float = 0) -> QPixmap:
    pixmap = QPixmap(round(size_px * (1 + gap)), size_px)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size_px, size_px))
    painter.end()
    return pixmap


def set_variant(widget: QWidget, name: str, value: object) -> None:
    """Set a dynamic property that the style sheet asks for, and show the difference.

    Args:
        widget: The widget.
        name: `kind`, `role`, `tone` or `is_wrong`; see `stylesheet`.
        value: Its new value.
    """
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    if not widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        return  # the style sheet is still to be asked; asking it now would fix the font it starts from
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def _has_text_beside_icon(button: QObject | None) -> TypeGuard[QToolButton]:
    style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    return isinstance(button, QToolButton) and button.toolButtonStyle() == style


class Theme(QObject):
    """The look in force.

    Attributes:
        tokens: The colours.

    Signals:
        changed: Other colours are in force; whoever paints or holds icons takes them anew.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tokens = LIGHT
        self._app: QApplication | None = None
        self._portal: PortalScheme | None = None
        self._choice = "system"
        self._is_applied = False
        self._icons: dict[tuple[str, str, float], QIcon] = {}
        self._decorated: list[tuple[weakref.ref[QObject], Callable[[], None]]] = []

    @property
    def is_dark(self) -> bool:
        """Whether the dark colours are in force."""
        return self.tokens is DARK

    def apply(self, app: QApplication, choice: str) -> None:
        """Dress the application.

        Args:
            app: The application.
            choice: `system`, `light` or `dark`, as in the settings.
        """
        if self._app is None:
            self._app = app
            app.styleHints().colorSchemeChanged.connect(self._on_system_changed)
            self._ask_portal()
            if app.style().name() != "fusion":
                app.setStyle("Fusion")
        self._choice = choice
        self._use(self._tokens_for(choice))

    def _tokens_for(self, choice: str) -> Tokens:
        is_dark = self._is_system_dark() if choice == "system" else choice == "dark"
        return DARK if is_dark else LIGHT

    def _ask_portal(self) -> None:
        if sys.platform != "linux":
            return
        from authws_desktop.panels.kit.portal_scheme import PortalScheme, session_bus

        if (bus := session_bus()) is not None:
            self._portal = PortalScheme(bus, self)
            self._portal.changed.connect(self._on_system_changed)

    def _is_system_dark(self) -> bool:
        if self._portal is not None and self._portal.is_dark is not None:
            return self._portal.is_dark
        hints = self._app.styleHints() if self._app is not None else None
        return hints is not None and hints.colorScheme() == Qt.ColorScheme.Dark

    @Slot()
    def _on_system_changed(self) -> None:
        if self._choice == "system":
            self._use(self._tokens_for("system"))

    def _use(self, tokens: Tokens) -> None:
        app = self._app
        if app is None or (tokens is self.tokens and self._is_applied):
            return
        self._is_applied = True
        self.tokens = tokens
        app.setPalette(self._palette())
        font_pt = app.font().pointSizeF()
        ink = "dark" if self.is_dark else "light"
        icons = {
            "chevron": icon_file("control-chevron").as_posix(),
            "chevron_up": icon_file("control-chevron-up").as_posix(),
            "check": icon_file(f"control-check-{ink}").as_posix(),
            "dot": icon_file(f"control-dot-{ink}").as_posix(),
        }
        sheet = style_sheet(tokens, self.disabled, font_pt if font_pt > 0 else 9.0, icons)
        if app.styleSheet() != sheet:  # dressing every widget anew is dear
            app.setStyleSheet(sheet)
        self._redecorate()
        self.changed.emit()

    # Colours

    @property
    def disabled(self) -> str:
        """Colour of what cannot be used now; exempt from contrast rules (WCAG 1.4.3)."""
        return "#5f6878" if self.is_dark else "#9aa2b0"

    def colour(self, role: str) -> QColor:
        """Return a token as a QColor, by its name."""
        return QColor(getattr(self.tokens, role))

    def _palette(self) -> QPalette:
        tokens, roles = self.tokens, QPalette.ColorRole
        palette = QPalette()
        for role, colour in (
            (roles.Window, tokens.background),
            (roles.WindowText, tokens.text),
            (roles.Base, tokens.surface),
            (roles.AlternateBase, tokens.background),
            (roles.Text, tokens.text),
            (roles.Button, tokens.surface),
            (roles.ButtonText, tokens.text),
            (roles.BrightText, tokens.bad),
            (roles.ToolTipBase, tokens.surface_raised),
            (roles.ToolTipText, tokens.text),
            (roles.PlaceholderText, tokens.muted),
            (roles.Highlight, tokens.selection),
            (roles.HighlightedText, tokens.selection_text),
            (roles.Accent, tokens.accent),
            (roles.Link, tokens.accent),
            (roles.LinkVisited, tokens.accent),
        ):
            palette.setColor(role, QColor(colour))
        for role in (roles.WindowText, roles.Text, roles.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(self.disabled))
        return palette

    # Fonts

    def fixed_font(self) -> QFont:
        """Return the platform's fixed font, at the size of the interface's font."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        if self._app is not None:
            font.setPointSizeF(self._app.font().pointSizeF())
        return font

    def number_font(self) -> QFont:
        """Return the interface's font with figures of one width, for changing numbers and columns."""
        font = QFont(self._app.font()) if self._app is not None else QFont()
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    # Icons

    def icon(self, name: str, role: str = "text", gap: float = 0) -> QIcon:
        """Return an icon in a colour of the theme, sharp at 100, 150 and 200 %.

        It does not follow later changes: take it anew on `changed`, or use `decorate`.

        Args:
            name: As in `icon_file`.
            role: Name of a token.
            gap: Empty room at its right, as a part of its size.
        """
        colour = getattr(self.tokens, role)
        key = (name, colour + self.disabled, gap)
        if key not in self._icons:
            self._icons[key] = self._make_icon(name, colour, gap)
        return self._icons[key]

    def _make_icon(self, name: str, colour: str, gap: float) -> QIcon:
        enabled, disabled, icon = _drawing(name, colour), _drawing(name, self.disabled), QIcon()
        for size_px in ICON_SIZES_PX:
            pixmap = _render(enabled, size_px, gap)
            icon.addPixmap(pixmap, QIcon.Mode.Normal)
            icon.addPixmap(pixmap, QIcon.Mode.Selected)
            icon.addPixmap(_render(disabled, size_px, gap), QIcon.Mode.Disabled)
        return icon

    def pixmap(self, name: str, role: str, size_px: int, ratio: float) -> QPixmap:
        """Return an icon as a pixmap for a label or a painter.

        Args:
            name: As in `icon_file`.
            role: Name of a token.
            size_px: Its size in device-independent pixels.
            ratio: The widget's `devicePixelRatioF()`.
        """
        pixmap = _render(_drawing(name, getattr(self.tokens, role)), round(size_px * ratio))
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    def decorate(self, target: QAbstractButton | QAction, name: str, role: str = "text") -> None:
        """Give a button or an action an icon that follows the theme; calling again replaces it.

        Args:
            target: The button or action; whoever made it keeps a reference.
            name: As in `icon_file`.
            role: Name of a token.
        """
        # Weak: the theme outlives every dialog and must not keep their buttons.
        reference: weakref.ref[QObject] = weakref.ref(target)

        def dress() -> None:
            found = reference()
            if isinstance(found, QPushButton) or _has_text_beside_icon(found):
                # Style sheets leave no room between a button's icon and its text: the icon brings it.
                found.setIcon(self.icon(name, role, BUTTON_GAP))
                found.setIconSize(QSize(round(16 * (1 + BUTTON_GAP)), 16))
            elif isinstance(found, QAbstractButton | QAction):
                found.setIcon(self.icon(name, role))

        self._decorated = [(other, act) for other, act in self._decorated if other() is not target]
        self._decorated.append((reference, dress))
        dress()

    def _redecorate(self) -> None:
        kept = []
        for reference, dress in self._decorated:
            target = reference()
            # Python may still hold a button that Qt has deleted with its dialog.
            if target is not None and shiboken6.isValid(target):
                dress()
                kept.append((reference, dress))
        self._decorated = kept

"""The style sheet: the shapes that Fusion does not have, in the colours of the tokens.

Widgets choose a variant by a dynamic property:

- `kind` on buttons: `primary`, `danger`, `flat`, `link`, `nav`, `chip`, `rail`;
- `kind` on frames: `card`, `bar`, `foot`, `line`, `rail`, `notice` (with a `tone`); `page` within a scroll
  area, `part` of a dialog that is shown in a page;
- `role` on labels: `title`, `heading`, `muted`, `small`, `small-warn`, `small-bad`, `good`, `warn`,
  `bad`, `accent`, `banner`, `mistake`;
- `is_wrong` on inputs; `kind` `pane` on text that fills its place without a frame, `choices` on a list
  that pops up or is ticked.
"""

from __future__ import annotations

from dataclasses import asdict
from string import Template

from authws_desktop.panels.kit.tokens import Tokens

_SHEET = Template("""
QMainWindow, QDialog { background: $background; }
QDialog[kind="part"] { background: transparent; }
QToolTip { background: $surface_raised; color: $text; border: 1px solid $border_strong; padding: 4px 6px; }
QLabel { background: transparent; }
QLabel[role="title"] { font-size: ${title_pt}pt; font-weight: 600; }
QLabel[role="heading"] { font-weight: 600; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: ${small_pt}pt; }
QLabel[role="small-warn"] { color: $warn; font-size: ${small_pt}pt; }
QLabel[role="small-bad"] { color: $bad; font-size: ${small_pt}pt; }
QLabel[role="good"] { color: $good; }
QLabel[role="warn"] { color: $warn; }
QLabel[role="bad"] { color: $bad; }
QLabel[role="accent"] { color: $accent; }
QLabel[role="banner"] { background: $chip_info; color: $chip_info_text; }
QLabel[role="mistake"] {
    background: $chip_bad; color: $chip_bad_text; border: 1px solid $bad; border-radius: 6px;
    padding: 4px 8px;
}

QFrame[kind="bar"] { background: $surface; border: none; border-bottom: 1px solid $border; }
QFrame[kind="foot"] { background: $surface; border: none; border-top: 1px solid $border; }
QFrame[kind="card"] { background: $surface; border: 1px solid $border; border-radius: 8px; }
QFrame[kind="line"] { background: $border; border: none; }
QFrame[kind="rail"] { background: $background; border: none; border-right: 1px solid $border; }
QFrame[kind="notice"] { background: $chip_info; border: none; border-radius: 6px; }
QFrame[kind="notice"][tone="good"] { background: $chip_good; }
QFrame[kind="notice"][tone="warn"] { background: $chip_warn; }
QFrame[kind="notice"][tone="bad"] { background: $chip_bad; }

QPushButton {
    background: $surface; color: $text; border: 1px solid $border_strong; border-radius: 6px;
    padding: 0 11px; min-height: 26px;
}
QPushButton:hover { background: $surface_raised; }
QPushButton:pressed, QPushButton:checked { background: $selection; color: $selection_text; }
QPushButton:focus { border-color: $focus; outline: none; }
QPushButton:disabled { color: $disabled; border-color: $border; background: $background; }
QPushButton[kind="primary"] {
    background: $accent; color: $accent_text; border-color: $accent; font-weight: 600;
}
QPushButton[kind="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[kind="primary"]:focus { border: 2px solid $selection; padding: 0 10px; min-height: 24px; }
QPushButton[kind="danger"] { background: $bad; color: $bad_text; border-color: $bad; font-weight: 600; }
QPushButton[kind="danger"]:focus { border: 2px solid $selection; padding: 0 10px; min-height: 24px; }
QPushButton[kind="primary"]:disabled, QPushButton[kind="danger"]:disabled {
    background: $surface_raised; color: $disabled; border-color: $surface_raised;
}
QPushButton[kind="flat"] { background: transparent; border-color: transparent; }
QPushButton[kind="flat"]:hover { background: $surface_raised; }
QPushButton[kind="flat"]:focus { border-color: $focus; }
QPushButton[kind="link"] {
    background: transparent; border-color: transparent; color: $accent; padding: 0 3px; min-height: 20px;
}
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:focus { border-color: $focus; }
QPushButton[kind="nav"] {
    background: transparent; border-color: transparent; text-align: left; color: $muted; padding: 0 9px;
}
QPushButton[kind="nav"]:hover { background: $surface_raised; }
QPushButton[kind="nav"]:checked { background: $surface_raised; color: $text; font-weight: 600; }
QPushButton[kind="nav"]:focus { border-color: $focus; }
QPushButton::menu-indicator {
    image: url("$chevron"); width: 12px; height: 12px; subcontrol-origin: padding;
    subcontrol-position: center right; right: 8px;
}
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 3px; }
QToolButton:hover { background: $surface_raised; }
QToolButton:pressed, QToolButton:checked { background: $selection; color: $selection_text; }
QToolButton:focus { border-color: $focus; }
QToolButton:disabled { color: $disabled; }
QToolButton[kind="chip"] {
    border: 1px dashed $border_strong; border-radius: 10px; padding: 0 8px; min-height: 18px; color: $muted;
    font-size: ${small_pt}pt;
}
QToolButton[kind="chip"]:checked {
    background: $surface; border: 1px solid $border_strong; color: $text;
}
QToolButton[kind="chip"]:focus { border-color: $focus; }
QToolButton[kind="rail"] {
    color: $muted; padding: 6px 2px 5px 2px; border-radius: 8px; font-size: ${small_pt}pt;
}
QToolButton[kind="rail"]:checked { background: $selection; color: $selection_text; font-weight: 600; }

QLineEdit, QPlainTextEdit, QComboBox, QSpinBox, QDateTimeEdit {
    background: $surface; color: $text; border: 1px solid $border_strong; border-radius: 6px;
    selection-background-color: $selection; selection-color: $selection_text;
}
QLineEdit, QComboBox, QSpinBox, QDateTimeEdit { padding: 0 7px; min-height: 26px; }
QSpinBox::up-button, QSpinBox::down-button { width: 0; border: none; }
QPlainTextEdit { padding: 4px; }
QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus, QSpinBox:focus { border: 1px solid $focus; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QPlainTextEdit:disabled {
    background: $background; color: $muted; border-color: $border;
}
QLineEdit:read-only, QPlainTextEdit:read-only { background: $background; }
QPlainTextEdit[kind="pane"] { background: $surface; border: 1px solid transparent; border-radius: 0; }
QPlainTextEdit[kind="pane"]:focus { border-color: $focus; }
QLineEdit[is_wrong="true"], QComboBox[is_wrong="true"], QPlainTextEdit[is_wrong="true"] {
    border: 1px solid $bad;
}
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url("$chevron"); width: 14px; height: 14px; }
QComboBox QAbstractItemView {
    background: $surface; border: 1px solid $border_strong; padding: 4px; outline: none;
    selection-background-color: $selection; selection-color: $selection_text;
}
QComboBox QAbstractItemView::item, QListView[kind="choices"]::item { min-height: 24px; padding: 0 6px; }

QTableView, QTreeView, QListView {
    background: $surface; color: $text; border: 1px solid transparent; outline: none;
    selection-background-color: $selection; selection-color: $selection_text;
}
QTableView::item, QTreeView::item { padding: 0 4px; border: none; }
QTableView::item:selected, QTreeView::item:selected { background: $selection; color: $selection_text; }
QTableView:focus, QTreeView:focus, QListView:focus { border-color: $focus; }
QListView[kind="choices"] { border-color: $border_strong; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QHeaderView { background: $surface; border: none; }
QHeaderView::section {
    background: $surface; color: $muted; border: none; border-bottom: 1px solid $border;
    padding: 0 7px; font-weight: 500; font-size: ${small_pt}pt;
}
QHeaderView::section:hover { color: $text; }
/* Without these, Fusion's arrow of an ascending column points down, unlike other programs'. */
QHeaderView::up-arrow { image: url("$chevron_up"); width: 12px; height: 12px; right: 4px; }
QHeaderView::down-arrow { image: url("$chevron"); width: 12px; height: 12px; right: 4px; }

QScrollArea { border: none; background: transparent; }
QScrollArea > QWidget > QWidget[kind="page"] { background: transparent; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; border: none; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; border: none; }
QScrollBar::handle { background: $border_strong; border-radius: 3px; margin: 3px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QSplitter::handle { background: $border; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSplitter::handle:hover { background: $accent; }

QTabWidget::pane { border: none; border-top: 1px solid $border; }
QTabBar { background: transparent; border: none; }
QTabBar::tab {
    background: transparent; color: $muted; border: none; border-bottom: 2px solid transparent;
    padding: 5px 10px 4px 10px; margin: 0 2px;
}
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $accent; }
QTabBar::tab:disabled { color: $disabled; }

QMenuBar { background: $background; color: $text; border: none; padding: 2px 4px; }
QMenuBar::item { background: transparent; padding: 3px 8px; border-radius: 4px; }
QMenuBar::item:selected { background: $surface_raised; }
QMenu { background: $surface; color: $text; border: 1px solid $border_strong; padding: 4px; }
QMenu::item { padding: 4px 24px 4px 8px; border-radius: 4px; min-height: 18px; }
QMenu::icon { padding-left: 6px; }
QMenu::item:selected { background: $selection; color: $selection_text; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }

QCheckBox, QRadioButton { spacing: 8px; background: transparent; }
QCheckBox::indicator, QRadioButton::indicator, QListView::indicator {
    width: 14px; height: 14px; border: 1px solid $border_strong; background: $surface;
}
QCheckBox::indicator, QListView::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus {
    border: 2px solid $focus; width: 12px; height: 12px;
}
QCheckBox::indicator:checked, QListView::indicator:checked {
    background: $accent; border-color: $accent; image: url("$check");
}
QRadioButton::indicator:checked { background: $accent; border-color: $accent; image: url("$dot"); }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {
    border-color: $border; background: $background;
}
QCheckBox:disabled, QRadioButton:disabled { color: $disabled; }
QProgressBar {
    background: $surface_raised; border: none; border-radius: 3px; max-height: 6px; text-align: center;
}
QProgressBar::chunk { background: $accent; border-radius: 3px; }
""")


def style_sheet(tokens: Tokens, disabled: str, font_pt: float, icons: dict[str, str]) -> str:
    """Return the style sheet for one set of colours.

    Args:
        tokens: The colours.
        disabled: Text of what cannot be used now.
        font_pt: The platform's font size, points; titles and small print follow from it.
        icons: Files of `chevron`, `chevron_up`, `check` and `dot`, the marks on choices.
    """
    return _SHEET.substitute(
        asdict(tokens) | icons,
        disabled=disabled,
        title_pt=f"{font_pt * 1.4:.1f}",
        small_pt=f"{font_pt * 0.92:.1f}",
    )

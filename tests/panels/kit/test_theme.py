"""The look: readable in light and dark, and following the system."""

from __future__ import annotations

import re
from dataclasses import asdict

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QApplication, QToolButton

from authws_desktop.panels.kit import stylesheet
from authws_desktop.panels.kit.stylesheet import style_sheet
from authws_desktop.panels.kit.theme import DARK, LIGHT, Theme, icon_file
from authws_desktop.panels.kit.tokens import Tokens
from authws_desktop.paths import resource_dir
from tests.panels.kit.contrast import EDGE_PAIRS, GROUNDS, TEXT_PAIRS, contrast


def test_contrast_of_known_colours() -> None:
    """The formula gives WCAG's own examples."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#336699", "#336699") == 1


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("pair", TEXT_PAIRS, ids=" on ".join)
def test_text_is_readable_on_its_ground(tokens: Tokens, pair: tuple[str, str]) -> None:
    """Every text colour stands out 4.5 : 1 from every ground it is written on."""
    text, ground = (getattr(tokens, name) for name in pair)
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("pair", EDGE_PAIRS, ids=" on ".join)
def test_edges_can_be_seen(tokens: Tokens, pair: tuple[str, str]) -> None:
    """Edges of inputs, buttons and chips stand out 3 : 1 from every ground they lie on (WCAG 1.4.11)."""
    edge, ground = (getattr(tokens, name) for name in pair)
    assert contrast(edge, ground) >= 3


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_focus_is_visible(tokens: Tokens) -> None:
    """The focus ring stands out 3 : 1 (WCAG 2.4.13), also inside a coloured button."""
    for ground in (tokens.background, tokens.surface, tokens.surface_raised):
        assert contrast(tokens.focus, ground) >= 3
    assert contrast(tokens.selection, tokens.accent) >= 3


def test_every_text_colour_has_a_pair() -> None:
    """A text colour added later is not forgotten in the list above, nor a ground that the style sheet paints."""
    texts = {name for name in asdict(LIGHT) if name.endswith("_text") or name in ("text", "muted")}
    assert texts <= {pair[0] for pair in TEXT_PAIRS}
    assert set(GROUNDS) <= {pair[1] for pair in TEXT_PAIRS} & {pair[1] for pair in EDGE_PAIRS}
    sheet = stylesheet._SHEET.template
    painted = set(re.findall(r"background: \$(\w+)", sheet)) - {"border", "border_strong", "muted"}
    assert painted <= {*GROUNDS, "accent", "accent_hover", "bad"}


def test_edges_of_controls_are_strong() -> None:
    """The faint border only parts areas; what can be typed into or pressed has the strong one."""
    sheet = stylesheet._SHEET.template
    faint = {
        head.strip().split("{")[0].strip()
        for head, body in re.findall(r"([^{}]+)\{([^{}]*)\}", sheet)
        if re.search(r"border(-color|-top|-bottom|-right)?: [^;]*\$border\b", body)
    }
    for head in faint:
        assert re.match(r"QFrame|QTabWidget::pane|QHeaderView", head) or ":disabled" in head, head


def test_style_sheet_uses_no_colour_but_tokens() -> None:
    """Each colour in the style sheet comes from the tokens."""
    sheet = style_sheet(LIGHT, "#9aa2b0", 9.0, {"chevron": "", "chevron_up": "", "check": "", "dot": ""})
    used = {word.rstrip(";") for word in sheet.split() if word.startswith("#")}
    assert used <= {*asdict(LIGHT).values(), "#9aa2b0"}


def test_theme_follows_the_choice(app: QApplication) -> None:
    """Choosing dark dresses the application dark and says so once."""
    theme, changes = Theme(), []
    theme.changed.connect(lambda: changes.append(theme.is_dark))
    theme.apply(app, "light")
    theme.apply(app, "dark")
    theme.apply(app, "dark")
    assert changes == [False, True]
    assert app.palette().window().color().name() == DARK.background
    theme.apply(app, "light")
    assert app.palette().window().color().name() == LIGHT.background


def test_theme_follows_the_system_only_where_it_should(
    app: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the system goes dark the window does, unless the person chose light."""
    theme, looks = Theme(), list[bool]()
    theme.apply(app, "system")
    looks.append(theme.is_dark)
    # No platform of the tests can change its scheme; the signal is Qt's own.
    monkeypatch.setattr(theme, "_is_system_dark", lambda: True)
    app.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    looks.append(theme.is_dark)
    theme.apply(app, "light")
    app.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    looks.append(theme.is_dark)
    assert looks == [False, True, False]


@pytest.mark.parametrize("kind", [QToolButton, QAction])
def test_what_is_decorated_follows_the_theme(app: QApplication, kind: type[QToolButton | QAction]) -> None:
    """The icon of a button or action is drawn anew in the other colours; one that is deleted does no harm."""
    theme, kept, gone = Theme(), kind(), kind()
    theme.apply(app, "light")
    theme.decorate(kept, "copy")
    theme.decorate(gone, "copy")
    del gone
    before = kept.icon().pixmap(QSize(16, 16)).toImage()
    theme.apply(app, "dark")
    assert kept.icon().pixmap(QSize(16, 16)).toImage() != before
    assert DARK.text in _colours(kept.icon().pixmap(QSize(16, 16)).toImage())
    theme.apply(app, "light")


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_icons_are_sharp_at_every_scale(theme: Theme, ratio: float) -> None:
    """An icon has pixels of its own at 100, 150 and 200 %; none is scaled up."""
    for size_px in (16, 20):
        pixmap = theme.icon("settings").pixmap(QSize(size_px, size_px), ratio)
        assert pixmap.width() == round(size_px * ratio)
        assert pixmap.devicePixelRatio() == ratio


def test_every_icon_is_used() -> None:
    """The folder holds no icon that no source names (and its licence)."""
    package = resource_dir().parent / "authws_desktop"
    source = "\n".join(file.read_text("utf-8") for file in package.rglob("*.py"))
    for file in (resource_dir() / "icons").glob("*.svg"):
        name = file.stem.removesuffix("-light").removesuffix("-dark")
        assert f'"{name}' in source or f'"{file.stem}"' in source, f"{file.name} is not used"
    assert (resource_dir() / "icons" / "LICENSE-lucide.txt").is_file()
    assert icon_file("authws-desktop").is_file()


def test_fixed_and_number_fonts(theme: Theme, app: QApplication) -> None:
    """Payloads have the platform's fixed font; numbers have figures of one width."""
    assert theme.fixed_font().pointSizeF() == app.font().pointSizeF()
    assert any(tag.toString() == b"tnum" for tag in theme.number_font().featureTags())


def _colours(image: QImage) -> set[str]:
    points = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return {image.pixelColor(x, y).name() for x, y in points if image.pixelColor(x, y).alpha() == 255}

"""The languages of the window: which one is spoken, and what a text is called in it.

One catalogue a language, without contexts: a text means the same wherever it stands, and where it does not,
it is marked (`self.tr("Open", "a state")`). The files are made by `python3 dev.py languages`; see
docs/translations.md.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication

from authws_desktop.paths import resource_dir

log = logging.getLogger(__name__)

CONTEXT = "Authws"
"""The one context of the catalogues; Qt requires one."""
ENGLISH = "en"
LANGUAGES = ("en", "de", "es", "fr", "pt-BR", "tr", "ar", "zh-CN", "ja")
_SIMPLIFIED = "zh-CN"
_TRADITIONAL = ("hant", "tw", "hk", "mo")


class Catalogue(QTranslator):
    """The texts of one language.

    Attributes:
        tag: Its BCP 47 tag.
        locale: How it writes numbers and dates.
    """

    def __init__(self, tag: str) -> None:
        super().__init__()
        self.tag = tag
        self.locale = QLocale(tag)

    def translate(
        self, context: str, text: str, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        """Return a text in this language, whoever asks; `None` where it is not known. Overrides Qt's."""
        # Not "": that would be a translation, and an empty label.
        return super().translate(CONTEXT, text, disambiguation, n) or None

    def forms(self, text: str, number: int) -> str | None:
        """Return the form of a counted text for a number, with `%n` in it; `None` where it is not known."""
        return super().translate(CONTEXT, text, "", number) or None


def chosen_language(setting: str, system: Iterable[str]) -> str:
    """Return the tag of the language to speak.

    Args:
        setting: The person's choice; empty: the system's.
        system: What the system prefers, best first, as BCP 47 tags.
    """
    if setting:
        return setting if setting in LANGUAGES else ENGLISH
    for tag in system:
        parts = tag.replace("_", "-").casefold().split("-")
        for known in LANGUAGES:
            # Readers of traditional characters are better served by what they choose next.
            if known == _SIMPLIFIED and any(part in _TRADITIONAL for part in parts[1:]):
                continue
            if parts[0] == known.partition("-")[0]:
                return known
    return ENGLISH


class Speech:
    """The language that the window speaks now.

    Attributes:
        catalogue: Its texts; `None` for English, which is what the source holds.
        tag: Its BCP 47 tag.
    """

    def __init__(self) -> None:
        self.catalogue: Catalogue | None = None
        self.tag = ENGLISH
        self.thousands, self.point = ",", "."
        self._of_qt: QTranslator | None = None

    def use(self, app: QApplication, setting: str, folder: Path | None = None) -> None:
        """Speak another language; what is on the screen already keeps its words.

        Args:
            app: The application.
            setting: The person's choice; empty: the system's.
            folder: Of the catalogues, where they are not the program's own.
        """
        tag = chosen_language(setting, QLocale.system().uiLanguages())
        if tag == self.tag:
            return
        self.leave(app)
        if tag == ENGLISH:
            return
        catalogue = Catalogue(tag)
        file = (folder or resource_dir() / "languages") / f"{tag}.qm"
        if not catalogue.load(str(file)) or catalogue.isEmpty():
            log.warning("The language file %s cannot be read; the window speaks English.", file)
            return
        self.speak(app, catalogue)

    def speak(self, app: QApplication, catalogue: Catalogue) -> None:
        """Speak the language of a catalogue."""
        self.leave(app)
        of_qt = QTranslator()
        # Its own menus and buttons. Not there is not bad: ours hold the words of most of them.
        if of_qt.load(catalogue.locale, "qtbase", "_", _translations_of_qt()):
            app.installTranslator(of_qt)
            self._of_qt = of_qt
        app.installTranslator(catalogue)
        app.setLayoutDirection(catalogue.locale.textDirection())
        QLocale.setDefault(catalogue.locale)
        self.catalogue, self.tag = catalogue, catalogue.tag
        # Other digits have marks of their own, which do not go with the ones that are written here.
        if catalogue.locale.zeroDigit() == "0":
            self.thousands = catalogue.locale.groupSeparator()
            self.point = catalogue.locale.decimalPoint()

    def leave(self, app: QApplication) -> None:
        """Speak English again."""
        for translator in (self.catalogue, self._of_qt):
            if translator is not None:
                app.removeTranslator(translator)
        app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        QLocale.setDefault(QLocale.system())
        self.catalogue, self._of_qt, self.tag = None, None, ENGLISH
        self.thousands, self.point = ",", "."

    def number(self, english: str) -> str:
        """Return a number, written as in `1,234.5`, as this language writes it."""
        if (self.thousands, self.point) == (",", "."):
            return english
        return english.translate({ord(","): self.thousands, ord("."): self.point})


def tr(text: str) -> str:
    """Return a text in the language of the window, where no `QObject` is at hand to ask."""
    return QCoreApplication.translate(CONTEXT, text)


def _translations_of_qt() -> str:
    return QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)


SPEECH = Speech()
"""One for the process, as Qt's own translators are."""

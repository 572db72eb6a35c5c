"""Which language the window speaks, and what a text is called in it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtWidgets import QApplication

from authws_desktop.panels.kit.language import ENGLISH, SPEECH, chosen_language
from authws_desktop.panels.kit.words import count_text, counted, grouped


@pytest.fixture(autouse=True)
def english_again(qapp: QApplication) -> Iterator[None]:
    """Every other test expects English."""
    yield
    SPEECH.leave(qapp)


@pytest.mark.parametrize(
    ("setting", "system", "tag"),
    [
        ("", ["de-AT", "de"], "de"),
        ("", ["pt-PT"], "pt-BR"),
        ("", ["zh-Hans-CN"], "zh-CN"),
        ("", ["zh-Hant-TW", "ja-JP"], "ja"),
        ("", ["nl-NL", "fr-BE"], "fr"),
        ("", ["nl-NL"], ENGLISH),
        ("", ["en-GB", "de"], ENGLISH),
        ("", [], ENGLISH),
        ("tr", ["de"], "tr"),
        ("en", ["de"], ENGLISH),
        ("xx", ["de"], ENGLISH),
    ],
)
def test_the_setting_chooses_and_else_the_system(setting: str, system: list[str], tag: str) -> None:
    """The first language of the system that is known; who chose one gets it."""
    assert chosen_language(setting, system) == tag


def test_a_language_is_spoken_and_left(qapp: QApplication) -> None:
    """Our texts, Qt's own, numbers and direction follow; English afterwards is as before."""
    SPEECH.use(qapp, "de")
    assert QCoreApplication.translate("anything", "Cancel") == "Abbrechen"
    assert QCoreApplication.translate("QShortcut", "Ctrl") == "Strg", "a text of Qt's own"
    assert QCoreApplication.translate("anything", "no such text") == "no such text"
    assert (grouped(1234567), count_text(12_345)) == ("1.234.567", "12,3 k")
    SPEECH.use(qapp, "ar")
    assert qapp.layoutDirection() == Qt.LayoutDirection.RightToLeft
    assert grouped(1234567) == "1,234,567", "the digits are not Arabic ones, so the marks are not, either"
    SPEECH.use(qapp, "en")
    assert QCoreApplication.translate("anything", "Cancel") == "Cancel"
    assert qapp.layoutDirection() == Qt.LayoutDirection.LeftToRight
    assert grouped(1234567) == "1,234,567"
    assert QLocale().name() == QLocale.system().name()


def test_numbers_have_their_forms(qapp: QApplication) -> None:
    """English has two, Arabic six, Japanese one."""
    numbers = [0, 1, 2, 3, 11, 100]

    def forms() -> list[str]:
        return [counted(number, "%n client", "%n clients") for number in numbers]

    assert forms() == ["0 clients", "1 client", "2 clients", "3 clients", "11 clients", "100 clients"]
    SPEECH.use(qapp, "ar")
    assert len({form.strip("0123456789 ") for form in forms()}) >= 4
    SPEECH.use(qapp, "ja")
    assert len({form.strip("0123456789 ") for form in forms()}) == 1


@pytest.mark.parametrize("content", [None, b"", b"this is no catalogue", b"\x3c\xb8\x64\x18\xca\xef\x9c\x95"])
def test_a_broken_language_file_leaves_english(
    qapp: QApplication, tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    """English is spoken, and the log says why."""
    if content is not None:
        (tmp_path / "de.qm").write_bytes(content)
    with caplog.at_level(logging.WARNING):
        SPEECH.use(qapp, "de", tmp_path)
    assert SPEECH.tag == ENGLISH
    assert QCoreApplication.translate("anything", "Cancel") == "Cancel"
    assert "de.qm cannot be read; the window speaks English." in caplog.text

"""Sentences of the inner rooms in the language of the window."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from authws_desktop.accounts.errors import UsernameTaken
from authws_desktop.errors import PortTaken
from authws_desktop.panels.kit.language import SPEECH, Catalogue
from authws_desktop.panels.kit.sentences import pattern, patterns, said, split_sentences
from authws_desktop.paths import resource_dir


class Shouted(Catalogue):
    """Knows some sentences, and says them so that one sees it."""

    def __init__(self) -> None:
        super().__init__("de")
        self.known = {
            "Port {port} is in use by {who}.": "{who} HAS PORT {port}!",
            "another program ({owner})": "SOME PROGRAM ({owner})",
            "The username '{username}' is taken.": "'{username}' IS TAKEN!",
            "Choose another one.": "CHOOSE!",
            "Member": "MEMBER",
            "Port": "PORT",
            "Empty: none. Or a name.": "NOTHING, OR A NAME!",
        }

    def translate(
        self, context: str, text: str, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        return self.known.get(text)

    def forms(self, text: str, number: int) -> str | None:
        return None


@pytest.fixture
def shouted(qapp: QApplication) -> Iterator[None]:
    """A language in which translations are seen at once."""
    SPEECH.speak(qapp, Shouted())
    yield
    SPEECH.leave(qapp)


def test_english_stays() -> None:
    """Nothing is looked up."""
    assert said("Choose another one.") == "Choose another one."


@pytest.mark.usefixtures("shouted")
def test_sentences_with_values_are_found() -> None:
    """Each sentence for itself; values go into the translation, phrases among them translated, too."""
    error = PortTaken(4000, "node, process 4312", is_own=False, next_free=0)
    assert said(str(error)) == (
        "SOME PROGRAM (node, process 4312) HAS PORT 4000! Choose another port, or stop that program."
    )
    assert said("Port: Choose another one.") == "PORT: CHOOSE!"
    assert said("Empty: none. Or a name.") == "NOTHING, OR A NAME!", "what the catalogue holds as a whole"
    assert said("") == ""


@pytest.mark.usefixtures("shouted")
def test_names_that_people_chose_stay() -> None:
    """Somebody is called Member, or like a sentence; and what is unknown stays as it is."""
    assert said(str(UsernameTaken("Member"))) == "'Member' IS TAKEN! CHOOSE!"
    assert said("'Choose another one.' is new here.") == "'Choose another one.' is new here."


def test_sentences_are_split_where_the_next_begins() -> None:
    """Not within numbers and addresses."""
    text = "Listening on 192.168.1.20, port 4000. Look again? Yes."
    assert split_sentences(text) == ["Listening on 192.168.1.20, port 4000.", "Look again?", "Yes."]


def test_a_pattern_takes_a_value_that_comes_twice() -> None:
    """Both places must have the same."""
    matcher = pattern("“{name}” is compared: write {name}> or {name}<.").matcher
    assert matcher.fullmatch("“size” is compared: write size> or size<.")
    assert not matcher.fullmatch("“size” is compared: write took> or size<.")


def test_all_patterns_are_read() -> None:
    """Those with the most fixed text come first: the surest match wins."""
    listed = json.loads((resource_dir() / "languages" / "patterns.json").read_text("utf-8"))
    assert len(patterns()) == len(listed) > 100
    assert patterns()[0].literal > patterns()[-1].literal > 3

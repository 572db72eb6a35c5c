"""The languages' files: complete in form, equal to their sources, and nothing of the source passed over."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import authws_desktop.panels
from authws_desktop.panels.kit.language import LANGUAGES
from authws_desktop.settings import SETTING_INFOS
from devtools.languages import FOLDER, OTHERS, SOURCES, Entry, as_cpp, read_entries, release
from devtools.processes import ROOT
from devtools.texts import TRANSLATORS, Text, called, find_texts, sentences

PANELS = Path(authws_desktop.panels.__path__[0])
READS_LIKE_WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,}|^[A-Z][a-z]{2,}( |\.|…|$)")
QUIET_CALLS = TRANSLATORS | {
    *(
        "debug",
        "info",
        "warning",
        "error",
        "exception",
        "critical",
        "compile",
        "getLogger",
        "note_soon",
        "search",
    ),
    *("counted", "counted_rows", "QKeySequence", "TypeVar"),
}
INNER_FILES = {
    "explanations.py",
    "refusals.py",
    "record_text.py",
    "json_document.py",
    "stylesheet.py",
    "replay_files.py",
}
"""Their texts are for `said`, or for no person."""
NO_WORDS = {
    *(
        "Authws Desktop",
        "Authws Desktop · ",
        " — Authws Desktop",
        "Python",
        "Fusion",
        "Letter",
        "test user",
        "used up",
        "Theme",
        "Owner",
        "Read",  # a method of the desktop portal
    ),
    *(
        "Tokens",
        "Authws",
        '{\n  "text": "Hello from the host"\n}',
        "d MMM yyyy",
        "d MMM yyyy, HH:mm:ss",
        "clear messages",
        " class event profile",
        "internal error",
        "try again later",
        "set faults",
        "end faults",
        "Space",
        "larger than ",
        "another process",
        "Server running",
    ),
    *("Network", "Security", "Accounts", "Room", "Traffic", "Desktop"),
}
"""Names, keys of tables, formats; and the settings' groups, which `said` translates where they are shown."""


@pytest.mark.parametrize("tag", OTHERS)
def test_the_program_reads_what_the_translators_wrote(tag: str, tmp_path: Path) -> None:
    """If this fails: `python3 dev.py languages`."""
    release(tag, tmp_path / "made.qm")
    assert (tmp_path / "made.qm").read_bytes() == (FOLDER / f"{tag}.qm").read_bytes()


@pytest.mark.parametrize("tag", OTHERS)
def test_translations_keep_fields_and_keys(tag: str) -> None:
    """Every name in braces, `%n` and shortcut of the source is in the translation."""
    assert [problem for entry in read_entries(tag) for problem in entry.problems()] == []


def test_the_setting_offers_every_language() -> None:
    """And the folder has a file for each."""
    assert set(SETTING_INFOS["window_language"].choices) == {"", *LANGUAGES}
    assert {file.stem for file in SOURCES.glob("*.ts")} == set(OTHERS)
    assert {file.name for file in FOLDER.iterdir()} == {"patterns.json", *(f"{tag}.qm" for tag in OTHERS)}


@pytest.mark.parametrize(
    ("source", "form", "is_counted", "is_good"),
    [
        ("{name} is away", "{name} ist fort", False, True),
        ("{name} is away", "ist fort", False, False),
        ("{name} is away", "{nom} ist fort", False, False),
        ("%n rows", "zwei Zeilen", True, True),
        ("%n rows of {file}", "%n Zeilen", True, False),
        ("&Clear\tCtrl+L", "&Leeren\tCtrl+L", False, True),
        ("&Clear\tCtrl+L", "&Leeren\tStrg+L", False, False),
        ("{name} is away", "", False, True),
    ],
)
def test_problems(source: str, form: str, is_counted: bool, is_good: bool) -> None:
    """A field that lacks, or that nobody fills, is found; what is not translated yet is none."""
    assert (Entry(source, "", (form,), is_counted).problems() == []) is is_good


def test_all_kinds_of_texts_are_found() -> None:
    """Of the window, of the settings, with forms, and patterns of the inner rooms."""
    found = {each.source: each for each in find_texts(ROOT)}
    assert found["%n clients"].is_counted
    assert "%n client" not in found, "the form for one is English grammar"
    assert found["Language of the window"] == Text("Language of the window")
    assert found["Port {port} is in use by {who}."].is_pattern
    assert found["The token has expired."].is_pattern
    assert "Deutsch" not in found


def test_sentences_are_told_from_other_texts() -> None:
    """Each sentence is a text of its own; words of a program are none."""
    assert [each.source for each in sentences("Port {port} is taken. Choose another one.")] == [
        "Port {port} is taken.",
        "Choose another one.",
    ]
    assert list(sentences("SELECT min(number) FROM records WHERE run = ?")) == []
    assert list(sentences("{what} {advice}.")) == []


def test_the_file_for_lupdate_says_what_counts() -> None:
    """Forms, comments, quotes and line ends arrive."""
    cpp = as_cpp([Text("%n rows", is_counted=True), Text("Open", "a state"), Text('a "b"\n\\c')])
    assert '("Authws", "%n rows", "", n);' in cpp
    assert '("Authws", "Open", "a state");' in cpp
    assert r'("Authws", "a \"b\"\n\\c");' in cpp


@pytest.mark.parametrize("file", sorted(PANELS.rglob("*.py")), ids=lambda file: file.stem)
def test_no_text_of_the_window_escapes_translation(file: Path) -> None:
    """What reads like words goes through `tr`, `said` or `counted`, or is listed above as no text."""
    if file.name in INNER_FILES:
        return
    tree = ast.parse(file.read_text("utf-8"))
    quiet: set[int] = set()
    for node in ast.walk(tree):
        is_aside = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_inner = isinstance(node, ast.Return | ast.Raise) and file.name == "account_dialogs.py"
        is_counting = isinstance(node, ast.Assign) and "%n " in ast.unparse(node.value)
        is_quiet = isinstance(node, ast.Call) and called(node) in QUIET_CALLS
        if is_aside or is_inner or is_quiet or is_counting:
            quiet.update(id(each) for each in ast.walk(node))
    escaped = [
        f"{file.name}:{node.lineno}: {node.value!r}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in quiet
        if READS_LIKE_WORDS.search(node.value) and node.value not in NO_WORDS and "Ctrl+" not in node.value
    ]
    assert escaped == []

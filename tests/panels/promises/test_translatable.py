"""What a translator sees of the window's texts."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import authws_desktop.panels
from devtools.texts import COUNTERS, called, inner_files, words_put_in

FILES = sorted(Path(authws_desktop.panels.__path__[0]).rglob("*.py"))
PACKAGE = Path(authws_desktop.__path__[0])
TRANSLATORS = ("tr", "_tr", "translate")


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of everything that is handed to a translator."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in TRANSLATORS:
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield node.lineno, argument.value


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_placeholders_have_names(file: Path) -> None:
    """`{file}` says what stands there, and may stand elsewhere in another language; `{}` and `{0}` do not."""
    for line, text in texts(ast.parse(file.read_text("utf-8"))):
        fields = [field for _, field, _, _ in string.Formatter().parse(text) if field is not None]
        assert all(field.isidentifier() for field in fields), f"{file.name}:{line}: {text}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_counted_has_its_number(file: Path) -> None:
    """`counted(3, "%n row", "%n rows")`: a language puts the number where it wants, and has forms of its own."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if (
            isinstance(node, ast.Call)
            and called(node) in COUNTERS
            and file.stem not in ("words", "table_page")
        ):
            forms = [each.value for each in node.args if isinstance(each, ast.Constant)]
            assert all("%n" in str(form) for form in forms), f"{file.name}:{node.lineno}"
            assert "tr(" not in ast.unparse(node), f"{file.name}:{node.lineno}: counted translates by itself"


@pytest.mark.parametrize("file", list(inner_files(PACKAGE)), ids=lambda file: file.as_posix())
def test_sentences_put_in_no_single_word(file: Path) -> None:
    """A value of one word may be a name and is shown as it is: such a sentence is written out for each word."""
    words = [each for each in words_put_in(ast.parse(file.read_text("utf-8"))) if " " not in each]
    assert words == []


def test_words_put_in_are_found() -> None:
    """Whether they are assigned, looped over, handed on, or stand within; a field with the same name is none."""
    tree = ast.parse(
        """
def tell(what, count):
    end = "one day" if count else "never ever"
    for place, name in (("nbf", "the first"), ("iat", f"the {count} others")):
        raise Error(f"The {what} is {end} of {name} at {place.upper()} by {count or 'nobody else'}.")
    log.debug(f"Debugging of {end}")

tell("other file", 1)
tell(what="key", count=2)
"""
    )
    found = {"one day", "never ever", "the first", "the {count} others", "nobody else", "other file", "key"}
    assert set(words_put_in(tree)) == found


def test_the_window_has_texts() -> None:
    """The look above finds them."""
    assert sum(1 for file in FILES for _ in texts(ast.parse(file.read_text("utf-8")))) > 500

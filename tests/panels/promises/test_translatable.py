"""What a translator sees of the window's texts."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import authws_desktop.panels
from devtools.texts import COUNTERS, called

FILES = sorted(Path(authws_desktop.panels.__path__[0]).rglob("*.py"))
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


def test_the_window_has_texts() -> None:
    """The look above finds them."""
    assert sum(1 for file in FILES for _ in texts(ast.parse(file.read_text("utf-8")))) > 500

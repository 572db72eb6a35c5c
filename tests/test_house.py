"""Rules of the house that no tool holds: sizes, names that stand once, and what errors derive from."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import authws_desktop

PRODUCT = Path(authws_desktop.__file__).parent
MOST_FILE_LINES = 400
MOST_FUNCTION_LINES = 40
SHARED_NAMES = {"Client"}
"""The Python client is published under its name; the hub has a client of its own, and neither knows the other."""


@cache
def trees() -> dict[str, ast.Module]:
    """Return every module of the product, parsed, by its path in it."""
    files = sorted(PRODUCT.rglob("*.py"))
    return {file.relative_to(PRODUCT).as_posix(): ast.parse(file.read_text("utf-8")) for file in files}


def classes() -> Iterator[tuple[str, ast.ClassDef]]:
    for path, tree in trees().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                yield path, node


def test_no_file_and_no_function_is_too_long() -> None:
    """A function's docstring does not count."""
    files = {path: len((PRODUCT / path).read_text("utf-8").splitlines()) for path in trees()}
    assert {path: lines for path, lines in files.items() if lines > MOST_FILE_LINES} == {}
    functions = {
        f"{path}:{node.lineno} {node.name}": body_lines(node)
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert len(functions) > 2000
    assert {name: lines for name, lines in functions.items() if lines > MOST_FUNCTION_LINES} == {}


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_a_class_name_stands_once() -> None:
    """Who searches for a name finds one thing."""
    places = defaultdict(list)
    for path, node in classes():
        places[node.name].append(path)
    assert {
        name: paths for name, paths in places.items() if len(paths) > 1 and name not in SHARED_NAMES
    } == {}
    assert all(len(places[name]) > 1 for name in SHARED_NAMES), "an exception that is none any more"

"""Rules of the house that no tool holds: sizes, names that stand once, and what errors derive from."""

from __future__ import annotations

import ast
import builtins
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


# Whatever this program raises by itself derives from one of these.
BASES = {
    "ProductError": "errors.py",  # a sentence for a person at this computer
    "WireError": "protocol/errors.py",  # an answer to a peer
    "ClientError": "client/errors.py",  # published on its own
    "HarnessError": "testing/errors.py",  # published on its own
}
FOREIGN_ERRORS = {"SilentServer"}
"""SQLAlchemy takes only the driver's own errors for a connection that is lost."""
MOST_LEVELS = 2


def test_errors_have_one_base_each_and_a_shallow_tree() -> None:
    """A person gets a `ProductError`; deeper trees than two below a base did not pay in any program we know."""
    known = {node.name: (path, [name_of(base) for base in node.bases]) for path, node in classes()}
    errors = {name for name in known if is_error(name, known)}
    assert len(errors) > 40
    assert {name: known[name][0] for name in errors if name in BASES} == BASES
    levels = {name: level_of(name, known) for name in errors - BASES.keys() - FOREIGN_ERRORS}
    assert {name: level for name, level in levels.items() if not 1 <= level <= MOST_LEVELS} == {}


def name_of(base: ast.expr) -> str:
    return base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""


def is_error(name: str, known: dict[str, tuple[str, list[str]]]) -> bool:
    if name in known:
        return any(is_error(base, known) for base in known[name][1])
    kind = getattr(builtins, name, None)
    return name.endswith("Error") or (isinstance(kind, type) and issubclass(kind, BaseException))


def level_of(name: str, known: dict[str, tuple[str, list[str]]]) -> int:
    """Return how far an error is below its base; 0 if it has none."""
    below = [0 if base in BASES else level_of(base, known) or -1 for base in known.get(name, ("", []))[1]]
    return max(below, default=-1) + 1

"""What sentences of the inner rooms put in by their values: words that need a translation, too.

`f"The file cannot be {done}."` says "written" or "read", and both are somewhere near: assigned, looped over,
or handed to the function. Parts of several words are looked up like sentences when they are shown. A single
word is not, since it may be somebody's name: such a sentence is to be written out once for each word.
"""

import ast
import re
from collections.abc import Callable, Iterator

Functions = ast.FunctionDef | ast.AsyncFunctionDef
_WORDS = re.compile(r"[A-Za-z]{2,}$|.*[A-Za-z]{2,} ")


def put_in(
    tree: ast.Module, is_sentence: Callable[[ast.JoinedStr], bool], source_of: Callable[[ast.AST], str]
) -> Iterator[str]:
    """Yield the words that a module's sentences put in by their values.

    Args:
        tree: Of the module.
        is_sentence: Whether an f-string is one that a person reads.
        source_of: Returns a string or f-string with names in braces.
    """
    calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call)]
    for function in ast.walk(tree):
        if not isinstance(function, Functions):
            continue
        for text in ast.walk(function):
            if isinstance(text, ast.JoinedStr) and is_sentence(text):
                for part in text.values:
                    if isinstance(part, ast.FormattedValue):
                        for each in _values(part.value, function, calls):
                            if _WORDS.match(found := source_of(each)):
                                yield found


def _values(value: ast.expr, function: Functions, calls: list[ast.Call]) -> Iterator[ast.expr]:
    """Yield the texts that a value may be."""
    yield from _texts(value)
    if not isinstance(value, ast.Name):
        return
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and value.id in map(_name, node.targets):
            yield from _texts(node.value)
        elif isinstance(node, ast.For):
            yield from _looped_over(value.id, node)
    names = [each.arg for each in function.args.args if each.arg not in ("self", "cls")]
    if value.id in names and function.name != "__init__":
        place = names.index(value.id)
        for call in calls:
            if _name(call.func) == function.name:
                named = [each.value for each in call.keywords if each.arg == value.id]
                yield from (text for each in [*call.args[place : place + 1], *named] for text in _texts(each))


def _looped_over(name: str, loop: ast.For) -> Iterator[ast.expr]:
    items = loop.iter.elts if isinstance(loop.iter, ast.Tuple | ast.List) else []
    if _name(loop.target) == name:
        yield from (text for item in items for text in _texts(item))
    elif isinstance(loop.target, ast.Tuple) and name in (names := list(map(_name, loop.target.elts))):
        for item in items:
            if isinstance(item, ast.Tuple):
                yield from _texts(item.elts[names.index(name)])


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _texts(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the texts that an expression may be: it itself, or what it chooses from."""
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield node
    elif isinstance(node, ast.IfExp):
        yield from (text for each in (node.body, node.orelse) for text in _texts(each))
    elif isinstance(node, ast.BoolOp):
        yield from (text for each in node.values for text in _texts(each))

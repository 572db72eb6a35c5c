"""Every text that a person reads in the window, found in the source.

Three kinds:
    - what is handed to `tr` or `translate` in `panels`;
    - what is handed to `counted` and `counted_rows`: texts with `%n`, of which a language has several forms;
    - sentences of the inner rooms, which know no Qt: they are finished when they reach the window, which
      looks them up by the pattern that is read here: see `authws_desktop/panels/kit/sentences.py`. So are
      words of several parts that such sentences put in by their values.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from authws_desktop.panels.kit.sentences import split_sentences
from authws_desktop.protocol.codes import AUTH_REASON_TEXT, CLOSE_TEXT, RECONNECT_TEXT
from authws_desktop.settings import SETTING_INFOS
from devtools.processes import ROOT

PACKAGE = Path("authws_desktop")
TRANSLATORS = {"tr", "translate", "said"}
COUNTERS = {"counted", "counted_rows"}
PLACES = tomllib.loads((ROOT / "packaging" / "languages" / "texts.toml").read_text(encoding="utf-8"))
Functions = ast.FunctionDef | ast.AsyncFunctionDef
_WORDY = re.compile(r"[A-Za-z]{2,} |^\W*[A-Z][a-z]+\.$")
_SQL = re.compile(r"^(SELECT|INSERT|FROM|UPDATE|DELETE) ")
_ENDS = re.compile(r"[.?!:]\)?$")
_BEGINS = re.compile(r"""[A-Z{“'"]""")
_WORDS = re.compile(r"[A-Za-z]{2,}$|.*[A-Za-z]{2,} ")


class Text(NamedTuple):
    """A text to translate.

    Attributes:
        source: In English; names in braces, `%n` for a number with forms.
        comment: Tells it from the same words with another meaning; mostly empty.
        is_counted: Whether it has forms.
        is_pattern: Whether values are to be found in it when it is shown.
    """

    source: str
    comment: str = ""
    is_counted: bool = False
    is_pattern: bool = False


def find_texts(root: Path) -> list[Text]:
    """Return every text, each once, in order."""
    found = {*_settings_texts(), *_texts_of_tables()}
    for file in (root / PACKAGE / "panels").rglob("*.py"):
        found.update(_window_texts(ast.parse(file.read_text("utf-8"))))
    for file in inner_files(root / PACKAGE):
        tree = ast.parse(file.read_text("utf-8"))
        found.update(_inner_texts(tree))
        found.update(Text(each, is_pattern=True) for each in words_put_in(tree) if " " in each)
    # The same words from a page and from within are one text.
    known = {each.source for each in found if not each.is_pattern}
    return sorted(each for each in found if not (each.is_pattern and each.source in known))


def inner_files(package: Path) -> Iterator[Path]:
    """Yield the files of what speaks English to the window."""
    for name in PLACES["inner"]:
        place = package / name
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            if not file.relative_to(package).as_posix().startswith(tuple(PLACES["not_read"])):
                yield file


def called(node: ast.Call) -> str:
    """Return the last name of what is called: `tr` of `self.tr(…)`."""
    return _name(node.func)


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


# The window and the settings


def _window_texts(tree: ast.Module) -> Iterator[Text]:
    for node in ast.walk(tree):
        # Where both forms have a name: one, many = "%n …", "%n …"
        last = _text(node.elts[-1]) if isinstance(node, ast.Tuple) and node.elts else None
        if last is not None and last.startswith("%n "):
            yield Text(last, is_counted=True)
        if not isinstance(node, ast.Call):
            continue
        words = [text for each in node.args if (text := _text(each)) is not None]
        if called(node) == "translate":
            del words[:1]  # the context
        if called(node) in COUNTERS and words:
            yield Text(words[-1], is_counted=True)
        elif called(node) in TRANSLATORS and words:
            yield Text(words[0], words[1] if len(words) > 1 else "")


def _settings_texts() -> Iterator[Text]:
    for info in SETTING_INFOS.values():
        # Languages have their own names, but for the system's.
        choices = [""] if info.name == "window_language" else info.choices
        words = [info.group, info.label, info.help, info.unit, *map(info.choice_words, choices)]
        yield from (Text(each) for each in words if each)


# The inner rooms


def _inner_texts(tree: ast.Module) -> Iterator[Text]:
    passed_over = _docstrings_and_logs(tree)
    for node in ast.walk(tree):
        if id(node) in passed_over:
            continue
        if isinstance(node, ast.JoinedStr):
            passed_over.update(id(each) for each in ast.walk(node) if isinstance(each, ast.Constant))
        if isinstance(node, ast.JoinedStr) or _text(node) is not None:
            yield from sentences(_source_of(node))


def _texts_of_tables() -> Iterator[Text]:
    for text in CLOSE_TEXT.values():
        yield Text(f"{text.capitalize()} ({{code}}).", is_pattern=True)
    for text in RECONNECT_TEXT.values():
        yield Text(f"{text.capitalize()}.", is_pattern=True)
    for text in AUTH_REASON_TEXT.values():
        yield from sentences(text)
    yield from (Text(each, is_pattern=True) for each in PLACES["fragments"])


def _docstrings_and_logs(tree: ast.Module) -> set[int]:
    found: set[int] = set()
    for node in ast.walk(tree):
        is_aside = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_logged = isinstance(node, ast.Call) and called(node) in [*PLACES["loggers"], *PLACES["not_told"]]
        if is_aside or is_logged:
            found.update(id(each) for each in ast.walk(node))
    return found


def _source_of(node: ast.AST) -> str:
    """Return a string or f-string with names in braces."""
    if not isinstance(node, ast.JoinedStr):
        return str(_text(node)).replace("{}", "{value}")
    parts, names = [], dict[str, str]()
    for each in node.values:
        if isinstance(each, ast.FormattedValue):
            code, name = ast.unparse(each), _word_for(each.value)
            while code not in names and name in names.values():
                name += "_"
            parts.append(f"{{{names.setdefault(code, name)}}}")
        else:
            parts.append(str(_text(each)))
    return "".join(parts)


def _word_for(value: ast.expr) -> str:
    """Return what to call a value in a pattern: by its own last name, if it has one."""
    if isinstance(value, ast.Call) and value.args:
        return _word_for(value.args[0])
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return _word_for(value.func.value)
    return _name(value).strip("_").lower() or "value"


def sentences(text: str) -> Iterator[Text]:
    """Yield the sentences of a text of the inner rooms, in the pieces in which the window looks them up."""
    for each in split_sentences(text.strip()):
        is_wordy = _WORDY.search(re.sub(r"\{\w+\}", "", each)) and not _SQL.search(each)
        if is_wordy and _BEGINS.match(each) and _ENDS.search(each):
            yield Text(each, is_pattern=True)


# What sentences put in by their values


def words_put_in(tree: ast.Module) -> Iterator[str]:
    """Yield what a module's sentences put in by their values: words that need a translation, too.

    `f"The file cannot be {done}."` says "written" or "read", and both are somewhere near: assigned, looped
    over, or handed to the function. Parts of several words are looked up like sentences when they are shown.
    A single word is not, since it may be a name: such a sentence is to be written out once for each word.
    """
    calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call)]
    for function in (each for each in ast.walk(tree) if isinstance(each, Functions)):
        for text in ast.walk(function):
            if isinstance(text, ast.JoinedStr) and any(sentences(_source_of(text))):
                fields = [each.value for each in text.values if isinstance(each, ast.FormattedValue)]
                found = (_source_of(each) for value in fields for each in _values(value, function, calls))
                yield from (words for words in found if _WORDS.match(words))


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
            if called(call) == function.name:
                named = [each.value for each in call.keywords if each.arg == value.id]
                yield from _texts(*call.args[place : place + 1], *named)


def _looped_over(name: str, loop: ast.For) -> Iterator[ast.expr]:
    items = loop.iter.elts if isinstance(loop.iter, ast.Tuple | ast.List) else []
    if _name(loop.target) == name:
        yield from _texts(*items)
    elif isinstance(loop.target, ast.Tuple) and name in (names := list(map(_name, loop.target.elts))):
        place = names.index(name)
        yield from _texts(*(item.elts[place] for item in items if isinstance(item, ast.Tuple)))


def _texts(*nodes: ast.expr) -> Iterator[ast.expr]:
    """Yield the texts that expressions may be: they themselves, or what they choose from."""
    for node in nodes:
        if isinstance(node, ast.JoinedStr) or _text(node) is not None:
            yield node
        elif isinstance(node, ast.IfExp):
            yield from _texts(node.body, node.orelse)
        elif isinstance(node, ast.BoolOp):
            yield from _texts(*node.values)

"""Every text that a person reads in the window, found in the source.

Three kinds:
    - what is handed to `tr` or `translate` in `panels`;
    - what is handed to `counted` and `counted_rows`: texts with `%n`, of which a language has several forms;
    - sentences of the inner rooms, which know no Qt: they are finished when they reach the window, which
      looks them up by the pattern that is read here: see `authws_desktop/panels/kit/sentences.py`.
"""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from authws_desktop.panels.kit.sentences import split_sentences
from authws_desktop.protocol.codes import AUTH_REASON_TEXT, CLOSE_TEXT, RECONNECT_TEXT
from authws_desktop.settings import SETTING_INFOS
from devtools.processes import ROOT
from devtools.put_in import put_in

PACKAGE = Path("authws_desktop")
TRANSLATORS = {"tr", "translate", "said"}
COUNTERS = {"counted", "counted_rows"}
PLACES = tomllib.loads((ROOT / "packaging" / "languages" / "texts.toml").read_text(encoding="utf-8"))
_WORDY = re.compile(r"[A-Za-z]{2,} |^\W*[A-Z][a-z]+\.$")
_SQL = re.compile(r"^(SELECT|INSERT|FROM|UPDATE|DELETE) ")
_ENDS = re.compile(r"[.?!:]\)?$")


@dataclass(frozen=True, slots=True, order=True)
class Text:
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
    found: set[Text] = set(_settings_texts())
    for file in sorted((root / PACKAGE / "panels").rglob("*.py")):
        found.update(_window_texts(ast.parse(file.read_text("utf-8"))))
    for file in inner_files(root / PACKAGE):
        tree = ast.parse(file.read_text("utf-8"))
        found.update(_inner_texts(tree))
        found.update(Text(each, is_pattern=True) for each in words_put_in(tree) if " " in each)
    found.update(_texts_of_tables())
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


# The window


def _window_texts(tree: ast.Module) -> Iterator[Text]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = called(node)
        words = [
            each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        if name in COUNTERS and words:
            yield Text(words[-1], is_counted=True)
        elif name == "translate" and len(words) > 1:
            yield Text(words[1])
        elif name in TRANSLATORS - {"translate"} and words:
            yield Text(words[0], words[1] if len(words) > 1 else "")
        # Where both forms have a name: one, many = "%n …", "%n …"
    for node in ast.walk(tree):
        last = node.elts[-1] if isinstance(node, ast.Tuple) and node.elts else None
        if isinstance(last, ast.Constant) and str(last.value).startswith("%n "):
            yield Text(str(last.value), is_counted=True)


def called(node: ast.Call) -> str:
    """Return the last name of what is called: `tr` of `self.tr(…)`."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


# The settings


def _settings_texts() -> Iterator[Text]:
    for info in SETTING_INFOS.values():
        yield from (Text(each) for each in (info.group, info.label, info.help, info.unit) if each)
        yield from (Text(info.choice_words(each)) for each in info.choices if info.name != "window_language")
        if info.name == "window_language":
            yield Text(info.choice_words(""))


# The inner rooms


def words_put_in(tree: ast.Module) -> Iterator[str]:
    """Yield what a module's sentences put in by their values; see `devtools.put_in`."""
    return put_in(tree, lambda text: any(sentences(_source_of(text))), _source_of)


def _inner_texts(tree: ast.Module) -> Iterator[Text]:
    passed_over = _docstrings_and_logs(tree)
    for node in ast.walk(tree):
        if id(node) in passed_over:
            continue
        if isinstance(node, ast.JoinedStr):
            passed_over.update(id(each) for each in ast.walk(node) if each is not node and _is_text(each))
        elif not _is_text(node):
            continue
        yield from sentences(_source_of(node))


def _texts_of_tables() -> Iterator[Text]:
    for text in CLOSE_TEXT.values():
        yield Text(f"{text.capitalize()} ({{code}}).", is_pattern=True)
    for text in RECONNECT_TEXT.values():
        yield Text(f"{text.capitalize()}.", is_pattern=True)
    for text in AUTH_REASON_TEXT.values():
        yield from sentences(text)
    yield from (Text(each, is_pattern=True) for each in PLACES["fragments"])


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _docstrings_and_logs(tree: ast.Module) -> set[int]:
    found: set[int] = set()
    for node in ast.walk(tree):
        is_aside = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_logged = isinstance(node, ast.Call) and called(node) in [*PLACES["loggers"], *PLACES["not_told"]]
        if is_aside or is_logged:
            found.update(id(each) for each in ast.walk(node))
    return found


def _source_of(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value).replace("{}", "{value}")
    assert isinstance(node, ast.JoinedStr)
    parts, names = [], dict[str, str]()
    for each in node.values:
        if isinstance(each, ast.Constant):
            parts.append(str(each.value))
        elif isinstance(each, ast.FormattedValue):
            code = ast.unparse(each)
            names.setdefault(code, _name_for(each.value, set(names.values())))
            parts.append(f"{{{names[code]}}}")
    return "".join(parts)


def _name_for(value: ast.expr, taken: Iterable[str]) -> str:
    """Return what to call a value in a pattern: by its own last name, if it has one."""
    name = "value"
    while True:
        if isinstance(value, ast.Name):
            name = value.id
        elif isinstance(value, ast.Attribute):
            name = value.attr
        elif isinstance(value, ast.Call) and value.args:
            value = value.args[0]
            continue
        elif isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            value = value.func.value
            continue
        break
    name = name.strip("_").lower() or "value"
    while name in taken:
        name += "_"
    return name


def sentences(text: str) -> Iterator[Text]:
    """Yield the sentences of a text of the inner rooms, in the pieces in which the window looks them up."""
    for each in split_sentences(text.strip()):
        bare = re.sub(r"\{\w+\}", "", each)
        if (
            _WORDY.search(bare)
            and _ENDS.search(each)
            and not _SQL.search(each)
            and each[:1].isupper() | (each[:1] in "{“'\"")
        ):
            yield Text(each, is_pattern=True)

"""Reads JSON into a flat list of nodes. No Qt.

It does so without recursion and in slices, so that neither depth nor length stops the window.
"""

from __future__ import annotations

import contextlib
import json
import re
from enum import Enum, auto
from time import perf_counter

SLICE_S = 0.006
_CHECK_EVERY = 256
_DECODED_CHARS = 4096

_TOKEN = re.compile(
    r'[ \t\r\n]*(?:(?P<string>"[^"\\]*(?:\\.[^"\\]*)*")|(?P<mark>[{}\[\],:])|(?P<word>[^\s{}\[\],:"]+))',
    re.DOTALL,
)
_WORD = re.compile(r"true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")


class NodeKind(Enum):
    """What a node is."""

    OBJECT = auto()
    ARRAY = auto()
    STRING = auto()
    NUMBER = auto()
    LITERAL = auto()


class _Expect(Enum):
    VALUE = auto()
    VALUE_OR_END = auto()
    KEY = auto()
    KEY_OR_END = auto()
    COLON = auto()
    COMMA_OR_END = auto()
    NOTHING = auto()


class JsonDocument:
    """The nodes of a JSON text; node 0 is the whole.

    Attributes:
        text: What was read.
        kinds, parents, rows: Of each node: what it is, its container (-1: none), its place there.
        children: Of each container, its nodes.
        error: What is wrong with the text; empty while nothing is. What stands before it was read.
        is_done: Whether reading has ended.

    Args:
        text: The JSON.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.kinds: list[NodeKind] = []
        self.parents: list[int] = []
        self.rows: list[int] = []
        self.children: dict[int, list[int]] = {}
        self.error = ""
        self.is_done = False
        self._spans: list[tuple[int, int]] = []
        self._keys: dict[int, tuple[int, int]] = {}
        self._key: tuple[int, int] | None = None
        self._open: list[int] = []
        self._expect = _Expect.VALUE
        self._position = 0

    def run(self, budget_s: float = SLICE_S) -> bool:
        """Read on for a while; return `is_done`."""
        deadline_s = perf_counter() + budget_s
        while self._read_some() and perf_counter() < deadline_s:
            pass
        return self.is_done

    def _read_some(self) -> bool:
        """Read tokens; return whether there are more."""
        for _ in range(_CHECK_EVERY):
            if self.is_done:
                return False
            self._read_token()
        return not self.is_done

    def key(self, node: int) -> str | None:
        """Return a node's name in its object, as written and decoded."""
        span = self._keys.get(node)
        return None if span is None else self._decoded(*span)[0]

    def value(self, node: int) -> str:
        """Return a value for one line: strings with their escapes decoded, all else as written."""
        start, end = self._spans[node]
        if self.kinds[node] is not NodeKind.STRING:
            return self.text[start : min(end, start + _DECODED_CHARS)]
        decoded, is_cut = self._decoded(start, end)
        return f'"{decoded}…' if is_cut else f'"{decoded}"'

    def whole(self, node: int) -> str:
        """Return a string as it reads, uncut; all else as written."""
        start, end = self._spans[node]
        if self.kinds[node] is NodeKind.STRING:
            with contextlib.suppress(ValueError):
                return str(json.loads(self.text[start:end], strict=False))
        return self.text[start:end]

    def find(self, words: str, start: int, step: int = 1) -> int | None:
        """Return the next node whose key or value has these words, whatever their case; `None` for none.

        Args:
            words: As they are shown: escapes are decoded.
            start: The node before the first that is looked at; the search goes round.
            step: 1 to go on, -1 to go back.
        """
        wanted, count = words.casefold(), len(self.kinds)
        for distance in range(1, count + 1):
            node = (start + step * distance) % count
            if wanted in self._searched(node):
                return node
        return None

    def _searched(self, node: int) -> str:
        """Return what a search looks at of a node; values are not cut for it."""
        if self.kinds[node] in (NodeKind.OBJECT, NodeKind.ARRAY):
            value = ""
        else:
            start, end = self._spans[node]
            value = self.text[start:end].strip('"')
            if "\\" in value:
                with contextlib.suppress(ValueError):
                    value = str(json.loads(f'"{value}"', strict=False))
        return f"{self.key(node) or ''}\n{value}".casefold()

    def depth(self, node: int) -> int:
        """Return how many containers a node lies in."""
        depth = 0
        while (node := self.parents[node]) >= 0:
            depth += 1
        return depth

    def source(self, node: int) -> str:
        """Return a node as it was written."""
        start, end = self._spans[node]
        return self.text[start:end]

    def _decoded(self, start: int, end: int) -> tuple[str, bool]:
        is_cut = end - start > _DECODED_CHARS
        written = self.text[start + 1 : start + _DECODED_CHARS] if is_cut else self.text[start + 1 : end - 1]
        try:
            return str(json.loads(f'"{written}"', strict=False)), is_cut
        except ValueError:
            return written, is_cut

    def _read_token(self) -> None:
        token = _TOKEN.match(self.text, self._position)
        if token is None:
            self._end()
            return
        start, end = token.span(token.lastgroup or 0)
        if token["mark"]:
            self._take_mark(token["mark"], start)
        elif token["string"] and self._expect in (_Expect.KEY, _Expect.KEY_OR_END):
            self._key, self._expect = (start, end), _Expect.COLON
        elif self._expect not in (_Expect.VALUE, _Expect.VALUE_OR_END):
            self._fail(start)
        elif token["string"]:
            self._add(NodeKind.STRING, start, end)
        else:
            self._take_word(token["word"], start, end)
        self._position = end

    def _take_word(self, word: str, start: int, end: int) -> None:
        if _WORD.fullmatch(word) is None:
            self._fail(start)
            return
        self._add(NodeKind.LITERAL if word[0] in "tfn" else NodeKind.NUMBER, start, end)

    def _take_mark(self, mark: str, start: int) -> None:
        expect = self._expect
        if mark in "{[" and expect in (_Expect.VALUE, _Expect.VALUE_OR_END):
            self._open_container(mark, start)
        elif mark in "}]" and self._can_close(mark):
            node = self._open.pop()
            self._spans[node] = (self._spans[node][0], start + 1)
            self._expect = _Expect.COMMA_OR_END if self._open else _Expect.NOTHING
        elif mark == ":" and expect is _Expect.COLON:
            self._expect = _Expect.VALUE
        elif mark == "," and expect is _Expect.COMMA_OR_END:
            is_object = self.kinds[self._open[-1]] is NodeKind.OBJECT
            self._expect = _Expect.KEY if is_object else _Expect.VALUE
        else:
            self._fail(start)

    def _can_close(self, mark: str) -> bool:
        if not self._open:
            return False
        is_object = self.kinds[self._open[-1]] is NodeKind.OBJECT
        empty = _Expect.KEY_OR_END if is_object else _Expect.VALUE_OR_END
        return (mark == "}") == is_object and self._expect in (empty, _Expect.COMMA_OR_END)

    def _open_container(self, mark: str, start: int) -> None:
        is_object = mark == "{"
        node = self._add(NodeKind.OBJECT if is_object else NodeKind.ARRAY, start, len(self.text))
        self.children[node] = []
        self._open.append(node)
        self._expect = _Expect.KEY_OR_END if is_object else _Expect.VALUE_OR_END

    def _add(self, kind: NodeKind, start: int, end: int) -> int:
        node = len(self.kinds)
        parent = self._open[-1] if self._open else -1
        self.kinds.append(kind)
        self.parents.append(parent)
        self._spans.append((start, end))
        if parent >= 0:
            self.rows.append(len(self.children[parent]))
            self.children[parent].append(node)
        else:
            self.rows.append(0)
        if self._key is not None:
            self._keys[node], self._key = self._key, None
        self._expect = _Expect.COMMA_OR_END if self._open else _Expect.NOTHING
        return node

    def _end(self) -> None:
        rest = len(self.text) - len(self.text[self._position :].lstrip())
        if rest < len(self.text) or self._expect is not _Expect.NOTHING:
            self._fail(rest)
        self.is_done = True

    def _fail(self, position: int) -> None:
        what = "ends too early" if position >= len(self.text) else f"is wrong at character {position + 1:,}"
        self.error = f"The JSON {what}."
        self.is_done = True

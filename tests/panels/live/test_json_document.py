"""JSON is read without recursion, in slices, as far as it is right."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authws_desktop.panels.live import json_document
from authws_desktop.panels.live.json_document import SLICE_S, JsonDocument, NodeKind
from tests.work import TickingClock


def read(text: str) -> JsonDocument:
    """Read a text to its end."""
    document = JsonDocument(text)
    while not document.run():
        pass
    return document


def rebuild(document: JsonDocument, node: int = 0) -> object:
    """Return the value of a node."""
    if document.kinds[node] is NodeKind.OBJECT:
        return {document.key(child): rebuild(document, child) for child in document.children[node]}
    if document.kinds[node] is NodeKind.ARRAY:
        return [rebuild(document, child) for child in document.children[node]]
    return json.loads(document.source(node))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_reads_what_json_writes(value: object) -> None:
    """Any JSON value comes out as it went in."""
    document = read(json.dumps(value, indent=1))
    assert document.error == ""
    assert rebuild(document) == value


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "{", "[1,", "[1 2]", '{"a" 1}', '{"a":}', "{1:2}", "]", "[}", "1 2", '"abc', "nul", "01", "NaN",
        '{"a":1,}', "[,]", "'a'", "{\"a\":1}x", "-", "1.", "[1]]",
    ],
)  # fmt: skip
def test_mistakes_are_found(text: str) -> None:
    """Whatever is no JSON says so, in a sentence."""
    assert read(text).error.startswith("The JSON ")


def test_what_stands_before_a_mistake_is_kept() -> None:
    """A payload that was cut shows its beginning."""
    document = read('{"a": 1, "b": [2, 3')
    assert "too early" in document.error
    assert document.key(1) == "a"
    assert len(document.children[2]) == 2


def test_duplicate_keys_are_all_kept() -> None:
    """The person sees what was sent, not what a parser makes of it."""
    document = read('{"a":1,"a":2}')
    assert [document.source(node) for node in document.children[0]] == ["1", "2"]


def test_depth_and_length_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand levels; a megabyte on one line, read in slices that end with their time."""
    deep = read("[" * 10_000 + "]" * 10_000)
    assert deep.error == ""
    assert len(deep.kinds) == 10_000
    document = JsonDocument("[" + ",".join(["123456789"] * 100_000) + "]")
    monkeypatch.setattr(json_document, "perf_counter", TickingClock(SLICE_S / 4))
    nodes = [0]
    while not document.is_done:
        document.run()
        nodes.append(len(document.kinds))
    assert max(after - before for before, after in pairwise(nodes)) <= 1024, "four looks at the clock a slice"
    assert len(document.children[0]) == 100_000


def test_long_string_is_cut_for_showing_only() -> None:
    """The line is short, the source whole."""
    document = read('"' + "x" * 1_000_000 + '"')
    assert len(document.value(0)) < 5000
    assert len(document.source(0)) == 1_000_002

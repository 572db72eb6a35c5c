"""Keeps each result as it comes, one line of JSON each, so that a run that is cut short loses nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.results import Results, Sample


@contextmanager
def kept_results(file: Path) -> Iterator[Results]:
    """Return empty results that write everything they are given to a file, which is begun anew."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # A line is written out at once: nothing waits in a buffer when the process is killed.
    with file.open("w", encoding="utf-8", buffering=1) as stream:

        def keep(kind: str, **fields: Any) -> None:
            stream.write(json.dumps({"kind": kind, **fields}) + "\n")

        yield Results(keep=keep)


def read_results(file: Path) -> Results:
    """Return what a run kept; the last line may be torn.

    Raises:
        ValueError: A line before the last is not of a journal.
    """
    results = Results()
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    for line in lines:
        if line.endswith("\n"):
            _replay(json.loads(line), results)
    return results


def _replay(event: dict[str, Any], results: Results) -> None:
    match event.pop("kind"):
        case "sample":
            results.add(event.pop("work"), event.pop("peer"), Sample(**event))
        case "failure":
            results.fail(event["work"], event["peer"], event["reason"])
        case "absent":
            results.add_absent(event["peer"], event["reason"])
        case "ceiling":
            results.add_ceiling(event["name"], event["rate"])
        case "ticks":
            results.add_ticks(event["work"], event["gaps_ms"])
        case "machine":
            results.add_machine(**event)
        case kind:
            raise ValueError(f"a journal holds no {kind!r}")

"""Prints the matrix, and says what in it is a failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.clients.behaviours import COLUMNS
from tests.clients.table import Client

NOT_TRIED = "-"


def cell(client: Client, column: str, verdict: Mapping[str, str]) -> str:
    """Return what the matrix shows: ok, FAIL, fault (the library's own), gone (a listed fault) or -."""
    if column not in verdict:
        return NOT_TRIED
    if verdict[column]:
        return "fault" if column in client.faults else "FAIL"
    return "gone" if column in client.faults else "ok"


def table_of(clients: Sequence[Client], verdicts: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the lines of the matrix."""
    rows = [["client", *COLUMNS]]
    rows += [
        [client.name, *(cell(client, column, verdicts[client.name]) for column in COLUMNS)]
        for client in clients
    ]
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def failures_of(clients: Sequence[Client], verdicts: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return a sentence for each cell that is a failure: not listed, or listed and gone."""
    found = []
    for client in clients:
        for column in COLUMNS:
            shown = cell(client, column, verdicts[client.name])
            if shown == "FAIL":
                found.append(f"{client.name}, {column}: {verdicts[client.name][column]}")
            elif shown == "gone":
                found.append(
                    f"{client.name}, {column}: it works; take the fault out of tests/clients/table.py"
                )
    return found


def faults_of(clients: Sequence[Client], verdicts: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return a sentence for each fault of a library that the matrix shows, with its reason."""
    return [
        f"{client.name}, {column}: {client.faults[column]}"
        for client in clients
        for column in COLUMNS
        if cell(client, column, verdicts[client.name]) == "fault"
    ]

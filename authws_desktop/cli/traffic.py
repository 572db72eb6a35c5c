"""The command line's `wait`, `traffic export` and `traffic follow`: the traffic of a running server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from authws_desktop.cli.commands import CommandError, Run
from authws_desktop.cli.running_server import add_server_options, explain, running_server, seconds
from authws_desktop.client import HttpFailure
from authws_desktop.paths import DataPaths
from authws_desktop.settings import LoadedSettings
from authws_desktop.testing.rows import Row
from authws_desktop.testing.server import WAIT_S, Server, WaitFailed
from authws_desktop.traffic.record import Record
from authws_desktop.traffic.rows import FileFormat, Job, as_text, export, from_row

FORMAT_WORDS = {
    FileFormat.JSON_LINES: "one JSON object a line (default)",
    FileFormat.CSV: "a table for spreadsheets",
    FileFormat.HAR: "an HTTP archive, which browsers' developer tools open",
}


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands.

    Args:
        commands: The parser's subcommands.
        common: Options that every command takes.
    """
    wait = commands.add_parser("wait", parents=[common], help="wait until rows are in the traffic")
    wait.add_argument("filter", metavar="FILTER", help="as in the window, such as 'user:ana type:message'")
    wait.add_argument("--count", type=int, default=1, help="so many rows (default: 1)")
    wait.add_argument(
        "--timeout", type=seconds, default=WAIT_S, metavar="SECONDS", help="for so long at most"
    )
    wait.add_argument("--after", type=int, default=0, metavar="NUMBER", help="only rows behind this number")
    wait.add_argument("--absent", action="store_true", help="make sure that none comes in all that time")
    add_server_options(wait)
    wait.set_defaults(run=_answering(_wait))
    traffic = commands.add_parser("traffic", help="the traffic of a running server: export, follow")
    acts = traffic.add_subparsers(title="commands", metavar="COMMAND", required=True)
    exporting = acts.add_parser("export", parents=[common], help="write the rows that are kept")
    exporting.add_argument("--output", type=Path, metavar="FILE", help="in place of the standard output")
    exporting.set_defaults(run=_answering(_export))
    following = acts.add_parser("follow", parents=[common], help="print rows as they come, until stopped")
    following.set_defaults(run=_answering(_follow))
    for act, formats in ((exporting, list(FileFormat)), (following, [FileFormat.JSON_LINES, FileFormat.CSV])):
        act.add_argument("--filter", default="", help="as in the window")
        add_server_options(act)
        choice = act.add_mutually_exclusive_group()
        for each in formats:
            words = FORMAT_WORDS[each]
            choice.add_argument(f"--{each}", dest="format", action="store_const", const=each, help=words)
        act.set_defaults(format=FileFormat.JSON_LINES)


def _answering(act: Callable[[Server, argparse.Namespace], Iterator[str]]) -> Run:
    """Return a command that asks a running server, and prints what it makes of the answer."""

    def run(options: argparse.Namespace, settings: LoadedSettings, paths: DataPaths) -> int:
        texts = act(running_server(options, settings), options)
        while (text := _next_of(texts)) is not None:
            sys.stdout.write(text)
            sys.stdout.flush()  # whoever reads the pipe waits for the row
        return 0

    return run


def _next_of(texts: Iterator[str]) -> str | None:
    # Apart from the writing: a pipe that nobody reads any more is no fault of the server's.
    try:
        return next(texts, None)
    except (HttpFailure, OSError) as error:
        raise explain(error) from None


def _wait(server: Server, options: argparse.Namespace) -> Iterator[str]:
    try:
        if options.absent:
            server.none(options.filter, options.timeout, after=options.after)
            return
        rows = server.wait(options.filter, count=options.count, within_s=options.timeout, after=options.after)
    except WaitFailed as failed:
        raise CommandError(str(failed)) from None
    for row in rows:
        yield _line(row)


def _line(row: Row) -> str:
    return msgspec.json.encode(row).decode() + "\n"


def _export(server: Server, options: argparse.Namespace) -> Iterator[str]:
    records = [as_record(row) for row in server.rows(options.filter)]
    if options.output is None:
        yield from as_text(records, options.format, Job())
    else:
        export(options.output, records, options.format, Job())


def _follow(server: Server, options: argparse.Namespace) -> Iterator[str]:
    is_first = True
    for row in server.follow(options.filter, _tell_gap):
        if options.format is FileFormat.JSON_LINES:
            yield _line(row)
        else:
            head, line = as_text([as_record(row)], FileFormat.CSV, Job())
            yield head + line if is_first else line
        is_first = False


def _tell_gap(missed: int) -> None:
    print(f"{missed} rows were dropped before they could be read.", file=sys.stderr)


def as_record(row: Row) -> Record:
    """Return a row of a program as a record."""
    return from_row(msgspec.json.encode(row), row["number"])

"""The command line's `bots`: virtual users for a running server."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from authws_desktop.cli.commands import CommandError
from authws_desktop.cli.running_server import add_server_options, explain, running_server, seconds
from authws_desktop.client import Ended, HttpFailure
from authws_desktop.paths import DataPaths
from authws_desktop.settings import LoadedSettings
from authws_desktop.testing.bots import MAX_COUNT, Bots, Report
from authws_desktop.testing.rows import Row, RowsError, read_rows


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command.

    Args:
        commands: The parser's subcommands.
        common: Options that every command takes.
    """
    bots = commands.add_parser(
        "bots", parents=[common], help="let virtual users talk, and report what became of it"
    )
    bots.add_argument("--count", type=int, default=10, help=f"how many, up to {MAX_COUNT} (default: 10)")
    bots.add_argument(
        "--script", default="chatter", metavar="SCRIPT", help="chatter, echo, or a file of exported rows"
    )
    bots.add_argument("--rate", type=float, default=1.0, help="messages of each a second (default: 1)")
    bots.add_argument(
        "--duration", type=seconds, default=30.0, metavar="SECONDS", help="so long they talk (default: 30)"
    )
    # The window gives it, to find the accounts of a run that was killed.
    bots.add_argument("--mark", default="", help=argparse.SUPPRESS)
    bots.add_argument("--json", action="store_true", help="print the report as one JSON object")
    add_server_options(bots)
    bots.set_defaults(run=_run)


def _run(options: argparse.Namespace, settings: LoadedSettings, paths: DataPaths) -> int:
    if not 1 <= options.count <= MAX_COUNT:
        raise CommandError(f"The count must be from 1 to {MAX_COUNT}.")
    if not 0 < options.rate <= 1000:
        raise CommandError("The rate must be above 0 and not over 1000 a second.")
    server = running_server(options, settings)
    try:
        bots = Bots(server, options.count, _script(options.script), options.rate, options.mark)
        report = asyncio.run(_until_stopped(bots, options.duration))
    except (RowsError, ValueError, Ended) as error:
        raise CommandError(str(error)) from None
    except (HttpFailure, OSError) as error:
        raise explain(error) from None
    if report is None:
        print("Stopped; the virtual users are removed.", file=sys.stderr)
        return 1
    print(msgspec.json.encode(report.as_dict()).decode() if options.json else report)
    return 0


async def _until_stopped(bots: Bots, duration_s: float) -> Report | None:
    """Run them; a signal to stop ends it early, but never without removing them."""
    running = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if running is not None and sys.platform != "win32":
        loop.add_signal_handler(signal.SIGTERM, running.cancel)
    try:
        return await bots.run(duration_s)
    except asyncio.CancelledError:
        return None


def _script(text: str) -> str | Sequence[Row]:
    return text if text in ("chatter", "echo") else read_rows(Path(text))

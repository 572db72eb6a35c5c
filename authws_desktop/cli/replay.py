"""The command line's `replay`: does a running server still answer as it did when this was recorded?"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from authws_desktop.cli.commands import CommandError
from authws_desktop.cli.running_server import add_server_options, explain, running_server
from authws_desktop.client import HttpFailure
from authws_desktop.paths import DataPaths
from authws_desktop.settings import LoadedSettings
from authws_desktop.testing.replay import Difference, Replay, ReplayError, users_of
from authws_desktop.testing.rows import Row, RowsError, read_rows
from authws_desktop.testing.server import Server


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command.

    Args:
        commands: The parser's subcommands.
        common: Options that every command takes.
    """
    replay = commands.add_parser(
        "replay", parents=[common], help="send recorded traffic again and compare the answers"
    )
    replay.add_argument("file", type=Path, metavar="FILE", help="exported as JSON Lines")
    replay.add_argument(
        "--speed",
        type=_speed,
        default=1.0,
        help="1 keeps the recorded times, 2 is twice as fast, max does not wait",
    )
    replay.add_argument(
        "--user-map", type=_pair, action="append", default=[], metavar="A=B", help="be B where A was recorded"
    )
    replay.add_argument(
        "--passwords", type=Path, metavar="FILE", help='passwords of the users: JSON, {"ana": "…"}'
    )
    replay.add_argument(
        "--create-users",
        action="store_true",
        help="make the users that are missing, and delete them afterwards",
    )
    add_server_options(replay)
    replay.set_defaults(run=_run)


def _speed(text: str) -> float:
    if text == "max":
        return 0.0
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1000:
        raise argparse.ArgumentTypeError(f"a speed is a number above 0, or max, not '{text}'")
    return speed


def _pair(text: str) -> tuple[str, str]:
    old, separator, new = text.partition("=")
    if not (separator and old and new):
        raise argparse.ArgumentTypeError(f"write OLD=NEW, not '{text}'")
    return old, new


def _run(options: argparse.Namespace, settings: LoadedSettings, paths: DataPaths) -> int:
    server = running_server(options, settings)
    try:
        rows = read_rows(options.file)
        return _replay(server, rows, options)
    except (RowsError, ReplayError) as error:
        raise CommandError(str(error)) from None
    except (HttpFailure, OSError) as error:
        raise explain(error) from None


def _replay(server: Server, rows: list[Row], options: argparse.Namespace) -> int:
    user_map, passwords = dict(options.user_map), _passwords(options.passwords)
    names = users_of(rows)
    made: list[str] = []
    there = server.names()
    try:
        for name in dict.fromkeys(user_map.get(each, each) for each in names):
            if name not in there and options.create_users:
                passwords[name] = server.user(name).password
                made.append(name)
            elif name not in there:
                raise CommandError(
                    f"There is no user '{name}' on this server. Make it, be somebody else with "
                    f"--user-map {name}=NAME, or add --create-users."
                )
            elif name not in passwords:
                raise CommandError(f"The password of '{name}' is needed: name a file with --passwords.")
        replay = Replay(server, rows, passwords.__getitem__, user_map, options.speed)
        try:
            asyncio.run(replay.run())
        except Difference as difference:
            print(difference, file=sys.stderr)
            return 1
    finally:
        # Whatever became of the replay: the accounts that were made for it are nobody's.
        there = server.names() if made else {}
        for name in made:
            server.call("DELETE", f"/admin/users/{there[name]}")
    print(f"{replay.steps} frames were sent and {replay.compared} answers compared: all are as recorded.")
    return 0


def _passwords(file: Path | None) -> dict[str, str]:
    if file is None:
        return {}
    try:
        found = json.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{file} cannot be read ({error}).") from None
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise CommandError(f'{file} must hold names and passwords: {{"ana": "…"}}.')
    return found

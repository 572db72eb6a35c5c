"""The commands `secret show` and `secret rotate`."""

from __future__ import annotations

import argparse
from typing import Any

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.cli.commands import jwt_secret
from authws_desktop.cli.on_accounts import on_accounts
from authws_desktop.paths import DataPaths
from authws_desktop.server.clustering import signing_keys
from authws_desktop.settings import LoadedSettings


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add `secret`.

    Args:
        commands: The program's subparsers.
        common: Options of every command.
    """
    secret = commands.add_parser("secret", help="the signing secret: show, rotate")
    acts = secret.add_subparsers(title="commands", metavar="COMMAND", required=True)
    show = acts.add_parser("show", parents=[common], help="print the secret")
    show.set_defaults(run=_show_secret)
    rotate = acts.add_parser("rotate", parents=[common], help="make a new secret")
    rotate.add_argument(
        "--keep-connected",
        action="store_true",
        help="old tokens stay valid until they expire (default: everyone is disconnected)",
    )
    rotate.set_defaults(run=on_accounts(_rotate_secret))


def _show_secret(options: argparse.Namespace, settings: LoadedSettings, paths: DataPaths) -> int:
    keys = signing_keys(settings.values, paths, jwt_secret())
    try:
        keys.connect()
        print(keys.active.secret.decode("utf-8", "replace"))
    finally:
        keys.close()
    return 0


async def _rotate_secret(accounts: Accounts, options: argparse.Namespace) -> None:
    await accounts.administration.rotate_secret(keep=options.keep_connected)
    kept = "Old tokens stay valid until they expire." if options.keep_connected else "Everyone logs in again."
    print(f"The secret was replaced. {kept}")

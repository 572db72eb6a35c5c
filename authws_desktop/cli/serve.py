"""The command `serve`: the server without a window."""

from __future__ import annotations

import argparse
from typing import Any

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.admission.admin_token import AdminToken
from authws_desktop.cli.commands import CommandError, jwt_secret
from authws_desktop.cli.on_accounts import on_accounts
from authws_desktop.paths import DataPaths
from authws_desktop.settings import LoadedSettings


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add `serve`.

    Args:
        commands: The program's subparsers.
        common: Options of every command.
    """
    serve = commands.add_parser("serve", parents=[common], help="run the server without a window")
    serve.add_argument("--json", action="store_true", help="print one JSON object when listening")
    serve.add_argument(
        "--admin-token",
        nargs="?",
        const="local",
        choices=["local", "anywhere"],
        help="make a token for this run that acts as a host, and print it with --json; it counts on this "
        "computer only unless 'anywhere' is given",
    )
    serve.add_argument(
        "--cluster",
        metavar="URL",
        help="be one of several servers: redis://HOST:PORT/0?name=NAME of their engine; needs PostgreSQL",
    )
    serve.add_argument(
        "--check",
        action="store_true",
        help="tell whether this server would fit into its cluster (engine, database, secret), and exit",
    )
    serve.set_defaults(run=_run_serve)


def _run_serve(options: argparse.Namespace, settings: LoadedSettings, paths: DataPaths) -> int:
    from authws_desktop.headless import serve

    if options.check:
        return _check_cluster(options, settings, paths)
    if options.admin_token is not None and not options.json:
        raise CommandError("Add --json: the admin token is told there, and nowhere else.")
    reach = options.admin_token
    token = AdminToken(is_anywhere=reach == "anywhere") if reach is not None else None
    return serve(settings, paths, jwt_secret=jwt_secret(), as_json=options.json, admin_token=token)


def _check_cluster(options: argparse.Namespace, settings: LoadedSettings, paths: DataPaths) -> int:
    from authws_desktop.server.clustering import check_settings

    if not settings.values.cluster_url:
        raise CommandError("Add --cluster URL: there is nothing to check for a server that is alone.")
    check_settings(settings.values)

    async def look(accounts: Accounts, _options: argparse.Namespace) -> None:
        from authws_desktop.cluster.check import check_cluster

        url = settings.values.cluster_url
        for sentence in await check_cluster(url, accounts.keys, accounts.database):
            print(sentence)

    return on_accounts(look)(options, settings, paths)

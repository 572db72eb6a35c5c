"""The command line: the window (default), `serve`, `user`, `invite`, `secret` and `ban`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import getpass
import importlib.metadata
import os
import platform
import secrets
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from authws_desktop import __version__
from authws_desktop.accounts.audit import COMMAND_LINE
from authws_desktop.accounts.database import sqlite_url
from authws_desktop.accounts.directory import Accounts
from authws_desktop.accounts.errors import AccountsError
from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.accounts.records import Account, Role
from authws_desktop.commands.bans import add_ban_commands
from authws_desktop.commands.newcomers import add_approval_commands, add_invite_commands
from authws_desktop.desktop.display import no_display_sentence
from authws_desktop.paths import DataPaths
from authws_desktop.protocol.timestamps import format_timestamp
from authws_desktop.server.errors import ServiceError
from authws_desktop.settings import LoadedSettings, SettingsError, load_settings, read_dotenv


class CommandError(Exception):
    """A command cannot be carried out; `str()` says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the process's exit status."""
    options = _parse(arguments)
    needs_screen = options.is_self_test or options.run is _run_window
    if needs_screen and (sentence := no_display_sentence()):
        print(sentence, file=sys.stderr)
        return 1
    if options.is_self_test:  # whatever is wrong with the user's own files
        return _run_self_test()
    paths = DataPaths.under(Path(options.data_dir)) if options.data_dir else DataPaths.of_user()
    try:
        settings = load_settings(
            paths.settings_file,
            command_line={"host": options.host, "port": options.port, "log_level": options.log_level},
        )
        run: Callable[[argparse.Namespace, LoadedSettings, DataPaths], int] = options.run
        return run(options, settings, paths)
    except (SettingsError, AccountsError, ServiceError, CommandError) as error:
        print(error, file=sys.stderr)
        return _show_trouble(str(error)) if options.run is _run_window else 1
    except KeyboardInterrupt:
        return 130


def jwt_secret() -> str:
    """Return the signing secret given from outside: environment first, then `.env`; else empty."""
    return os.environ.get("JWT_SECRET", "") or read_dotenv().get("JWT_SECRET", "")


# Arguments


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    # Not as the parser's defaults: the commands share the options and would set them back to those.
    absent = argparse.Namespace(host=None, port=None, data_dir=None, log_level=None)
    return _parser().parse_args(arguments, absent)


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    group = common.add_argument_group("common options")
    group.add_argument("--host", default=argparse.SUPPRESS, help="localhost, 0.0.0.0 or one address")
    group.add_argument("--port", type=_port, default=argparse.SUPPRESS, help="0 takes any free port")
    group.add_argument(
        "--data-dir", metavar="FOLDER", default=argparse.SUPPRESS, help="keep everything under this folder"
    )
    group.add_argument(
        "--log-level", choices=["debug", "info", "warning", "error"], default=argparse.SUPPRESS
    )
    parser = argparse.ArgumentParser(
        prog="authws-desktop",
        description="A real-time server with real logins, in a window. Without a command, opens the window.",
        parents=[common],
    )
    parser.add_argument(
        "--version", action=_ShowVersions, help="show the versions of the program and its parts"
    )
    parser.add_argument("--start", action="store_true", help="start the server when the window opens")
    parser.add_argument(
        "--self-test",
        dest="is_self_test",
        action="store_true",
        help="try window, server and files in a temporary folder, then exit",
    )
    parser.set_defaults(run=_run_window)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    serve = commands.add_parser("serve", parents=[common], help="run the server without a window")
    serve.add_argument("--json", action="store_true", help="print one JSON object when listening")
    serve.set_defaults(run=_run_serve)
    _add_user_commands(commands, common)
    add_invite_commands(commands, common, _on_accounts)
    _add_secret_commands(commands, common)
    add_ban_commands(commands, common, _on_accounts)
    return parser


def _add_user_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    user = commands.add_parser(
        "user", help="accounts: add, list, passwd, disable, enable, delete, pending, approve, deny"
    )
    acts = user.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, act, text in (
        ("add", _add_user, "make an account"),
        ("passwd", _set_password, "set a new password; ends the account's logins"),
    ):
        command = acts.add_parser(name, parents=[common], help=text)
        command.add_argument("username")
        command.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )
        command.add_argument("--generate", action="store_true", help="make a password and print it")
        command.set_defaults(run=_on_accounts(act))
        if name == "add":
            command.add_argument("--role", choices=[str(role) for role in Role], default=str(Role.MEMBER))
    listing = acts.add_parser("list", parents=[common], help="print all accounts")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=_on_accounts(_list_users))
    for name, act, text in (
        ("disable", _disable_user, "end the account's logins and refuse new ones"),
        ("enable", _enable_user, "let the account log in again"),
        ("delete", _delete_user, "remove the account"),
    ):
        command = acts.add_parser(name, parents=[common], help=text)
        command.add_argument("username")
        command.set_defaults(run=_on_accounts(act))
    add_approval_commands(acts, common, _on_accounts)


def _add_secret_commands(commands: Any, common: argparse.ArgumentParser) -> None:
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
    rotate.set_defaults(run=_on_accounts(_rotate_secret))


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not '{text}'")
    return int(text)


class _ShowVersions(argparse.Action):
    """Prints the versions and exits; they are looked up only then."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest=argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_arguments: object) -> None:
        print(versions_line())
        parser.exit()


def versions_line() -> str:
    """Return the versions of the program, Python, Qt and websockets, without loading Qt."""
    parts = {"Qt": "PySide6-Essentials", "websockets": "websockets"}  # PySide6 carries Qt's version
    found = ", ".join(f"{name} {_version_of(package)}" for name, package in parts.items())
    return f"authws-desktop {__version__} (Python {platform.python_version()}, {found})"


def _version_of(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


# Commands


def _run_self_test() -> int:
    from authws_desktop.self_test import run_self_test

    return run_self_test(lambda text: print(text, flush=True))


def _run_window(options: argparse.Namespace, settings: LoadedSettings, paths: DataPaths) -> int:
    gc.disable()  # until the window is open: it would take a fifth of the start and find nothing
    from authws_desktop.app import run_window

    return run_window(settings, paths, jwt_secret=jwt_secret(), is_started=options.start)


def _show_trouble(text: str) -> int:
    """Say it in a dialog too: whoever started the program by a click sees no terminal."""
    from authws_desktop.app import show_trouble

    return show_trouble(text)


def _run_serve(options: argparse.Namespace, settings: LoadedSettings, paths: DataPaths) -> int:
    from authws_desktop.headless import serve

    return serve(settings, paths, jwt_secret=jwt_secret(), as_json=options.json)


Act = Callable[[Accounts, argparse.Namespace], Awaitable[None]]


def _on_accounts(act: Act) -> Callable[[argparse.Namespace, LoadedSettings, DataPaths], int]:
    """Return a command that works on the accounts, whether the program runs or not."""

    async def work(options: argparse.Namespace, settings: LoadedSettings, paths: DataPaths) -> None:
        keys = SigningKeys(paths.secret_file, override=jwt_secret())
        url = settings.values.database_url or sqlite_url(paths.database_file)
        accounts = Accounts(url, keys, actor=COMMAND_LINE)
        accounts.audit_keep_days = settings.values.audit_keep_days
        await accounts.open()
        try:
            await act(accounts, options)
        finally:
            await accounts.close()

    def run(options: argparse.Namespace, settings: LoadedSettings, paths: DataPaths) -> int:
        asyncio.run(work(options, settings, paths))
        return 0

    return run


def _show_secret(options: argparse.Namespace, settings: LoadedSettings, paths: DataPaths) -> int:
    keys = SigningKeys(paths.secret_file, override=jwt_secret())
    print(keys.active.secret.decode("utf-8", "replace"))
    return 0


async def _rotate_secret(accounts: Accounts, options: argparse.Namespace) -> None:
    await accounts.rotate_secret(keep=options.keep_connected)
    kept = "Old tokens stay valid until they expire." if options.keep_connected else "Everyone logs in again."
    print(f"The secret was replaced. {kept}")


async def _add_user(accounts: Accounts, options: argparse.Namespace) -> None:
    password = _password(options)
    account = await accounts.create(options.username, password, Role(options.role))
    print(f"Added {account.username} ({account.role}).")
    _print_generated(options, password)


async def _set_password(accounts: Accounts, options: argparse.Namespace) -> None:
    account = _find(accounts, options.username)
    password = _password(options)
    await accounts.reset_password(account.id, password, expected_revision=account.revision)
    print(f"Set a new password for {account.username}; its logins ended.")
    _print_generated(options, password)


async def _list_users(accounts: Accounts, options: argparse.Namespace) -> None:
    accounts_by_name = sorted(accounts.users(), key=lambda account: account.username.casefold())
    if options.json:
        for account in accounts_by_name:
            print(msgspec.json.encode(_as_row(account)).decode())
        return
    if not accounts_by_name:
        print("There are no accounts.")
        return
    print(f"{'USERNAME':32} {'ROLE':8} {'STATUS':9} {'CREATED':20} LAST LOGIN")
    for account in accounts_by_name:
        row = _as_row(account)
        print(
            f"{row['username']:32} {row['role']:8} {'disabled' if row['disabled'] else 'active':9} "
            f"{row['createdAt'][:19]:20} {(row['lastLoginAt'] or 'never')[:19]}"
        )


def _as_row(account: Account) -> dict[str, Any]:
    login = account.last_login_at
    return {
        "id": account.id,
        "username": account.username,
        "role": str(account.role),
        "disabled": account.is_disabled,
        "createdAt": format_timestamp(account.created_at),
        "lastLoginAt": format_timestamp(login) if login is not None else None,
    }


async def _disable_user(accounts: Accounts, options: argparse.Namespace) -> None:
    account = _find(accounts, options.username)
    await accounts.set_disabled(account.id, True, expected_revision=account.revision)
    print(f"Disabled {account.username}; its logins ended.")


async def _enable_user(accounts: Accounts, options: argparse.Namespace) -> None:
    account = _find(accounts, options.username)
    await accounts.set_disabled(account.id, False, expected_revision=account.revision)
    print(f"Enabled {account.username}.")


async def _delete_user(accounts: Accounts, options: argparse.Namespace) -> None:
    account = _find(accounts, options.username)
    await accounts.delete(account.id, expected_revision=account.revision)
    print(f"Deleted {account.username}; its logins ended.")


def _find(accounts: Accounts, username: str) -> Account:
    account = accounts.find(username)
    if account is None:
        raise CommandError(f"There is no account '{username}'. 'authws-desktop user list' shows all.")
    return account


def _password(options: argparse.Namespace) -> str:
    """Return the password to set; never taken from the arguments, which other users can see."""
    if options.generate:
        return secrets.token_urlsafe(12)
    if options.password_stdin or not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise CommandError("The two passwords differ.")
    return password


def _print_generated(options: argparse.Namespace, password: str) -> None:
    if options.generate:
        print(f"Password: {password}")

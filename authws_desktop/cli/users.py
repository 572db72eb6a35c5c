"""The commands `user …`: accounts, and who waits for approval."""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from pathlib import Path
from typing import Any

import msgspec

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import InvalidField
from authws_desktop.accounts.models import Account, PendingAccount, Role
from authws_desktop.accounts.names import lookup_key
from authws_desktop.cli.commands import CommandError
from authws_desktop.cli.on_accounts import on_accounts
from authws_desktop.protocol.timestamps import format_timestamp
from authws_desktop.text import SEND_IT, read_text

ROLE_HELP = "a host may also manage this server over HTTP (default: member)"


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add `user`.

    Args:
        commands: The program's subparsers.
        common: Options of every command.
    """
    user = commands.add_parser(
        "user", help="accounts: add, import, list, passwd, disable, enable, delete, pending, approve, deny"
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
        command.set_defaults(run=on_accounts(act))
        if name == "add":
            command.add_argument(
                "--role",
                choices=[str(Role.HOST), str(Role.MEMBER)],
                default=str(Role.MEMBER),
                help=ROLE_HELP,
            )
    listing = acts.add_parser("list", parents=[common], help="print all accounts")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=on_accounts(_list_users))
    for name, act, text in (
        ("disable", _disable_user, "end the account's logins and refuse new ones"),
        ("enable", _enable_user, "let the account log in again"),
        ("delete", _delete_user, "remove the account"),
    ):
        command = acts.add_parser(name, parents=[common], help=text)
        command.add_argument("username")
        command.set_defaults(run=on_accounts(act))
    _add_import_command(acts, common)
    _add_approval_commands(acts, common)


def _add_import_command(acts: Any, common: argparse.ArgumentParser) -> None:
    command = acts.add_parser("import", parents=[common], help="make the accounts of a list, or none")
    command.add_argument(
        "file", help="CSV or JSON: names, and passwords or bcrypt hashes; '-' reads standard input"
    )
    command.add_argument("--skip-bad", action="store_true", help="leave out lines that have a problem")
    command.set_defaults(run=on_accounts(_import_users))


def _add_approval_commands(acts: Any, common: argparse.ArgumentParser) -> None:
    listing = acts.add_parser("pending", parents=[common], help="print who waits for approval")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=on_accounts(_list_pending))
    approve = acts.add_parser("approve", parents=[common], help="let somebody in who waits for approval")
    approve.add_argument("username")
    roles = [str(Role.HOST), str(Role.MEMBER)]
    approve.add_argument("--role", choices=roles, default=str(Role.MEMBER), help=ROLE_HELP)
    approve.set_defaults(run=on_accounts(_approve))
    deny = acts.add_parser("deny", parents=[common], help="turn somebody away who waits for approval")
    deny.add_argument("username")
    deny.set_defaults(run=on_accounts(_deny))


async def _add_user(accounts: Accounts, options: argparse.Namespace) -> None:
    password = _password(options)
    account = await accounts.administration.create(options.username, password, Role(options.role))
    print(f"Added {account.username} ({account.role}).")
    _print_generated(options, password)


async def _set_password(accounts: Accounts, options: argparse.Namespace) -> None:
    account = _find(accounts, options.username)
    password = _password(options)
    await accounts.administration.reset_password(account.id, password, expected_revision=account.revision)
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
    await accounts.administration.set_disabled(account.id, True, expected_revision=account.revision)
    print(f"Disabled {account.username}; its logins ended.")


async def _enable_user(accounts: Accounts, options: argparse.Namespace) -> None:
    account = _find(accounts, options.username)
    await accounts.administration.set_disabled(account.id, False, expected_revision=account.revision)
    print(f"Enabled {account.username}.")


async def _delete_user(accounts: Accounts, options: argparse.Namespace) -> None:
    account = _find(accounts, options.username)
    await accounts.administration.delete(account.id, expected_revision=account.revision)
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
        line = sys.stdin.buffer.readline()  # UTF-8, whatever the system's own encoding is
        return read_text(line, "The password", SEND_IT).rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise CommandError("The two passwords differ.")
    return password


def _print_generated(options: argparse.Namespace, password: str) -> None:
    if options.generate:
        print(f"Password: {password}")


async def _import_users(accounts: Accounts, options: argparse.Namespace) -> None:
    preview = await accounts.importing.preview(_content_of(options.file))
    for row in preview.bad:
        print(f"Line {row.line:,}: {' '.join(row.problems)}", file=sys.stderr)
    if preview.bad and not options.skip_bad:
        raise CommandError(
            f"Nothing was imported: {len(preview.bad):,} of {len(preview.rows):,} lines have a problem. "
            "Correct them, or leave them out with --skip-bad."
        )
    made = await accounts.importing.create_many(preview.good)
    print(f"Imported {len(made):,} accounts.")
    for row in preview.good:
        if row.is_generated:
            print(f"{row.username}\t{row.password}")


def _content_of(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"The file {file} cannot be read ({error.strerror}).") from None


async def _list_pending(accounts: Accounts, options: argparse.Namespace) -> None:
    pending = accounts.registration.pending()
    if options.json:
        for each in pending:
            row = {"id": each.id, "username": each.username, "address": each.address, "app": each.app}
            print(msgspec.json.encode({**row, "askedAt": format_timestamp(each.asked_at)}).decode())
        return
    if not pending:
        print("Nobody waits for approval.")
        return
    print(f"{'USERNAME':32} {'ASKED':20} ADDRESS")
    for each in pending:
        print(f"{each.username:32} {format_timestamp(each.asked_at)[:19]:20} {each.address}")


async def _approve(accounts: Accounts, options: argparse.Namespace) -> None:
    account = await accounts.registration.approve(_find_pending(accounts, options.username).id, options.role)
    print(f"Approved {account.username} ({account.role}).")


async def _deny(accounts: Accounts, options: argparse.Namespace) -> None:
    pending = _find_pending(accounts, options.username)
    await accounts.registration.deny(pending.id)
    print(f"Denied {pending.username}.")


def _find_pending(accounts: Accounts, username: str) -> PendingAccount:
    key = lookup_key(username)
    for pending in accounts.registration.pending():
        if lookup_key(pending.username) == key:
            return pending
    raise InvalidField(
        "username", f"Nobody called '{username}' waits for approval. 'authws-desktop user pending' shows all."
    )

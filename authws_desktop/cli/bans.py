"""The command line's `ban add`, `ban list` and `ban lift`; they work whether the program runs or not."""

from __future__ import annotations

import argparse
import re
import time
from datetime import datetime
from typing import Any

import msgspec

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.admission.bans import Ban, BanError, Subject, canonical_address
from authws_desktop.cli.on_accounts import on_accounts
from authws_desktop.paths import DataPaths
from authws_desktop.protocol.timestamps import format_timestamp
from authws_desktop.server.clustering import ban_list
from authws_desktop.settings import LoadedSettings

_UNIT_S = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands.

    Args:
        commands: The parser's subcommands.
        common: Options that every command takes.
    """
    ban = commands.add_parser("ban", help="keep people out: add, list, lift")
    acts = ban.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add = acts.add_parser("add", parents=[common], help="ban a user or an address")
    who = add.add_mutually_exclusive_group(required=True)
    who.add_argument("--user", metavar="NAME", help="a user, by name")
    who.add_argument("--address", metavar="IP", help="an address of the network")
    add.add_argument(
        "--until", type=moment, metavar="TIME", help="30m, 2h, 7d, 4w or 2030-01-31T18:00 (default: for ever)"
    )
    add.add_argument("--reason", default="", help="told to whoever is refused")
    add.set_defaults(run=_add_one)
    listing = acts.add_parser("list", parents=[common], help="print the bans in force")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=_list)
    lift = acts.add_parser("lift", parents=[common], help="end a ban")
    lift.add_argument("who", metavar="NAME_OR_IP", help="a username, an address or a ban's id")
    lift.set_defaults(run=_lift)


def moment(text: str) -> float:
    """Return when a ban ends: a length from now, or a local date and time.

    Raises:
        argparse.ArgumentTypeError: It is neither.
    """
    if (length := re.fullmatch(r"(\d{1,6})([mhdw])", text)) is not None:
        return time.time() + int(length[1]) * _UNIT_S[length[2]]
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        raise argparse.ArgumentTypeError(f"no length or time such as 2h or 2030-01-31: '{text}'") from None


def _add_one(options: argparse.Namespace, settings: LoadedSettings, paths: DataPaths) -> int:
    options.bans = ban_list(settings.values, paths)
    act = _ban_address if options.user is None else _ban_user
    return on_accounts(act)(options, settings, paths)


async def _ban_user(accounts: Accounts, options: argparse.Namespace) -> None:
    account = accounts.find(options.user)
    if account is None:
        raise BanError(f"There is no account '{options.user}'. 'authws-desktop user list' shows all.")
    ban = options.bans.add_user(account.id, account.username, options.until, options.reason)
    await accounts.audit.write("ban", ban.shown)
    _say(ban)


async def _ban_address(accounts: Accounts, options: argparse.Namespace) -> None:
    ban = options.bans.add_address(options.address, options.until, options.reason)
    await accounts.audit.write("ban", ban.shown)
    _say(ban)


def _say(ban: Ban) -> None:
    end = f"until {format_timestamp(ban.until)}" if ban.until is not None else "for ever"
    print(f"Banned {ban.shown} {end}.")


def _list(options: argparse.Namespace, settings: LoadedSettings, paths: DataPaths) -> int:
    bans = ban_list(settings.values, paths)
    bans.load()
    found = bans.current()
    if options.json:
        for ban in found:
            print(msgspec.json.encode(_as_row(ban)).decode())
    elif not found:
        print("Nobody is banned.")
    else:
        print(f"{'WHO':40} {'UNTIL':20} REASON")
        for ban in found:
            until = format_timestamp(ban.until)[:19] if ban.until is not None else "for ever"
            print(f"{ban.shown:40} {until:20} {ban.reason}")
    return 0


def _as_row(ban: Ban) -> dict[str, Any]:
    return {
        "id": ban.id,
        "subject": str(ban.subject),
        "value": ban.value,
        "username": ban.name,
        "createdAt": format_timestamp(ban.created_at),
        "until": format_timestamp(ban.until) if ban.until is not None else None,
        "reason": ban.reason,
    }


def _lift(options: argparse.Namespace, settings: LoadedSettings, paths: DataPaths) -> int:
    options.bans = ban_list(settings.values, paths)
    options.bans.load()
    return on_accounts(_lift_ban)(options, settings, paths)


async def _lift_ban(accounts: Accounts, options: argparse.Namespace) -> None:
    found = [ban for ban in options.bans.current() if _is_meant(ban, options.who)]
    if not found:
        raise BanError(f"There is no ban of '{options.who}'. 'authws-desktop ban list' shows all.")
    for ban in found:
        options.bans.lift(ban.id)
        await accounts.audit.write("lift ban", ban.shown)
        print(f"Lifted the ban of {ban.shown}.")


def _is_meant(ban: Ban, who: str) -> bool:
    if ban.subject is Subject.ADDRESS and ban.value == canonical_address(who):
        return True
    return ban.id == who or ban.value == who or (bool(ban.name) and ban.name.casefold() == who.casefold())

"""The commands about newcomers: `invite`, and `user pending`, `approve` and `deny`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from authws_desktop.accounts.directory import Accounts
from authws_desktop.accounts.errors import InvalidField
from authws_desktop.accounts.invite_codes import fold_code
from authws_desktop.accounts.names import lookup_key
from authws_desktop.accounts.records import Invite, PendingAccount, Role
from authws_desktop.protocol.timestamps import format_timestamp

Act = Callable[[Accounts, argparse.Namespace], Awaitable[None]]
Runner = Callable[[Act], Callable[..., int]]
DAY_S = 24 * 60 * 60


def add_invite_commands(commands: Any, common: argparse.ArgumentParser, on_accounts: Runner) -> None:
    """Add `invite`.

    Args:
        commands: The program's subparsers.
        common: Options of every command.
        on_accounts: Turns an act into what runs it.
    """
    invite = commands.add_parser("invite", help="invitations to register: add, list, revoke")
    acts = invite.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add = acts.add_parser("add", parents=[common], help="make an invitation and print its code")
    add.add_argument("--label", default="", help="what it is for")
    add.add_argument(
        "--uses", type=int, metavar="N", help="accounts that it is good for (default: any number)"
    )
    add.add_argument("--days", type=float, metavar="N", help="how long it is good for (default: without end)")
    add.set_defaults(run=on_accounts(_add_invite))
    listing = acts.add_parser("list", parents=[common], help="print all invitations")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=on_accounts(_list_invites))
    revoke = acts.add_parser("revoke", parents=[common], help="end an invitation; accounts made with it stay")
    revoke.add_argument("code")
    revoke.set_defaults(run=on_accounts(_revoke_invite))


def add_approval_commands(acts: Any, common: argparse.ArgumentParser, on_accounts: Runner) -> None:
    """Add `user pending`, `user approve` and `user deny` to the subparsers of `user`."""
    listing = acts.add_parser("pending", parents=[common], help="print who waits for approval")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=on_accounts(_list_pending))
    approve = acts.add_parser("approve", parents=[common], help="let somebody in who waits for approval")
    approve.add_argument("username")
    approve.add_argument("--role", choices=[str(role) for role in Role], default=str(Role.MEMBER))
    approve.set_defaults(run=on_accounts(_approve))
    deny = acts.add_parser("deny", parents=[common], help="turn somebody away who waits for approval")
    deny.add_argument("username")
    deny.set_defaults(run=on_accounts(_deny))


async def _add_invite(accounts: Accounts, options: argparse.Namespace) -> None:
    expires_at = None if options.days is None else time.time() + options.days * DAY_S
    invite = await accounts.create_invite(options.label, options.uses, expires_at)
    print(f"Invitation: {invite.code}")
    print(f"Link: the server's address and /?invite={invite.code}")


async def _list_invites(accounts: Accounts, options: argparse.Namespace) -> None:
    invites, now = accounts.invites(), time.time()
    if options.json:
        for invite in invites:
            print(msgspec.json.encode(_as_row(invite, now)).decode())
        return
    if not invites:
        print("There are no invitations.")
        return
    print(f"{'CODE':16} {'USES':9} {'EXPIRES':20} {'STATUS':8} LABEL")
    for invite in invites:
        row = _as_row(invite, now)
        uses = f"{invite.uses}/{invite.max_uses or 'any'}"
        status = "usable" if row["usable"] else "ended"
        print(f"{invite.code:16} {uses:9} {(row['expiresAt'] or 'never')[:19]:20} {status:8} {invite.label}")


def _as_row(invite: Invite, now: float) -> dict[str, Any]:
    return {
        "code": invite.code,
        "label": invite.label,
        "uses": invite.uses,
        "maxUses": invite.max_uses,
        "expiresAt": None if invite.expires_at is None else format_timestamp(invite.expires_at),
        "createdAt": format_timestamp(invite.created_at),
        "usable": invite.is_usable(now),
    }


async def _revoke_invite(accounts: Accounts, options: argparse.Namespace) -> None:
    key = fold_code(options.code)
    if key not in {fold_code(invite.code) for invite in accounts.invites()}:
        raise InvalidField(
            "code", f"There is no invitation '{options.code}'. 'authws-desktop invite list' shows all."
        )
    await accounts.revoke_invite(key)
    print("Revoked the invitation; accounts made with it stay.")


async def _list_pending(accounts: Accounts, options: argparse.Namespace) -> None:
    pending = accounts.pending()
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
    account = await accounts.approve(_find(accounts, options.username).id, options.role)
    print(f"Approved {account.username} ({account.role}).")


async def _deny(accounts: Accounts, options: argparse.Namespace) -> None:
    pending = _find(accounts, options.username)
    await accounts.deny(pending.id)
    print(f"Denied {pending.username}.")


def _find(accounts: Accounts, username: str) -> PendingAccount:
    key = lookup_key(username)
    for pending in accounts.pending():
        if lookup_key(pending.username) == key:
            return pending
    raise InvalidField(
        "username", f"Nobody called '{username}' waits for approval. 'authws-desktop user pending' shows all."
    )

"""The commands `invite …`: invitations to register."""

from __future__ import annotations

import argparse
import time
from typing import Any

import msgspec

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import InvalidField
from authws_desktop.accounts.invite_codes import fold_code
from authws_desktop.accounts.models import Invite
from authws_desktop.cli.on_accounts import on_accounts
from authws_desktop.durations import DAY_S
from authws_desktop.protocol.timestamps import format_timestamp


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add `invite`.

    Args:
        commands: The program's subparsers.
        common: Options of every command.
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


async def _add_invite(accounts: Accounts, options: argparse.Namespace) -> None:
    expires_at = None if options.days is None else time.time() + options.days * DAY_S
    invite = await accounts.registration.create_invite(options.label, options.uses, expires_at)
    print(f"Invitation: {invite.code}")
    print(f"Link: the server's address and /?invite={invite.code}")


async def _list_invites(accounts: Accounts, options: argparse.Namespace) -> None:
    invites, now = accounts.registration.invites(), time.time()
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
    if key not in {fold_code(invite.code) for invite in accounts.registration.invites()}:
        raise InvalidField(
            "code", f"There is no invitation '{options.code}'. 'authws-desktop invite list' shows all."
        )
    await accounts.registration.revoke_invite(key)
    print("Revoked the invitation; accounts made with it stay.")

"""What the commands that ask a running server share: its address, and the token."""

from __future__ import annotations

import argparse
import os

from authws_desktop.cli.commands import CommandError
from authws_desktop.client import HttpFailure
from authws_desktop.settings import LoadedSettings
from authws_desktop.testing.server import Server

TOKEN_VARIABLE = "AUTHWS_ADMIN_TOKEN"  # noqa: S105 - a name


def add_server_options(command: argparse.ArgumentParser) -> None:
    """Add the address; the token has no option, as other users see a process's arguments."""
    command.add_argument(
        "--url", help="address of the server (default: this computer, at the port of the settings)"
    )


def running_server(options: argparse.Namespace, settings: LoadedSettings) -> Server:
    """Return the server that a command asks.

    Raises:
        CommandError: There is no token for it.
    """
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        raise CommandError(
            f"Set {TOKEN_VARIABLE} to the admin token that 'serve --json --admin-token' prints, or to the "
            "token of an account with the role host."
        )
    return Server(options.url or f"http://127.0.0.1:{settings.values.port}", token)


def explain(error: HttpFailure | OSError) -> CommandError:
    """Return why a server did not do what was asked, in a sentence."""
    if isinstance(error, HttpFailure):
        position = error.body.get("position")
        where = f" (at character {position})" if position is not None else ""
        return CommandError(f"{error}{where}")
    return CommandError(f"The server does not answer ({error}). Is it running?")

"""What the commands that ask a running server share: its address, and the token."""

from __future__ import annotations

import argparse
import os
import ssl
from urllib.parse import urlsplit

from authws_desktop.cli.commands import CommandError
from authws_desktop.client import HttpFailure
from authws_desktop.settings import LoadedSettings
from authws_desktop.testing.server import Server

TOKEN_VARIABLE = "AUTHWS_ADMIN_TOKEN"  # noqa: S105 - a name
LONGEST_S = 10_000_000.0
"""Some months: what sockets and timers of every system still take."""


def add_server_options(command: argparse.ArgumentParser) -> None:
    """Add the address; the token has no option, as other users see a process's arguments."""
    command.add_argument(
        "--url", help="address of the server (default: this computer, at the port of the settings)"
    )


def seconds(text: str) -> float:
    """Read how long something may take, for argparse."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"a time is a number of seconds, not '{text}'")
    return found


def running_server(options: argparse.Namespace, settings: LoadedSettings) -> Server:
    """Return the server that a command asks.

    Raises:
        CommandError: There is no token for it, or the address is none.
    """
    values = settings.values
    url = options.url or f"{'http' if values.tls == 'off' else 'https'}://127.0.0.1:{values.port}"
    if urlsplit(url).scheme not in ("http", "https"):
        raise CommandError(f"--url takes an address such as http://localhost:4000, not '{url}'.")
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        raise CommandError(
            f"Set {TOKEN_VARIABLE} to the admin token that 'serve --json --admin-token' prints, or to the "
            "token of an account with the role host."
        )
    return Server(url, token)


def explain(error: HttpFailure | OSError) -> CommandError:
    """Return why a server did not do what was asked, in a sentence."""
    if isinstance(error, HttpFailure):
        position = error.body.get("position")
        where = f" (at character {position})" if position is not None else ""
        return CommandError(f"{error}{where}")
    if isinstance(reason := getattr(error, "reason", error), ssl.SSLCertVerificationError):
        return CommandError(
            f"The certificate of the server is not trusted here ({reason.verify_message}). Set SSL_CERT_FILE "
            "to its authority: tls/authority.pem in the server's data folder, if the server made it."
        )
    return CommandError(f"The server does not answer ({error}). Is it running?")

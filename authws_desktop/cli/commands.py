"""What commands share. Nothing here opens the accounts, so that commands without them start at once."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

from authws_desktop.errors import ProductError
from authws_desktop.paths import DataPaths
from authws_desktop.settings import LoadedSettings, read_dotenv

Run = Callable[[argparse.Namespace, LoadedSettings, DataPaths], int]
"""What a command does; returns the process's exit status."""


class CommandError(ProductError):
    """A command cannot be carried out; `str()` says why."""


def jwt_secret() -> str:
    """Return the signing secret given from outside: environment first, then `.env`; else empty."""
    # No option of the command line: other users see a process's arguments.
    return os.environ.get("JWT_SECRET", "") or read_dotenv().get("JWT_SECRET", "")

"""Commands that work on the accounts, whether the program runs or not."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.audit import COMMAND_LINE
from authws_desktop.accounts.store.database import sqlite_url
from authws_desktop.cli.commands import Run, jwt_secret
from authws_desktop.paths import DataPaths
from authws_desktop.server.clustering import signing_keys
from authws_desktop.settings import CurrentSettings, LoadedSettings

Act = Callable[[Accounts, argparse.Namespace], Awaitable[None]]


def on_accounts(act: Act) -> Run:
    """Return a command that works on the accounts, whether the program runs or not.

    Args:
        act: What is done with them; they are open meanwhile.
    """

    async def work(options: argparse.Namespace, settings: LoadedSettings, paths: DataPaths) -> None:
        keys = signing_keys(settings.values, paths, jwt_secret())
        url = settings.values.database_url or sqlite_url(paths.database_file)
        accounts = Accounts(url, keys, CurrentSettings(settings), actor=COMMAND_LINE)
        await accounts.open()
        try:
            await act(accounts, options)
        finally:
            await accounts.close()

    def run(options: argparse.Namespace, settings: LoadedSettings, paths: DataPaths) -> int:
        asyncio.run(work(options, settings, paths))
        return 0

    return run

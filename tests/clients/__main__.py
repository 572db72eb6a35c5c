"""The command: `python3 dev.py clients [--all] [--only NAME]`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.clients.languages import ALWAYS, LANGUAGES, SetupError, missing_packages
from tests.clients.matrix import run_all
from tests.clients.report import failures_of, faults_of, table_of
from tests.clients.table import CLIENTS, Client


def chosen(languages: Sequence[str], names: Sequence[str]) -> list[Client]:
    """Return the clients to run: those named, of any language, or all of some languages.

    Raises:
        SetupError: When nothing bears a name.
    """
    unknown = [name for name in names if not any(name in client.name for client in CLIENTS)]
    if unknown:
        raise SetupError(
            f"No client is called {', '.join(unknown)}. There are: {', '.join(c.name for c in CLIENTS)}."
        )
    if names:
        whole = {client.name for client in CLIENTS}
        return [
            c for c in CLIENTS if any(c.name == name if name in whole else name in c.name for name in names)
        ]
    return [client for client in CLIENTS if client.language in languages]


def prepare(clients: Sequence[Client]) -> None:
    """Install and build what the clients need.

    Raises:
        SetupError: When something is missing.
    """
    languages = list(dict.fromkeys(client.language for client in clients))
    missing = missing_packages(languages)
    if missing:
        raise SetupError(
            f"Some clients need Debian's packages:\n\n    sudo apt-get install -y --no-install-recommends {' '.join(missing)}"
        )
    with ThreadPoolExecutor() as pool:  # One waits for a registry, another for a compiler.
        work = [
            pool.submit(LANGUAGES[name].prepare, [client for client in clients if client.language == name])
            for name in languages
        ]
    for each in work:
        each.result()


def show(clients: Sequence[Client], verdicts: dict[str, dict[str, str]]) -> int:
    """Print the matrix and what is wrong; return the exit code."""
    print("\n".join(table_of(clients, verdicts)))
    print(
        "\n-: not tried; the server does not offer that part (`connection.features`), or there is no IPv6 here."
    )
    faults, failures = faults_of(clients, verdicts), failures_of(clients, verdicts)
    raised = [f"{client.name}: {client.raised}" for client in clients if client.raised]
    if raised:
        print("\nDefault limits that the programs raise:\n  " + "\n  ".join(raised))
    if faults:
        print("\nFaults of the libraries themselves:\n  " + "\n  ".join(faults))
    if failures:
        print("\nFAILED:\n  " + "\n  ".join(failures))
    return 1 if failures else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="dev.py clients", description=__doc__)
    parser.add_argument("--all", action="store_true", help="also those that need a language from Debian")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="those whose name has this in it"
    )
    options = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        clients = chosen(tuple(LANGUAGES) if options.all else ALWAYS, options.only)
        prepare(clients)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    prepared = time.monotonic()
    exit_code = show(clients, asyncio.run(run_all(clients)))
    print(
        f"\n{len(clients)} clients in {time.monotonic() - prepared:.0f} s, prepared in {prepared - started:.0f} s"
    )
    return exit_code


if __name__ == "__main__":
    sys.exit(main())

"""What every run needs first: accounts and tokens that all servers accept, and enough descriptors."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import secrets
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

USERS = 8
PASSWORD = "correct horse battery staple"
NEEDED_FILES = 11_000
_HOST = "benchhost"


@dataclass(frozen=True)
class Accounts:
    """Accounts in a data folder, and their tokens.

    Attributes:
        folder: Holds `data`, the folder that our servers start with a copy of.
        secret: What the tokens are signed with.
        tokens: One a user.
        host_token: Of a host.
    """

    folder: Path
    secret: str
    tokens: list[str]
    host_token: str = ""

    def copy_for(self, name: str) -> Path:
        """Return a copy of the data folder, for one server."""
        target = self.folder / name.replace(" ", "-").replace(",", "")
        shutil.copytree(self.folder / "data", target)
        return target


def username(number: int) -> str:
    """Return a user's name; all are of one length, so that a list's size tells how many it names."""
    return f"bench{number:02}"


@contextlib.contextmanager
def made_accounts(users: int = USERS, tree: Path | None = None) -> Iterator[Accounts]:
    """Register users at a server of our own; its database keeps their tokens valid wherever it is copied.

    Args:
        users: How many.
        tree: The root of the copy of the program that makes them; `None` for this one.
    """
    with tempfile.TemporaryDirectory(prefix="authws-bench-") as name:
        folder, secret = Path(name), secrets.token_urlsafe(48)
        command = [sys.executable, "-m", "authws_desktop", "serve", "--json", "--port", "0", "--data-dir"]
        env = {**os.environ, "JWT_SECRET": secret, "AUTHWS_REGISTER_RATE": "0", "AUTHWS_LOG_LEVEL": "error"}
        server = subprocess.Popen([*command, str(folder / "data")], env=env, stdout=subprocess.PIPE, cwd=tree)
        try:
            assert server.stdout is not None
            port = json.loads(server.stdout.readline())["port"]
            with ThreadPoolExecutor(USERS) as pool:
                tokens = list(pool.map(partial(_token_of, "register", port), map(username, range(users))))
            add = [*command[:3], "user", "add", _HOST, "--role", "host", "--password-stdin"]
            kept = ["--data-dir", str(folder / "data")]
            subprocess.run(
                [*add, *kept],
                env=env,
                input=PASSWORD,
                text=True,
                cwd=tree,
                check=True,
                stdout=subprocess.DEVNULL,
            )
            host_token = _token_of("login", port, _HOST)
        finally:
            server.terminate()
            server.communicate(timeout=10)
        yield Accounts(folder, secret, tokens, host_token)


def _token_of(act: str, port: int, name: str) -> str:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/auth/{act}",
        json.dumps({"username": name, "password": PASSWORD}).encode(),
        {"Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=20) as answer:
        return str(json.load(answer)["token"])


def raise_file_limit() -> None:
    """Allow this process and those it starts as many descriptors as the system lets us.

    Raises:
        SystemExit: They are too few for 10,000 connections.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if hard != resource.RLIM_INFINITY else 1 << 16
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(wanted, 1 << 16)), hard))
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < NEEDED_FILES:
        sys.exit(f"The benchmarks need {NEEDED_FILES} open files; raise the limit (ulimit -Hn) first.")

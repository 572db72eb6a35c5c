"""The program as a subprocess, and people who have an account there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ports import free_port

PASSWORD = "correct horse"
STOP_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Member:
    """Somebody with an account.

    Attributes:
        user_id, username, token: As the server gave them.
    """

    user_id: str
    username: str
    token: str

    @property
    def session(self) -> str:
        """What the web client keeps of a login."""
        return json.dumps(
            {"token": self.token, "user": {"id": self.user_id, "username": self.username}},
        )


class Program:
    """`authws-desktop serve` on a free loopback port.

    Attributes:
        port: Its port; the same after `restart`.

    Args:
        folder: Where it keeps everything.
        env: Its settings, such as `AUTHWS_TOKEN_LIFE_S`.
    """

    def __init__(self, folder: Path, **env: str) -> None:
        self._folder = folder
        self._env = env
        self._members: dict[str, Member] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.start()

    @property
    def http(self) -> str:
        """Its address for browsers."""
        return f"http://localhost:{self.port}"

    @property
    def ws(self) -> str:
        """Its address for WebSocket clients."""
        return f"ws://localhost:{self.port}/ws"

    def start(self) -> None:
        """Start it and wait until it listens."""
        command = [sys.executable, "-m", "authws_desktop", "serve", "--json"]
        command += ["--port", str(self.port), "--data-dir", str(self._folder)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AUTHWS_")}
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=kept | self._env
        )
        assert self._process.stdout is not None
        self.port = json.loads(self._process.stdout.readline())["port"]

    def stop(self) -> None:
        """Stop it as a host would; may be called again."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate(timeout=STOP_TIMEOUT_S)
        self._process = None

    def member(self, username: str) -> Member:
        """Return who has this name; the account is made at the first call."""
        if username not in self._members:
            answer = self.post("/auth/register", {"username": username, "password": PASSWORD})
            self._members[username] = Member(
                answer["user"]["id"], answer["user"]["username"], answer["token"]
            )
        return self._members[username]

    def post(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        """Return the answer of a call of the HTTP side."""
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.http + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
        return answer

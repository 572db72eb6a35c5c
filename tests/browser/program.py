"""The program as a subprocess, and people who have an account there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from tests.own_clients import WAIT_S
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
        admin_token: Acts as a host, until it is stopped.

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
        self.admin_token = ""
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
        command = [sys.executable, "-m", "authws_desktop", "serve", "--json", "--admin-token"]
        command += ["--port", str(self.port), "--data-dir", str(self._folder)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AUTHWS_")}
        errors = self._folder.with_name(f"{self._folder.name}-errors.txt")
        with errors.open("wb") as file:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=file, env=kept | self._env
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.stop()
            pytest.fail(f"The program ended at its start: {errors.read_text(encoding='utf-8')}")
        told = json.loads(line)
        self.port, self.admin_token = told["port"], told["adminToken"]

    def stop(self) -> None:
        """Stop it as a host would; may be called again."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate(timeout=STOP_TIMEOUT_S)
        self._process = None

    def run(self, *arguments: str) -> str:
        """Run another command of the program on the same data, as the host would; returns what it prints."""
        command = [sys.executable, "-m", "authws_desktop", *arguments, "--data-dir", str(self._folder)]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    def member(self, username: str) -> Member:
        """Return who has this name, logged in; the account is made at the first call.

        A page of an earlier test may have logged them out.
        """
        member = self._members.get(username)
        if member is None or not self._is_logged_in(member):
            path = "/auth/login" if member else "/auth/register"
            answer = self.post(path, {"username": username, "password": PASSWORD})
            member = Member(answer["user"]["id"], answer["user"]["username"], answer["token"])
            self._members[username] = member
        return member

    def wait_until_let_in(self, username: str) -> None:
        """Wait until the server, which looks at intervals, has seen that somebody is banned no more."""
        until_s = time.monotonic() + WAIT_S
        while True:
            try:
                self.post("/auth/login", {"username": username, "password": PASSWORD})
                return
            except urllib.error.HTTPError as error:
                error.close()
                assert error.code == HTTPStatus.FORBIDDEN
                assert time.monotonic() < until_s
                time.sleep(0.1)

    def _is_logged_in(self, member: Member) -> bool:
        request = urllib.request.Request(
            f"{self.http}/auth/me", headers={"Authorization": f"Bearer {member.token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60):
                return True
        except urllib.error.HTTPError as error:
            error.close()
            return False

    def post(self, path: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
        """Return the answer of a call of the HTTP side."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        request = urllib.request.Request(self.http + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
        return answer

"""`invite`, and `user pending`, `approve` and `deny`, as a person types them."""

from __future__ import annotations

import json
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Serve, run

pytestmark = [pytest.mark.e2e, pytest.mark.long]
PASSWORD = "correct horse"


def post(port: int, path: str, **body: str) -> tuple[int, dict[str, Any]]:
    """Post to a running server; return status and answer."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_invitations(tmp_path: Path) -> None:
    """Made, listed, revoked; wrong ones are a sentence."""
    assert run("invite", "list", folder=tmp_path).stdout == "There are no invitations.\n"
    made = run("invite", "add", "--label", "class 7b", "--uses", "30", "--days", "7", folder=tmp_path)
    code = made.stdout.split()[1]
    assert made.stdout == f"Invitation: {code}\nLink: the server's address and /?invite={code}\n"
    row = json.loads(run("invite", "list", "--json", folder=tmp_path).stdout)
    assert (row["code"], row["label"], row["uses"], row["maxUses"]) == (code, "class 7b", 0, 30)
    assert row["usable"]
    assert row["expiresAt"] > row["createdAt"]
    table = run("invite", "list", folder=tmp_path).stdout.splitlines()
    assert table[1].split()[:2] == [code, "0/30"]
    assert "Revoked" in run("invite", "revoke", code.upper(), folder=tmp_path).stdout
    assert run("invite", "list", "--json", folder=tmp_path).stdout == ""
    for arguments, says in (
        (["revoke", code], "There is no invitation"),
        (["add", "--uses", "0"], "number of uses"),
        (["add", "--days", "-1"], "in the future"),
        (["add", "--days", "nan"], "in the future"),
    ):
        refused = run("invite", *arguments, folder=tmp_path)
        assert refused.returncode == 1
        assert says in refused.stderr
        assert "Traceback" not in refused.stderr


def test_an_invitation_made_while_the_server_runs_counts(serve: Serve, tmp_path: Path) -> None:
    """Within a second, without a restart; the use is seen from outside."""
    running = serve(AUTHWS_REGISTRATION="invite")
    code = run("invite", "add", "--uses", "1", folder=tmp_path).stdout.split()[1]
    status, _ = post(running.port, "/auth/register", username="ana", password=PASSWORD, inviteCode=code)
    assert status == 201
    row = json.loads(run("invite", "list", "--json", folder=tmp_path).stdout)
    assert (row["uses"], row["usable"]) == (1, False)


def test_newcomers_are_approved_and_denied(serve: Serve, tmp_path: Path) -> None:
    """While the server runs; the audit says that the command line did it."""
    running = serve(AUTHWS_REGISTRATION="approval")
    for name in ("Ana", "bob"):
        assert post(running.port, "/auth/register", username=name, password=PASSWORD)[0] == 202
    assert [line.split()[0] for line in run("user", "pending", folder=tmp_path).stdout.splitlines()] == [
        "USERNAME", "Ana", "bob",
    ]  # fmt: skip
    assert run("user", "approve", "ANA", "--role", "host", folder=tmp_path).stdout == "Approved Ana (host).\n"
    assert run("user", "deny", "bob", folder=tmp_path).stdout == "Denied bob.\n"
    assert post(running.port, "/auth/login", username="ana", password=PASSWORD)[0] == 200
    assert post(running.port, "/auth/login", username="bob", password=PASSWORD)[0] == 401
    assert run("user", "pending", folder=tmp_path).stdout == "Nobody waits for approval.\n"
    refused = run("user", "approve", "bob", folder=tmp_path)
    assert (refused.returncode, "Nobody called 'bob' waits" in refused.stderr) == (1, True)
    (file,) = tmp_path.rglob("*.db")
    with closing(sqlite3.connect(file)) as connection:
        entries = connection.execute(
            "SELECT actor, act, target, outcome FROM audit WHERE act LIKE '% user'"
        ).fetchall()
    assert entries == [
        ("command line", "approve user", "Ana", "done"),
        ("command line", "deny user", "bob", "done"),
    ]

"""`serve`: who starts it, and the token of `--admin-token`: told once, to whoever started it, and nowhere else."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.conftest import Serve, run, serve  # noqa: F401 - a fixture

pytestmark = pytest.mark.e2e


def test_the_admin_token_is_told_once(serve: Serve, tmp_path: Path) -> None:  # noqa: F811
    """In the line of `--json`; not in the log, and another start has another one."""
    running = serve("--admin-token", "--log-level", "debug")
    token = running.ready["adminToken"]
    asked = urllib.request.Request(
        f"{running.ready['http']}/admin/users", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        assert json.load(answer)["users"] == []
    status, errors = running.stop()
    assert status == 0
    assert token not in errors
    assert not [
        file for file in tmp_path.rglob("*") if file.is_file() and token.encode() in file.read_bytes()
    ]
    assert serve("--admin-token").ready["adminToken"] != token
    assert "adminToken" not in serve().ready


def test_without_json_there_is_no_place_to_tell_it(tmp_path: Path) -> None:
    """A sentence says what to add."""
    done = run("serve", "--admin-token", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "--json" in done.stderr


def test_the_audit_says_who_started_it(serve: Serve) -> None:  # noqa: F811
    """There is no window that could have."""
    status, errors = serve().stop()
    assert status == 0
    said = [
        line.rpartition(", by ")[2] for line in errors.splitlines() if " server" in line and ", by " in line
    ]
    assert said == ["command line", "command line"]

"""The example project of `docs/testing.md`, with the packages as they are published."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import PROGRAMS
from tests.package.small import ROOT, program_here

pytestmark = [pytest.mark.e2e, pytest.mark.long]
EXAMPLE = ROOT / "tests" / "example"


@pytest.fixture
def example(node_project: Path) -> Path:
    """A copy of the project, its packages installed."""
    shutil.copytree(EXAMPLE, node_project, dirs_exist_ok=True)
    return node_project


@pytest.mark.browser
def test_the_game_s_page_from_pytest(example: Path, python_site: Path) -> None:
    """Two players in a browser: a game, a bad network, a cut, and the same game again."""
    chromium = next(filter(None, map(shutil.which, PROGRAMS["chromium"])), None)
    if chromium is None:
        pytest.skip("no chromium on this computer")
    (example / "pytest.ini").write_text("[pytest]\n")
    own = {"PYTHONPATH": str(python_site), "AUTHWS_PROGRAM": shlex.join(program_here()), "CHROMIUM": chromium}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "test_game.py"],
        cwd=example,
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert "4 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="the program is started by a shell script")
def test_the_game_s_client_from_node(example: Path) -> None:
    """Two players in one process: the same four."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node on this computer")
    done = subprocess.run(
        [node, "--test", "--test-reporter=tap", "game.test.js"],
        cwd=example,
        env={**os.environ, "AUTHWS_PROGRAM": str(example / "start.sh")},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    counts = re.findall(r"^# (pass|fail) (\d+)", done.stdout, re.MULTILINE)
    assert counts == [("pass", "4"), ("fail", "0")], done.stdout + done.stderr

"""Workers that die, in a test run of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.commands import WORKER_DIED
from devtools.processes import ROOT

HANGS = """
import pytest, time

@pytest.mark.timeout(1)
def test_hangs():
    time.sleep(60)
"""
KILLED = """
import os, signal

def test_is_killed():
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize(
    ("test", "words"), [(HANGS, ["code 1", "in test_hangs"]), (KILLED, ["code -9", "running 'test_it"])]
)
def test_a_worker_that_dies_leaves_word(tmp_path: Path, test: str, words: list[str]) -> None:
    """How it ended, and where a test hung; the exit code says that coverage was lost with it."""
    (tmp_path / "test_it.py").write_text(test, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.worker_deaths", "-n", "1", "-p", "no:cov"]
    env = {name: value for name, value in os.environ.items() if name != "PYTEST_XDIST_WORKER"}
    env["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "packaging")])
    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), "."],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == WORKER_DIED
    assert [each for each in words if each not in done.stdout + done.stderr] == []

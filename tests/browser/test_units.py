"""The client's modules that need no page, under `node --test`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

UNIT_DIR = Path(__file__).parent / "unit"


@pytest.mark.browser
def test_modules() -> None:
    """Connection, outbox, store, login and texts keep their promises."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node on this computer")
    files = sorted(str(file) for file in UNIT_DIR.glob("*.test.mjs"))
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    # Newer ones see from its text that a file is a module.
    as_modules = ["--experimental-default-type=module"] if version.startswith("v18.") else []
    run = subprocess.run(
        [node, *as_modules, "--test", *files], capture_output=True, text=True, timeout=200, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr

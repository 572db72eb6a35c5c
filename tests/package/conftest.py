"""The small packages as they are published, and folders that they are installed into."""

from __future__ import annotations

import shlex
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from devtools.package.small import build_small_packages
from tests.package.small import ROOT, program_here


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """All four, built from this tree."""
    folder = tmp_path_factory.mktemp("small")
    return build_small_packages(folder / "dist", folder / "work")


@pytest.fixture(scope="session")
def python_site(packages: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PYTHONPATH with both wheels installed."""
    site = tmp_path_factory.mktemp("site")
    for file in packages:
        if file.suffix == ".whl":
            with zipfile.ZipFile(file) as archive:
                archive.extractall(site)
    return site


@pytest.fixture
def node_project(packages: list[Path], tmp_path: Path) -> Path:
    """A folder with both npm packages and `ws` installed, and `start.sh`, which starts the program."""
    modules = tmp_path / "node_modules"
    for file in packages:
        if file.suffix == ".tgz":
            name = file.name.rpartition("-")[0]
            with tarfile.open(file) as tar:
                # Debian 12's own Python, 3.11.2, knows no filters.
                tar.extraction_filter = getattr(tarfile, "data_filter", None)
                tar.extractall(tmp_path / name)
            modules.mkdir(exist_ok=True)
            (tmp_path / name / "package").rename(modules / name)
    ws = ROOT / "tests" / "e2e" / "node_modules" / "ws"
    if not ws.is_dir():
        pytest.skip("ws is not installed: npm ci in tests/e2e")
    shutil.copytree(ws, modules / "ws")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    starter = tmp_path / "start.sh"
    starter.write_text(f'#!/bin/sh\nexec {shlex.join(program_here())} "$@"\n')
    starter.chmod(0o755)
    return tmp_path

"""The container image and the systemd unit, as far as they can be judged without building them."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from devtools.processes import ROOT
from trials.container import FILE, command, last, steps

TEXT = FILE.read_text(encoding="utf-8")
LOCK = ROOT / "packaging" / "locks" / "serve.txt"
UNIT = ROOT / "packaging" / "linux" / "authws-desktop.service"


@pytest.fixture(scope="module")
def start() -> ModuleType:
    """The image's entry point."""
    spec = importlib.util.spec_from_file_location("start", FILE.with_name("start.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_image_runs_as_nobody_in_particular() -> None:
    """By number, so that an engine can see that it is not root; with a health check and a signal that stops it."""
    assert re.fullmatch(r"\d{4,}:\d{4,}", last("USER", TEXT))
    assert last("STOPSIGNAL", TEXT) == "SIGTERM"
    assert "--health" in last("HEALTHCHECK", TEXT)
    assert command(TEXT) == ["/opt/authws/bin/python3", "/opt/authws/start.py"]
    copied = [words.split()[0] for name, words in steps(TEXT) if name == "COPY" and "--from" not in words]
    assert all(each.startswith("dist/") or (ROOT / each).is_file() for each in copied)


def test_no_qt_is_locked_for_it() -> None:
    """And everything that the program needs besides."""
    names = set(re.findall(r"^([a-z0-9-]+)==", LOCK.read_text(encoding="utf-8"), re.MULTILINE))
    assert not {"pyside6-essentials", "shiboken6", "qasync"} & names
    assert {"aiohttp", "websockets", "sqlalchemy", "cryptography", "psycopg", "hiredis"} <= names


def test_what_will_be_regretted_is_said(start: ModuleType, tmp_path: Path) -> None:
    """Root, and no volume."""
    said = start.warnings(tmp_path, 0)
    assert "runs as root" in said[0]
    assert "end with this container" in said[1]
    assert start.warnings(Path("/proc"), 10001) == []


def test_the_command_line_of_the_server(start: ModuleType) -> None:
    """Arguments of the container go to `serve`."""
    words = start.command(["--json"], "4711", Path("/data"))
    assert words[1:] == ["serve", "--host", "0.0.0.0", "--port", "4711", "--data-dir", "/data", "--json"]


def test_nobody_at_the_port_is_not_healthy(start: ModuleType) -> None:
    """Port 1 has no server."""
    assert start.is_ready("1") is False


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_the_unit_is_hardened(tmp_path: Path) -> None:
    """By systemd's own judgement: exposure below 2 of 10."""
    file = tmp_path / UNIT.name
    file.write_text(
        UNIT.read_text(encoding="utf-8").replace("/usr/bin/authws-desktop", sys.executable), "utf-8"
    )
    line = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(file)]
    result = subprocess.run(line, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_unit_starts_what_is_installed() -> None:
    """With a user of its own making, and one folder."""
    text = UNIT.read_text(encoding="utf-8")
    assert "ExecStart=/usr/bin/authws-desktop serve --data-dir /var/lib/authws-desktop\n" in text
    assert "DynamicUser=yes\n" in text
    assert "StateDirectory=authws-desktop\n" in text

"""What dpkg and rpm run around an installation: the service follows the program, and leaves with it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from devtools.processes import ROOT

SCRIPTS = ROOT / "packaging" / "linux" / "scripts"
BOOTED = "/run/systemd/system"
UNIT = "authws-desktop.service"
pytestmark = pytest.mark.skipif(shutil.which("sh") is None, reason="needs a POSIX shell")


def asked(
    folder: Path, script: str, argument: str, *, is_booted: bool = True, works: bool = True
) -> list[str]:
    """Run a script beside a stand-in for systemctl; returns what that was asked."""
    log, mark = folder / "asked", folder / "booted"
    if is_booted:
        mark.mkdir()
    stand_in = folder / "systemctl"
    stand_in.write_text(f'#!/bin/sh\necho "$@" >> "{log}"\nexit {0 if works else 1}\n')
    stand_in.chmod(0o755)
    text = (SCRIPTS / script).read_text(encoding="utf-8")
    assert BOOTED in text
    (folder / script).write_text(text.replace(BOOTED, str(mark)))
    path = f"{folder}:/usr/bin:/bin"
    subprocess.run(["sh", folder / script, argument], env={"PATH": path}, check=True)
    return log.read_text().splitlines() if log.exists() else []


@pytest.mark.parametrize("argument", ["configure", "1", "2"])
def test_a_service_that_runs_is_started_anew(tmp_path: Path, argument: str) -> None:
    """As one that does not run is not."""
    assert asked(tmp_path, "postinst", argument) == ["daemon-reload", f"try-restart {UNIT}"]


@pytest.mark.parametrize("argument", ["remove", "0"])
def test_a_removal_ends_the_service(tmp_path: Path, argument: str) -> None:
    """Now, and for the next start of the system."""
    assert asked(tmp_path, "prerm", argument) == [f"disable --now {UNIT}"]


@pytest.mark.parametrize("argument", ["upgrade", "1"])
def test_an_upgrade_does_not(tmp_path: Path, argument: str) -> None:
    """Whoever enabled it has it still."""
    assert asked(tmp_path, "prerm", argument) == []


@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm"])
def test_without_systemd_nothing_is_asked(tmp_path: Path, script: str) -> None:
    """As in a container."""
    assert asked(tmp_path, script, "remove", is_booted=False) == []


@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm"])
def test_a_service_in_trouble_holds_up_no_package(tmp_path: Path, script: str) -> None:
    """A script that fails would leave the package half installed."""
    assert asked(tmp_path, script, "remove", works=False)

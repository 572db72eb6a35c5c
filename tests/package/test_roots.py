"""Bare Debians: what keeps them from being made, and how a command gets in."""

import subprocess
import sys
from pathlib import Path

import pytest

from devtools.processes import ROOT, DevError
from trials import fresh, roots

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="chroot")


def test_without_root_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an obstacle, not a failure; the command for it names the obstacle."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert roots.obstacle() == "it needs root"
    with pytest.raises(DevError, match="cannot be made here: it needs root"):
        fresh.fresh([], True)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert "debootstrap" in roots.obstacle()


def test_a_command_gets_in_with_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blanks stay; the environment is what was given; what prepares comes before the root is entered."""
    for name, body in {
        "unshare": 'shift; exec "$@"',
        "mount": "true",
        "chroot": 'printf "<%s>" "$@"; cat "$2/prepared"',
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    root = roots.BareRoot(tmp_path / "a root")
    root.folder.mkdir()
    command = root.command(
        "say", "two words", user=7, env={"A": "b c"}, prepare='echo yes > "$root/prepared"'
    )
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"<--userspec=7:7><{root.folder}></usr/bin/env><-i><PATH=")
    assert said.endswith("<HOME=/home/7><A=b c><say><two words>yes\n")


def test_this_machine_s_certificates_go_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it has its own; a root of its own knows nothing of them."""
    for name in (*roots.CERTIFICATE_VARIABLES, *roots.NETWORK_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "etc").mkdir()
    root = roots.BareRoot(tmp_path)
    assert root.share_network_settings() == {}
    (tmp_path / "own.crt").write_text("certificates", encoding="utf-8")
    monkeypatch.setenv("PIP_CERT", str(tmp_path / "own.crt"))
    monkeypatch.setenv("https_proxy", "there")
    assert root.share_network_settings() == {"PIP_CERT": roots.CERTIFICATES, "https_proxy": "there"}
    assert (tmp_path / roots.CERTIFICATES.removeprefix("/")).read_text(encoding="utf-8") == "certificates"


def test_a_checkout_is_what_git_knows(tmp_path: Path) -> None:
    """With its history, and without what was built or set up here."""
    fresh.copy_checkout(tmp_path / "copy")
    assert (tmp_path / "copy" / "dev.py").read_bytes() == (ROOT / "dev.py").read_bytes()
    assert (tmp_path / "copy" / ".git").is_dir()
    assert not (tmp_path / "copy" / ".venv").exists()

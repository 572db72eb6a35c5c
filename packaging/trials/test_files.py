"""The files: made again they are the same; the .rpm asks for what is missing; Qt can be replaced."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from devtools.package import linux
from devtools.package.places import NAME, Places

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux' packages")
MAKERS = {"*.deb": linux.build_deb, "*.rpm": linux.build_rpm, "*-linux-*.tar.gz": linux.build_tarball}


def test_made_again_they_are_the_same(places: Places, tmp_path: Path) -> None:
    """Byte by byte, in another folder and at another time, from the same program."""
    again = Places(places.root, tmp_path / "work", tmp_path / "out")
    again.out.mkdir()
    again.bundle, again.icons, again.notices = places.bundle, places.icons, places.notices
    for pattern, make in MAKERS.items():
        before = next(places.out.glob(pattern))
        after = make(again)
        assert after.name == before.name
        assert after.read_bytes() == before.read_bytes(), before.name


@pytest.mark.skipif(not shutil.which("rpm"), reason="rpm is not installed")
def test_the_rpm_asks_for_what_it_does_not_bring(places: Places) -> None:
    """By the names of libraries, and not for those that are in it."""

    def ask(*question: str) -> str:
        command = ["rpm", "--query", "--package", *question, str(next(places.out.glob("*.rpm")))]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    requires = ask("--requires").splitlines()
    assert {"libX11.so.6()(64bit)", "libEGL.so.1()(64bit)", "libc.so.6(GLIBC_2.35)(64bit)"} <= set(requires)
    assert not [name for name in requires if name.startswith(("libQt6", "libpython", "libicu", "libssl"))]
    files = ask("--list").splitlines()
    assert {f"/usr/bin/{NAME}", f"/usr/lib/systemd/system/{NAME}.service"} <= set(files)
    assert {f"/usr/share/doc/{NAME}/{file.name}" for file in places.notices.iterdir()} <= set(files)
    assert not {"/usr", "/usr/bin", "/usr/lib", "/usr/share"} & set(files), "a folder of others"


@pytest.mark.skipif(not shutil.which("lintian"), reason="lintian is not installed")
def test_lintian_finds_nothing_in_the_deb(places: Places) -> None:
    """But for what the overrides give a reason for."""
    command = ["lintian", "--allow-root", "--fail-on", "error,warning", str(next(places.out.glob("*.deb")))]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_qt_can_be_replaced(places: Places, self_test: Callable[..., list[str]], tmp_path: Path) -> None:
    """As its licence wants it: another file in its place is what the program runs with."""
    own = shutil.copytree(places.bundle, tmp_path / "own", symlinks=True)
    library = own / "_internal" / "PySide6" / "Qt" / "lib" / "libQt6Widgets.so.6"
    (tmp_path / "mark").write_text("changed by its user")
    subprocess.run(["objcopy", "--add-section", f".mark={tmp_path / 'mark'}", library], check=True)
    assert library.read_bytes() != (places.bundle / library.relative_to(own)).read_bytes()
    self_test(own / NAME)
    library.write_bytes(b"")
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [str(own / NAME), "--self-test"]
    result = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert result.returncode
    assert "libQt6Widgets" in result.stdout + result.stderr


def test_the_list_of_parts_has_a_sum_for_all_that_runs(places: Places) -> None:
    """Each program and library of the bundle, and each archive that Python packages came from."""
    listed = json.loads((places.notices / f"{NAME}.cdx.json").read_text(encoding="utf-8"))
    files = {each["name"]: each["hashes"] for each in listed["metadata"]["component"]["components"]}
    assert {NAME, "_internal/PySide6/Qt/lib/libQt6Core.so.6"} <= files.keys()
    parts = {each["name"]: each for each in listed["components"]}
    assert parts["aiohttp"]["hashes"][0]["alg"] == "SHA-256"
    assert "openssl" in {each["name"] for each in parts["cryptography"]["components"]}
    assert "HarfBuzz in Qt Gui" in {each["name"] for each in parts["Qt"]["components"]}

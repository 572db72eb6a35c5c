"""What the trials share: where the packages are, how a program tries itself, a bare Debian with the .deb."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devtools.package.places import NAME, Places
from trials.roots import BareRoot, bare_root, obstacle

SELF_TEST_TIMEOUT_S = 180
PASSED = "The self-test passed."
USER, USER_ID = "żółw", 1000


@pytest.fixture(scope="session")
def places() -> Places:
    """Where the packages were built."""
    return Places()


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """A function that says something in a trial that passes, too."""

    def say(text: str) -> None:
        with capsys.disabled():
            print(f"\n  {text}")

    return say


@pytest.fixture
def self_test(tmp_path: Path) -> Callable[..., list[str]]:
    """A function that lets a program try itself, away from the working tree, and returns what it said."""

    def run(*program: str | Path) -> list[str]:
        screen = {"QT_QPA_PLATFORM": "offscreen"} if sys.platform == "linux" else {}
        result = subprocess.run(
            [*program, "--self-test"],
            cwd=tmp_path,
            env={**os.environ, **screen},
            capture_output=True,
            encoding="utf-8",
            timeout=SELF_TEST_TIMEOUT_S,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        assert result.stdout.splitlines()[-1] == PASSED
        return result.stdout.splitlines()

    return run


@pytest.fixture(scope="module")
def root(places: Places) -> Iterator[BareRoot]:
    """A bare Debian without Python, in which the .deb was installed with what it depends on, and Xvfb."""
    reason = obstacle()
    if reason:
        pytest.skip(f"a bare Debian cannot be made here: {reason}")
    with bare_root(places.work, "bookworm") as system:
        has_python = system.run("sh", "-c", "command -v python3", check=False).returncode == 0
        assert not has_python, "the root has a Python of its own, so it proves nothing"
        deb = next(places.out.glob("*.deb"))
        archive = next(places.out.glob("*-linux-*.tar.gz"))
        shutil.copy(deb, system.folder / "var" / "cache" / deb.name)
        shutil.copy(archive, system.folder / "var" / "cache" / f"{NAME}.tar.gz")
        system.install(f"/var/cache/{deb.name}")
        look = f"find /usr/lib/{NAME} -name '*.so*' -exec ldd {{}} + 2>/dev/null"
        inside = {"LD_LIBRARY_PATH": f"/usr/lib/{NAME}/_internal"}  # as the program's starter sets it
        found = system.run("sh", "-c", look, check=False, env=inside).stdout
        assert not {line.strip() for line in found.splitlines() if "not found" in line}, "Depends lack it"
        system.install("xvfb", "xauth")
        home = f"/home/{USER_ID}"
        system.run("useradd", "--badname", "--create-home", "-d", home, "--uid", str(USER_ID), USER)
        yield system

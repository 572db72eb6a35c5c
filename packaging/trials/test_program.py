"""The one-folder program, wheel and sdist, and this system's installer: each installed, and trying itself."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from devtools.environment import Environment
from devtools.package.places import NAME, TITLE, Places

if sys.platform == "linux":
    from trials.screens import open_screen, seconds_until_drawn

SelfTest = Callable[..., list[str]]
LONGEST_START_S = 1.5
STARTS = 7
PATTERNS = ("*-none-any.whl", "*-cp*.whl", "*.tar.gz")


def python_package(places: Places, pattern: str) -> Path:
    return next(places.out.glob(f"authws_desktop-{pattern}"))


def test_the_one_folder_program_works(places: Places, self_test: SelfTest) -> None:
    """Where it was built."""
    if sys.platform == "darwin":
        self_test(places.bundle.parent / f"{TITLE}.app" / "Contents" / "MacOS" / NAME)
    else:
        self_test(places.bundle / (f"{NAME}.exe" if sys.platform == "win32" else NAME))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_it_works_in_an_environment(places: Places, self_test: SelfTest, pattern: str) -> None:
    """Installed by pip beside the locked packages, and uninstalled."""
    environment = Environment(places.root, places.work / "installed")
    environment.prepare("run")
    file = python_package(places, pattern)
    environment.pip("install", "--no-deps", "--no-build-isolation", "--force-reinstall", file)
    self_test(environment.script(NAME))
    environment.pip("uninstall", "--yes", NAME)
    assert not environment.script(NAME).exists()


@pytest.mark.skipif(not shutil.which("uv"), reason="uv is not installed")
@pytest.mark.parametrize("pattern", PATTERNS)
def test_it_works_as_a_tool(places: Places, self_test: SelfTest, tmp_path: Path, pattern: str) -> None:
    """Installed by `uv tool install`, with the newest packages that the bounds allow."""
    env = {**os.environ, "UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    command = ["uv", "tool", "install", "--quiet", str(python_package(places, pattern))]
    subprocess.run(command, env=env, check=True)
    self_test(tmp_path / "bin" / NAME)


@pytest.mark.skipif(sys.platform != "linux", reason="timed on Xvfb")
def test_it_starts_quickly(places: Places, tmp_path: Path, tell: Callable[[str], None]) -> None:
    """From start to window; a busy machine may miss the aim, so that is told, and fails nothing."""
    walls, computing = [], []
    with open_screen() as display:
        env = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        for number in range(STARTS):
            command = [str(places.bundle / NAME), "--data-dir", str(tmp_path / str(number))]
            started: list[subprocess.Popen[bytes]] = []

            def start(command: list[str] = command, into: list[subprocess.Popen[bytes]] = started) -> None:
                into.append(subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL))

            try:
                walls.append(seconds_until_drawn(display, start))
                computing.append(cpu_s(started[0].pid))
            finally:
                started[0].terminate()
                started[0].wait(30)
    median, load = statistics.median(walls), os.getloadavg()[0]
    tell(
        f"median {median:.2f} s of {STARTS} starts ({min(walls):.2f} to {max(walls):.2f} s), of which "
        f"{statistics.median(computing):.2f} s computing; load {load:.1f} on {os.cpu_count()} cores: the aim "
        f"of {LONGEST_START_S} s is {'met' if median <= LONGEST_START_S else 'MISSED'}"
    )


def cpu_s(process: int) -> float:
    """Return what a process has computed, from proc(5)."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(sys.platform != "win32", reason="Windows' setup program")
def test_the_setup_program_installs_and_removes(places: Places, self_test: SelfTest, tmp_path: Path) -> None:
    """Silently, into a folder outside ASCII."""
    folder = tmp_path / "Zażółć installed"
    silent = ["/VERYSILENT", "/SUPPRESSMSGBOXES", "/NORESTART"]
    setup = next(places.out.glob("*-windows-setup.exe"))
    subprocess.run([setup, *silent, "/CURRENTUSER", f"/DIR={folder}", "/TASKS="], check=True)
    assert {f"{NAME}.exe", f"{TITLE}.exe"} <= {file.name for file in folder.iterdir()}
    self_test(folder / f"{NAME}.exe")
    subprocess.run([folder / "unins000.exe", *silent], check=True)
    deadline = time.monotonic() + 60  # the uninstaller goes on in a copy of itself
    while (folder / f"{NAME}.exe").exists():
        assert time.monotonic() < deadline, "the uninstaller left the program behind"
        time.sleep(1)


@pytest.mark.skipif(sys.platform != "darwin", reason="macOS' disk image")
def test_the_disk_image_opens(places: Places, self_test: SelfTest, tmp_path: Path) -> None:
    """The program in it tries itself from there."""
    image = next(places.out.glob("*.dmg"))
    mounted = tmp_path / "image"
    mounted.mkdir()
    attach = [
        "hdiutil",
        "attach",
        "-quiet",
        "-nobrowse",
        "-readonly",
        "-mountpoint",
        str(mounted),
        str(image),
    ]
    subprocess.run(attach, check=True)
    try:
        self_test(mounted / f"{TITLE}.app" / "Contents" / "MacOS" / NAME)
    finally:
        subprocess.run(["hdiutil", "detach", "-quiet", mounted], check=False)

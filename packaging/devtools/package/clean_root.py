"""A bare Debian in a folder, with nothing but the package and what it depends on: tried as a person would.

Needs root, debootstrap and a Debian mirror; where one is missing, the caller says that it was not run.
"""

import contextlib
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from devtools.machine import is_ubuntu
from devtools.package.places import NAME, Places
from devtools.processes import DevError, say

SCREEN_PACKAGES = ("xvfb", "xauth")
QUIET = {"DEBIAN_FRONTEND": "noninteractive"}
USER, USER_ID = "żółw", 1000
FULL_DISK_BYTES = 64 * 1024


def obstacle() -> str:
    """Say what keeps a clean root from being made here, or ""."""
    if os.geteuid() != 0:
        return "it needs root"
    missing = [name for name in ("debootstrap", "chroot", "mount") if not shutil.which(name)]
    return f"{', '.join(missing)} is not installed" if missing else ""


class CleanRoot:
    """A Debian system in a folder.

    Attributes:
        folder: Its `/`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(
        self, *command: str, user: int = 0, check: bool = True, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in it, with hardly any environment.

        Raises:
            DevError: It failed, and `check` is set.
        """
        line = ["chroot", f"--userspec={user}:{user}", str(self.folder), "/usr/bin/env", "-i"]
        variables = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": f"/home/{USER}" if user else "/root",
            **(env or {}),
        }
        result = subprocess.run(
            [*line, *(f"{name}={value}" for name, value in variables.items()), *command],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=300,
            check=False,
        )
        if check and result.returncode:
            raise DevError(
                f"{result.stdout}{result.stderr}In the clean root this failed: {' '.join(command)}"
            )
        return result

    def install(self, *packages: str) -> None:
        """Install with apt what is named and what that depends on, nothing more."""
        options = ["-qq", "-y", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0"]
        self.run("apt-get", "install", *options, *packages, env=QUIET)

    def in_xvfb(
        self, *command: str, user: int = USER_ID, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on a screen of its own."""
        return self.run("xvfb-run", "-a", *command, user=user, env=env)


@contextlib.contextmanager
def made_root(places: Places) -> Iterator[CleanRoot]:
    """Make a minimal Debian of this machine's release, from a copy kept since the last time."""
    base, folder = places.work / "debian-base", places.work / "debian"
    release_everything(folder)
    if not (base / "complete").exists():
        _debootstrap(base)
    shutil.rmtree(folder, ignore_errors=True)
    _require(["cp", "-a", base, folder])
    root = CleanRoot(folder)
    try:
        _mount("-t", "proc", "proc", folder / "proc")
        _mount("-t", "tmpfs", "tmpfs", folder / "tmp")
        shutil.copyfile("/etc/resolv.conf", folder / "etc" / "resolv.conf")
        root.run("useradd", "--badname", "--create-home", "--uid", str(USER_ID), USER)
        yield root
    finally:
        release_everything(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _debootstrap(base: Path) -> None:
    suite = platform.freedesktop_os_release().get("VERSION_CODENAME", "stable")
    say(f"  making a bare Debian {suite} (once)")
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir(parents=True)
    components = "main,universe" if is_ubuntu() else "main"
    _require(["debootstrap", "--variant=minbase", f"--components={components}", suite, base])
    (base / "complete").touch()


def _mount(*arguments: str | Path) -> None:
    _require(["mount", *arguments])


def _require(command: Sequence[str | Path]) -> None:
    result = subprocess.run([str(p) for p in command], capture_output=True, text=True, check=False)
    if result.returncode:
        raise DevError(f"{result.stdout[-2000:]}{result.stderr[-2000:]}{command[0]} failed: see above.")


def release_everything(folder: Path) -> None:
    """Take away what is mounted in a root, so that deleting it deletes nothing else."""
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    inside = [line.split()[1] for line in mounts if line.split()[1].startswith(f"{folder}/")]
    for place in sorted(inside, reverse=True):
        _require(["umount", "--lazy", place])


def install_package(root: CleanRoot, deb: Path) -> int:
    """Install the .deb with what it depends on; returns how many packages came along."""
    has_python = root.run("sh", "-c", "command -v python3", check=False).returncode == 0
    if has_python:
        raise DevError("The clean root has a Python of its own, so it proves nothing.")
    root.run("apt-get", "-qq", "update")
    before = _count_packages(root)
    shutil.copy(deb, root.folder / "var" / "cache" / deb.name)
    root.install(f"/var/cache/{deb.name}")
    came = _count_packages(root) - before
    look = f"find /usr/lib/{NAME} -name '*.so*' -exec ldd {{}} + 2>/dev/null"
    inside = {"LD_LIBRARY_PATH": f"/usr/lib/{NAME}/_internal"}  # as the program's starter sets it
    missing = root.run("sh", "-c", look, check=False, env=inside)
    lacking = sorted({line.strip() for line in missing.stdout.splitlines() if "not found" in line})
    if lacking:
        raise DevError("The .deb's Depends lack what brings:\n" + "\n".join(lacking))
    return came


def _count_packages(root: CleanRoot) -> int:
    return len(root.run("dpkg-query", "--show").stdout.splitlines())

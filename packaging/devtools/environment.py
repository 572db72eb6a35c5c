"""Python environments made from the lock files: `.venv` for the person, others for building and for trials.

A stamp in the environment says what it holds. While something is installed the stamp is empty, so that the
next start finds out what was interrupted and begins anew.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import sys
import sysconfig
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from devtools.machine import Missing, missing_venv_module
from devtools.processes import ROOT, DevError, require, say, sha256_of

LEVELS = ("run", "test", "package")
"""The lock files; of one environment, a later one holds what an earlier one does."""
STAMP_NAME = "dev-stamp.json"
PINNED = r"^([A-Za-z0-9][\w.-]*)(?:\[[\w,-]+\])?=="


@contextlib.contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold a lock that lets one set-up of a folder run at a time; the system frees it if we die."""
    user = os.getuid() if sys.platform != "win32" else os.environ.get("USERNAME", "")
    digest = hashlib.sha256(f"{user} {folder}".encode()).hexdigest()[:16]
    with (Path(tempfile.gettempdir()) / f"authws-dev-{digest}.lock").open("a") as file:
        if not try_lock(file):
            say("Another dev.py is setting up this folder; waiting for it")
            while not try_lock(file):
                time.sleep(1)
        yield


def try_lock(file: IO[str]) -> bool:
    """Take an exclusive lock on an open file if nobody has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def pinned_names(lock_text: str) -> list[str]:
    """Return the names of the packages in a lock file, sorted, in their one form (PEP 503)."""
    names = re.findall(PINNED, lock_text, re.MULTILINE)
    return sorted({re.sub(r"[-_.]+", "-", name).lower() for name in names})


class Stamp(NamedTuple):
    """What an environment holds."""

    level: str
    lock: str  # digest of the lock file
    project: str  # digest of what pyproject.toml says about the installation
    place: str  # the folder, for an environment cannot be moved
    names: list[str]  # of the pinned packages
    entries: list[str]  # what these put into site-packages


class Environment:
    """A virtual environment of a working tree; `.venv`, the default, holds the project itself, too."""

    def __init__(self, root: Path = ROOT, folder: Path | None = None) -> None:
        self.root = root
        self.folder = folder or root / ".venv"
        self._has_project = folder is None
        self.python = self.script("python")

    def script(self, name: str) -> Path:
        """Return the path of a program in the environment."""
        suffix = ".exe" if sys.platform == "win32" else ""
        return self._place("scripts") / f"{name}{suffix}"

    def _place(self, kind: str) -> Path:
        return Path(sysconfig.get_path(kind, "venv", {"base": str(self.folder)}))

    def lock_file(self, level: str) -> Path:
        """Return the lock file of a level."""
        return self.root / "packaging" / "locks" / f"{level}.txt"

    def find_missing(self) -> list[Missing]:
        """List what the operating system lacks for making the environment, where it has to be made."""
        return missing_venv_module() if self.reason_to_remake() else []

    def prepare(self, level: str) -> None:
        """Bring the environment to a level, or leave a higher one; the next call repairs what failed."""
        if not self.reason_to_remake() and not self.reason_to_install(level):
            return
        with one_at_a_time(self.folder):
            reason = self.reason_to_remake()
            if reason:
                self._make(reason)
            if self.reason_to_install(level):
                self._install(level)

    def reason_to_remake(self) -> str:
        """Say why the environment cannot be built upon, or ""."""
        if not self.python.exists():
            return "there is none that works"
        version = self._python_version()
        if version != sys.version_info[:2]:
            return f"it is of Python {'.'.join(map(str, version))}"
        if not (self.folder / STAMP_NAME).exists():
            return ""  # Somebody made it by hand: install into it, take nothing away.
        stamp = self.read_stamp()
        if stamp is None:
            return "its set-up was interrupted"
        if stamp.place != str(self.folder):
            return "it was moved"
        lost = sorted(set(stamp.entries) - self._in_site_packages())
        return f"it lacks {', '.join(lost[:3])}" if lost else ""

    def reason_to_install(self, level: str) -> str:
        """Say why something has to be installed for a level, or ""."""
        stamp = self.read_stamp()
        if stamp is None:
            return "nothing is installed"
        if LEVELS.index(stamp.level) < LEVELS.index(level):
            return f"it was made for {stamp.level}"
        if stamp.lock != self._lock_digest(stamp.level):
            return "the lock file changed"
        return "pyproject.toml changed" if stamp.project != self._project_digest() else ""

    def read_stamp(self) -> Stamp | None:
        """Return the stamp, or None when there is no whole one."""
        try:
            stamp = Stamp(**json.loads((self.folder / STAMP_NAME).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return stamp if stamp.level in LEVELS and isinstance(stamp.entries, list) else None

    def pip(self, *arguments: str | Path) -> None:
        """Run the environment's pip, which asks nothing; DevError when it fails."""
        command = [self.python, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
        failure = "pip failed: see above. Is the network there, are pip's settings right?"
        require([*command, *arguments], failure)

    def _python_version(self) -> tuple[int, ...]:
        try:
            text = (self.folder / "pyvenv.cfg").read_text(encoding="utf-8")
        except OSError:
            return ()
        match = re.search(r"^version(?:_info)? *= *(\d+)\.(\d+)", text, re.MULTILINE)
        return (int(match[1]), int(match[2])) if match else ()

    @property
    def site_packages(self) -> Path:
        """Where its packages lie."""
        return self._place("purelib")

    def _in_site_packages(self) -> set[str]:
        folder = self.site_packages
        return {path.name for path in folder.iterdir()} if folder.is_dir() else set()

    def _lock_digest(self, level: str) -> str:
        return sha256_of(self.lock_file(level))

    def _project_digest(self) -> str:
        if not self._has_project:
            return ""
        config = tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))
        parts = [config.get("project"), config.get("build-system"), config.get("tool", {}).get("hatch")]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _make(self, reason: str) -> None:
        say(f"Making the environment {self.folder.name}: {reason}")
        try:
            shutil.rmtree(self.folder, ignore_errors=not self.folder.exists())
            self.folder.mkdir(parents=True)
        except OSError as error:
            sentence = f"{self.folder} cannot be replaced ({error}). Stop what uses it and try again."
            raise DevError(sentence) from None
        self._begin()
        base = getattr(sys, "_base_executable", sys.executable)
        require([base, "-m", "venv", self.folder], "Python could not make an environment: see above.")

    def _begin(self) -> None:
        """Write an empty stamp: what follows is half done until the whole one is written."""
        (self.folder / STAMP_NAME).write_text("{}\n", encoding="utf-8")

    def _install(self, level: str) -> None:
        old = self.read_stamp() or Stamp(level, "", "", "", [], [])
        level = max(level, old.level, key=LEVELS.index)
        names = pinned_names(self.lock_file(level).read_text(encoding="utf-8"))
        say(f"Installing {len(names)} packages (the first time takes up to half a minute)")
        started = time.monotonic()
        self._begin()
        self._ensure_pip()
        theirs = self._in_site_packages() - set(old.entries)
        locked = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", self.lock_file(level))
        self.pip("install", *locked)
        dropped = [name for name in old.names if name not in names]
        if dropped:
            self.pip("uninstall", "-y", *dropped)
        if self._has_project:
            self.pip("install", "--no-deps", "--no-build-isolation", "--editable", self.root)
        entries = sorted(self._in_site_packages() - theirs - {"__pycache__"})
        digests = self._lock_digest(level), self._project_digest()
        self._write_stamp(Stamp(level, *digests, str(self.folder), names, entries))
        say(f"Installed in {time.monotonic() - started:.0f} s")

    def _ensure_pip(self) -> None:
        if (self.site_packages / "pip").is_dir():
            return  # Only what somebody made by hand can lack it.
        require([self.python, "-m", "ensurepip", "--default-pip"], "Python could not bring pip: see above.")

    def _write_stamp(self, stamp: Stamp) -> None:
        unfinished = self.folder / f"{STAMP_NAME}.new"
        unfinished.write_text(json.dumps(stamp._asdict(), indent=1) + "\n", encoding="utf-8")
        unfinished.replace(self.folder / STAMP_NAME)

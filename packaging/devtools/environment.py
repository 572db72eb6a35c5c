"""Python environments made from the lock files: `.venv` for the person, others for building and for trials.

A stamp in the environment says what it holds. It is made anew when the lock file is another, or when its
set-up was interrupted: an environment then holds what is locked and nothing else.
"""

import contextlib
import hashlib
import json
import os
import shutil
import sys
import sysconfig
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from devtools.machine import Missing, missing_venv_module
from devtools.processes import ROOT, DevError, require, say, sha256_of

LEVELS = ("run", "test", "package")
"""The lock files; of one environment, a later one holds what an earlier one does."""
STAMP_NAME = "dev-stamp.json"


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


class Environment:
    """A virtual environment of a working tree; `.venv`, the default, holds the project itself, too."""

    def __init__(self, root: Path = ROOT, folder: Path | None = None) -> None:
        self.root = root
        self.folder = folder or root / ".venv"
        self._has_project = folder is None
        self.python = self.script("python")

    def script(self, name: str) -> Path:
        """Return the path of a program in the environment."""
        return self._place("scripts") / f"{name}{'.exe' if sys.platform == 'win32' else ''}"

    @property
    def site_packages(self) -> Path:
        """Where its packages lie."""
        return self._place("purelib")

    def _place(self, kind: str) -> Path:
        return Path(sysconfig.get_path(kind, "venv", {"base": str(self.folder)}))

    def lock_file(self, level: str) -> Path:
        """Return the lock file of a level."""
        return self.root / "packaging" / "locks" / f"{level}.txt"

    def find_missing(self) -> list[Missing]:
        """List what the operating system lacks for making the environment, where it has to be made."""
        return missing_venv_module() if self.must_be_made() else []

    def prepare(self, level: str) -> None:
        """Bring the environment to a level, or leave a higher one; the next call repairs what failed."""
        if self.is_at(level):
            return
        with one_at_a_time(self.folder):
            if self.is_at(level):
                return  # The other dev.py, which was waited for, has done it.
            level = max(level, self._stamp().get("level", level), key=LEVELS.index)
            if self.must_be_made():
                self._make()
            self._install(level)

    def is_at(self, level: str) -> bool:
        """Tell whether all is installed for a level, as lock file and pyproject.toml have it now."""
        stamp = self._stamp()
        return self._is_whole(stamp) and LEVELS.index(stamp["level"]) >= LEVELS.index(level)

    def must_be_made(self) -> bool:
        """Tell whether nothing can be built upon: it is not there, of another Python, half done, or old.

        What somebody made by hand is built upon, and nothing in it is taken away.
        """
        if not self.python.exists() or not self.site_packages.is_dir():
            return True
        stamp = self._stamp()
        return stamp.get("is_ours", True) and not self._is_whole(stamp)

    def _stamp(self) -> dict[str, Any]:
        """Return what it holds: level, state, entries in site-packages; and whether we made it."""
        file = self.folder / STAMP_NAME
        if not file.exists():
            return {"is_ours": False}
        try:
            return dict(json.loads(file.read_text(encoding="utf-8")))
        except (ValueError, TypeError):
            return {}

    def _is_whole(self, stamp: dict[str, Any]) -> bool:
        if not self.python.exists() or stamp.get("state") != self._state(stamp.get("level", "run")):
            return False
        return set(stamp["entries"]) <= self._in_site_packages()

    def _state(self, level: str) -> str:
        """Return a digest of what an installation depends on."""
        project = tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))
        parts = [project.get("project"), project.get("build-system"), project.get("tool", {}).get("hatch")]
        place = [str(self.folder), sys.version_info[:2]]  # An environment cannot be moved.
        state = [sha256_of(self.lock_file(level)), *place, parts if self._has_project else ""]
        return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()

    def _in_site_packages(self) -> set[str]:
        return {path.name for path in self.site_packages.glob("*")} - {"__pycache__"}

    def pip(self, *arguments: str | Path) -> None:
        """Run the environment's pip, which asks nothing; DevError when it fails."""
        command = [self.python, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
        require([*command, *arguments], "pip failed (is the network there, are pip's settings right?)")

    def _make(self) -> None:
        say(f"Making the environment {self.folder.name}")
        try:
            shutil.rmtree(self.folder, ignore_errors=not self.folder.exists())
            self.folder.mkdir(parents=True)
        except OSError as error:
            sentence = f"{self.folder} cannot be replaced ({error}). Stop what uses it and try again."
            raise DevError(sentence) from None
        self._write_stamp({})
        base = getattr(sys, "_base_executable", sys.executable)
        require([base, "-m", "venv", self.folder], "Python could not make an environment")

    def _install(self, level: str) -> None:
        is_ours = self._stamp().get("is_ours", True)
        self._write_stamp({"is_ours": is_ours})
        say("Installing packages (the first time takes up to half a minute)")
        if not (self.site_packages / "pip").is_dir():  # Only what somebody made by hand can lack it.
            require([self.python, "-m", "ensurepip", "--default-pip"], "Python could not bring pip")
        locked = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", self.lock_file(level))
        self.pip("install", *locked)
        if self._has_project:
            self.pip("install", "--no-deps", "--no-build-isolation", "--editable", self.root)
        entries = sorted(self._in_site_packages()) if is_ours else []
        self._write_stamp(
            {"is_ours": is_ours, "level": level, "state": self._state(level), "entries": entries}
        )

    def _write_stamp(self, stamp: dict[str, Any]) -> None:
        """Write it at once; while it is without a state, what is installed is half done."""
        unfinished = self.folder / f"{STAMP_NAME}.new"
        unfinished.write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(self.folder / STAMP_NAME)

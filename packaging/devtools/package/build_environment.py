"""The Python environment that builds: made from the lock file `package.txt`, apart from `.venv`."""

import hashlib
import shutil
import sys
from pathlib import Path

from devtools.package.places import Places
from devtools.processes import require, say


class BuildEnvironment:
    """A virtual environment in the work folder.

    Attributes:
        folder: The environment.
        python: Its Python.

    Args:
        places: Where it goes and where its lock file is.
        name: The folder's name.
    """

    def __init__(self, places: Places, name: str = "venv") -> None:
        self._places = places
        self.folder = places.work / name
        self.python = self.script("python")

    def script(self, name: str) -> Path:
        """Return the path of a program in the environment."""
        if sys.platform == "win32":
            return self.folder / "Scripts" / f"{name}.exe"
        return self.folder / "bin" / name

    def prepare(self, lock: str = "package") -> None:
        """Make it, unless it was made from the same lock file.

        Args:
            lock: Name of the lock file.
        """
        lock_file = self._places.recipes / "locks" / f"{lock}.txt"
        digest = hashlib.sha256(lock_file.read_bytes() + sys.version.encode()).hexdigest()
        stamp = self.folder / "made-from"
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest:
            return
        say(f"Making the environment {self.folder.name} from {lock_file.name}")
        if self.folder.exists():
            shutil.rmtree(self.folder)
        base = getattr(sys, "_base_executable", sys.executable)
        require([base, "-m", "venv", self.folder], "Python could not make an environment for building.")
        self.install("--require-hashes", "--only-binary", ":all:", "-r", lock_file)
        stamp.write_text(digest, encoding="utf-8")

    def install(self, *arguments: str | Path) -> None:
        """Install with pip, without looking for what it depends on."""
        pip: list[str | Path] = [
            self.python,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "--no-input",
            "install",
            "--quiet",
        ]
        require([*pip, "--no-deps", *arguments], "pip could not install: see above.")

"""The project's own Python environment, `.venv`: made from the lock files, checked, repaired."""

import configparser
import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from devtools.machine import Missing, missing_venv_module, provide
from devtools.processes import ROOT, DevError, call, require, say

LEVELS = ("run", "test")
STAMP_NAME = "dev-stamp.json"
SYSTEM_PIP_CONFIG = Path("/etc/pip.conf")
PINNED = r"^([A-Za-z0-9][\w.-]*)(?:\[[\w,-]+\])?=="


@contextlib.contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Hold a lock that lets one set-up of a working tree run at a time; the system frees it if we die."""
    user = os.getuid() if sys.platform != "win32" else os.environ.get("USERNAME", "")
    digest = hashlib.sha256(f"{user} {root}".encode()).hexdigest()[:16]
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


def normal_name(name: str) -> str:
    """Return a package name in the one form that comparisons use (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned_names(lock_text: str) -> list[str]:
    """Return the names of the packages in a lock file, sorted."""
    return sorted({normal_name(name) for name in re.findall(PINNED, lock_text, re.MULTILINE)})


def pip_has_own_index() -> bool:
    """Tell whether pip's settings replace the default index, which uv would not know of."""
    if os.environ.get("PIP_INDEX_URL") or os.environ.get("PIP_NO_INDEX"):
        return True
    home, app_data = Path.home(), os.environ.get("APPDATA")
    files = [SYSTEM_PIP_CONFIG, home / ".pip" / "pip.conf", home / ".config" / "pip" / "pip.conf"]
    files += [home / "Library" / "Application Support" / "pip" / "pip.conf", home / "pip" / "pip.ini"]
    files += [Path(place) for place in [os.environ.get("PIP_CONFIG_FILE")] if place]
    files += [Path(app_data) / "pip" / "pip.ini"] if app_data else []
    settings = configparser.RawConfigParser(strict=False)
    with contextlib.suppress(configparser.Error, OSError, UnicodeDecodeError):
        settings.read(files)
    keys = {key for section in settings.sections() for key in settings.options(section)}
    return bool(keys & {"index-url", "no-index"})


class Stamp(NamedTuple):
    """What an environment holds, as written down at the end of its set-up.

    Attributes:
        level: "run" or "test".
        lock: Digest of the lock file.
        project: Digest of what pyproject.toml says about the installation.
        place: The folder, because an environment cannot be moved.
        names: Names of the pinned packages.
        entries: Names that must be in site-packages.
    """

    level: str
    lock: str
    project: str
    place: str
    names: list[str]
    entries: list[str]


class Environment:
    """The project's own Python environment.

    Attributes:
        root: The working tree.
        folder: `.venv` in it.
        python: The environment's Python.
    """

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.script("python")

    def script(self, name: str) -> Path:
        """Return the path of a program in the environment."""
        if sys.platform == "win32":
            return self.folder / "Scripts" / f"{name}.exe"
        return self.folder / "bin" / name

    def lock_file(self, level: str) -> Path:
        """Return the lock file of a level."""
        return self.root / "packaging" / "locks" / f"{level}.txt"

    def prepare(self, level: str) -> None:
        """Bring the environment to a level, "run" or "test"; a higher one is kept.

        Returns at once when the stamp says that all is there.

        Raises:
            DevError: When it cannot be done; the next call repairs what is half done.
        """
        if not self.reason_to_remake() and not self.reason_to_install(level):
            return
        with one_at_a_time(self.root):
            reason = self.reason_to_remake()
            if reason:
                self._make(reason)
            if self.reason_to_install(level):
                self._install(level)

    def find_missing(self) -> list[Missing]:
        """List what the operating system lacks for making the environment, where it has to be made."""
        return missing_venv_module() if self.reason_to_remake() and not self._uv() else []

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
        lost = set(stamp.entries) - self._in_site_packages()
        return f"it is damaged ({min(lost)} is gone)" if lost else ""

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

    def _python_version(self) -> tuple[int, ...]:
        try:
            text = (self.folder / "pyvenv.cfg").read_text(encoding="utf-8")
        except OSError:
            return ()
        match = re.search(r"^version(?:_info)? *= *(\d+)\.(\d+)", text, re.MULTILINE)
        return (int(match[1]), int(match[2])) if match else ()

    def _site_packages(self) -> Path:
        if sys.platform == "win32":
            return self.folder / "Lib" / "site-packages"
        return self.folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    def _in_site_packages(self) -> set[str]:
        folder = self._site_packages()
        return {path.name for path in folder.iterdir()} if folder.is_dir() else set()

    def _lock_digest(self, level: str) -> str:
        return hashlib.sha256(self.lock_file(level).read_bytes()).hexdigest()

    def _project_digest(self) -> str:
        config = tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))
        parts = [config.get("project"), config.get("build-system"), config.get("tool", {}).get("hatch")]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _make(self, reason: str) -> None:
        say(f"Making the environment {self.folder.name}: {reason}")
        try:
            if self.folder.exists():
                shutil.rmtree(self.folder)
            self.folder.mkdir()
        except OSError as error:
            sentence = f"{self.folder} cannot be replaced ({error}). Stop what uses it and try again."
            raise DevError(sentence) from None
        self._begin()
        base = getattr(sys, "_base_executable", sys.executable)
        require([base, "-m", "venv", "--without-pip", self.folder], "Python could not make an environment.")

    def _begin(self) -> None:
        """Write an empty stamp: what follows is half done until the whole one is written."""
        (self.folder / STAMP_NAME).write_text("{}\n", encoding="utf-8")

    def _install(self, level: str) -> None:
        before = self.read_stamp()
        level = max(level, before.level if before else level, key=LEVELS.index)
        names = pinned_names(self.lock_file(level).read_text(encoding="utf-8"))
        say(f"Installing {len(names)} packages (the first time takes up to half a minute)")
        started = time.monotonic()
        self._begin()
        locked = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(self.lock_file(level))]
        self._install_with_uv_or_pip(locked)
        dropped = [name for name in before.names if name not in names] if before else []
        if dropped:
            self._ensure_pip()
            require(
                [*self._pip(), "uninstall", "-y", *dropped], "Old packages could not be removed: see above."
            )
        self._install_with_uv_or_pip(["--no-deps", "--no-build-isolation", "--editable", str(self.root)])
        self._write_stamp(level, names)
        say(f"Installed in {time.monotonic() - started:.0f} s")

    def _install_with_uv_or_pip(self, arguments: Sequence[str]) -> None:
        uv = self._uv()
        if uv:
            if call([uv, "pip", "install", "--quiet", "--python", self.python, *arguments]) == 0:
                return
            say("uv could not; trying pip")
        self._ensure_pip()
        failure = (
            "The packages could not be installed: see above. Is the network there, are pip's settings right?"
        )
        require([*self._pip(), "install", "--quiet", *arguments], failure)

    def _uv(self) -> str | None:
        return None if pip_has_own_index() else shutil.which("uv")

    def _pip(self) -> list[str | Path]:
        return [self.python, "-m", "pip", "--disable-pip-version-check", "--no-input"]

    def _ensure_pip(self) -> None:
        if (self._site_packages() / "pip").is_dir():
            return
        provide(missing_venv_module)
        command = [str(self.python), "-m", "ensurepip", "--default-pip"]
        if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
            raise DevError("Python could not put pip into the environment: see above.")

    def _write_stamp(self, level: str, names: list[str]) -> None:
        digests = self._lock_digest(level), self._project_digest()
        stamp = Stamp(level, *digests, str(self.folder), names, self._entries_of(names))
        unfinished = self.folder / f"{STAMP_NAME}.new"
        unfinished.write_text(json.dumps(stamp._asdict(), indent=1) + "\n", encoding="utf-8")
        unfinished.replace(self.folder / STAMP_NAME)

    def _entries_of(self, names: Sequence[str]) -> list[str]:
        """Return what the pinned packages put into site-packages, by their own records."""
        entries = set()
        for record in self._site_packages().glob("*.dist-info/RECORD"):
            if normal_name(record.parent.name.split("-")[0]) in names:
                lines = record.read_text(encoding="utf-8").splitlines()
                entries |= {line.split("/")[0].split(",")[0].strip('"') for line in lines}
        return sorted(entries & self._in_site_packages() - {"__pycache__"})

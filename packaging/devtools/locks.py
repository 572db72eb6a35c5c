"""Makes the lock files: every version and hash, and no address of where to get them."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from devtools.processes import ROOT, DevError, require

LOCK_HEADER = "# Made by `python3 dev.py lock` from pyproject.toml. Do not edit.\n"
OLDEST_PYTHON = "3.11"
CONSTRAINED = ["pyproject.toml", "--constraints", "packaging/locks/test.txt"]
LOCKS = {
    "packaging/locks/test.txt": [
        "pyproject.toml",
        *(f"--group={name}" for name in ("build", "test", "browser", "docs")),
    ],
    "packaging/locks/package.txt": [*CONSTRAINED, "--group=build", "--group=package"],
    "packaging/locks/run.txt": [*CONSTRAINED, "--group=build"],
    # What `serve` needs, in a container and on servers without Qt.
    "packaging/locks/serve.txt": [
        *CONSTRAINED,
        "--extra=cluster",
        "--extra=speed",
        *(f"--no-emit-package={name}" for name in ("pyside6-essentials", "shiboken6", "qasync")),
    ],
    "tests/clients/requirements.txt": ["tests/clients/requirements.in"],
    "tests/clients/requirements-qt.txt": ["tests/clients/requirements-qt.in"],
}
"""What each lock file is resolved from. Foreign clients are apart from what the program needs."""
NODE_FOLDERS = ("tests/e2e", "tests/browser", "tests/door", "tests/runners")
BENCH_FOLDER = "tests/benchmarks"
"""Its packages are installed by `dev.py bench` only."""
CLIENTS_FOLDER = "tests/clients"
"""Its packages, of npm and of PyPI, are installed by `dev.py clients` only."""
DROPPED = re.compile(r"\s*(#.*|--(?!hash=).*)?")
PIN = r"[a-z0-9][\w.-]*(\[[\w,-]+\])?==[\w.!+-]+( ; [\w\s.'<>=!()-]+)? \\"
HASH = r"\s+--hash=sha256:[0-9a-f]{64}( \\)?"
KEPT = re.compile(rf"{PIN}|{HASH}")


def clean_lock(text: str, source: str = "pyproject.toml") -> str:
    """Return the names, versions, markers and hashes of a lock file; what else is there is an error."""
    lines = [line for line in text.splitlines() if not DROPPED.fullmatch(line)]
    strange = [line for line in lines if not KEPT.fullmatch(line)]
    if strange:
        raise DevError(f"The lock file would hold more than names, versions and hashes: {strange[0].strip()}")
    return LOCK_HEADER.replace("pyproject.toml", source) + "\n".join(lines) + "\n"


def lock_python_packages(uv: str, extra: Sequence[str]) -> None:
    """Resolve pyproject.toml for all systems and Python versions with uv, and write the lock files."""
    fixed = ["--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes", "--quiet"]
    fixed += ["--no-emit-index-url", "--no-header", "--no-annotate"]
    for name, contents in LOCKS.items():
        file, source = ROOT / name, Path(contents[0]).name
        command = [uv, "pip", "compile", *contents, *fixed, *extra, "--output-file", file]
        require(command, f"uv could not resolve the packages for {name}: see above.")
        text = clean_lock(file.read_text(encoding="utf-8"), source)
        file.write_text(text, encoding="utf-8", newline="\n")


def lock_node_packages(npm: str) -> None:
    """Resolve each folder's package.json and write its lock file without addresses."""
    for name in (*NODE_FOLDERS, BENCH_FOLDER, CLIENTS_FOLDER):
        _lock_node_folder(npm, ROOT / name)


def _lock_node_folder(npm: str, folder: Path) -> None:
    command = [npm, "install", "--package-lock-only", "--omit-lockfile-registry-resolved", "--no-fund"]
    require(command, "npm could not resolve the packages: see above.", cwd=folder)
    file = folder / "package-lock.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    for package in content["packages"].values():
        for key in ("resolved", "funding"):
            package.pop(key, None)
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8", newline="\n")

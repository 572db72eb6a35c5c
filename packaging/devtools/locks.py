"""Makes the lock files: every version and hash, and no address of where to get them."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from devtools.processes import ROOT, DevError, require

LOCK_HEADER = "# Made by `python3 dev.py lock` from pyproject.toml. Do not edit.\n"
OLDEST_PYTHON = "3.11"
LOCK_CONTENTS = {
    "test": ["--group", "build", "--group", "test", "--group", "browser"],
    "package": ["--group", "build", "--group", "package", "--constraints", "packaging/locks/test.txt"],
    "run": ["--group", "build", "--constraints", "packaging/locks/test.txt"],
}
NODE_FOLDERS = ("tests/e2e", "tests/browser")
BENCH_FOLDER = "tests/benchmarks"
"""Its packages are installed by `dev.py bench` only."""
DROPPED = re.compile(r"\s*(#.*|--(?!hash=).*)?")
PIN = r"[a-z0-9][\w.-]*(\[[\w,-]+\])?==[\w.!+-]+( ; [\w\s.'<>=!()-]+)? \\"
HASH = r"\s+--hash=sha256:[0-9a-f]{64}( \\)?"
KEPT = re.compile(rf"{PIN}|{HASH}")


def clean_lock(text: str) -> str:
    """Return a lock file's text with nothing in it but names, versions, markers and hashes.

    Raises:
        DevError: When there is a line that is something else, such as an address.
    """
    lines = [line for line in text.splitlines() if not DROPPED.fullmatch(line)]
    strange = [line for line in lines if not KEPT.fullmatch(line)]
    if strange:
        raise DevError(f"The lock file would hold more than names, versions and hashes: {strange[0].strip()}")
    return LOCK_HEADER + "\n".join(lines) + "\n"


def lock_python_packages(uv: str, extra: Sequence[str]) -> None:
    """Resolve pyproject.toml for all systems and Python versions, and write the lock files.

    Args:
        uv: The program.
        extra: More options for `uv pip compile`.
    """
    fixed = ["--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes", "--quiet"]
    fixed += ["--no-emit-index-url", "--no-header", "--no-annotate"]
    for level, contents in LOCK_CONTENTS.items():
        file = ROOT / "packaging" / "locks" / f"{level}.txt"
        command = [
            uv,
            "pip",
            "compile",
            "pyproject.toml",
            *fixed,
            *contents,
            *extra,
            "--output-file",
            str(file),
        ]
        require(command, f"uv could not resolve the packages for {file.name}: see above.")
        file.write_text(clean_lock(file.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


def lock_node_packages(npm: str) -> None:
    """Resolve each folder's package.json and write its lock file without addresses."""
    for name in (*NODE_FOLDERS, BENCH_FOLDER):
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

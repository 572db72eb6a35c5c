"""Makes the lock files: every version and hash, and no address of where to get them. A test looks."""

import json
from collections.abc import Sequence
from pathlib import Path

from devtools.processes import ROOT, require

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


def lock_python_packages(uv: str, extra: Sequence[str]) -> None:
    """Resolve pyproject.toml for all systems and Python versions with uv, and write the lock files."""
    fixed = ["--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes", "--quiet"]
    fixed += ["--no-emit-index-url", "--no-annotate", "--custom-compile-command", "python3 dev.py lock"]
    for name, contents in LOCKS.items():
        command = [uv, "pip", "compile", *contents, *fixed, *extra, "--output-file", ROOT / name]
        require(command, f"uv could not resolve the packages for {name}")


def lock_node_packages(npm: str) -> None:
    """Resolve each folder's package.json and write its lock file without addresses."""
    command = [npm, "install", "--package-lock-only", "--omit-lockfile-registry-resolved", "--no-fund"]
    for name in (*NODE_FOLDERS, BENCH_FOLDER, CLIENTS_FOLDER):
        require(command, f"npm could not resolve the packages of {name}", cwd=ROOT / name)
        _without_addresses(ROOT / name / "package-lock.json")


def _without_addresses(file: Path) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    for package in content["packages"].values():
        for key in ("resolved", "funding"):
            package.pop(key, None)
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8", newline="\n")

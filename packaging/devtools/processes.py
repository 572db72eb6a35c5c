"""How dev.py starts programs, speaks and fails."""

import contextlib
import hashlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class DevError(SystemExit):
    """Something is missing or failed; where nobody catches it, Python prints it and exits with 1."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"\ndev.py: {sentence}")


def say(text: str) -> None:
    """Print a line at once, so that it stands before the output of what is started next."""
    print(text, flush=True)


def call(command: Sequence[object], env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> int:
    """Run a program with our terminal and additions to our environment; it never outlives us."""
    process = subprocess.Popen([str(part) for part in command], env={**os.environ, **(env or {})}, cwd=cwd)
    try:
        return process.wait()
    except BaseException as reason:
        if not isinstance(reason, KeyboardInterrupt):  # Ctrl-C reached the program too.
            process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            process.wait(5)
        process.kill()
        process.wait()
        raise


def require(
    command: Sequence[object], failure: str, env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> None:
    """Run a program that has to succeed; else DevError has `failure` as its sentence."""
    if call(command, env, cwd):
        raise DevError(f"{failure}: see above.")


def output_of(command: Sequence[object], failure: str, cwd: Path = ROOT) -> str:
    """Return what a program that has to succeed prints; else DevError has `failure` and its complaint."""
    words = [str(part) for part in command]
    result = subprocess.run(words, capture_output=True, encoding="utf-8", cwd=cwd, check=False)
    if result.returncode:
        raise DevError(f"{failure}: {(result.stderr + result.stdout).strip()}")
    return result.stdout


def sha256_of(file: Path) -> str:
    """Return a file's SHA-256 in hexadecimal digits."""
    return hashlib.sha256(file.read_bytes()).hexdigest()

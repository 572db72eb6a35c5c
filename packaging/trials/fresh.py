"""`dev.py fresh`: both commands of the README on a system that holds nothing but itself and its Python."""

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from devtools.processes import ROOT, DevError, call, require, say
from trials.roots import UBUNTUS, BareRoot, bare_root, obstacle

SUITES = ("bookworm", "trixie", *UBUNTUS)
WORK = ROOT / "build" / "fresh"
HOME = Path("root/authws-desktop")
SERVE = ("run", "serve", "--host", "127.0.0.1", "--port", "0", "--json", "--data-dir", "/var/tmp/fresh")


def fresh(arguments: list[str], _may_install: bool) -> int:
    """Run both commands of the README in bare systems: fresh [SUITE…] [-- arguments for test]; needs root."""
    reason = obstacle()
    if reason:
        raise DevError(f"A fresh system cannot be made here: {reason}.")
    at = arguments.index("--") if "--" in arguments else len(arguments)
    for suite in arguments[:at] or SUITES:
        say(f"\n=== {suite}, bare")
        with bare_root(WORK, suite) as root:
            chosen = leave_out_browsers(root) if suite in UBUNTUS else []
            try_commands(root, [*chosen, *arguments[at + 1 :]])
    say("\nBoth commands work there.")
    return 0


def try_commands(root: BareRoot, test_arguments: list[str]) -> None:
    """Run dev.py in a root, as somebody with a checkout and the system's Python would.

    Args:
        root: The system.
        test_arguments: What `dev.py test` gets.

    Raises:
        DevError: A command failed.
    """
    root.install("git", "python3")
    say(root.run("python3", "--version").stdout.strip())
    copy_checkout(root.folder / HOME)
    network = root.share_network_settings()
    say("\n--- dev.py run serve")
    try_serve(root, network)
    say("\n--- dev.py run -- --self-test")
    _call(root, {**network, "QT_QPA_PLATFORM": "offscreen"}, "run", "--", "--self-test")
    say(f"\n--- dev.py test {' '.join(test_arguments)}")
    _call(root, network, "test", *test_arguments)


def leave_out_browsers(root: BareRoot) -> list[str]:
    """Have set-up find browsers, and return what keeps the tests from using them.

    Ubuntu has them as snaps only, and those do not run in a root.
    """
    for name in ("chromium", "firefox"):
        stand_in = root.folder / "usr/bin" / name
        stand_in.write_text("#!/bin/sh\nexit 1\n")
        stand_in.chmod(0o755)
    return ["-n", "2", "-m", "not browser and not firefox and not long"]


def copy_checkout(target: Path) -> None:
    """Clone the repository, and put the files that git knows of there as they are now."""
    require(["git", "clone", "--quiet", "--no-hardlinks", ROOT, target], "git could not clone")
    listing = subprocess.run(["git", "ls-files", "-z"], capture_output=True, cwd=ROOT, check=True).stdout
    for name in filter(None, listing.decode().split("\0")):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).unlink(missing_ok=True)
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, target / name)


def try_serve(root: BareRoot, env: Mapping[str, str]) -> None:
    """Set up and start the server, ask it how it is, and stop it."""
    command = root.command(*_line(*SERVE), env=env)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = ""
        for line in process.stdout:
            say(line.rstrip())
            if line.startswith("{"):
                ready = line
                break
        if ready:
            with urllib.request.urlopen(f"{json.loads(ready)['http']}/healthz", timeout=10) as answer:
                say(answer.read().decode())
            process.terminate()
        if process.wait() or not ready:
            raise DevError(f"In the bare root the server ended with {process.returncode}.")


def _line(*arguments: str) -> list[str]:
    return ["sh", "-c", f'cd /{HOME} && exec python3 dev.py "$@"', "dev.py", *arguments]


def _call(root: BareRoot, env: Mapping[str, str], *arguments: str) -> None:
    if call(root.command(*_line(*arguments), env=env)):
        raise DevError(f"In the bare root this failed: python3 dev.py {' '.join(arguments)}")

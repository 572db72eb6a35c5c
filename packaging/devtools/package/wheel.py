"""sdist and wheel, and whether they work when installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from devtools.package.build_environment import BuildEnvironment
from devtools.package.places import NAME, Places
from devtools.processes import DevError, require, say

SELF_TEST_TIMEOUT_S = 180


def build_wheel(environment: BuildEnvironment, places: Places) -> list[Path]:
    """Build the sdist, and from it the wheel; returns both, the wheel first."""
    places.out.mkdir(parents=True, exist_ok=True)
    for old in [*places.out.glob("*.whl"), *places.out.glob("authws_desktop-*.tar.gz")]:
        old.unlink()
    command: list[str | Path] = [
        environment.python,
        "-m",
        "build",
        "--no-isolation",
        "--outdir",
        places.out,
        places.root,
    ]
    require(command, "The wheel could not be built: see above.")
    return [*places.out.glob("*.whl"), *places.out.glob("authws_desktop-*.tar.gz")]


def try_installed(file: Path, places: Places) -> None:
    """Install a wheel or sdist into a fresh environment and let it try itself there."""
    environment = BuildEnvironment(places, "installed")
    environment.prepare("run")
    environment.install("--no-build-isolation", "--force-reinstall", file)
    run_self_test([environment.script(NAME)], places.work)
    command: list[str | Path] = [environment.python, "-m", "pip", "uninstall", "--quiet", "--yes", NAME]
    require(command, "It could not be uninstalled: see above.")


def run_self_test(program: list[str | Path], folder: Path) -> list[str]:
    """Run a program's `--self-test`, away from the working tree, and return what it said.

    Raises:
        DevError: When it failed.
    """
    command = [*map(str, program), "--self-test"]
    screen = {"QT_QPA_PLATFORM": "offscreen"} if sys.platform == "linux" else {}
    result = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **screen},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SELF_TEST_TIMEOUT_S,
        check=False,
    )
    lines = result.stdout.splitlines()
    if result.returncode:
        raise DevError("\n".join([*lines, result.stderr.strip(), f"{program[0]} does not work: see above."]))
    say(f"  {lines[-1]} ({len(lines) - 1} steps)")
    return lines


def try_as_tool(files: list[Path], places: Places) -> bool:
    """Install with `uv tool install` where uv is; tells whether it was tried."""
    uv = shutil.which("uv")
    if not uv:
        return False
    folder = places.work / "uv-tools"
    env = {"UV_TOOL_DIR": str(folder), "UV_TOOL_BIN_DIR": str(folder / "bin"), **os.environ}
    for file in files:
        command = [uv, "tool", "install", "--quiet", "--force", str(file)]
        if subprocess.run(command, env=env, check=False).returncode:
            raise DevError(f"uv tool install {file.name} failed: see above.")
        run_self_test([folder / "bin" / NAME], places.work)
    shutil.rmtree(folder)
    return True

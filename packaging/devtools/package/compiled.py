"""The wheel with the compiled modules, for this kind of system and Python."""

import shutil
from pathlib import Path

from devtools.environment import Environment
from devtools.processes import require

HOOK_VARIABLE = "HATCH_BUILD_HOOK_ENABLE_CUSTOM"
"""Has hatchling run `packaging/compiled.py`."""
COMPILED_SITE = Path("build") / "compiled" / "site"
"""Where, in a working tree, `install_compiled` puts the package."""


def install_compiled(environment: Environment) -> Path:
    """Install the wheel with the compiled modules into a folder of its own, which is returned."""
    site = environment.root / COMPILED_SITE
    shutil.rmtree(site.parent, ignore_errors=True)
    wheel = build_compiled_wheel(environment.python, environment.root, site.parent)
    environment.pip("install", "--no-deps", "--target", site, wheel)
    return site


def build_compiled_wheel(python: Path, root: Path, out: Path) -> Path:
    """Build it into a folder and return it.

    Args:
        python: Of an environment with hatchling, mypy and setuptools, and with what the program imports.
        root: The working tree.
        out: Where it goes.
    """
    command = [python, "-m", "hatchling", "build", "-t", "wheel", "-d", out]
    require(command, "The modules could not be compiled", {HOOK_VARIABLE: "1"}, root)
    return next(out.glob("authws_desktop-*-cp*.whl"))

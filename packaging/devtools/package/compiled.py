"""The wheel with the compiled modules, for this kind of system and Python."""

from pathlib import Path

from devtools.processes import DevError, call

HOOK_VARIABLE = "HATCH_BUILD_HOOK_ENABLE_CUSTOM"
"""Has hatchling run `packaging/compiled.py`."""


def build_compiled_wheel(python: Path, root: Path, out: Path) -> Path:
    """Build it into a folder and return it.

    Args:
        python: Of an environment with hatchling, mypy and setuptools, and with what the program imports.
        root: The working tree.
        out: Where it goes.
    """
    command = [python, "-m", "hatchling", "build", "-t", "wheel", "-d", out]
    if call(command, {HOOK_VARIABLE: "1"}, root):
        raise DevError("The modules could not be compiled: see above.")
    return next(out.glob("authws_desktop-*-cp*.whl"))

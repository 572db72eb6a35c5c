"""Compiles the hot modules with mypyc while a wheel is built.

Only where `HATCH_BUILD_HOOK_ENABLE_CUSTOM=1` asks for it: without, the wheel is pure Python, needs no
compiler, and does the same. `pyproject.toml` lists the modules. The wheel holds their source as well, which
tracebacks show.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import sys_tags

# The checks type the whole program, with stubs that a machine that builds need not have.
_UNTYPED = ("import-untyped", "import-not-found")
MYPY_OPTIONS = ["--config-file=", *(f"--disable-error-code={code}" for code in _UNTYPED)]


class CompiledHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the compiled modules to a wheel, which is for this kind of system and Python then."""

    _folder: tempfile.TemporaryDirectory[str] | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, before hatchling packs the wheel; an editable installation stays pure."""
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory(prefix="authws-compiled-")
        folder = Path(self._folder.name)
        made = compile_modules(Path(self.root), self.config["modules"], folder)
        build_data["force_include"] |= {str(file): str(file.relative_to(folder)) for file in made}
        build_data["pure_python"] = False
        # The modules may need the C library that is here, and must not be offered to a system with an older
        # one: the tag names it, which the first on Linux does not.
        build_data["tag"] = next(str(tag) for tag in sys_tags() if not tag.platform.startswith("linux_"))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what is in the wheel now."""
        if self._folder is not None:
            self._folder.cleanup()


def compile_modules(root: Path, modules: list[str], folder: Path) -> list[Path]:
    """Compile modules; return the files, which lie in the folder as they will in `site-packages`.

    Args:
        root: Holds their package; it is the working folder meanwhile, since mypyc wants relative paths.
        modules: Paths of the sources under it.
        folder: Gets the files, and what is in between.
    """
    from mypyc.build import mypycify
    from setuptools import Distribution
    from setuptools.command.build_ext import build_ext

    before = Path.cwd()
    os.chdir(root)
    try:
        extensions = mypycify(
            [*MYPY_OPTIONS, *modules],
            group_name="authws_desktop",
            target_dir=str(folder / "c"),
            debug_level="0",
        )
        command = build_ext(Distribution({"ext_modules": extensions}))
        command.build_lib, command.build_temp = str(folder), str(folder / "objects")
        command.ensure_finalized()
        command.run()
        return [folder / command.get_ext_filename(each.name) for each in extensions]
    finally:
        os.chdir(before)

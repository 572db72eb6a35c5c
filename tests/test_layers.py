"""What may import what, beyond import-linter: nothing below the panels brings Qt along."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import authws_desktop

ALLOWED = (
    "authws_desktop.app",
    "authws_desktop.eventloop",
    "authws_desktop.panels",
    "authws_desktop.self_test",
)


def qt_free_modules() -> list[str]:
    found = [each.name for each in pkgutil.walk_packages(authws_desktop.__path__, "authws_desktop.")]
    return [name for name in found if not name.startswith(ALLOWED) and not name.endswith("__main__")]


def test_every_qt_free_module_imports_without_qt() -> None:
    """In a fresh interpreter, warnings as errors; neither PySide6 nor qasync comes along."""
    modules = qt_free_modules()
    assert {"authws_desktop.cli.main", "authws_desktop.headless", "authws_desktop.hub.hub"} <= set(modules)
    code = (
        "import importlib, json, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print(json.dumps([name for name in sys.modules if name.split('.')[0] in ('PySide6', 'qasync')]))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


def test_the_window_opens_without_what_it_needs_later() -> None:
    """The HTTP side and the lists of common passwords are loaded by whoever needs them first."""
    code = (
        "import json, sys, authws_desktop.app\n"
        "print(json.dumps([name for name in sys.modules if name in ('aiohttp', 'zeroconf', 'zxcvbn')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


def test_the_serve_command_brings_no_qt() -> None:
    """Not even by the way the command line is put together."""
    code = (
        "import sys; from authws_desktop.cli.main import main\n"
        "try: main(['serve', '--help'])\n"
        "except SystemExit: pass\n"
        "assert not [name for name in sys.modules if name.split('.')[0] in ('PySide6', 'qasync')]"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr


ABOUT_THE_WHOLE = (
    "test_dev.py",
    "test_docs.py",
    "test_house.py",
    "test_layers.py",
    "test_readme.py",
    "test_worker_deaths.py",
)
PROGRAMS = ("benchmarks", "browser", "clients", "devtools", "door", "e2e", "example", "package", "soak")


def test_a_test_file_bears_the_name_of_its_module() -> None:
    """Promises that span modules stand in folders named so, tests of whole programs in folders of their own."""
    tests, product = Path(__file__).parent, Path(authws_desktop.__file__).parent
    files = [path.relative_to(tests) for path in tests.rglob("test_*.py")]
    unnamed = [
        file.as_posix()
        for file in files
        if file.parts[0] not in (*PROGRAMS, *ABOUT_THE_WHOLE)
        and "promises" not in file.parts
        and not (product / file.parent / file.name.removeprefix("test_")).exists()
    ]
    assert unnamed == []
    assert len(files) > 150

"""dev.py itself and the files that go with it: lock files, CI, Makefile."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import dev
from devtools.commands import COMMANDS, NEWEST_PYTHON
from devtools.locks import BENCH_FOLDER, CLIENTS_FOLDER, HASH, NODE_FOLDERS, PIN
from devtools.processes import ROOT

LOCK_FILES = sorted((ROOT / "packaging" / "locks").glob("*.txt"))
CLIENT_LOCK_FILES = sorted((ROOT / CLIENTS_FOLDER).glob("requirements*.txt"))
NODE_LOCK_FILES = [
    ROOT / name / "package-lock.json" for name in (*NODE_FOLDERS, BENCH_FOLDER, CLIENTS_FOLDER)
]


def run_dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dev.py as a person would, with an empty search path so that it can find and change nothing."""
    return subprocess.run(
        [sys.executable, ROOT / "dev.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": ""},
    )


def test_an_old_python_is_refused_with_a_sentence() -> None:
    """The sentence names the version needed and the running one."""
    sentence = dev.python_complaint((3, 10, 4), "")
    assert "needs Python 3.11 or newer; this is 3.10.4" in sentence
    assert "sudo apt-get install python3 python3-venv" in sentence, (
        "the name that every Debian and Ubuntu has"
    )


def test_an_old_python_is_sent_to_the_newer_one_beside_it() -> None:
    """A machine that has both needs no installation."""
    assert "python3.12 " in dev.python_complaint((3, 9, 0), "python3.12")


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 2), (4, 0, 0)])
def test_a_new_python_is_let_in(version: tuple[int, int, int]) -> None:
    """From 3.11 on there is nothing to complain of."""
    assert dev.python_complaint(version, "") == ""


def test_old_pythons_can_read_dev_py() -> None:
    """A SyntaxError would hide the sentence."""
    source = (ROOT / "dev.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 7))
    assert "from __future__" not in source, "3.6 has no future annotations"


def test_an_old_python_gets_no_traceback() -> None:
    """The whole file runs up to the refusal without using anything new."""
    code = (
        "import runpy, sys; sys.version_info = (3, 8, 1); sys.argv = ['dev.py', 'run'];"
        f"runpy.run_path({str(ROOT / 'dev.py')!r}, run_name='__main__')"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("Authws Desktop needs Python 3.11")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [(), ("help",), ("--help",), ("-h",)])
def test_help_lists_every_command(arguments: tuple[str, ...]) -> None:
    """No arguments are a question, too."""
    result = run_dev(*arguments)
    assert result.returncode == 0
    listed = re.findall(r"^  (\w+) +\S", result.stdout, re.MULTILINE)
    assert listed == list(COMMANDS)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_each_command_explains_itself_and_does_nothing(name: str) -> None:
    """`dev.py test --help` must not set anything up."""
    result = run_dev(name, "--help")
    assert result.returncode == 0
    assert result.stdout.startswith(f"{name}: ")
    assert len(result.stdout.splitlines()) == 1


def test_an_unknown_command_is_named() -> None:
    """With the ones that exist, and exit code 2."""
    result = run_dev("tset")
    assert result.returncode == 2
    assert "no command 'tset'" in result.stderr
    assert "test" in result.stderr.split("It has:")[1]


def test_there_are_lock_files_for_both_levels() -> None:
    """One to run the program, one for the checks; one to build packages, and one for a server without Qt."""
    assert [file.stem for file in LOCK_FILES] == ["package", "run", "serve", "test"]


@pytest.mark.parametrize("file", [*LOCK_FILES, *CLIENT_LOCK_FILES], ids=lambda file: file.stem)
def test_every_requirement_in_a_lock_file_has_hashes(file: Path) -> None:
    """Each pin is followed by at least one hash, and nothing else is in the file."""
    first, *lines = file.read_text(encoding="utf-8").splitlines()
    assert first.startswith("# Made by `python3 dev.py lock`")
    pins = [number for number, line in enumerate(lines) if re.fullmatch(PIN, line)]
    assert len(pins) > 2
    assert all(re.fullmatch(HASH, lines[number + 1]) for number in pins)
    assert all(re.fullmatch(f"{PIN}|{HASH}", line) for line in lines)
    assert all(
        line.endswith("\\") for number, line in enumerate(lines) if number + 1 not in [*pins, len(lines)]
    )


@pytest.mark.parametrize(
    "file", [*LOCK_FILES, *CLIENT_LOCK_FILES, *NODE_LOCK_FILES], ids=lambda file: str(file.relative_to(ROOT))
)
def test_a_lock_file_knows_no_address_and_no_folder(file: Path) -> None:
    """Where packages come from is the business of each machine."""
    text = file.read_text(encoding="utf-8")
    for word in (
        "://",
        "http:",
        "https:",
        "--index",
        "--extra-index",
        "--find-links",
        "resolved",
        "registry",
    ):
        assert word not in text
    for folder in (ROOT, Path.home()):
        assert str(folder) not in text


def test_the_test_lock_holds_the_run_lock() -> None:
    """So that `run` after `test` never changes a version."""
    versions = [
        set(re.findall(r"^([\w.-]+==\S+(?: ; .+)?) \\$", file.read_text(encoding="utf-8"), re.MULTILINE))
        for file in LOCK_FILES
    ]
    _, run_pins, serve_pins, test_pins = versions
    assert run_pins
    assert run_pins < test_pins
    assert serve_pins


def test_python_3_11_gets_no_pyside_6_12() -> None:
    """PySide6 6.12.0 aborts on Python 3.11, see pyproject.toml."""
    for file in LOCK_FILES:
        if file.stem == "serve":
            continue  # no Qt in it
        pins = re.findall(
            r"^pyside6-essentials==(\S+) ; (.+) \\$", file.read_text(encoding="utf-8"), re.MULTILINE
        )
        old = [version for version, marker in pins if marker == "python_full_version < '3.12'"]
        assert len(old) == 1
        assert old[0].startswith("6.11.")


def test_the_run_lock_can_build_the_project() -> None:
    """The editable installation happens without build isolation, so its builder is locked, too."""
    text = (ROOT / "packaging" / "locks" / "run.txt").read_text(encoding="utf-8")
    assert "\nhatchling==" in text
    assert "\neditables==" in text
    assert "\npytest==" not in text


def test_the_npm_lock_holds_ws_with_its_hash() -> None:
    """`npm ci` checks it."""
    lock = json.loads((ROOT / "tests" / "e2e" / "package-lock.json").read_text(encoding="utf-8"))
    assert lock["packages"]["node_modules/ws"]["integrity"].startswith("sha512-")


def test_there_is_no_uv_lock() -> None:
    """It would hold download addresses."""
    assert not (ROOT / "uv.lock").exists()


def test_ci_runs_the_readmes_test_command() -> None:
    """What CI checks is what the README tells people to run, then what takes long and the client libraries of others."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert "python3 dev.py run" in [line.strip() for line in readme]
    assert "python3 dev.py test" in [line.strip() for line in readme]
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in script if line and not line.startswith("#")]
    assert commands == [
        "set -euo pipefail",
        'cd "$(dirname "${BASH_SOURCE[0]}")/.."',
        "python3 dev.py test",
        "python3 dev.py test -m long -n 3",
        "python3 dev.py clients",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such mode")
def test_ci_script_is_executable() -> None:
    """It is started by its name."""
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_workflow_needs_no_list_of_packages() -> None:
    """The hosted Linux machines have a sudo that asks nothing: dev.py brings what is missing, as anywhere."""
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "apt-get" not in workflow
    assert "python dev.py test" in workflow
    for version in range(dev.OLDEST[1], NEWEST_PYTHON[1] + 1):
        assert f'"3.{version}"' in workflow


def test_the_makefile_only_hands_on_to_dev_py() -> None:
    """Each target is a command of the same name."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[0].split()
    assert sorted(targets) == sorted(COMMANDS)
    assert re.findall(r"^\t(.+)$", makefile, re.MULTILINE) == ["$(PYTHON) dev.py $@ $(ARGS)"]

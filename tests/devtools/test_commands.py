"""Running checks and starting the program."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devtools import commands
from devtools.environment import Environment
from devtools.processes import ROOT, call

PASSES = [sys.executable, "-c", "print('fine')"]
FAILS = [sys.executable, "-c", "import sys; sys.exit(3)"]


def test_all_checks_run_and_the_failed_ones_are_named(capfd: pytest.CaptureFixture[str]) -> None:
    """A failure does not hide what the later checks say."""
    assert commands.run_checks({"first": FAILS, "second": PASSES, "third": FAILS}, {}) == 1
    output = capfd.readouterr().out
    assert "fine" in output
    assert "FAILED (exit code 3)" in output
    assert output.endswith("FAILED: first, third\n")


def test_checks_that_pass_exit_with_0(capfd: pytest.CaptureFixture[str]) -> None:
    """The last line says so."""
    assert commands.run_checks({"first": PASSES}, {}) == 0
    assert capfd.readouterr().out.endswith("All checks passed.\n")


def test_the_checks_are_the_agreed_ones() -> None:
    """The tests come last, so that their closing line is near the end."""
    checks = commands.check_commands(Environment(), [])
    assert list(checks) == ["ruff check", "ruff format", "mypy", "lint-imports", "pytest"]
    assert "--check" in checks["ruff format"], "a check changes no file"


UNSTEADY = """
import os, pathlib, pytest

@pytest.mark.parametrize("number", range({count}))
def test_fails_once(number):
    note = pathlib.Path(__file__).with_name(f"ran-{{number}}")
    if not note.exists():
        note.touch()
        raise AssertionError("busy")
    assert "PYTEST_XDIST_WORKER" not in os.environ

def test_always():
    assert {steady}
"""


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests of the test not take this test's own worker for theirs."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)


def run_on_workers(
    folder: Path, count: int, steady: bool, capfd: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    """Run tests of a folder on two workers, then what failed alone; returns the code, the remark and the output."""
    (folder / "test_it.py").write_text(UNSTEADY.format(count=count, steady=steady), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-n", "2", "-p", "no:cov", "--rootdir", str(folder), "."]
    assert call(command, cwd=folder) == commands.TESTS_FAILED
    capfd.readouterr()
    return *commands.run_alone(command, {}, folder), capfd.readouterr().out


@pytest.mark.usefixtures("no_worker")
def test_what_fails_beside_others_and_passes_alone_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """One at a time, and nothing but what failed."""
    code, remark, output = run_on_workers(tmp_path, 2, True, capfd)
    assert code == 0
    assert remark == "; passed only alone: test_it.py::test_fails_once[0], test_it.py::test_fails_once[1]"
    assert "2 passed" in output


@pytest.mark.usefixtures("no_worker")
def test_what_fails_alone_too_has_failed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Beside one that passes now."""
    code, _remark, output = run_on_workers(tmp_path, 1, False, capfd)
    assert code == commands.TESTS_FAILED
    assert "1 failed, 1 passed" in output


@pytest.mark.usefixtures("no_worker")
def test_many_failures_are_no_accident(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """They are not tried again."""
    code, _remark, output = run_on_workers(tmp_path, commands.MOST_ALONE + 1, True, capfd)
    assert (code, output) == (commands.TESTS_FAILED, "")


def test_checks_on_workers_are_run_again_alone(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """One that failed for another reason, or ran in one process, is not."""
    died: list[bool] = []

    def alone(_command: object, _env: object, *, has_died: bool) -> tuple[int, str]:
        died.append(has_died)
        return 0, "; passed only alone: it"

    monkeypatch.setattr(commands, "run_alone", alone)
    failed = [sys.executable, "-c", "import sys; sys.exit(1)"]
    assert commands.run_checks({"pytest": [*failed, "-n", "3"]}, {}) == 0
    assert "ok; passed only alone: it" in capfd.readouterr().out
    assert commands.run_checks({"pytest": failed}, {}) == 1
    assert commands.run_checks({"pytest": [*failed, "-n", "0"]}, {}) == 1
    assert commands.run_checks({"pytest": [*FAILS, "-n", "3"]}, {}) == 1
    dies = [sys.executable, "-c", f"import sys; sys.exit({commands.WORKER_DIED})"]
    assert commands.run_checks({"pytest": [*dies, "-n", "3"]}, {}) == 0
    assert died == [False, True]


@pytest.mark.parametrize(
    ("codes", "has_died", "code", "coverage"),
    [
        ([0], False, 0, [["--cov-append"]]),
        ([0, 0], True, 0, [["--no-cov"], [f"tests/{each}" for each in commands.MEASURED]]),
        ([0, 1], True, 1, [["--no-cov"], [f"tests/{each}" for each in commands.MEASURED]]),
        ([1], True, 1, [["--no-cov"]]),
    ],
)
def test_what_a_dead_worker_had_covered_is_covered_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    codes: list[int],
    has_died: bool,
    code: int,
    coverage: list[list[str]],
) -> None:
    """And judged only then, as its figures are lost; those of a test that merely failed are added."""
    told: list[list[str]] = []

    def call_(command: list[str], _env: object, _root: Path) -> int:
        told.append([each for each in command if each.startswith(("--no-cov", "--cov-", "tests/"))])
        return codes[len(told) - 1]

    monkeypatch.setattr(commands, "call", call_)
    assert commands.run_alone(["pytest", "--cov"], {}, tmp_path, has_died=has_died)[0] == code
    assert told == coverage


@pytest.mark.parametrize("arguments", [["-k", "hub"], ["--pdb"], ["-n", "0"]])
def test_a_person_s_arguments_are_pytest_s_only_ones(arguments: list[str]) -> None:
    """A debugger wants one process, and so does who looks at a single test."""
    environment = Environment()
    command = commands.check_commands(environment, arguments)["pytest"]
    assert command == [environment.python, "-m", "pytest", *arguments]


def test_all_tests_run_on_workers() -> None:
    """As many as the cores can feed, and one for those that wait."""
    command = commands.check_commands(Environment(), [])["pytest"]
    assert command[command.index("-n") + 1] == str(commands.worker_count(os.cpu_count() or 1))
    assert [commands.worker_count(cores) for cores in (1, 2, 64)] == [2, 3, commands.MOST_WORKERS]


def test_tests_run_on_the_compiled_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those come before the working tree, also in the programs that tests start."""
    seen: list[tuple[list[str], dict[str, str]]] = []

    def note(checks: dict[str, list[str | Path]], env: dict[str, str]) -> int:
        seen.append(([str(part) for part in checks["pytest"]], env))
        return 0

    monkeypatch.setattr(commands, "prepare_for_checks", lambda _may_install: Environment())
    monkeypatch.setattr(commands, "provide", lambda *_: None)
    monkeypatch.setattr(commands, "install_compiled", lambda _environment: tmp_path)
    monkeypatch.setattr(commands, "run_checks", note)
    assert commands.test(["--compiled"], False) == 0
    assert commands.test(["--compiled", "tests/hub", "-x"], False) == 0
    (every, env), (some, _) = seen
    assert f"pythonpath={tmp_path} . packaging" in every
    assert (env["PYTHONPATH"], env["PYTHONSAFEPATH"]) == (str(tmp_path), "1")
    assert {"tests/hub", "tests/server", "tests/test_compiled.py"} < set(every)
    assert some[-2:] == ["tests/hub", "-x"]


def test_the_tests_are_run_offscreen_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """No window pops up in front of the person who runs them."""
    seen: list[str] = []

    def note_platform(_checks: object, env: dict[str, str]) -> int:
        seen.append(env["QT_QPA_PLATFORM"])
        return 0

    monkeypatch.setattr(commands, "prepare", lambda *_arguments: Environment())
    monkeypatch.setattr(commands, "prepare_node_packages", lambda name: None)
    monkeypatch.setattr(commands, "run_checks", note_platform)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    assert commands.COMMANDS["test"]([], True) == 0
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    assert commands.COMMANDS["test"]([], True) == 0
    assert seen == ["offscreen", "xcb"]


@pytest.mark.parametrize(
    ("arguments", "display", "platform", "expected"),
    [
        ([], ":0", None, {"window", "screen"}),
        (["--start"], "", None, {"window"}),
        ([], ":0", "offscreen", {"window"}),
        (["serve", "--port", "0"], ":0", None, set()),
        (["user", "list"], ":0", None, set()),
        (["--port", "0", "ban", "list"], ":0", None, set()),
        (["--data-dir", "serve", "--start"], "", None, {"window"}),
        (["--version"], ":0", None, set()),
    ],
)
def test_run_asks_only_for_what_the_start_needs(
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    display: str,
    platform: str | None,
    expected: set[str],
) -> None:
    """A server without a screen needs no libraries of the window."""
    monkeypatch.setenv("DISPLAY", display)
    if platform is None:
        monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    else:
        monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    assert commands.run_purposes(arguments) == expected


def test_what_is_missing_ends_with_exit_code_1() -> None:
    """The sentence is on standard error, without a traceback."""
    code = "from devtools.processes import DevError; raise DevError('This machine lacks libEGL.so.1.')"
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, cwd=ROOT / "packaging", capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, "\ndev.py: This machine lacks libEGL.so.1.\n")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (["setup", "-x"], (["-x"], True)),
        (["setup", "--no-system-packages", "-x"], (["-x"], False)),
        (["--no-system-packages", "setup", "-x"], (["-x"], False)),
    ],
)
def test_a_person_can_forbid_system_packages(
    monkeypatch: pytest.MonkeyPatch, line: list[str], expected: tuple[list[str], bool]
) -> None:
    """Anywhere on the line; the command's own arguments are the rest."""
    seen: list[tuple[list[str], bool]] = []

    def note(arguments: list[str], may_install: bool) -> int:
        seen.append((arguments, may_install))
        return 0

    monkeypatch.setitem(commands.COMMANDS, "setup", note)
    assert commands.carry_out(line) == 0
    assert seen == [expected]


def test_npm_runs_once_for_a_lock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And again when the lock file changed."""
    folder = tmp_path / "tests" / "e2e"
    folder.mkdir(parents=True)
    (folder / "package-lock.json").write_text("{}", encoding="utf-8")
    started: list[str] = []

    def fake_npm(command: list[str], _failure: str, cwd: Path) -> None:
        started.append(command[1])
        (cwd / "node_modules").mkdir(exist_ok=True)

    monkeypatch.setattr(commands, "require", fake_npm)
    commands.prepare_node_packages("tests/e2e", tmp_path)
    commands.prepare_node_packages("tests/e2e", tmp_path)
    assert started == ["ci"]
    (folder / "package-lock.json").write_text("{ }", encoding="utf-8")
    commands.prepare_node_packages("tests/e2e", tmp_path)
    assert started == ["ci", "ci"]


def test_a_started_program_gets_additions_to_the_environment(capfd: pytest.CaptureFixture[str]) -> None:
    """And its exit code comes back."""
    code = "import os, sys; print(os.environ['DEV_TEST']); sys.exit(7)"
    assert call([sys.executable, "-c", code], {"DEV_TEST": "yes"}) == 7
    assert capfd.readouterr().out == "yes\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
def test_stopping_dev_py_stops_what_it_started(tmp_path: Path) -> None:
    """A CI machine that ends dev.py leaves no pytest behind."""
    note = tmp_path / "process"
    child = (
        f"import os, pathlib, time; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(60)"
    )
    code = (
        "import signal, sys; sys.path.insert(0, 'packaging');"
        "import dev; signal.signal(signal.SIGTERM, dev._stop);"
        f"from devtools.processes import call; call([sys.executable, '-c', {child!r}])"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT) as parent:
        deadline = time.monotonic() + 30
        while not (note.exists() and note.read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(60) == 143
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)

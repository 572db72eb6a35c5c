"""What the operating system lacks, and the line that brings it."""

import sys
from pathlib import Path
from typing import Any

import pytest

from devtools import machine
from devtools.machine import Missing
from devtools.processes import DevError

EGL = Missing("libEGL.so.1", {"apt": "libegl1", "dnf": "libglvnd-egl", "pacman": "libglvnd"})
GL = Missing("libGL.so.1", {"apt": "libgl1", "dnf": "libglvnd-glx", "pacman": "libglvnd"})
CHROMIUM = Missing("chromium", {"apt": "chromium", "ubuntu": "chromium-browser", "winget": "Google.Chrome"})


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A table in which nothing stands yet, in place of the real one."""
    made_up: dict[str, Any] = {"library": {}, "command": {}}
    monkeypatch.setattr(machine, "read_system_table", lambda: made_up)
    return made_up


def test_what_no_package_is_known_for_is_named_without() -> None:
    """Better half an answer than a traceback."""
    sentence = machine.missing_sentence([Missing("libodd-2.so.7", {})], "apt", is_root=False)
    assert "libodd-2.so.7" in sentence


def test_the_table_names_debians_packages_for_everything() -> None:
    """It is what dev.py installs with on CI; purposes are spelled as dev.py asks for them."""
    table = machine.read_system_table()
    for purposes in table.values():
        assert purposes.keys() <= {"window", "screen", "test", "package", "compile"}
        assert all(entry["apt"] for entries in purposes.values() for entry in entries.values())


@pytest.mark.usefixtures("table")
def test_headers_of_python_are_asked_for_where_something_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Distributions split them off; elsewhere they come with Python."""
    monkeypatch.setattr("devtools.machine.sysconfig.get_path", lambda _name: str(tmp_path))
    (missing,) = machine.find_missing({"compile"}, "linux")
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert (missing.name, missing.packages["apt"]) == ("Python.h", f"python{version}-dev")
    assert machine.find_missing({"test"}, "linux") == []
    assert machine.find_missing({"compile"}, "darwin") == []
    (tmp_path / "Python.h").touch()
    assert machine.find_missing({"compile"}, "linux") == []


def test_a_machine_without_one_package_manager_still_learns_debians_name() -> None:
    """The person can find the same package under another name."""
    sentence = machine.missing_sentence([EGL], "", is_root=False)
    assert "libEGL.so.1" in sentence
    assert "libegl1" in sentence


@pytest.mark.parametrize(
    ("manager", "line"),
    [
        ("apt", "    sudo apt-get install -y --no-install-recommends libegl1 libgl1\n"),
        ("dnf", "    sudo dnf install -y libglvnd-egl libglvnd-glx\n"),
        ("pacman", "    sudo pacman -S --needed --noconfirm libglvnd\n"),
    ],
)
def test_the_line_installs_everything_at_once(manager: str, line: str) -> None:
    """Each package once, in each system's own words."""
    assert line in machine.missing_sentence([EGL, GL], manager, is_root=False)


def test_root_needs_no_sudo() -> None:
    """A bare container has none."""
    sentence = machine.missing_sentence([EGL], "apt", is_root=True)
    assert "apt-get install" in sentence
    assert "sudo" not in sentence


def test_ubuntu_has_its_own_name_for_chromium() -> None:
    """Debian's name does not exist there."""
    assert machine.packages_for([CHROMIUM, EGL], "ubuntu") == ["chromium-browser", "libegl1"]
    assert machine.packages_for([CHROMIUM, EGL], "apt") == ["chromium", "libegl1"]


@pytest.mark.skipif(sys.platform != "linux", reason="libraries are looked for on Linux only")
def test_only_libraries_that_do_not_load_are_missing(table: dict[str, Any]) -> None:
    """The C library loads everywhere, the other one nowhere."""
    table["library"]["window"] = {"libc.so.6": {}, "libno-such-thing.so.9": {}}
    assert [thing.name for thing in machine.find_missing({"window"})] == ["libno-such-thing.so.9"]


def test_only_what_the_purpose_needs_is_looked_for(table: dict[str, Any]) -> None:
    """`run` must not ask for what only the checks need; Windows has no .so files."""
    table["library"]["screen"] = {"libno-such-thing.so.9": {}}
    assert machine.find_missing({"window"}, "linux") == []
    assert len(machine.find_missing({"screen"}, "linux")) == 1
    assert machine.find_missing({"screen"}, "win32") == []


def test_a_command_may_be_off_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: dict[str, Any]
) -> None:
    """Chrome on Windows and macOS is in a known place instead."""
    monkeypatch.setenv("PROGRAMS", str(tmp_path))
    entry = {"places": ["${PROGRAMS}/chrome"], "everywhere": True, "brew": "google-chrome"}
    table["command"]["test"] = {"no-such-browser": entry}
    for system in ("linux", "darwin", "win32"):
        assert [thing.name for thing in machine.find_missing({"test"}, system)] == ["no-such-browser"]
    del entry["everywhere"]
    assert machine.find_missing({"test"}, "win32") == []
    assert machine.find_missing({"test"}, "linux") != []
    (tmp_path / "chrome").touch()
    assert machine.find_missing({"test"}, "linux") == []


def test_python_without_ensurepip_asks_for_its_venv_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian splits it off, by Python version."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert machine.packages_for(machine.missing_venv_module(), "apt") == [f"python{version}-venv"]


@pytest.mark.parametrize(("name", "version"), [("glibc", "2.34"), ("glibc", "2.36"), ("", ""), ("libc", "1")])
def test_a_c_library_of_today_is_let_in(name: str, version: str) -> None:
    """And so is one that nobody can tell the version of."""
    machine.check_c_library(name, version)


def test_a_c_library_before_2_34_is_refused() -> None:
    """The wheels of PySide6 do not start there."""
    with pytest.raises(DevError, match=r"glibc 2\.31, is too old"):
        machine.check_c_library("glibc", "2.31")


class Machine:
    """A made-up machine that lacks a library until something is installed.

    Attributes:
        commands: The command lines that were run.
        questions: What the person at the terminal was asked.
        works: Whether an installation brings what it should.
    """

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, *, manager: str = "apt", root: bool = False, sudo: bool = False
    ) -> None:
        self.commands: list[list[str]] = []
        self.questions: list[str] = []
        self.works = True
        monkeypatch.setattr(machine, "call", self.note)
        monkeypatch.setattr(machine, "is_root_user", lambda: root)
        monkeypatch.setattr(machine, "sudo_asks_nothing", lambda: sudo)
        monkeypatch.setattr(machine, "package_manager", lambda: manager)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)

    def note(self, command: list[str], env: dict[str, str]) -> int:
        """Stand in for a program that is run."""
        assert env == {"DEBIAN_FRONTEND": "noninteractive"}, "a package's questions would wait for ever"
        self.commands.append(command)
        return 0

    def look(self) -> list[Missing]:
        """List what is missing."""
        return [] if self.works and self.commands else [EGL]

    def sit_at(self, monkeypatch: pytest.MonkeyPatch, answer: str | None) -> None:
        """Put a person at the terminal who answers every question alike, or (None) ends the input."""

        def answered(question: str) -> str:
            self.questions.append(question)
            if answer is None:
                raise EOFError
            return answer

        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        monkeypatch.setattr("builtins.input", answered)


def test_root_is_told_and_gets_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A new machine becomes one that can run the checks, by one command."""
    made_up = Machine(monkeypatch, root=True)
    machine.provide(made_up.look)
    update, install = made_up.commands
    assert (update[0], update[-1]) == ("apt-get", "update")
    assert install[-4:] == ["install", "-y", "--no-install-recommends", "libegl1"]
    told = "lacks libEGL.so.1; installing:\n    apt-get install -y --no-install-recommends libegl1\n"
    assert told in capsys.readouterr().out


def test_a_sudo_that_asks_nothing_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that keeps packages from asking goes through it."""
    made_up = Machine(monkeypatch, sudo=True)
    machine.provide(made_up.look)
    assert [command[:3] for command in made_up.commands] == [
        ["sudo", "env", "DEBIAN_FRONTEND=noninteractive"],
        ["sudo", "env", "DEBIAN_FRONTEND=noninteractive"],
    ]


@pytest.mark.parametrize("answer", ["", "y", "Yes "])
def test_a_person_at_the_terminal_is_asked(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """With the whole line, which then runs; sudo asks for the password itself."""
    made_up = Machine(monkeypatch)
    made_up.sit_at(monkeypatch, answer)
    machine.provide(made_up.look)
    assert "sudo apt-get install -y --no-install-recommends libegl1" in made_up.questions[0]
    assert made_up.commands[-1][0] == "sudo"


@pytest.mark.parametrize("answer", ["n", "what?", None])
def test_a_no_is_a_no(monkeypatch: pytest.MonkeyPatch, answer: str | None) -> None:
    """Also one that says something else, or ends the input: the line is printed, and nothing runs."""
    made_up = Machine(monkeypatch)
    made_up.sit_at(monkeypatch, answer)
    with pytest.raises(DevError, match="Install it with"):
        machine.provide(made_up.look)
    assert (len(made_up.questions), made_up.commands) == (1, [])


def test_without_rights_and_terminal_the_line_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a build machine without sudo."""
    made_up = Machine(monkeypatch)
    with pytest.raises(DevError, match="sudo apt-get install -y --no-install-recommends libegl1"):
        machine.provide(made_up.look)
    assert made_up.commands == []


def test_no_system_packages_means_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither as root nor after a question."""
    made_up = Machine(monkeypatch, root=True)
    made_up.sit_at(monkeypatch, "y")
    with pytest.raises(DevError, match="Install it with"):
        machine.provide(made_up.look, may_install=False)
    assert (made_up.questions, made_up.commands) == ([], [])


def test_what_one_library_hid_is_brought_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """One may need another that is not there either."""
    made_up = Machine(monkeypatch, root=True)
    left = [EGL, GL]
    monkeypatch.setattr(machine, "install", lambda packages, *_how: left.pop(0))
    machine.provide(lambda: left[:1])
    assert left == []
    assert made_up.commands == []


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("dnf", ["sudo", "env", "DEBIAN_FRONTEND=noninteractive", "dnf", "install", "-y", "libglvnd-egl"]),
        (
            "pacman",
            [
                "sudo",
                "env",
                "DEBIAN_FRONTEND=noninteractive",
                "pacman",
                "-S",
                "--needed",
                "--noconfirm",
                "libglvnd",
            ],
        ),
    ],
)
def test_other_systems_install_in_their_own_words(
    monkeypatch: pytest.MonkeyPatch, manager: str, command: list[str]
) -> None:
    """Without questions, by one command."""
    made_up = Machine(monkeypatch, manager=manager, sudo=True)
    machine.provide(made_up.look)
    assert made_up.commands == [command]


def test_homebrew_asks_although_it_needs_no_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody said that we may; and sudo would be wrong there."""
    chrome = Missing("chromium", {"brew": "google-chrome"})
    made_up = Machine(monkeypatch, manager="brew", sudo=True)
    with pytest.raises(DevError, match="    brew install google-chrome\n"):
        machine.provide(lambda: [chrome])
    assert made_up.commands == []


def test_an_installation_that_does_not_help_ends_with_the_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a machine without network; it is tried once."""
    made_up = Machine(monkeypatch, root=True)
    made_up.works = False
    with pytest.raises(DevError, match=r"This machine lacks libEGL\.so\.1"):
        machine.provide(made_up.look)
    assert len(made_up.commands) == 2


def test_nothing_missing_is_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """No installation, no question, no error."""
    made_up = Machine(monkeypatch, root=True)
    machine.provide(list)
    assert made_up.commands == []


@pytest.mark.skipif(sys.platform == "win32", reason="there is no sudo")
def test_only_a_sudo_that_lets_us_through_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one that wants a password, and not none."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not machine.sudo_asks_nothing()
    sudo = tmp_path / "sudo"
    for code, answer in ((1, False), (0, True)):
        sudo.write_text(f"#!/bin/sh\n[ \"$1 $2\" = '-n true' ] && exit {code}\nexit 2\n", encoding="utf-8")
        sudo.chmod(0o755)
        assert machine.sudo_asks_nothing() is answer

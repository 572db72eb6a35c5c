"""When `.venv` is kept, added to or made anew: with a made-up working tree and no real installation."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from devtools import environment as module
from devtools.environment import STAMP_NAME, Environment
from devtools.processes import DevError

PROJECT = '[project]\nname = "thing"\n[tool.ruff]\nline-length = 110\n'


class FakeEnvironment(Environment):
    """An environment whose packages are empty folders.

    Attributes:
        made: How often the environment was made.
        installed: The level's lock file or the project, for each installation.
        fails: Whether installing a lock file fails.
    """

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        super().__init__(root, folder)
        self.made = 0
        self.installed: list[str] = []
        self.fails = False

    def make_by_hand(self) -> None:
        """Make what `python -m venv` makes, as far as it matters."""
        self.python.parent.mkdir(parents=True)
        self.python.touch()
        (self.site_packages / "pip").mkdir(parents=True)

    def package(self, name: str) -> Path:
        """Return the folder of a package."""
        return self.site_packages / name

    def _make(self) -> None:
        self.made += 1
        shutil.rmtree(self.folder, ignore_errors=True)
        self.make_by_hand()
        self._write_stamp({})

    def pip(self, *arguments: str | Path) -> None:
        target = Path(arguments[-1])
        self.installed.append(target.name)
        if self.fails:
            raise DevError("no network")
        if target.suffix == ".txt":
            for name in re.findall("^(.+)==", target.read_text(encoding="utf-8"), re.MULTILINE):
                self.package(name).mkdir(exist_ok=True)
                self.package(f"{name}-1.0.dist-info").mkdir(exist_ok=True)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEnvironment:
    """A working tree with lock files and no environment yet."""
    locks = tmp_path / "tree" / "packaging" / "locks"
    locks.mkdir(parents=True)
    (locks / "run.txt").write_text("some_thing==1.0 \\\n", encoding="utf-8")
    (locks / "test.txt").write_text("some_thing==1.0 \\\npytest==9 \\\n", encoding="utf-8")
    (tmp_path / "tree" / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    return FakeEnvironment(tmp_path / "tree")


def again(tree: FakeEnvironment) -> FakeEnvironment:
    """Return the same tree as the next start of dev.py sees it."""
    return FakeEnvironment(tree.root)


def test_the_first_set_up_makes_and_installs(tree: FakeEnvironment) -> None:
    """The lock file first, then the project."""
    tree.prepare("run")
    assert tree.made == 1
    assert tree.installed == ["run.txt", "tree"]


def test_the_second_set_up_does_nothing(tree: FakeEnvironment) -> None:
    """It is what makes a start instant."""
    tree.prepare("run")
    second = again(tree)
    second.prepare("run")
    assert (second.made, second.installed) == (0, [])


def test_checks_add_to_what_running_made(tree: FakeEnvironment) -> None:
    """One environment for both, and `run` does not take anything away again."""
    tree.prepare("run")
    second = again(tree)
    second.prepare("test")
    assert (second.made, second.installed) == (0, ["test.txt", "tree"])
    third = again(tree)
    third.prepare("run")
    assert third.installed == []


def test_an_interrupted_set_up_is_made_anew(tree: FakeEnvironment) -> None:
    """Half a package may lie about in it."""
    tree.fails = True
    with pytest.raises(DevError):
        tree.prepare("run")
    second = again(tree)
    second.prepare("run")
    assert (second.made, second.installed) == (1, ["run.txt", "tree"])
    third = again(tree)
    third.prepare("run")
    assert third.made == 0


def test_an_interrupted_addition_is_noticed(tree: FakeEnvironment) -> None:
    """The old stamp must not speak for what is now half done."""
    tree.prepare("run")
    second = again(tree)
    second.fails = True
    with pytest.raises(DevError):
        second.prepare("test")
    assert again(tree).must_be_made()


@pytest.mark.long
def test_a_real_environment_is_made_in_place_of_what_was_there(tree: FakeEnvironment) -> None:
    """It has a Python that starts, and counts as half done until something is installed."""
    tree.make_by_hand()
    tree.package("left_over").mkdir()
    real = Environment(tree.root)
    real._make()
    assert real.must_be_made()
    assert not tree.package("left_over").exists()
    code = "import sys; print(sys.prefix)"
    result = subprocess.run([real.python, "-c", code], capture_output=True, text=True, check=True)
    assert Path(result.stdout.strip()).resolve() == real.folder.resolve()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"level": "run"}', "null"])
def test_a_broken_stamp_is_no_stamp(tree: FakeEnvironment, content: str) -> None:
    """The environment is made anew, without a traceback."""
    tree.prepare("run")
    (tree.folder / STAMP_NAME).write_text(content, encoding="utf-8")
    second = again(tree)
    second.prepare("run")
    assert second.made == 1


def test_a_lost_package_is_noticed(tree: FakeEnvironment) -> None:
    """Its files are gone while its records are still there, or the other way round."""
    for name in ("some_thing", "some_thing-1.0.dist-info"):
        again(tree).prepare("run")
        shutil.rmtree(tree.package(name))
        assert again(tree).must_be_made()
    again(tree).prepare("run")
    assert again(tree).is_at("run")


def test_an_environment_of_another_python_is_made_anew(
    tree: FakeEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its packages lie where ours does not look, or are compiled for it."""
    tree.prepare("run")
    monkeypatch.setattr("sys.version_info", (3, 99, 0))
    assert again(tree).must_be_made()


def test_a_moved_environment_is_made_anew(tree: FakeEnvironment, tmp_path: Path) -> None:
    """The programs in it name the old place."""
    tree.prepare("run")
    tree.root.rename(tmp_path / "elsewhere")
    assert FakeEnvironment(tmp_path / "elsewhere").must_be_made()


def test_an_environment_without_its_python_is_made_anew(tree: FakeEnvironment) -> None:
    """The system's Python that it was made from was removed."""
    tree.prepare("run")
    tree.python.unlink()
    assert again(tree).must_be_made()


def test_somebody_elses_environment_is_added_to(tree: FakeEnvironment) -> None:
    """Nothing that dev.py did not make is deleted, also when something fails or the lock file changes."""
    tree.make_by_hand()
    tree.package("their_own").mkdir()
    tree.fails = True
    with pytest.raises(DevError):
        tree.prepare("test")
    second = again(tree)
    second.prepare("test")
    assert (second.made, second.installed) == (0, ["test.txt", "tree"])
    tree.lock_file("test").write_text("other==1 \\\n", encoding="utf-8")
    third = again(tree)
    third.prepare("run")
    assert (third.made, third.installed) == (0, ["test.txt", "tree"])
    assert tree.package("their_own").exists()
    shutil.rmtree(tree.package("their_own"))
    assert again(tree).is_at("test"), "what is not ours is no damage"


def test_a_changed_lock_file_makes_it_anew(tree: FakeEnvironment) -> None:
    """With all that was there; a package that is locked no longer must not hide that it is still needed."""
    tree.prepare("test")
    tree.lock_file("test").write_text("other==1 \\\n", encoding="utf-8")
    second = again(tree)
    second.prepare("run")
    assert (second.made, second.installed) == (1, ["test.txt", "tree"])
    assert not tree.package("some_thing").exists()


def test_only_the_installation_s_part_of_pyproject_counts(tree: FakeEnvironment) -> None:
    """A change to ruff's settings installs nothing."""
    tree.prepare("run")
    file = tree.root / "pyproject.toml"
    file.write_text(PROJECT.replace("110", "100"), encoding="utf-8")
    assert again(tree).is_at("run")
    file.write_text(PROJECT.replace("thing", "think"), encoding="utf-8")
    assert not again(tree).is_at("run")


def test_the_stamp_says_what_is_there(tree: FakeEnvironment) -> None:
    """It is plain JSON for whoever looks."""
    tree.prepare("test")
    stamp = json.loads((tree.folder / STAMP_NAME).read_text(encoding="utf-8"))
    assert stamp["level"] == "test"
    packages = ["pytest", "pytest-1.0.dist-info", "some_thing", "some_thing-1.0.dist-info"]
    assert stamp["entries"] == ["pip", *packages]


def test_two_set_ups_do_not_run_at_once(tree: FakeEnvironment) -> None:
    """The lock is taken once, and free again afterwards."""
    with module.one_at_a_time(tree.folder):
        file = next(tree.root.parent.glob("authws-dev-*.lock"))
        with file.open("a") as second:
            assert not module.try_lock(second)
    with file.open("a") as third:
        assert module.try_lock(third)


def test_an_environment_of_its_own_has_only_the_packages(tree: FakeEnvironment) -> None:
    """Where packages are built or tried, the project itself is installed by who asked for it."""
    other = FakeEnvironment(tree.root, tree.root / "build" / "venv")
    other.prepare("run")
    assert (other.made, other.installed) == (1, ["run.txt"])
    (tree.root / "pyproject.toml").write_text(PROJECT.replace("thing", "think"), encoding="utf-8")
    assert other.is_at("run")

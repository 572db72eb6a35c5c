"""How the programs of each language are installed, built and started."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.clients.table import Client

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
BUILD = HERE.parents[1] / "build" / "clients"


class SetupError(Exception):
    """A language's tools or packages are missing; the text says which and how to get them."""


Prepare = Callable[[Sequence[Client]], None]


@dataclass(frozen=True)
class Language:
    """A language of the table.

    Attributes:
        prepare: Installs or builds what its programs need, unless that is there.
        command: Returns the command line that starts a client's program.
        debian: Debian's packages that bring it; empty where PyPI or npm do.
    """

    prepare: Prepare
    command: Callable[[Client], list[str]]
    debian: tuple[str, ...] = ()


def require(command: Sequence[str | Path], failure: str, cwd: Path = HERE) -> None:
    """Run a program that has to succeed.

    Raises:
        SetupError: With what it printed.
    """
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, cwd=cwd, check=False
    )
    if done.returncode:
        raise SetupError(f"{failure}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def digest_of(*files: Path) -> str:
    """Return a digest of files: what was made from them is kept as long as it stays."""
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def is_fresh(stamp: Path, digest: str) -> bool:
    """Tell whether a stamp file says that this digest was dealt with."""
    return stamp.exists() and stamp.read_text(encoding="utf-8") == digest


def _python_in(name: str) -> str:
    inside = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
    return str(BUILD.joinpath(name, *inside))


def _prepare_environment(name: str, lock: Path) -> None:
    """Make a Python environment of its own from a lock file."""
    folder, stamp = BUILD / name, BUILD / name / "stamp"
    digest = f"{sys.version} {digest_of(lock)}"
    if is_fresh(stamp, digest):
        return
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True)
    pip = [_python_in(name), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    require([*pip, "--no-deps", "--require-hashes", "-r", lock], f"pip could not install {lock.name}.")
    stamp.write_text(digest, encoding="utf-8")


def _prepare_node(_clients: Sequence[Client]) -> None:
    digest = digest_of(HERE / "package-lock.json")
    stamp = HERE / "node_modules" / ".stamp"  # `npm ci` begins by emptying this folder.
    if is_fresh(stamp, digest):
        return
    npm = shutil.which("npm")
    if npm is None:
        raise SetupError("The clients of npm need Node.js 20 or newer with npm: install nodejs and npm.")
    require([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], "npm could not install the clients.")
    stamp.write_text(digest, encoding="utf-8")


def _nothing(_clients: Sequence[Client]) -> None:
    """A script needs nothing but its interpreter and Debian's packages."""


def _build_each(name: str, command: Callable[[Client, Path], list[str | Path]]) -> Prepare:
    """Return what builds each program of a compiled language into a file that bears its stem."""

    def prepare(clients: Sequence[Client]) -> None:
        digest = digest_of(*sorted(each for each in (PROGRAMS / name).iterdir() if each.is_file()))
        folder, stamp = BUILD / name, BUILD / name / "stamp"
        if not is_fresh(stamp, digest):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        for client in clients:
            target = folder / Path(client.program).stem
            if not target.exists():
                require(command(client, target), f"{client.program} could not be built.", PROGRAMS / name)
        stamp.write_text(digest, encoding="utf-8")

    return prepare


def _built(client: Client) -> list[str]:
    return [str(BUILD / client.language / Path(client.program).stem)]


def _go(client: Client, target: Path) -> list[str | Path]:
    # Debian's Go packages are a GOPATH and no modules: nothing is fetched.
    switches = ["GO111MODULE=off", "GOPATH=/usr/share/gocode", f"GOCACHE={BUILD / 'go-cache'}"]
    return ["env", *switches, "go", "build", "-o", target, "walk.go", client.program]


def _cpp(client: Client, target: Path) -> list[str | Path]:
    libraries = ["-lwebsockets"] if client.package == "libwebsockets-dev" else ["-lboost_system"]
    return ["g++", "-std=c++17", "-O1", "-pthread", client.program, "-o", target, *libraries]


JARS = ":".join(
    f"/usr/share/java/{name}.jar"
    for name in (
        *("okhttp", "okio", "servlet-api", "tomcat10-api", "tomcat10-websocket", "tomcat10-websocket-api"),
        *(
            "tomcat10-websocket-client-api",
            "tomcat10-coyote",
            "tomcat10-juli",
            "tomcat10-util",
            "tomcat10-annotations-api",
        ),
        *(f"jetty9-{part}" for part in ("client", "http", "io", "util", "xml")),
        *(f"jetty9-websocket-{part}" for part in ("api", "client", "common")),
    )
)


def _java(client: Client, target: Path) -> list[str | Path]:
    return ["javac", "-encoding", "UTF-8", "-cp", JARS, "-d", target, "Walk.java", client.program]


def _run_java(client: Client) -> list[str]:
    # The first compiler stage alone: a program that lives for a second never pays for the second one.
    classes = BUILD / "java" / Path(client.program).stem
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{classes}:{JARS}", classes.name]


def _run_qt(client: Client) -> list[str]:
    path = f"PYTHONPATH={PROGRAMS / 'python'}"
    return ["env", path, _python_in("qt"), str(PROGRAMS / "qt" / client.program)]


def _script(*interpreter: str) -> Callable[[Client], list[str]]:
    return lambda client: [*interpreter, str(PROGRAMS / client.language / client.program)]


LANGUAGES = {
    "python": Language(
        lambda _clients: _prepare_environment("python", HERE / "requirements.txt"),
        lambda client: _script(_python_in("python"))(client),
    ),
    "node": Language(_prepare_node, _script("node")),
    "go": Language(
        _build_each("go", _go),
        _built,
        (
            "golang-go",
            "golang-github-gorilla-websocket-dev",
            "golang-nhooyr-websocket-dev",
            "golang-golang-x-net-dev",
        ),
    ),
    "java": Language(
        _build_each("java", _java),
        _run_java,
        (
            "openjdk-17-jdk-headless",
            "libokhttp-java",
            "libjetty9-java",
            "libjetty9-extra-java",
            "libtomcat10-java",
        ),
    ),
    "ruby": Language(_nothing, _script("ruby"), ("ruby-faye-websocket", "ruby-eventmachine")),
    "perl": Language(_nothing, _script("perl"), ("libmojolicious-perl",)),
    "cpp": Language(
        _build_each("cpp", _cpp),
        _built,
        ("g++", "libboost-dev", "libboost-system-dev", "libwebsocketpp-dev", "libwebsockets-dev"),
    ),
    "qt": Language(lambda _clients: _prepare_environment("qt", HERE / "requirements-qt.txt"), _run_qt),
}
ALWAYS = ("python", "node")


def missing_packages(languages: Sequence[str]) -> list[str]:
    """Return Debian's packages that the languages need and that are not installed."""
    needed = [package for name in languages for package in LANGUAGES[name].debian]
    return [package for package in needed if not _is_installed(package)]


def _is_installed(package: str) -> bool:
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    try:
        return subprocess.run(query, capture_output=True, text=True, check=False).stdout == "installed"
    except FileNotFoundError:
        return False

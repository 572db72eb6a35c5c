"""What is tried in the clean root, one function each. The first line of each says what must hold."""

import contextlib
import json
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from devtools.package.clean_root import FULL_DISK_BYTES, QUIET, USER, USER_ID, CleanRoot
from devtools.package.places import NAME
from devtools.package.screen import open_screen
from devtools.processes import DevError

PROGRAM = f"/usr/bin/{NAME}"
PASSED = "The self-test passed."
LOCALE = {"LANG": "C.UTF-8"}


def demand(holds: object, sentence: str) -> None:
    """Fail the packaging run with a sentence unless something holds."""
    if not holds:
        raise DevError(f"In the clean root: {sentence}")


def self_test_on_a_screen(root: CleanRoot) -> str:
    """The self-test passes under Xvfb, without Python, tray, D-Bus, window manager or fonts of its own."""
    result = root.in_xvfb(PROGRAM, "--self-test", env=LOCALE)
    demand("open the window: xcb" in result.stdout, f"the window is not on the screen:\n{result.stdout}")
    demand(PASSED in result.stdout, f"the self-test says\n{result.stdout}{result.stderr}")
    return f"{len(result.stdout.splitlines()) - 1} steps"


def self_test_in_the_c_locale(root: CleanRoot) -> str:
    """The self-test passes with no locale and a temporary folder outside ASCII."""
    folder = "/tmp/Ünïcødé 名前"
    root.run("mkdir", "--mode=1777", folder)
    command = ("env", f"TMPDIR={folder}", PROGRAM, "--self-test")  # xvfb-run itself stumbles over the space
    result = root.in_xvfb(*command, env={"LC_ALL": "C"})
    demand(PASSED in result.stdout, f"the self-test says\n{result.stdout}{result.stderr}")
    return f"in {folder}"


def start_without_a_screen(root: CleanRoot) -> str:
    """A start without a screen is a sentence that names `serve`, not an abort."""
    result = root.run(PROGRAM, user=USER_ID, check=False)
    demand(result.returncode == 1, f"it ended with {result.returncode}:\n{result.stderr}")
    demand("authws-desktop serve" in result.stderr, f"it said {result.stderr!r}")
    return "a sentence"


def serve_without_a_screen(root: CleanRoot) -> str:
    """`serve` answers over HTTP without a screen."""
    with _serving(root, "/var/tmp/serve") as ready:
        demand(_health(ready) == {"status": "ok"}, "/healthz answers something else")
    return "answers"


def _health(ready: dict[str, str]) -> object:
    with urllib.request.urlopen(f"{ready['http']}/healthz", timeout=10) as answer:
        return json.load(answer)


class _serving:  # noqa: N801 - used as a statement
    """Runs `serve --json` for the length of a block."""

    def __init__(self, root: CleanRoot, folder: str) -> None:
        command = ["chroot", f"--userspec={USER_ID}:{USER_ID}", str(root.folder), PROGRAM, "serve", "--json"]
        command += ["--host", "127.0.0.1", "--port", "0", "--data-dir", folder]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/"
        )

    def __enter__(self) -> dict[str, str]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        demand(line, f"serve said {self._process.communicate()[1] if not line else ''}")
        ready: dict[str, str] = json.loads(line)
        return ready

    def __exit__(self, *_error: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate(timeout=30)
        demand(self._process.returncode == 0, f"serve ended with {self._process.returncode}")


def versions(root: CleanRoot) -> str:
    """`--version` names program, Python, Qt and websockets."""
    text = root.run(PROGRAM, "--version").stdout.strip()
    for word in (NAME, "Python 3.", "Qt 6.", "websockets "):
        demand(word in text, f"--version says {text!r}")
    return text


def read_only_home(root: CleanRoot) -> str:
    """A home that cannot be written is a sentence that names the file."""
    result = root.run(PROGRAM, "serve", user=USER_ID, check=False, env={"HOME": "/usr/share/doc"})
    demand(result.returncode == 1, f"it ended with {result.returncode}:\n{result.stderr}")
    demand("cannot be written" in result.stderr and "Traceback" not in result.stderr, result.stderr)
    return "a sentence"


def full_disk(root: CleanRoot) -> str:
    """A data folder on a full disk is a sentence, and what was there stays."""
    folder = root.folder / "mnt"
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={FULL_DISK_BYTES}", "tmpfs", folder], check=True)
    folder.chmod(0o777)
    keep, filler = folder / "keep", folder / "filler"
    keep.write_bytes(b"mine")
    with contextlib.suppress(OSError):
        filler.write_bytes(bytes(FULL_DISK_BYTES))
    result = root.run(PROGRAM, "serve", "--port", "0", "--data-dir", "/mnt", user=USER_ID, check=False)
    content = keep.read_bytes()
    subprocess.run(["umount", folder], check=True)
    demand(result.returncode == 1 and "Traceback" not in result.stderr, result.stderr)
    demand(content == b"mine", "a file on the full disk changed")
    return result.stderr.strip().splitlines()[-1][:60] + "…"


def started_twice(root: CleanRoot) -> str:
    """Two starts at the same moment on one new data folder share one secret and both work or say why."""
    with _serving(root, "/var/tmp/twice") as first, _serving(root, "/var/tmp/twice") as second:
        for ready in (first, second):
            demand(_health(ready), "one of them does not answer")
    return "both answer"


def killed_while_starting(root: CleanRoot) -> str:
    """A start that is killed at any moment leaves a data folder with which the next one works."""
    folder = "/var/tmp/killed"
    command = ["chroot", f"--userspec={USER_ID}:{USER_ID}", str(root.folder), PROGRAM, "serve", "--port", "0"]
    delays = [0.05 * step for step in range(1, 15)]
    for delay in delays:
        process = subprocess.Popen(
            [*command, "--data-dir", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(delay)
        process.kill()
        process.wait()
    with _serving(root, folder):
        pass
    return f"{len(delays)} times"


def used_on_a_screen(root: CleanRoot, picture_file: Path) -> str:
    """The window is seen with its server running, and ends cleanly on SIGTERM."""
    with open_screen() as screen:
        sockets = root.folder / "tmp" / ".X11-unix"
        sockets.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "--bind", "/tmp/.X11-unix", sockets], check=True)
        command = ["chroot", f"--userspec={USER_ID}:{USER_ID}", str(root.folder), "/usr/bin/env", "-i"]
        command += [f"DISPLAY={screen.display}", f"HOME=/home/{USER}", "LANG=C.UTF-8", PROGRAM]
        command += ["--start", "--port", "0"]
        processes: list[subprocess.Popen[bytes]] = []
        try:
            took = screen.seconds_until_drawn(lambda: processes.append(subprocess.Popen(command)))
            time.sleep(2)  # for the first seconds' pictures: the state, the address
            picture = screen.picture()
        finally:
            for process in processes:
                process.terminate()
                process.wait(30)
            subprocess.run(["umount", "--lazy", sockets], check=True)
    picture_file.write_bytes(picture.png())
    demand(picture.count_colours() > 50, "the window is blank")
    demand(processes[0].returncode == 0, f"it ended with {processes[0].returncode}")
    demand(
        (root.folder / "home" / USER / ".local/share" / NAME / "accounts.db").is_file(),
        "no accounts were made",
    )
    return f"drawn after {took:.2f} s, picture in {picture_file.name}"


def removal(root: CleanRoot) -> str:
    """Removing the package takes all of it away, and nothing of the user's."""
    root.run("apt-get", "remove", "-qq", "-y", NAME, env=QUIET)
    left = root.run(
        "sh", "-c", f"ls -d /usr/lib/{NAME} {PROGRAM} /usr/share/doc/{NAME} 2>/dev/null", check=False
    )
    demand(not left.stdout.strip(), f"what is left is\n{left.stdout}")
    demand(
        (root.folder / "home" / USER / ".local/share" / NAME / "accounts.db").is_file(), "accounts are gone"
    )
    return "gone, accounts kept"


def tarball(root: CleanRoot) -> str:
    """The .tar.gz works where it is unpacked and where its script installs it, for a user without rights."""
    home, folder = f"/home/{USER}", f"/home/{USER}/Zażółć gęślą"
    shell = f"mkdir '{folder}' && cd '{folder}' && tar xzf /var/cache/{NAME}.tar.gz --strip-components=1"
    root.run("sh", "-c", shell, user=USER_ID)
    root.run(f"{folder}/install.sh", user=USER_ID)
    entry = root.run("cat", f"{home}/.local/share/applications/{NAME}.desktop").stdout
    demand(f'Exec="{home}/.local/bin/{NAME}"' in entry, f"the menu's entry is\n{entry}")
    for program in (f"{folder}/lib/{NAME}/{NAME}", f"{home}/.local/bin/{NAME}"):
        result = root.in_xvfb(program, "--self-test", env=LOCALE)
        demand(PASSED in result.stdout, f"{program} says\n{result.stdout}{result.stderr}")
    root.run(f"{folder}/install.sh", "--remove", user=USER_ID)
    own = (f"{home}/.local/state/{NAME}", f"{home}/.local/share/{NAME}")
    skipped = [word for folder in own for word in ("-path", folder, "-prune", "-o")]
    left = root.run("find", f"{home}/.local", *skipped, "-name", f"*{NAME}*", "-print").stdout
    demand(not left, f"what is left is\n{left}")
    return "works unpacked and installed; removed again"


def trials(picture_file: Path) -> list[Callable[[CleanRoot], str]]:
    """Return all trials in their order."""

    def used(root: CleanRoot) -> str:
        return used_on_a_screen(root, picture_file)

    used.__doc__ = used_on_a_screen.__doc__
    return [
        versions,
        self_test_on_a_screen,
        self_test_in_the_c_locale,
        start_without_a_screen,
        serve_without_a_screen,
        read_only_home,
        full_disk,
        started_twice,
        killed_while_starting,
        used,
        removal,
        tarball,
    ]

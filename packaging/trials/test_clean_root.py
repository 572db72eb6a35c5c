"""The .deb and the .tar.gz in a bare Debian: tried as a person would, in the order of these trials."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from devtools.package.places import NAME, Places
from trials.conftest import PASSED, USER_ID
from trials.roots import BareRoot

if sys.platform == "linux":
    from trials.screens import open_screen, picture, seconds_until_drawn

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="chroot")
PROGRAM = f"/usr/bin/{NAME}"
HOME = f"/home/{USER_ID}"
SHARE_SCREENS = 'mkdir -m 1777 "$root/tmp/.X11-unix"; mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"'


def passes_on_a_screen(root: BareRoot, program: str, prepare: str = "", **env: str) -> str:
    command = ("xvfb-run", "-a", program, "--self-test")
    said = root.run(*command, user=USER_ID, env=env, prepare=prepare).stdout
    assert PASSED in said
    return said


@contextlib.contextmanager
def serving(root: BareRoot, folder: str) -> Iterator[str]:
    """Run `serve` for the length of a block, which gets its address."""
    options = ("--json", "--host", "127.0.0.1", "--port", "0", "--data-dir", folder)
    command = root.command(PROGRAM, "serve", *options, user=USER_ID)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        yield json.loads(line)["http"]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        assert process.returncode == 0


def health(address: str) -> object:
    with urllib.request.urlopen(f"{address}/healthz", timeout=10) as answer:
        return json.load(answer)


def test_versions(root: BareRoot, tell: Callable[[str], None]) -> None:
    """`--version` names program, Python, Qt and websockets."""
    text = root.run(PROGRAM, "--version").stdout.strip()
    for word in (NAME, "Python 3.", "Qt 6.", "websockets "):
        assert word in text
    tell(text)


def test_dpkg_can_check_the_installation(root: BareRoot) -> None:
    """Every file has its sum in the package, and is as it was packed."""
    assert root.run("dpkg", "--verify", NAME).stdout == ""
    assert f"/usr/lib/{NAME}" in root.run("dpkg", "--listfiles", NAME).stdout
    assert len(root.run("cat", f"/var/lib/dpkg/info/{NAME}.md5sums").stdout.splitlines()) > 100


def test_the_self_test_on_a_screen(root: BareRoot) -> None:
    """It passes under Xvfb, without Python, tray, D-Bus, window manager or fonts of its own."""
    assert "open the window: xcb" in passes_on_a_screen(root, PROGRAM, LANG="C.UTF-8")


def test_the_self_test_in_the_c_locale(root: BareRoot) -> None:
    """It passes with no locale and a temporary folder outside ASCII."""
    folder = "/var/tmp/Ünïcødé 名前"
    root.run("mkdir", "--mode=1777", "--parents", folder)
    # xvfb-run itself stumbles over the blank, so only the program gets the folder.
    script = f'TMPDIR="{folder}" exec {PROGRAM} "$@"'
    command = ("xvfb-run", "-a", "sh", "-c", script, "sh", "--self-test")
    assert PASSED in root.run(*command, user=USER_ID, env={"LC_ALL": "C"}).stdout


def test_a_start_without_a_screen(root: BareRoot) -> None:
    """It is a sentence that names `serve`, not an abort."""
    result = root.run(PROGRAM, user=USER_ID, check=False)
    assert result.returncode == 1
    assert "authws-desktop serve" in result.stderr


def test_serve_without_a_screen(root: BareRoot) -> None:
    """It answers over HTTP."""
    with serving(root, "/var/tmp/serve") as address:
        assert health(address) == {"status": "ok"}


def test_serve_without_a_home(root: BareRoot) -> None:
    """A user whom the system does not know, without HOME, is told what to set."""
    result = root.run("env", "-u", "HOME", PROGRAM, "serve", user=4242, check=False)
    assert result.returncode == 1
    assert "--data-dir FOLDER" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_home_that_cannot_be_written(root: BareRoot) -> None:
    """It is a sentence that names the file."""
    result = root.run(PROGRAM, "serve", user=USER_ID, check=False, env={"HOME": "/usr/share/doc"})
    assert result.returncode == 1
    assert "cannot be written" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_full_disk(root: BareRoot) -> None:
    """A data folder there is a sentence, and what was there stays."""
    fill = 'mount -t tmpfs -o size=64k,mode=0777 tmpfs "$root/mnt"; printf mine > "$root/mnt/keep"'
    fill += '; head -c 65536 /dev/zero > "$root/mnt/filler" || true'
    script = f"{PROGRAM} serve --port 0 --data-dir /mnt; echo $?; cat /mnt/keep"
    result = root.run("sh", "-c", script, user=USER_ID, prepare=fill)
    assert result.stdout == "1\nmine"
    assert "Traceback" not in result.stderr
    assert result.stderr.strip()


def test_two_starts_at_the_same_moment(root: BareRoot) -> None:
    """On one new data folder both work."""
    with serving(root, "/var/tmp/twice") as first, serving(root, "/var/tmp/twice") as second:
        assert health(first) == health(second) == {"status": "ok"}


def test_a_start_that_is_killed(root: BareRoot) -> None:
    """At any moment, it leaves a data folder with which the next one works."""
    folder = "/var/tmp/killed"
    command = root.command(PROGRAM, "serve", "--port", "0", "--data-dir", folder, user=USER_ID)
    for step in range(1, 15):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(0.05 * step)
            process.kill()
    with serving(root, folder) as address:
        assert health(address)


def test_the_window_is_used(root: BareRoot, places: Places, tell: Callable[[str], None]) -> None:
    """It is seen with its server running, and ends cleanly on SIGTERM."""
    started: list[subprocess.Popen[bytes]] = []
    with open_screen() as display:
        env = {"DISPLAY": display, "LANG": "C.UTF-8"}
        options = ("--start", "--port", "0")
        command = root.command(PROGRAM, *options, user=USER_ID, env=env, prepare=SHARE_SCREENS)
        try:
            took_s = seconds_until_drawn(display, lambda: started.append(subprocess.Popen(command)))
            time.sleep(2)  # for the first seconds' pictures: the state, the address
            seen = picture(display)
        finally:
            started[0].terminate()
            assert started[0].wait(30) == 0
    seen.save(places.work / "clean-root.png")
    colours = seen.getcolors(maxcolors=seen.width * seen.height)
    assert colours is not None
    assert len(colours) > 50, "the window is blank"
    assert (root.folder / HOME[1:] / ".local/share" / NAME / "accounts.db").is_file()
    tell(f"drawn after {took_s:.2f} s, see build/package/clean-root.png")


def test_removal(root: BareRoot) -> None:
    """It takes all of the package away, and nothing of the user's."""
    root.run("apt-get", "remove", "-qq", "-y", NAME, env={"DEBIAN_FRONTEND": "noninteractive"})
    look = f"ls -d /usr/lib/{NAME} {PROGRAM} /usr/share/doc/{NAME} 2>/dev/null"
    assert root.run("sh", "-c", look, check=False).stdout == ""
    assert (root.folder / HOME[1:] / ".local/share" / NAME / "accounts.db").is_file()


def test_the_tarball(root: BareRoot) -> None:
    """It works where it is unpacked and where its script installs it, for a user without rights."""
    folder = f"{HOME}/Zażółć gęślą"
    shell = f"mkdir '{folder}' && cd '{folder}' && tar xzf /var/cache/{NAME}.tar.gz --strip-components=1"
    root.run("sh", "-c", shell, user=USER_ID)
    root.run(f"{folder}/install.sh", user=USER_ID)
    entry = root.run("cat", f"{HOME}/.local/share/applications/{NAME}.desktop").stdout
    assert f'Exec="{HOME}/.local/bin/{NAME}"' in entry
    for program in (f"{folder}/lib/{NAME}/{NAME}", f"{HOME}/.local/bin/{NAME}"):
        passes_on_a_screen(root, program, LANG="C.UTF-8")
    root.run(f"{folder}/install.sh", "--remove", user=USER_ID)
    own = (f"{HOME}/.local/state/{NAME}", f"{HOME}/.local/share/{NAME}")
    skipped = [word for each in own for word in ("-path", each, "-prune", "-o")]
    assert root.run("find", f"{HOME}/.local", *skipped, "-name", f"*{NAME}*", "-print").stdout == ""

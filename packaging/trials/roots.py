"""Bare Debians and Ubuntus in folders: made by debootstrap, kept, copied for each trial, entered by chroot.

Every command gets a mount namespace of its own. What is mounted for it goes with it, so that deleting a root
never deletes what was only mounted there, whatever happened before.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from devtools.processes import DevError, output_of, say

PROGRAMS = ("debootstrap", "chroot", "mount", "unshare")
SCRIPTS = Path("/usr/share/debootstrap/scripts")
UBUNTUS = ("noble", "resolute")
"""24.04 and 26.04. Every Ubuntu since 7.10 is made by the same script."""
TIMEOUT_S = 300
CERTIFICATES = "/etc/certificates-of-the-host.crt"
CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "PIP_CERT", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE")
NETWORK_VARIABLES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
ENTER = """\
set -e
root=$1; shift
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mkdir -p "$root/dev/shm"
mount -t tmpfs tmpfs "$root/dev/shm"
{prepare}
exec chroot "$@"
"""


def obstacle() -> str:
    """Say what keeps a bare root from being made here, or ""."""
    if sys.platform != "linux":
        return "it needs Linux"
    if os.geteuid() != 0:
        return "it needs root"
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    return f"{', '.join(missing)} is not installed" if missing else ""


class BareRoot:
    """A Debian system in a folder.

    Attributes:
        folder: Its `/`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def command(
        self, *command: str, user: int = 0, env: Mapping[str, str] | None = None, prepare: str = ""
    ) -> list[str]:
        """Return the command line that runs a command in it, with hardly any environment.

        All programs on the way replace themselves, so a signal to the process reaches the command.

        Args:
            command: The program and its arguments.
            user: Number of the user it runs as.
            env: Additions to the environment.
            prepare: Lines of shell that run before, outside, with the root's folder in `$root`.
        """
        home = "/root" if user == 0 else f"/home/{user}"
        variables = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": home, **(env or {})}
        enter = ["unshare", "--mount", "sh", "-c", ENTER.format(prepare=prepare), "enter", str(self.folder)]
        words = [f"{name}={value}" for name, value in variables.items()]
        return [*enter, f"--userspec={user}:{user}", str(self.folder), "/usr/bin/env", "-i", *words, *command]

    def run(
        self,
        *command: str,
        user: int = 0,
        env: Mapping[str, str] | None = None,
        prepare: str = "",
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in it, see `command`, and return what it said.

        Raises:
            DevError: It failed, and `check` is set.
        """
        result = subprocess.run(
            self.command(*command, user=user, env=env, prepare=prepare),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIMEOUT_S,
            check=False,
        )
        if check and result.returncode:
            raise DevError(f"{result.stdout}{result.stderr}In the bare root this failed: {' '.join(command)}")
        return result

    def install(self, *packages: str) -> None:
        """Install with apt what is named and what that depends on, nothing more."""
        options = ["-qq", "-y", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0"]
        self.run("apt-get", "install", *options, *packages, env={"DEBIAN_FRONTEND": "noninteractive"})

    def share_network_settings(self) -> dict[str, str]:
        """Bring this machine's own certificates along; returns the variables that name them, and proxies."""
        variables = {name: os.environ[name] for name in NETWORK_VARIABLES if os.environ.get(name)}
        for name in CERTIFICATE_VARIABLES:
            if os.environ.get(name):
                shutil.copyfile(os.environ[name], self.folder / CERTIFICATES.removeprefix("/"))
                variables[name] = CERTIFICATES
        return variables


@contextlib.contextmanager
def bare_root(work: Path, suite: str) -> Iterator[BareRoot]:
    """Make a minimal Debian or Ubuntu from a copy kept since the last time, and take it away in the end.

    Args:
        work: The folder for the copy and for what is in use.
        suite: The release's code name, such as "trixie" or "noble".
    """
    base, folder = work / f"{suite}-base", work / f"{suite}-in-use"
    if not (base / "complete").exists():
        say(f"  making a bare {suite} (once)")
        shutil.rmtree(base, ignore_errors=True)
        base.mkdir(parents=True)
        components = ["--components=main,universe"] if suite in UBUNTUS else []
        make = ["debootstrap", "--variant=minbase", *components, suite, base, *_mirror_and_script(suite)]
        output_of(make, "debootstrap failed")
        (base / "complete").touch()
    shutil.rmtree(folder, ignore_errors=True)
    try:
        output_of(["cp", "-a", "--reflink=auto", base, folder], "cp failed")
        shutil.copyfile("/etc/resolv.conf", folder / "etc" / "resolv.conf")
        # A mirror may be a copy of some day: debootstrap takes it as it is, apt only when told so.
        (folder / "etc/apt/apt.conf.d/99trial").write_text('Acquire::Check-Valid-Until "false";\n')
        root = BareRoot(folder)
        root.run("apt-get", "-qq", "update")
        yield root
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _mirror_and_script(suite: str) -> list[str | Path]:
    """Return what debootstrap needs to be told of a release that it is too old to know."""
    if suite in UBUNTUS:
        script = SCRIPTS / "gutsy"
        # The first one there is that of releases that are no longer kept up.
        _, mirror, *_ = re.findall(r"default_mirror (\S+)", script.read_text(encoding="utf-8"))
        return [mirror, script]
    if (SCRIPTS / suite).exists():
        return []
    query = ["apt-get", "indextargets", "--format", "$(SITE)", "Origin: Debian", "Created-By: Packages"]
    sites = subprocess.run(query, capture_output=True, text=True, check=False).stdout.split()
    return [sites[0], SCRIPTS / "sid"] if sites else []

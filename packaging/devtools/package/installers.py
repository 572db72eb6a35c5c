"""Windows' setup program and macOS' disk image, made by their own systems' tools."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

from devtools.package.places import NAME, TITLE, Places
from devtools.package.release import WINDOWS_SIGNING, read_homepage, read_version
from devtools.package.versions import parse
from devtools.processes import DevError, require


def inno_setup_compiler() -> str:
    """Return the path of Inno Setup's compiler, which has to be installed."""
    homes = [Path(os.environ.get(name, "")) for name in ("ProgramFiles(x86)", "ProgramFiles")]
    homes.append(Path(os.environ.get("LOCALAPPDATA", "")) / "Programs")
    compilers = [home / "Inno Setup 6" / "ISCC.exe" for home in homes]
    found = shutil.which("iscc") or next((str(file) for file in compilers if file.is_file()), "")
    if not found:
        raise DevError("Inno Setup 6 is not installed: winget install JRSoftware.InnoSetup")
    return found


def setup_name(version: str, machine: str) -> str:
    """Return the name of Windows' setup program for a kind of machine, x64 or arm64."""
    return f"{NAME}-{version}-windows-{machine}-setup.exe"


def sign_programs(places: Places, command: str) -> None:
    """Sign both programs by a command line in which `$f` stands for the file, as in Inno Setup."""
    for file in sorted(places.bundle.glob("*.exe")):
        line = command.replace("$f", f'"{file}"')
        if subprocess.run(line, shell=True, check=False).returncode:
            raise DevError(f"{file.name} could not be signed: see above.")


def build_windows_setup(places: Places) -> Path:
    """Compile the setup program, signed where there is a command for that; returns its file."""
    version = read_version(places.root)
    machine = {"AMD64": "x64", "ARM64": "arm64"}[platform.machine()]
    name = setup_name(version, machine)
    command = os.environ.get(WINDOWS_SIGNING, "")
    values = {
        "Version": parse(version).semantic,
        "Numbers": parse(version).numbers,
        "FileName": Path(name).stem,
        "Allowed": {"x64": "x64compatible", "arm64": "arm64"}[machine],
        "Homepage": read_homepage(places.root),
        "Bundle": places.bundle,
        "Notices": places.notices,
        "Out": places.out,
        "Icon": places.icons / f"{NAME}.ico",
        "Signed": "1" if command else "",
    }
    defines = [f"/D{name}={value}" for name, value in values.items() if value]
    script = places.recipes / "windows" / f"{NAME}.iss"
    if command:
        sign_programs(places, command)
        defines.append("/Sauthws=" + command.replace('"', "$q"))
    require([inno_setup_compiler(), "/Qp", *defines, script], "Inno Setup failed")
    return places.out / name


def build_disk_image(places: Places) -> Path:
    """Put the app into a disk image; returns its file."""
    app = places.bundle.parent / f"{TITLE}.app"
    machine = os.uname().machine  # type: ignore[attr-defined,unused-ignore]  # macOS has it
    image = places.out / f"{NAME}-{read_version(places.root)}-macos-{machine}.dmg"
    script = places.recipes / "macos" / "make-dmg.sh"
    command = ["/bin/sh", script, app, image, places.notices]
    require(command, "The disk image could not be made")
    return image

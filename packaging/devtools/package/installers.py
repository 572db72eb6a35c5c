"""Windows' setup program and macOS' disk image, made by their own systems' tools."""

import os
import shutil
from pathlib import Path

from devtools.package.places import NAME, TITLE, Places
from devtools.package.release import read_homepage, read_version
from devtools.processes import DevError, call, require


def inno_setup_compiler() -> str:
    """Return the path of Inno Setup's compiler, which has to be installed."""
    homes = [Path(os.environ.get(name, "")) for name in ("ProgramFiles(x86)", "ProgramFiles")]
    homes.append(Path(os.environ.get("LOCALAPPDATA", "")) / "Programs")
    compilers = [home / "Inno Setup 6" / "ISCC.exe" for home in homes]
    found = shutil.which("iscc") or next((str(file) for file in compilers if file.is_file()), "")
    if not found:
        raise DevError("Inno Setup 6 is not installed: winget install JRSoftware.InnoSetup")
    return found


def build_windows_setup(places: Places) -> Path:
    """Compile the setup program; returns its file."""
    version = read_version(places.root)
    folders = {"Bundle": places.bundle, "Notices": places.notices, "Out": places.out}
    files = {**folders, "Icon": places.icons / f"{NAME}.ico"}
    values = {**files, "Version": version, "Homepage": read_homepage(places.root)}
    defines = [f"/D{name}={value}" for name, value in values.items() if value]
    script = places.recipes / "windows" / f"{NAME}.iss"
    require([inno_setup_compiler(), "/Qp", *defines, script], "Inno Setup failed: see above.")
    return places.out / f"{NAME}-{version}-windows-setup.exe"


def build_disk_image(places: Places) -> Path:
    """Put the app into a disk image; returns its file."""
    app = places.bundle.parent / f"{TITLE}.app"
    machine = os.uname().machine  # type: ignore[attr-defined,unused-ignore]  # macOS has it
    image = places.out / f"{NAME}-{read_version(places.root)}-macos-{machine}.dmg"
    script = places.recipes / "macos" / "make-dmg.sh"
    if call(["/bin/sh", script, app, image, places.notices], {"VOLUME": TITLE}):
        raise DevError("The disk image could not be made: see above.")
    return image

"""Windows' setup program and macOS' disk image, made by their own systems' tools."""

import os
import shutil
import sys
from pathlib import Path

from devtools.package.places import NAME, TITLE, Places, read_version
from devtools.processes import DevError, call, require


def inno_setup_compiler() -> str:
    """Return the path of Inno Setup's compiler.

    Raises:
        DevError: It is not installed.
    """
    places = [
        Path(os.environ.get(name, "")) / "Inno Setup 6" for name in ("ProgramFiles(x86)", "ProgramFiles")
    ]
    places.append(Path(os.environ.get("LOCALAPPDATA", "")) / "Programs" / "Inno Setup 6")
    found = shutil.which("iscc") or next(
        (str(p / "ISCC.exe") for p in places if (p / "ISCC.exe").is_file()), ""
    )
    if not found:
        raise DevError("Inno Setup 6 is not installed: winget install JRSoftware.InnoSetup")
    return found


def build_windows_setup(places: Places) -> Path:
    """Compile the setup program; returns its file."""
    version = read_version(places.root)
    values = {"Version": version, "Bundle": places.bundle, "Notices": places.notices, "Out": places.out}
    values["Icon"] = places.icons / f"{NAME}.ico"
    defines = [f"/D{name}={value}" for name, value in values.items()]
    script = places.recipes / "windows" / f"{NAME}.iss"
    require([inno_setup_compiler(), "/Qp", *defines, script], "Inno Setup failed: see above.")
    return places.out / f"{NAME}-{version}-windows-setup.exe"


def build_disk_image(places: Places) -> Path:
    """Sign the app where an identity is given, and put it into a disk image; returns its file."""
    version = read_version(places.root)
    app = places.bundle.parent / f"{TITLE}.app"
    resources = app / "Contents" / "Resources"
    for file in places.notices.iterdir():
        shutil.copy(file, resources / file.name)
    image = places.out / f"{NAME}-{version}-macos-{os.uname().machine}.dmg"
    script = places.recipes / "macos" / "make-dmg.sh"
    if call(["/bin/sh", script, app, image], {"VOLUME": TITLE}):
        raise DevError("The disk image could not be made: see above.")
    return image


def programs(places: Places) -> list[Path]:
    """Return the built programs that can try themselves, by system."""
    if sys.platform == "darwin":
        return [places.bundle.parent / f"{TITLE}.app" / "Contents" / "MacOS" / NAME]
    return [places.bundle / (f"{NAME}.exe" if sys.platform == "win32" else NAME)]

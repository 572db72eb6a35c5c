"""Windows' setup program and macOS' disk image, made by their own systems' tools."""

import os
import shutil
import sys
import time
from pathlib import Path

from devtools.package.places import NAME, TITLE, Places, read_version
from devtools.package.wheel import run_self_test
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
    """Put the app into a disk image; returns its file."""
    version = read_version(places.root)
    app = places.bundle.parent / f"{TITLE}.app"
    image = places.out / f"{NAME}-{version}-macos-{os.uname().machine}.dmg"
    script = places.recipes / "macos" / "make-dmg.sh"
    if call(["/bin/sh", script, app, image, places.notices], {"VOLUME": TITLE}):
        raise DevError("The disk image could not be made: see above.")
    return image


def try_windows_setup(places: Places) -> None:
    """Install silently, let the installed program try itself, and remove it."""
    folder = places.work / "Zażółć installed"
    silent = ["/VERYSILENT", "/SUPPRESSMSGBOXES", "/NORESTART"]
    setup = next(places.out.glob("*-windows-setup.exe"))
    require([setup, *silent, "/CURRENTUSER", f"/DIR={folder}", "/TASKS="], "The setup program failed.")
    for name in (f"{NAME}.exe", f"{TITLE}.exe"):
        if not (folder / name).is_file():
            raise DevError(f"The setup program did not install {name}.")
    run_self_test([folder / f"{NAME}.exe"], places.work)
    require([folder / "unins000.exe", *silent], "The uninstaller failed.")
    deadline = time.monotonic() + 60  # it goes on in a copy of itself
    while (folder / f"{NAME}.exe").exists() and time.monotonic() < deadline:
        time.sleep(1)
    if (folder / f"{NAME}.exe").exists():
        raise DevError("The uninstaller left the program behind.")


def try_disk_image(places: Places) -> None:
    """Open the disk image and let the program in it try itself."""
    image = next(places.out.glob("*.dmg"))
    mounted = places.work / "image"
    mounted.mkdir(exist_ok=True)
    attach = [
        "hdiutil",
        "attach",
        "-quiet",
        "-nobrowse",
        "-readonly",
        "-mountpoint",
        str(mounted),
        str(image),
    ]
    require(attach, "The disk image cannot be opened.")
    try:
        run_self_test([mounted / f"{TITLE}.app" / "Contents" / "MacOS" / NAME], places.work)
    finally:
        call(["hdiutil", "detach", "-quiet", mounted])


def programs(places: Places) -> list[Path]:
    """Return the built programs that can try themselves, by system."""
    if sys.platform == "darwin":
        return [places.bundle.parent / f"{TITLE}.app" / "Contents" / "MacOS" / NAME]
    return [places.bundle / (f"{NAME}.exe" if sys.platform == "win32" else NAME)]

"""The files of an installation on Linux, and the .deb and .tar.gz that carry them."""

import datetime
import email.utils
import gzip
import io
import os
import shutil
import subprocess
import tarfile
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path

from devtools.package.elf import elf_files, from_system, newest_version, read_needs
from devtools.package.icons import linux_icon_files
from devtools.package.places import NAME, Places, read_version, release_date, release_notes
from devtools.processes import DevError, require

PACKAGE_OF = {
    "ld-linux-x86-64.so.2": "libc6",
    "ld-linux-aarch64.so.1": "libc6",
    "libc.so.6": "libc6",
    "libdl.so.2": "libc6",
    "libm.so.6": "libc6",
    "libpthread.so.0": "libc6",
    "libresolv.so.2": "libc6",
    "librt.so.1": "libc6",
    "libutil.so.1": "libc6",
    "libcrypt.so.1": "libcrypt1",
    "libgcc_s.so.1": "libgcc-s1",
    "libstdc++.so.6": "libstdc++6",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libbrotlicommon.so.1": "libbrotli1",
    "libbrotlidec.so.1": "libbrotli1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libexpat.so.1": "libexpat1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libgobject-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libgthread-2.0.so.0": "libglib2.0-0t64 | libglib2.0-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libzstd.so.1": "libzstd1",
}
"""Debian's package for each library that may come from the system. One that is not here stops the build."""

GCC_OF_GLIBCXX = {"3.4.29": "11", "3.4.30": "12", "3.4.31": "13", "3.4.32": "13.2", "3.4.33": "14"}


def dependencies(missing: Iterable[str], glibc: str, glibcxx: str) -> list[str]:
    """Return what the package depends on.

    Args:
        missing: Libraries that the bundle does not hold.
        glibc: The newest glibc that a binary asks for.
        glibcxx: The newest version of libstdc++'s symbols, likewise.

    Raises:
        DevError: When nobody knows which package brings a library.
    """
    missing = set(missing)
    unknown = sorted(missing - set(PACKAGE_OF))
    if unknown:
        raise DevError(
            f"The bundle needs {', '.join(unknown)}, and no package for it is known. Name it in "
            "packaging/devtools/package/debian.py, or bundle it: see packaging/pyinstaller/pruning.py."
        )
    bounds = {"libc6": glibc, "libstdc++6": GCC_OF_GLIBCXX.get(glibcxx, "11" if glibcxx else "")}
    names = sorted({PACKAGE_OF[library] for library in missing})
    return [f"{name} (>= {bounds[name]})" if bounds.get(name) else name for name in names]


def bundle_dependencies(bundle: Path) -> list[str]:
    """Return what the built program needs from Debian."""
    needs = read_needs(elf_files(bundle))
    missing = from_system(needs, (path.name for path in bundle.rglob("*")))
    return dependencies(missing, newest_version(needs, "GLIBC"), newest_version(needs, "GLIBCXX"))


# The tree


def stage(places: Places, root: Path) -> None:
    """Lay out an installation under `root` as it will lie under `/`."""
    shutil.rmtree(root, ignore_errors=True)
    share = root / "usr" / "share"
    shutil.copytree(places.bundle, root / "usr" / "lib" / NAME, symlinks=True)
    _link(root / "usr" / "bin" / NAME, f"../lib/{NAME}/{NAME}")
    for target, source in linux_files(places).items():
        _copy(source, share / target)
    _compress(places.recipes / "linux" / f"{NAME}.1", share / "man" / "man1" / f"{NAME}.1.gz", places)
    _compress(places.root / "CHANGELOG.md", share / "doc" / NAME / "CHANGELOG.md.gz", places)
    _write_compressed(debian_changelog(places), share / "doc" / NAME / "changelog.gz")
    (share / "metainfo" / f"{NAME}.metainfo.xml").write_text(metainfo(places), encoding="utf-8")
    (share / "doc" / NAME / "copyright").write_text(copyright_text(places), encoding="utf-8")
    set_modes(root)


def linux_files(places: Places) -> dict[str, Path]:
    """Return the plain files of an installation: path under `share` to source."""
    recipes, doc = places.recipes / "linux", f"doc/{NAME}"
    files = {f"icons/hicolor/{target}": source for target, source in linux_icon_files(places).items()}
    files[f"applications/{NAME}.desktop"] = recipes / f"{NAME}.desktop"
    files[f"metainfo/{NAME}.metainfo.xml"] = recipes / f"{NAME}.metainfo.xml"
    return files | {f"{doc}/{file.name}": file for file in sorted(places.notices.glob("*"))}


def metainfo(places: Places) -> str:
    """Return AppStream's metadata with version, date and notes of this release."""
    version = read_version(places.root)
    changelog = (places.root / "CHANGELOG.md").read_text(encoding="utf-8")
    template = (places.recipes / "linux" / f"{NAME}.metainfo.xml").read_text(encoding="utf-8")
    date = release_date(changelog, version, source_date())
    return template.replace("@VERSION@", version).replace("@DATE@", date)


def source_date() -> str:
    """Return the day of the last commit, so that the same source makes the same package."""
    command = ["git", "log", "-1", "--format=%cs"]
    try:
        result = subprocess.run(
            command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent
        )
    except (OSError, subprocess.CalledProcessError):
        return "2025-01-01"
    return result.stdout.strip()


def debian_changelog(places: Places) -> str:
    """Return the changelog in Debian's form; it names the one for people."""
    version = read_version(places.root)
    changelog = (places.root / "CHANGELOG.md").read_text(encoding="utf-8")
    day = datetime.date.fromisoformat(release_date(changelog, version, source_date()))
    control = (places.recipes / "linux" / "control").read_text(encoding="utf-8")
    maintainer = control.split("Maintainer: ", 1)[1].splitlines()[0]
    date = email.utils.format_datetime(datetime.datetime.combine(day, datetime.time(), datetime.UTC))
    entry = f"{NAME} ({version}) stable; urgency=medium\n\n  * See CHANGELOG.md.gz beside this file.\n\n"
    return f"{entry} -- {maintainer}  {date}\n"


def copyright_text(places: Places) -> str:
    """Return Debian's copyright file: ours by its form, the others' by their own file."""
    own = (places.root / "LICENSE").read_text(encoding="utf-8").strip()
    template = (places.recipes / "linux" / "copyright").read_text(encoding="utf-8")
    body = own.split("\n\n", 2)[2]  # without its title and the line of the holders
    lines = [line if line.strip() else "." for line in body.splitlines()]
    return template.replace("@MIT@", textwrap.indent("\n".join(lines), " "))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def _compress(source: Path, target: Path, places: Places) -> None:
    text = source.read_text(encoding="utf-8").replace("@VERSION@", read_version(places.root))
    _write_compressed(text, target)


def _write_compressed(text: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(text.encode(), mtime=0))


def set_modes(root: Path) -> None:
    """Give folders and programs 0755, files 0644, whatever the umask was."""
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            is_program = path.parent.name == NAME and path.name == NAME
            path.chmod(0o755 if path.is_dir() or is_program else 0o644)


# The packages


def control(places: Places, tree: Path, depends: Iterable[str], architecture: str) -> str:
    """Return the control file of the .deb."""
    size = sum(f.stat().st_size for f in tree.rglob("*") if f.is_file() and not f.is_symlink())
    template = (places.recipes / "linux" / "control").read_text(encoding="utf-8")
    values: Mapping[str, str] = {
        "VERSION": read_version(places.root),
        "ARCHITECTURE": architecture,
        "SIZE": str(size // 1024),
        "DEPENDS": ", ".join(depends),
    }
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template


def debian_architecture() -> str:
    """Return Debian's name of this machine's kind."""
    result = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
    return result.stdout.strip()


def build_deb(places: Places) -> Path:
    """Build the .deb from a fresh tree; returns its file."""
    tree = places.work / "deb"
    stage(places, tree)
    architecture = debian_architecture()
    text = control(places, tree, bundle_dependencies(places.bundle), architecture)
    (tree / "DEBIAN").mkdir(mode=0o755)
    (tree / "DEBIAN" / "control").write_text(text, encoding="utf-8")
    file = places.out / f"{NAME}_{read_version(places.root)}_{architecture}.deb"
    file.parent.mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", tree, file]
    require(command, "dpkg-deb failed: see above.")
    return file


def build_tarball(places: Places) -> Path:
    """Pack the tree of the .deb with an installer of its own; returns the file."""
    version, tree = read_version(places.root), places.work / "deb"
    file = places.out / f"{NAME}-{version}-linux-{os.uname().machine}.tar.gz"
    top = f"{NAME}-{version}"
    with tarfile.open(file, "w:gz", compresslevel=9) as archive:
        archive.add(tree / "usr" / "lib" / NAME, f"{top}/lib/{NAME}", filter=_anonymous)
        archive.add(tree / "usr" / "share", f"{top}/share", filter=_anonymous)
        _add_text(archive, f"{top}/install.sh", (places.recipes / "linux" / "install.sh").read_text(), 0o755)
        _add_text(archive, f"{top}/README.txt", (places.recipes / "linux" / "README.txt").read_text(), 0o644)
    return file


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def _add_text(archive: tarfile.TarFile, name: str, text: str, mode: int) -> None:
    member = tarfile.TarInfo(name)
    content = text.encode()
    member.size, member.mode = len(content), mode
    archive.addfile(member, io.BytesIO(content))


def notes_file(places: Places) -> Path:
    """Write the release notes out of the changelog; returns the file."""
    text = release_notes(
        (places.root / "CHANGELOG.md").read_text(encoding="utf-8"), read_version(places.root)
    )
    file = places.out / "RELEASE-NOTES.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file

"""The files of an installation on Linux, and the .deb, .rpm and .tar.gz that carry them."""

import datetime
import email.utils
import gzip
import hashlib
import json
import os
import re
import shutil
import textwrap
from pathlib import Path

from devtools.package.archive import pack
from devtools.package.bundle import elf_files, needed_libraries
from devtools.package.icons import LINUX_SIZES_PX
from devtools.package.places import NAME, Places, fill
from devtools.package.promised import GLIBC, glibc_words
from devtools.package.release import read_homepage, read_version, release_date, release_moment
from devtools.package.versions import parse
from devtools.processes import DevError, require


def recipe(places: Places, name: str, **more: str) -> str:
    """Return a file of `packaging/linux` with what belongs to this release filled in."""
    values = {
        "VERSION": read_version(places.root),
        "DATE": release_date(places.root),
        "HOMEPAGE": read_homepage(places.root),
    }
    return fill(places.recipes / "linux" / name, values | more)


# The tree


def stage(places: Places, root: Path) -> None:
    """Lay out an installation under `root` as it will lie under `/`."""
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(places.bundle, root / "usr" / "lib" / NAME, symlinks=True)
    (root / "usr" / "bin").mkdir()
    (root / "usr" / "bin" / NAME).symlink_to(f"../lib/{NAME}/{NAME}")
    for name, source in installed_files(places).items():
        file = root / "usr" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        content = source.read_bytes() if isinstance(source, Path) else source.encode()
        file.write_bytes(gzip.compress(content, mtime=0) if file.suffix == ".gz" else content)
    set_modes(root, release_moment(places.root))


def installed_files(places: Places) -> dict[str, Path | str]:
    """Return what an installation has besides the program: path under `usr` to a source, or a text."""
    doc, icons, linux = f"share/doc/{NAME}", "share/icons/hicolor", places.recipes / "linux"
    return {
        **{f"{icons}/{s}x{s}/apps/{NAME}.png": places.icons / f"{s}.png" for s in LINUX_SIZES_PX},
        f"{icons}/scalable/apps/{NAME}.svg": places.root / "resources" / "icons" / f"{NAME}.svg",
        f"share/applications/{NAME}.desktop": linux / f"{NAME}.desktop",
        f"share/lintian/overrides/{NAME}": linux / "lintian-overrides",
        f"share/man/man1/{NAME}.1.gz": recipe(places, f"{NAME}.1"),
        f"share/metainfo/{NAME}.metainfo.xml": recipe(places, f"{NAME}.metainfo.xml"),
        f"lib/systemd/system/{NAME}.service": linux / f"{NAME}.service",
        f"{doc}/changelog.gz": debian_changelog(places),
        f"{doc}/CHANGELOG.md.gz": places.root / "CHANGELOG.md",
        f"{doc}/copyright": copyright_text(places),
        **{f"{doc}/{file.name}": file for file in places.notices.glob("*")},
    }


def copyright_text(places: Places) -> str:
    """Return Debian's copyright file: ours by its form, the others' by their own file."""
    _title, _holders, body = (places.root / "LICENSE").read_text("utf-8").strip().split("\n\n", 2)
    paragraphs = textwrap.indent(body.replace("\n\n", "\n.\n"), " ")
    return recipe(places, "copyright", MIT=paragraphs)


def debian_changelog(places: Places) -> str:
    """Return the changelog in Debian's form; it names the one for people."""
    maintainer = re.search(r"^Maintainer: (.*)", recipe(places, "control"), re.MULTILINE)
    assert maintainer is not None
    date = email.utils.format_datetime(release_moment(places.root))
    entry = f"{NAME} ({parse(read_version(places.root)).tilde}) stable; urgency=medium"
    return f"{entry}\n\n  * See CHANGELOG.md.gz beside this file.\n\n -- {maintainer[1]}  {date}\n"


def set_modes(root: Path, moment: datetime.datetime) -> None:
    """Give folders and programs 0755, files 0644, whatever the umask was, and all the release's moment."""
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            is_program = path.parent.name == NAME and path.name == NAME
            path.chmod(0o755 if path.is_dir() or is_program else 0o644)
        os.utime(path, (moment.timestamp(), moment.timestamp()), follow_symlinks=False)


# The packages


def build_deb(places: Places) -> Path:
    """Build the .deb from a fresh tree with dpkg's own tools; returns its file.

    nfpm could make it as well: a fifth larger, and in several times the time.
    """
    tree, source = places.work / "deb", places.work / "deb-source"
    stage(places, tree)
    shutil.copytree(places.recipes / "linux" / "scripts", tree / "DEBIAN")
    for path in (tree / "DEBIAN", *(tree / "DEBIAN").iterdir()):
        path.chmod(0o755)  # dpkg-deb takes no other modes, whatever the umask was
    (source / "debian").mkdir(parents=True, exist_ok=True)
    (source / "debian" / "control").write_text(recipe(places, "control"), encoding="utf-8")
    (source / "debian" / "changelog").write_text(debian_changelog(places), encoding="utf-8")
    binaries = elf_files(tree)
    # Libraries are looked for in the tree first: what it brings itself becomes no dependency.
    folders = [f"-l/{folder.relative_to(tree)}" for folder in {file.parent for file in binaries}]
    find = ["dpkg-shlibdeps", "--warnings=0", "--ignore-missing-info", f"-S{tree}", *sorted(folders)]
    require([*find, *binaries], "dpkg-shlibdeps failed", cwd=source)
    (tree / "DEBIAN" / "md5sums").write_text(md5sums(tree), encoding="utf-8")
    require(["dpkg-gencontrol", f"-P{tree}"], "dpkg-gencontrol failed", cwd=source)
    check_promise((tree / "DEBIAN" / "control").read_text(encoding="utf-8"), os.uname().machine)
    require(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", tree, places.out], "dpkg-deb failed")
    return next(places.out.glob(f"{NAME}_{parse(read_version(places.root)).tilde}_*.deb"))


def check_promise(control: str, machine: str) -> None:
    """Compare the C library that the files need, as dpkg found it, with the promise; DevError if newer."""
    found = re.search(r"libc6 \(>= (\d+)\.(\d+)", control)
    if found and (int(found[1]), int(found[2])) > GLIBC[machine]:
        raise DevError(
            f"The built files need glibc {found[1]}.{found[2]}, and {glibc_words(machine)} is promised: "
            "build on an older system, or change packaging/devtools/package/promised.py."
        )


def md5sums(tree: Path) -> str:
    """Return the sums by which `dpkg --verify` checks an installation."""
    files = [file for file in sorted((tree / "usr").rglob("*")) if file.is_file() and not file.is_symlink()]
    sums = ((hashlib.md5(f.read_bytes(), usedforsecurity=False).hexdigest(), f) for f in files)
    return "".join(f"{digest}  {file.relative_to(tree)}\n" for digest, file in sums)


def rpm_depends(tree: Path) -> list[str]:
    """Return what the binaries need from elsewhere, in the names that every rpm system knows libraries by."""
    needed = {name for file in elf_files(tree) for name in needed_libraries(file)}
    inside = {file.name for file in tree.rglob("*.so*")}
    # The loader comes with the C library, and is named in another way.
    names = sorted(name for name in needed - inside if not name.startswith("ld-"))
    c_library = f"libc.so.6(GLIBC_{glibc_words(os.uname().machine)})(64bit)"
    return [*(f"{name}()(64bit)" for name in names), c_library]


def rpm_recipe(places: Places, tree: Path, depends: list[str]) -> str:
    """Return what nfpm reads."""
    return recipe(
        places,
        "nfpm.yaml",
        ARCH={"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine],
        VERSION=parse(read_version(places.root)).tilde,
        MOMENT=release_moment(places.root).isoformat(),
        DEPENDS=json.dumps(depends),
        TREE=str(tree),
        DOC=f"/usr/share/doc/{NAME}",
        SCRIPTS=str(places.recipes / "linux" / "scripts"),
    )


def build_rpm(places: Places) -> Path:
    """Pack the tree of the .deb with nfpm; returns the file."""
    tree, described = places.work / "deb", places.work / "nfpm.yaml"
    described.write_text(rpm_recipe(places, tree, rpm_depends(tree)), encoding="utf-8")
    command = ["nfpm", "package", "--packager", "rpm", "--config", described, "--target", places.out]
    require(command, "nfpm failed")
    return next(places.out.glob("*.rpm"))


def build_tarball(places: Places) -> Path:
    """Pack the tree of the .deb with an installer of its own; returns the file."""
    top, folder, tree = f"{NAME}-{read_version(places.root)}", places.work / "tarball", places.work / "deb"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(tree / "usr" / "lib" / NAME, folder / "lib" / NAME, symlinks=True)
    about_deb = shutil.ignore_patterns("lintian")
    shutil.copytree(tree / "usr" / "share", folder / "share", ignore=about_deb)
    shutil.copy(places.recipes / "linux" / "install.sh", folder)
    machine = os.uname().machine
    readme = recipe(places, "README.txt", GLIBC=glibc_words(machine))
    (folder / "README.txt").write_text(readme, encoding="utf-8")
    file = places.out / f"{top}-linux-{machine}.tar.gz"
    return pack(folder, file, top, release_moment(places.root))

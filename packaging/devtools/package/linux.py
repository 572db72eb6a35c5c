"""The files of an installation on Linux, and the .deb and .tar.gz that carry them."""

import email.utils
import gzip
import hashlib
import io
import os
import re
import shutil
import tarfile
import textwrap
from pathlib import Path
from xml.sax.saxutils import escape

from devtools.package.bundle import elf_files
from devtools.package.icons import LINUX_SIZES_PX
from devtools.package.places import NAME, Places
from devtools.package.promised import GLIBC, glibc_words
from devtools.package.release import read_homepage, read_version, release_date, release_moment
from devtools.processes import DevError, call, require

# The tree


def stage(places: Places, root: Path) -> None:
    """Lay out an installation under `root` as it will lie under `/`."""
    shutil.rmtree(root, ignore_errors=True)
    share, doc = root / "usr" / "share", root / "usr" / "share" / "doc" / NAME
    shutil.copytree(places.bundle, root / "usr" / "lib" / NAME, symlinks=True)
    (root / "usr" / "bin").mkdir()
    (root / "usr" / "bin" / NAME).symlink_to(f"../lib/{NAME}/{NAME}")
    texts = {
        share / "man" / "man1" / f"{NAME}.1.gz": manual(places),
        doc / "changelog.gz": debian_changelog(places),
        doc / "CHANGELOG.md.gz": (places.root / "CHANGELOG.md").read_text(encoding="utf-8"),
        share / "metainfo" / f"{NAME}.metainfo.xml": metainfo(places),
        doc / "copyright": copyright_text(places),
    }
    units = root / "usr" / "lib" / "systemd" / "system"
    units.mkdir(parents=True)
    shutil.copyfile(places.recipes / "linux" / f"{NAME}.service", units / f"{NAME}.service")
    for name, source in linux_files(places).items():
        (share / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, share / name)
    for target, text in texts.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        content = text.encode()
        target.write_bytes(gzip.compress(content, mtime=0) if target.suffix == ".gz" else content)
    set_modes(root)


def linux_files(places: Places) -> dict[str, Path]:
    """Return the plain files of an installation: path under `share` to source."""
    icons = "icons/hicolor"
    files = {f"{icons}/{s}x{s}/apps/{NAME}.png": places.icons / f"{s}.png" for s in LINUX_SIZES_PX}
    files[f"{icons}/scalable/apps/{NAME}.svg"] = places.root / "resources" / "icons" / f"{NAME}.svg"
    files[f"applications/{NAME}.desktop"] = places.recipes / "linux" / f"{NAME}.desktop"
    return files | {f"doc/{NAME}/{file.name}": file for file in sorted(places.notices.glob("*"))}


def metainfo(places: Places) -> str:
    """Return AppStream's metadata with version, date and homepage."""
    text = (places.recipes / "linux" / f"{NAME}.metainfo.xml").read_text(encoding="utf-8")
    homepage = read_homepage(places.root)
    url = f'<url type="homepage">{escape(homepage)}</url>'
    text = text.replace("@HOMEPAGE@", url) if homepage else text.replace("  @HOMEPAGE@\n", "")
    return text.replace("@VERSION@", read_version(places.root)).replace("@DATE@", release_date(places.root))


def manual(places: Places) -> str:
    """Return the man page with version and date."""
    text = (places.recipes / "linux" / f"{NAME}.1").read_text(encoding="utf-8")
    return text.replace("@VERSION@", read_version(places.root)).replace("@DATE@", release_date(places.root))


def copyright_text(places: Places) -> str:
    """Return Debian's copyright file: ours by its form, the others' by their own file."""
    own = (places.root / "LICENSE").read_text(encoding="utf-8").strip()
    template = (places.recipes / "linux" / "copyright").read_text(encoding="utf-8")
    body = own.split("\n\n", 2)[2]  # without its title and the line of the holders
    lines = [line if line.strip() else "." for line in body.splitlines()]
    return template.replace("@MIT@", textwrap.indent("\n".join(lines), " "))


def set_modes(root: Path) -> None:
    """Give folders and programs 0755, files 0644, whatever the umask was."""
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            is_program = path.parent.name == NAME and path.name == NAME
            path.chmod(0o755 if path.is_dir() or is_program else 0o644)


# The packages


def debian_version(version: str) -> str:
    """Return a version as Debian sorts it: a pre-release comes before what it is a release of."""
    return re.sub(r"(\d)(a|b|rc|\.dev)(\d+)$", r"\1~\2\3", version)


def debian_changelog(places: Places) -> str:
    """Return the changelog in Debian's form; it names the one for people."""
    control = (places.recipes / "linux" / "control").read_text(encoding="utf-8")
    maintainer = control.split("Maintainer: ", 1)[1].splitlines()[0]
    date = email.utils.format_datetime(release_moment(places.root))
    entry = f"{NAME} ({debian_version(read_version(places.root))}) stable; urgency=medium"
    return f"{entry}\n\n  * See CHANGELOG.md.gz beside this file.\n\n -- {maintainer}  {date}\n"


def source_control(places: Places) -> str:
    """Return the description of Debian's source package, from which dpkg makes that of the .deb."""
    text = (places.recipes / "linux" / "control").read_text(encoding="utf-8")
    homepage = read_homepage(places.root)
    return text.replace("@HOMEPAGE@", homepage) if homepage else text.replace("Homepage: @HOMEPAGE@\n", "")


def build_deb(places: Places) -> Path:
    """Build the .deb from a fresh tree with dpkg's own tools; returns its file."""
    tree, source = places.work / "deb", places.work / "deb-source"
    stage(places, tree)
    (tree / "DEBIAN").mkdir(mode=0o755)
    (source / "debian").mkdir(parents=True, exist_ok=True)
    (source / "debian" / "control").write_text(source_control(places), encoding="utf-8")
    (source / "debian" / "changelog").write_text(debian_changelog(places), encoding="utf-8")
    binaries = elf_files(tree)
    # Libraries are looked for in the tree first: what it brings itself becomes no dependency.
    folders = [f"-l/{folder.relative_to(tree)}" for folder in {file.parent for file in binaries}]
    find = ["dpkg-shlibdeps", "--warnings=0", "--ignore-missing-info", f"-S{tree}", *sorted(folders)]
    require([*find, *binaries], "dpkg-shlibdeps failed: see above.", cwd=source)
    (tree / "DEBIAN" / "md5sums").write_text(md5sums(tree), encoding="utf-8")
    require(["dpkg-gencontrol", f"-P{tree}"], "dpkg-gencontrol failed: see above.", cwd=source)
    check_promise((tree / "DEBIAN" / "control").read_text(encoding="utf-8"))
    epoch = {"SOURCE_DATE_EPOCH": str(int(release_moment(places.root).timestamp()))}  # no newer time gets in
    if call(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", tree, places.out], epoch):
        raise DevError("dpkg-deb failed: see above.")
    return next(places.out.glob(f"{NAME}_{debian_version(read_version(places.root))}_*.deb"))


def check_promise(control: str) -> None:
    """Compare the C library that the files need, as dpkg found it, with the promise; DevError if newer."""
    found = re.search(r"libc6 \(>= (\d+)\.(\d+)", control)
    if found and (int(found[1]), int(found[2])) > GLIBC:
        raise DevError(
            f"The built files need glibc {found[1]}.{found[2]}, and {glibc_words()} is promised: build on an "
            "older system, or change packaging/devtools/package/promised.py."
        )


def md5sums(tree: Path) -> str:
    """Return the sums by which `dpkg --verify` checks an installation."""
    files = [file for file in sorted((tree / "usr").rglob("*")) if file.is_file() and not file.is_symlink()]
    sums = ((hashlib.md5(f.read_bytes(), usedforsecurity=False).hexdigest(), f) for f in files)
    return "".join(f"{digest}  {file.relative_to(tree)}\n" for digest, file in sums)


def build_tarball(places: Places) -> Path:
    """Pack the tree of the .deb with an installer of its own; returns the file."""
    version, tree, linux = read_version(places.root), places.work / "deb", places.recipes / "linux"
    file = places.out / f"{NAME}-{version}-linux-{os.uname().machine}.tar.gz"
    top, moment_s = f"{NAME}-{version}", int(release_moment(places.root).timestamp())

    def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
        # Neither who built it nor when: the same source is the same archive.
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mtime = moment_s
        return member

    # gzip has a time of its own, which tarfile would take from the clock.
    with (
        gzip.GzipFile(file, "wb", compresslevel=9, mtime=moment_s) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        archive.add(tree / "usr" / "lib" / NAME, f"{top}/lib/{NAME}", filter=anonymous)
        archive.add(tree / "usr" / "share", f"{top}/share", filter=anonymous)
        for name, mode in (("install.sh", 0o755), ("README.txt", 0o644)):
            text = (linux / name).read_text(encoding="utf-8").replace("@GLIBC@", glibc_words())
            member, content = anonymous(tarfile.TarInfo(f"{top}/{name}")), text.encode()
            member.size, member.mode = len(content), mode
            archive.addfile(member, io.BytesIO(content))
    return file

"""The files of an installation on Linux, and the .deb, .rpm and .tar.gz that carry them."""

import email.utils
import gzip
import hashlib
import json
import os
import re
import shutil
import textwrap
from pathlib import Path
from xml.sax.saxutils import escape

from devtools.package.archive import packed
from devtools.package.bundle import elf_files, read_needs
from devtools.package.icons import LINUX_SIZES_PX
from devtools.package.places import NAME, Places
from devtools.package.promised import GLIBC, glibc_words
from devtools.package.release import read_homepage, read_version, release_date, release_epoch, release_moment
from devtools.package.versions import parse
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
    overrides = root / "usr" / "share" / "lintian" / "overrides"
    overrides.mkdir(parents=True)
    shutil.copyfile(places.recipes / "linux" / "lintian-overrides", overrides / NAME)
    for name, source in linux_files(places).items():
        (share / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, share / name)
    for target, text in texts.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        content = text.encode()
        target.write_bytes(gzip.compress(content, mtime=0) if target.suffix == ".gz" else content)
    set_modes(root, release_epoch(places.root))


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


def set_modes(root: Path, moment_s: int) -> None:
    """Give folders and programs 0755, files 0644, whatever the umask was, and all the release's moment."""
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            is_program = path.parent.name == NAME and path.name == NAME
            path.chmod(0o755 if path.is_dir() or is_program else 0o644)
        os.utime(path, (moment_s, moment_s), follow_symlinks=False)


# The packages


def debian_changelog(places: Places) -> str:
    """Return the changelog in Debian's form; it names the one for people."""
    control = (places.recipes / "linux" / "control").read_text(encoding="utf-8")
    maintainer = control.split("Maintainer: ", 1)[1].splitlines()[0]
    date = email.utils.format_datetime(release_moment(places.root))
    entry = f"{NAME} ({parse(read_version(places.root)).tilde}) stable; urgency=medium"
    return f"{entry}\n\n  * See CHANGELOG.md.gz beside this file.\n\n -- {maintainer}  {date}\n"


def source_control(places: Places) -> str:
    """Return the description of Debian's source package, from which dpkg makes that of the .deb."""
    text = (places.recipes / "linux" / "control").read_text(encoding="utf-8")
    homepage = read_homepage(places.root)
    return text.replace("@HOMEPAGE@", homepage) if homepage else text.replace("Homepage: @HOMEPAGE@\n", "")


def build_deb(places: Places) -> Path:
    """Build the .deb from a fresh tree with dpkg's own tools; returns its file.

    nfpm could make it as well: a fifth larger, and in several times the time.
    """
    tree, source = places.work / "deb", places.work / "deb-source"
    stage(places, tree)
    (tree / "DEBIAN").mkdir(mode=0o755)
    for script in (places.recipes / "linux" / "scripts").iterdir():
        (tree / "DEBIAN" / script.name).write_bytes(script.read_bytes())
        (tree / "DEBIAN" / script.name).chmod(0o755)
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
    check_promise((tree / "DEBIAN" / "control").read_text(encoding="utf-8"), os.uname().machine)
    epoch = {"SOURCE_DATE_EPOCH": str(release_epoch(places.root))}  # no newer time gets in
    if call(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", tree, places.out], epoch):
        raise DevError("dpkg-deb failed: see above.")
    return next(places.out.glob(f"{NAME}_{parse(read_version(places.root)).tilde}_*.deb"))


def rpm_depends(tree: Path) -> list[str]:
    """Return what the binaries need from elsewhere, in the names that every rpm system knows libraries by."""
    binaries = elf_files(tree)
    needed = {name for file in binaries for name in read_needs(file).libraries}
    inside = {file.name for file in tree.rglob("*.so*")}
    # The loader comes with the C library, and is named in another way.
    names = sorted(name for name in needed - inside if not name.startswith("ld-"))
    return [
        *(f"{name}()(64bit)" for name in names),
        f"libc.so.6(GLIBC_{glibc_words(os.uname().machine)})(64bit)",
    ]


def rpm_recipe(places: Places, tree: Path, depends: list[str]) -> str:
    """Return what nfpm reads."""
    values = {
        "ARCH": {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine],
        "VERSION": parse(read_version(places.root)).tilde,
        "MOMENT": release_moment(places.root).isoformat(),
        "HOMEPAGE": read_homepage(places.root),
        "DEPENDS": json.dumps(depends),
        "TREE": str(tree),
        "DOC": f"/usr/share/doc/{NAME}",
        "SCRIPTS": str(places.recipes / "linux" / "scripts"),
    }
    text = (places.recipes / "linux" / "nfpm.yaml").read_text(encoding="utf-8")
    return re.sub(r"@([A-Z]+)@", lambda found: values[found[1]], text)


def build_rpm(places: Places) -> Path:
    """Pack the tree of the .deb with nfpm; returns the file."""
    tree, recipe = places.work / "deb", places.work / "nfpm.yaml"
    recipe.write_text(rpm_recipe(places, tree, rpm_depends(tree)), encoding="utf-8")
    command = ["nfpm", "package", "--packager", "rpm", "--config", recipe, "--target", places.out]
    require(command, "nfpm failed: see above.")
    return next(places.out.glob("*.rpm"))


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


def build_tarball(places: Places) -> Path:
    """Pack the tree of the .deb with an installer of its own; returns the file."""
    version, tree, linux = read_version(places.root), places.work / "deb", places.recipes / "linux"
    file = places.out / f"{NAME}-{version}-linux-{os.uname().machine}.tar.gz"
    top = f"{NAME}-{version}"
    with packed(file, release_epoch(places.root)) as archive:
        archive.add_folder(tree / "usr" / "lib" / NAME, f"{top}/lib/{NAME}")
        for folder in sorted((tree / "usr" / "share").iterdir()):
            if folder.name != "lintian":  # is about the .deb
                archive.add_folder(folder, f"{top}/share/{folder.name}")
        for name, mode in (("install.sh", 0o755), ("README.txt", 0o644)):
            text = (
                (linux / name).read_text(encoding="utf-8").replace("@GLIBC@", glibc_words(os.uname().machine))
            )
            archive.add_file(f"{top}/{name}", text.encode(), mode)
    return file

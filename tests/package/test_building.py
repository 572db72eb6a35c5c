"""The parts of `dev.py package` that need no build: formats, lists, choices."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from devtools.environment import Environment
from devtools.package import __main__ as command
from devtools.package.__main__ import write_checksums
from devtools.package.archive import pack
from devtools.package.bundle import is_plain_library, unneeded
from devtools.package.icons import ICO_SIZES_PX, LINUX_SIZES_PX, SIZES_PX, render_icons
from devtools.package.inside import make_component
from devtools.package.linux import (
    copyright_text,
    debian_changelog,
    installed_files,
    md5sums,
    recipe,
    set_modes,
)
from devtools.package.parts import (
    finish,
    licence_texts,
    needed,
    packages_in,
    third_party_text,
)
from devtools.package.places import NAME, Places, fill
from devtools.processes import ROOT, DevError

HEAD = ROOT / "packaging" / "licences" / "THIRD-PARTY-head.txt"

# Icons


def test_every_size_of_the_icon_is_drawn_once(tmp_path: Path) -> None:
    """As PNG, and the same pixels in the containers of Windows and macOS."""
    places = Places(work=tmp_path)
    render_icons(places)
    drawn = {size: Image.open(places.icons / f"{size}.png").convert("RGBA") for size in SIZES_PX}
    assert all(picture.size == (size, size) for size, picture in drawn.items())
    assert all(picture.getbbox() for picture in drawn.values()), "one is blank"
    sources = [source for name, source in installed_files(places).items() if "/icons/" in name]
    assert len(sources) == len(LINUX_SIZES_PX) + 1
    assert all(isinstance(source, Path) and source.is_file() for source in sources)
    with Image.open(places.icons / "authws-desktop.ico") as icon:
        assert icon.info["sizes"] == {(size, size) for size in ICO_SIZES_PX}
        for size in ICO_SIZES_PX:
            icon.size = (size, size)  # type: ignore[misc]  # Pillow's way to choose one
            assert icon.convert("RGBA").tobytes() == drawn[size].tobytes(), size
    with Image.open(places.icons / "authws-desktop.icns") as icon:
        assert {(512, 512, 2), (128, 128, 1), (16, 16, 2)} <= set(icon.info["sizes"])


# Binaries


def test_libraries_that_nothing_needs_are_found() -> None:
    """Through others, too; a circle that nobody enters is dropped."""
    files = {name: Path(name) for name in ("program", "a.so", "b.so", "gtk.so", "pango.so")}
    all_needs = {
        files["program"]: {"a.so", "libc.so.6"},
        files["a.so"]: {"b.so"},
        files["b.so"]: {"libz.so.1"},
        files["gtk.so"]: {"pango.so"},
        files["pango.so"]: {"gtk.so", "b.so"},
    }
    droppable = [path for name, path in files.items() if name != "program"]
    assert unneeded(all_needs, droppable) == {files["gtk.so"], files["pango.so"]}


def test_only_plain_libraries_are_dropped() -> None:
    """Never modules of Python, plugins, or Python itself."""
    assert is_plain_library(Path("libxcb-cursor.so.0"))
    assert is_plain_library(Path("PySide6/Qt/lib/libQt6Network.so.6"))
    assert not is_plain_library(Path("libpython3.11.so.1.0"))
    assert not is_plain_library(Path("PySide6/Qt/plugins/platforms/libqxcb.so"))
    assert not is_plain_library(Path("bcrypt/_bcrypt.abi3.so"))


# Archives


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_same_files_make_the_same_archive(tmp_path: Path) -> None:
    """Whatever the umask was, and whenever they were written; programs can still be run."""
    moment, made = datetime(2026, 1, 31, tzinfo=UTC), []
    for number, (mode, program_mode) in enumerate([(0o600, 0o700), (0o664, 0o775)]):
        folder = tmp_path / str(number)
        folder.mkdir(mode=program_mode)
        (folder / "data").touch(mode)
        (folder / "program").touch(program_mode)
        os.utime(folder / "data", (number, number))
        made.append(pack(folder, tmp_path / f"{number}.tar.gz", "top", moment))
    assert made[0].read_bytes() == made[1].read_bytes()
    with tarfile.open(made[0]) as tar:
        assert [(each.name, oct(each.mode)) for each in tar] == [
            ("top", "0o755"),
            ("top/data", "0o644"),
            ("top/program", "0o755"),
        ]


# Debian


def test_the_description_of_the_deb_is_filled_in() -> None:
    """Dpkg brings what is left open; the history names the version, its day and the one for people."""
    assert "Depends: ${shlibs:Depends}\n" in recipe(Places(), "control")
    history = debian_changelog(Places())
    assert history.startswith("authws-desktop (")
    assert re.search(r"\n -- [^<]+<[^>]+>  \w{3}, \d\d \w{3} \d{4} 00:00:00 \+0000\n$", history)


def test_an_installation_can_be_checked(tmp_path: Path) -> None:
    """Every file has its sum; links have none."""
    (tmp_path / "usr" / "lib").mkdir(parents=True)
    (tmp_path / "usr" / "lib" / "empty").touch()
    (tmp_path / "usr" / "link").symlink_to("lib/empty")
    assert md5sums(tmp_path) == "d41d8cd98f00b204e9800998ecf8427e  usr/lib/empty\n"


def test_metadata_and_copyright_are_filled_in() -> None:
    """No mark of the templates is left, and the MIT licence stands in Debian's form."""
    licence = copyright_text(Places())
    assert "\n .\n" in licence
    assert " Permission is hereby granted" in licence
    assert "Copyright (c)" not in licence
    for filled in (licence, recipe(Places(), f"{NAME}.metainfo.xml")):
        assert "@" not in filled


def test_a_line_whose_mark_has_no_value_is_left_out(tmp_path: Path) -> None:
    """And a mark that nobody knows is an error."""
    template = tmp_path / "template"
    template.write_text("of @WHAT@\nby @WHO@\n@WHO@ and @WHAT@\nme@example\n")
    assert fill(template, {"WHAT": "it", "WHO": ""}) == "of it\nme@example\n"
    with pytest.raises(KeyError):
        fill(template, {"WHAT": "it"})


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    """Only the program itself can be run; and all times are the release's."""
    program = tmp_path / "usr" / "lib" / "authws-desktop" / "authws-desktop"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o600)
    (program.parent / "data").touch(mode=0o777)
    set_modes(tmp_path, datetime.fromtimestamp(1_000_000_000, UTC))
    paths = (program.parent, program, program.parent / "data")
    assert [path.stat().st_mode & 0o777 for path in paths] == [0o755, 0o755, 0o644]
    assert {path.stat().st_mtime for path in paths} == {1_000_000_000}


# Parts


def document() -> dict[str, Any]:
    """Return a list as cyclonedx-py makes it: the program needs one package, which needs another."""
    names = ("authws-desktop", "one", "two", "hatchling")
    return {
        "metadata": {"component": {"bom-ref": "root-component", "name": "authws-desktop"}},
        "components": [{"bom-ref": name, "name": name, "version": "1"} for name in names],
        "dependencies": [
            {"ref": "root-component", "dependsOn": ["one", "authws-desktop"]},
            {"ref": "one", "dependsOn": ["two"]},
            {"ref": "two"},
            {"ref": "hatchling", "dependsOn": ["two"]},
            {"ref": "authws-desktop", "dependsOn": ["one"]},
        ],
    }


def test_only_what_the_program_needs_is_a_part() -> None:
    """Directly or through others; no tool, and nothing that only an extra would bring."""
    found = needed(packages_in(Environment()))
    assert {"authws-desktop", "aiohttp", "yarl", "pyside6-essentials", "shiboken6"} <= found
    assert not found & {"pytest", "pip", "setuptools", "hatchling", "uvloop"}


def test_the_list_is_closed_and_the_same_each_time() -> None:
    """Every reference leads to a component, and all that is no Python package hangs on the program."""
    made = []
    for _ in range(2):
        made.append(document())
        parts = [*made[-1]["components"][1:3], make_component("libxcb1", "1.15-1+b1", "", "deb/debian")]
        finish(made[-1], parts, Places())
    assert made[0] == made[1]
    references = {each["bom-ref"] for each in made[0]["components"]} | {"root-component"}
    assert references == {"root-component", "one", "two", "pkg:deb/debian/libxcb1@1.15-1%2Bb1"}
    for each in made[0]["dependencies"]:
        assert {each["ref"], *each.get("dependsOn", [])} <= references
    assert "pkg:deb/debian/libxcb1@1.15-1%2Bb1" in made[0]["dependencies"][0]["dependsOn"]
    assert made[0]["metadata"]["component"]["name"] == "Authws Desktop"


def licensed(**how: str) -> dict[str, Any]:
    """Return the field for a licence."""
    return {"licenses": [{"license": how}]}


def test_licence_texts_stand_once() -> None:
    """With all who share them above; the table has each part's licence in short, and what is inside below it."""
    zlib = make_component("zlib", "6", "Zlib")
    parts = [
        (make_component("some", "1.0", "MIT OR Apache-2.0"), ["Text of\nMIT"]),
        ({"name": "other", "version": "2"} | licensed(id="MIT"), ["Text of\nMIT\n", "Notice"]),
        ({"name": "odd", "version": "3"} | licensed(name="Dual License, ask"), []),
        (make_component("libxcb1", "1.15", "", "deb/debian") | {"components": [zlib]}, []),
    ]
    text = third_party_text("Head\n", parts)
    assert text.count("Text of\nMIT") == 1
    assert "some 1.0, other 2\n" in text
    lines = {
        line.split()[0]: line.split(maxsplit=2)[2]
        for line in text.splitlines()
        if line[:4] in ("some", "othe", "odd ", "libx") and len(line.split()) > 2
    }
    assert lines["odd"] == "Dual License, ask"
    assert lines["libxcb1"] == "see its text"
    assert re.search(r"^libxcb1 .*\n  zlib +6 +Zlib$", text, re.MULTILINE)
    assert text.startswith("Head\n")
    assert "GNU Lesser General Public License" in HEAD.read_text(encoding="utf-8")


def test_every_licence_file_of_a_package_is_read() -> None:
    """Cryptography has three, and aiohttp one of what it took in."""
    packages = packages_in(Environment())
    assert len(licence_texts(packages["cryptography"])) == 3
    assert any("Fedor Indutny" in text for text in licence_texts(packages["aiohttp"]))


# The command


def test_an_unknown_option_is_named() -> None:
    """Before anything is built."""
    code = [sys.executable, "-m", "devtools.package", "--fast"]
    result = subprocess.run(code, cwd=ROOT / "packaging", capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "[--quick] [--no-root]" in result.stderr
    assert "unrecognized arguments: --fast" in result.stderr


def test_what_is_made_elsewhere_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By its system."""
    command.report(Places(out=tmp_path))
    said = capsys.readouterr().out
    assert ("disk image (darwin)" in said) == (sys.platform != "darwin")
    assert (".deb (linux)" in said) == (sys.platform != "linux")


def test_a_package_that_is_too_large_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is part of the trial."""
    monkeypatch.setattr(command, "LARGEST_BYTES", 10)
    (tmp_path / "big.deb").write_bytes(bytes(11))
    with pytest.raises(DevError, match=r"big\.deb is larger"):
        command.report(Places(out=tmp_path))


def test_checksums_are_in_the_common_form(tmp_path: Path) -> None:
    """As `sha256sum --check` reads it; twice gives the same."""
    (tmp_path / "b.deb").write_bytes(b"")
    write_checksums(tmp_path)
    write_checksums(tmp_path)
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert (tmp_path / "SHA256SUMS").read_text() == f"{empty}  b.deb\n"


def test_nothing_that_was_made_is_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier run left goes, the small packages of this one stay."""

    def make_wheel(_command: object, _text: str) -> None:
        (places.out / "authws_desktop-1-py3-none-any.whl").touch()

    def make_small(out: Path, _work: Path) -> None:
        (out / "authws-client-1.tgz").touch()

    places = Places(tmp_path)
    places.out.mkdir(parents=True)
    (places.out / "authws-client-0.tgz").touch()
    monkeypatch.setattr(command, "require", make_wheel)
    monkeypatch.setattr(command, "build_compiled_wheel", lambda _python, _root, _out: Path())
    monkeypatch.setattr(command, "build_small_packages", make_small)
    monkeypatch.setattr(command, "MAKERS", {sys.platform: {}})
    for name in ("build_docs", "render_icons", "freeze", "write_notices", "write_notes"):
        monkeypatch.setattr(command, name, lambda *_: None)
    for method in ("pip", "prepare"):
        monkeypatch.setattr(Environment, method, lambda *_: None)
    command.build(places)
    names = {file.name for file in places.out.iterdir()}
    assert names == {"SHA256SUMS", "authws-client-1.tgz", "authws_desktop-1-py3-none-any.whl"}

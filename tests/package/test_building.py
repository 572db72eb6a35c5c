"""The parts of `dev.py package` that need no build: formats, lists, choices."""

from __future__ import annotations

import json
import re
import struct
import sys
import zlib
from pathlib import Path

import pytest

from devtools.package import clean_root, command
from devtools.package.bundle import component_of, drop_dead_links, is_plain_library
from devtools.package.command import Run, write_checksums
from devtools.package.debian import (
    PACKAGE_OF,
    control,
    copyright_text,
    debian_changelog,
    dependencies,
    metainfo,
)
from devtools.package.elf import Needs, from_system, newest_version, parse_needs, unneeded
from devtools.package.icons import ICNS_KINDS, ICO_SIZES_PX, SIZES_PX, icns, ico
from devtools.package.inventory import closure, describe
from devtools.package.notices import sbom, third_party_text
from devtools.package.parts import Part
from devtools.package.places import Places
from devtools.package.screen import Picture, read_xwd
from devtools.package.start_time import Start
from devtools.package.start_time import describe as describe_times
from devtools.processes import DevError

PARTS = [
    Part("Some_Package", "1.0", "MIT OR Apache-2.0", "pypi", "https://example.org", ("Text of\nMIT",)),
    Part("other", "2", "MIT", "pypi", "", ("Text of\nMIT\n", "Notice")),
    Part("libxcb1", "1.15-1+b1", "see its text", "deb"),
    Part("odd", "3", "Dual License, ask", "pypi"),
]

# Icons


def test_windows_icon_holds_every_size() -> None:
    """Each entry points to its PNG."""
    pictures = {size: b"png%d" % size for size in SIZES_PX}
    content = ico(pictures)
    reserved, kind, count = struct.unpack("<HHH", content[:6])
    assert (reserved, kind, count) == (0, 1, len(ICO_SIZES_PX))
    for number, size in enumerate(ICO_SIZES_PX):
        entry = struct.unpack("<BBBBHHII", content[6 + 16 * number :][:16])
        assert entry[0] == entry[1] == size % 256
        assert content[entry[7] : entry[7] + entry[6]] == pictures[size]


def test_macos_icon_holds_every_size() -> None:
    """A chain of type, length and PNG that ends where the file does."""
    pictures = {size: b"png%d" % size for size in SIZES_PX}
    content = icns(pictures)
    assert content[:4] == b"icns"
    assert struct.unpack(">I", content[4:8])[0] == len(content)
    at, found = 8, []
    while at < len(content):
        length = struct.unpack(">I", content[at + 4 : at + 8])[0]
        found.append((content[at : at + 4].decode(), content[at + 8 : at + length]))
        at += length
    assert found == [(kind, pictures[size]) for kind, size in ICNS_KINDS]


# Binaries

OBJDUMP = """
Dynamic Section:
  NEEDED               libQt6Core.so.6
  NEEDED               libc.so.6
  RUNPATH              $ORIGIN

Version References:
  required from libc.so.6:
    0x09691a75 0x00 03 GLIBC_2.2.5
    0x069691b4 0x00 02 GLIBC_2.34
  required from libstdc++.so.6:
    0x0297f868 0x00 05 GLIBCXX_3.4.29
    0x056bafd3 0x00 04 CXXABI_1.3
"""


def test_needs_are_read_from_objdump() -> None:
    """Libraries and symbol versions."""
    needs = parse_needs(OBJDUMP)
    assert needs.libraries == {"libQt6Core.so.6", "libc.so.6"}
    assert needs.search_path == "$ORIGIN"
    assert needs.versions == {"GLIBC_2.2.5", "GLIBC_2.34", "GLIBCXX_3.4.29", "CXXABI_1.3"}


def needs(*libraries: str, versions: tuple[str, ...] = ()) -> Needs:
    return Needs(frozenset(libraries), frozenset(versions))


def test_libraries_that_nothing_needs_are_found() -> None:
    """Through others, too; a circle that nobody enters is dropped."""
    files = {name: Path(name) for name in ("program", "a.so", "b.so", "gtk.so", "pango.so")}
    all_needs = {
        files["program"]: needs("a.so", "libc.so.6"),
        files["a.so"]: needs("b.so"),
        files["b.so"]: needs("libz.so.1"),
        files["gtk.so"]: needs("pango.so"),
        files["pango.so"]: needs("gtk.so", "b.so"),
    }
    droppable = [path for name, path in files.items() if name != "program"]
    assert unneeded(all_needs, droppable) == {files["gtk.so"], files["pango.so"]}
    assert from_system(all_needs, files) == {"libc.so.6": ["program"], "libz.so.1": ["b.so"]}


def test_the_newest_symbol_version_counts() -> None:
    """By number, not by letter; private ones are none."""
    all_needs = {Path("a"): needs(versions=("GLIBC_2.4", "GLIBC_2.34", "GLIBC_PRIVATE", "GLIBCXX_3.4.9"))}
    assert newest_version(all_needs, "GLIBC") == "2.34"
    assert newest_version(all_needs, "GLIBCXX") == "3.4.9"
    assert newest_version(all_needs, "CXXABI") == ""


def test_only_plain_libraries_are_dropped() -> None:
    """Never modules of Python, plugins, or Python itself."""
    assert is_plain_library(Path("libxcb-cursor.so.0"))
    assert is_plain_library(Path("PySide6/Qt/lib/libQt6Network.so.6"))
    assert not is_plain_library(Path("libpython3.11.so.1.0"))
    assert not is_plain_library(Path("PySide6/Qt/plugins/platforms/libqxcb.so"))
    assert not is_plain_library(Path("bcrypt/_bcrypt.abi3.so"))


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_dead_links_are_taken_out(tmp_path: Path) -> None:
    """Live ones stay links."""
    (tmp_path / "real").write_text("")
    (tmp_path / "live").symlink_to("real")
    (tmp_path / "dead").symlink_to("gone")
    drop_dead_links(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["live", "real"]
    assert (tmp_path / "live").is_symlink()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("_internal/PySide6/Qt/lib/libicudata.so.73", "ICU (text data of Qt)"),
        ("_internal/PySide6/Qt/lib/libQt6Gui.so.6", "Qt libraries"),
        ("_internal/PySide6/Qt/plugins/platforms/libqxcb.so", "Qt plugins"),
        ("_internal/PySide6/QtGui.abi3.so", "PySide6 and shiboken6"),
        ("_internal/authws_desktop/_resources/web/main.js", "Our icons, web client, API documents"),
        ("_internal/libpython3.11.so.1.0", "Python itself"),
        ("authws-desktop", "All Python modules, compressed, with the starter"),
        ("_internal/msgspec/_core.so", "Other"),
    ],
)
def test_sizes_are_told_by_component(path: str, name: str) -> None:
    """Each file counts once."""
    assert component_of(path) == name


# Debian


def test_dependencies_name_packages_with_bounds() -> None:
    """Each package once; glibc and libstdc++ with the version that the binaries ask for."""
    found = dependencies({"libc.so.6", "libm.so.6", "libstdc++.so.6", "libGL.so.1"}, "2.34", "3.4.29")
    assert found == ["libc6 (>= 2.34)", "libgl1", "libstdc++6 (>= 11)"]


def test_a_library_without_a_package_stops_the_build() -> None:
    """It is named, with what to do."""
    with pytest.raises(DevError, match=r"libnew\.so\.1.*debian\.py"):
        dependencies({"libnew.so.1", "libc.so.6"}, "2.34", "")


def test_renamed_packages_have_both_names() -> None:
    """Debian 13 and Ubuntu 24.04 renamed some for 64-bit time."""
    assert PACKAGE_OF["libglib-2.0.so.0"] == "libglib2.0-0t64 | libglib2.0-0"


def test_control_and_copyright_are_filled_in(tmp_path: Path) -> None:
    """No mark of the templates is left, and the MIT licence stands in Debian's form."""
    (tmp_path / "file").write_bytes(bytes(5000))
    text = control(Places(), tmp_path, ["libc6", "libgl1"], "amd64")
    assert "Depends: libc6, libgl1\n" in text
    assert "Installed-Size: 4\n" in text
    licence = copyright_text(Places())
    assert "\n .\n" in licence
    assert " Permission is hereby granted" in licence
    assert "Copyright (c)" not in licence
    history = debian_changelog(Places())
    assert history.startswith("authws-desktop (")
    assert re.search(r"\n -- [^<]+<[^>]+>  \w{3}, \d\d \w{3} \d{4} 00:00:00 \+0000\n$", history)
    for filled in (text, licence, metainfo(Places()), history):
        assert "@VERSION@" not in filled
        assert "@MIT@" not in filled


# Parts


def test_the_list_of_parts_is_cyclonedx() -> None:
    """References are unique, expressions are expressions, other licences have names."""
    document = sbom(PARTS, "1.2.3", "2026-01-31T00:00:00Z")
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    components = {each["name"]: each for each in document["components"]}
    assert components["Some_Package"]["licenses"] == [{"expression": "MIT OR Apache-2.0"}]
    assert components["odd"]["licenses"] == [{"license": {"name": "Dual License, ask"}}]
    assert components["Some_Package"]["purl"] == "pkg:pypi/some-package@1.0"
    assert components["libxcb1"]["purl"] == "pkg:deb/debian/libxcb1@1.15-1%2Bb1"
    references = [each["bom-ref"] for each in document["components"]]
    assert len(set(references)) == len(references)
    assert document["dependencies"][0]["dependsOn"] == references
    assert sbom(PARTS, "1.2.3", "2026-01-31T00:00:00Z") == document
    json.dumps(document)


def test_licence_texts_stand_once() -> None:
    """With all who share them above."""
    text = third_party_text(PARTS)
    assert text.count("Text of\nMIT") == 1
    assert "Some_Package 1.0, other 2" in text
    assert "GNU Lesser General Public License" in text


def test_the_inventory_follows_requirements() -> None:
    """From this environment: the program, what it needs, and what that needs."""
    found = {package.metadata["Name"].lower() for package in closure("authws-desktop")}
    assert {"authws-desktop", "aiohttp", "yarl", "pyside6_essentials"} <= found
    assert "pytest" not in found
    described = {row["name"]: row for row in map(describe, closure("aiohttp"))}
    assert "Apache" in described["aiohttp"]["licence"]
    assert any("Apache License" in text for text in described["aiohttp"]["texts"])


# The screen


def xwd(width: int, height: int, pixels: bytes) -> bytes:
    """Return a screen as Xvfb writes it, with a colour map and a name."""
    name, colours = b"Xvfb\0", 2
    fields = [
        100 + len(name),
        7,
        2,
        24,
        width,
        height,
        0,
        0,
        32,
        0,
        32,
        32,
        width * 4,
        4,
        255 << 16,
        255 << 8,
        255,
    ]
    fields += [8, 256, colours, width, height, 0, 0, 0]
    return struct.pack(">25I", *fields) + name + bytes(12 * colours) + pixels


def test_a_screen_is_read() -> None:
    """Blue, green, red on the screen; red, green, blue in the picture."""
    picture = read_xwd(xwd(2, 1, bytes([3, 2, 1, 0, 30, 20, 10, 0])))
    assert (picture.width, picture.height) == (2, 1)
    assert picture.rows == [bytes([1, 2, 3, 10, 20, 30])]
    assert picture.count_colours() == 2


def test_a_picture_becomes_png() -> None:
    """Header, rows and checksums."""
    content = Picture(2, 1, [bytes([1, 2, 3, 10, 20, 30])]).png()
    assert content.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\2\0\0\0\1\x08\x02")
    length = struct.unpack(">I", content[33:37])[0]
    assert zlib.decompress(content[41 : 41 + length]) == bytes([0, 1, 2, 3, 10, 20, 30])


def test_another_screen_is_refused() -> None:
    """Sixteen bits a pixel, for one."""
    content = bytearray(xwd(1, 1, bytes(4)))
    content[44:48] = struct.pack(">I", 16)
    with pytest.raises(ValueError, match="32 bits"):
        read_xwd(bytes(content))


def test_start_times_are_told_in_words() -> None:
    """The median does not mind one slow start."""
    starts = [Start(0.5, 0.4), Start(0.4, 0.4), Start(9.0, 0.6)]
    told = describe_times(starts)
    assert told == "median 0.50 s of 3 starts (0.40 to 9.00 s), of which 0.40 s computing"


def test_a_slow_start_is_told() -> None:
    """As an aim that was missed; whether the machine was busy stands beside it."""
    assert command.judge_start([Start(1.4, 0.9)] * 3) == "the aim of 1.5 s is met"
    assert command.judge_start([Start(1.7, 0.9)] * 3) == "the aim of 1.5 s is MISSED"


# The command


def test_an_unknown_option_is_named() -> None:
    """Before anything is built."""
    with pytest.raises(DevError, match="does not know --fast"):
        command.package(["--fast"])


def test_what_was_not_run_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At its place and at the end."""
    run = Run(Places(tmp_path, tmp_path / "work", tmp_path))
    run.skip("disk image", "no Mac")
    command.report(run)
    said = capsys.readouterr().out
    assert "disk image: not run, no Mac" in said
    assert said.rstrip().endswith("disk image: no Mac")


def test_a_package_that_is_too_large_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is part of the trial."""
    monkeypatch.setattr(command, "LARGEST_BYTES", 10)
    (tmp_path / "big.deb").write_bytes(bytes(11))
    with pytest.raises(DevError, match=r"big\.deb is larger"):
        command.report(Run(Places(tmp_path, tmp_path / "work", tmp_path)))


def test_checksums_are_in_the_common_form(tmp_path: Path) -> None:
    """As `sha256sum --check` reads it; twice gives the same."""
    (tmp_path / "b.deb").write_bytes(b"")
    write_checksums(tmp_path)
    write_checksums(tmp_path)
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert (tmp_path / "SHA256SUMS").read_text() == f"{empty}  b.deb\n"


@pytest.mark.skipif(sys.platform != "linux", reason="chroot")
def test_without_root_the_clean_root_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an obstacle, not a failure."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert clean_root.obstacle() == "it needs root"
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert "debootstrap" in clean_root.obstacle()

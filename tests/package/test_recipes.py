"""The recipes of all systems agree with the program and with each other."""

from __future__ import annotations

import ast
import configparser
import os
import plistlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from authws_desktop import __version__
from authws_desktop.paths import APP_NAME, DataPaths
from devtools.package.places import APP_ID, NAME, Places, read_version, release_date, release_notes
from devtools.package.release_notes import main as write_release_notes
from devtools.processes import ROOT, DevError
from pyinstaller.pruning import EXCLUDED_MODULES, PLUGINS, is_system_library, is_wanted, pruned
from pyinstaller.start import restore_library_path

PACKAGING = ROOT / "packaging"
RECIPES = [
    file
    for folder in ("linux", "windows", "macos", "pyinstaller")
    for file in sorted((PACKAGING / folder).iterdir())
    if file.is_file()
]
RELEASE = ROOT / ".github" / "workflows" / "release.yml"


def text_of(*parts: str) -> str:
    return PACKAGING.joinpath(*parts).read_text(encoding="utf-8")


# One version, one name


def test_the_version_comes_from_one_place() -> None:
    """The recipes ask for it; none states it."""
    assert read_version() == __version__
    for file in [*RECIPES, RELEASE]:
        assert f'"{__version__}"' not in file.read_text(encoding="utf-8"), file.name


def test_the_changelog_has_notes_for_this_version() -> None:
    """The release notes are its section, without the heading."""
    notes = release_notes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), __version__)
    assert notes.startswith("### ")
    assert "## 0." not in notes.replace("### ", "")


CHANGELOG = """# Changelog

## 0.2.0 (2026-01-31)

### Added

- Two.

## 0.1.0 (unreleased)

- One.
"""


def test_notes_are_cut_out_of_the_changelog() -> None:
    """From one heading to the next; a version that is not there is an error."""
    assert release_notes(CHANGELOG, "0.2.0") == "### Added\n\n- Two.\n"
    assert release_notes(CHANGELOG, "0.1.0") == "- One.\n"
    for version in ("0.3.0", "0.2", "2.0"):
        with pytest.raises(DevError, match="no section"):
            release_notes(CHANGELOG, version)


def test_a_release_has_the_day_of_its_heading() -> None:
    """Before that, the day of the last commit."""
    assert release_date(CHANGELOG, "0.2.0", "2020-01-01") == "2026-01-31"
    assert release_date(CHANGELOG, "0.1.0", "2020-01-01") == "2020-01-01"


def test_a_tag_that_is_not_the_version_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is built."""
    assert write_release_notes(["tag", "v99.0.0"]) == 1
    assert f"The tag is v99.0.0, but the program's version is {__version__}." in capsys.readouterr().err


# Every file


@pytest.mark.parametrize("file", RECIPES, ids=lambda file: file.name)
def test_a_recipe_names_no_folder_of_its_author(file: Path) -> None:
    """Nor the machine it was written on."""
    text = file.read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert str(Path.home()) + "/" not in text


@pytest.mark.skipif(sys.platform == "win32", reason="no sh")
@pytest.mark.parametrize("name", ["linux/install.sh", "macos/make-dmg.sh"])
def test_scripts_are_plain_sh(name: str) -> None:
    """They parse, and can be executed."""
    file = PACKAGING / name
    assert subprocess.run(["sh", "-n", file], check=False).returncode == 0
    assert file.stat().st_mode & 0o111


# Linux


@pytest.mark.skipif(sys.platform == "win32", reason="no sh")
def test_removing_what_is_elsewhere_says_so(tmp_path: Path) -> None:
    """Removed without the PREFIX of its installation, it is not there, and the script does not claim success."""
    script = PACKAGING / "linux" / "install.sh"
    command, env = ["sh", str(script), "--remove"], {"PATH": os.defpath, "HOME": str(tmp_path)}
    elsewhere = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert elsewhere.returncode == 1
    assert f"not installed in {tmp_path}/.local" in elsewhere.stderr
    (tmp_path / "usr" / "lib" / NAME).mkdir(parents=True)
    subprocess.run(command, env={**env, "PREFIX": str(tmp_path / "usr")}, capture_output=True, check=True)
    assert not list((tmp_path / "usr" / "lib").iterdir())


def test_the_menu_entry_fits_the_program() -> None:
    """The desktop's name for the window is the entry's file name; icon and command exist."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text_of("linux", f"{NAME}.desktop"))
    entry = parser["Desktop Entry"]
    assert (entry["Exec"], entry["Icon"], entry["StartupWMClass"]) == (NAME, NAME, APP_NAME)
    assert parser["Desktop Action start"]["Exec"] == f"{NAME} --start"
    assert (ROOT / "resources" / "icons" / f"{NAME}.svg").is_file()


def test_appstream_metadata_names_the_menu_entry() -> None:
    """And the same id as macOS' bundle."""
    component = ET.fromstring(text_of("linux", f"{NAME}.metainfo.xml"))
    assert component.findtext("id") == APP_ID
    assert component.findtext("launchable") == f"{NAME}.desktop"
    assert component.findtext("project_license") == "MIT"
    assert component.find("releases/release").attrib == {"version": "@VERSION@", "date": "@DATE@"}  # type: ignore[union-attr]


@pytest.mark.skipif(sys.platform != "linux", reason="its tools are made for Linux")
def test_appstream_metadata_is_valid(tmp_path: Path) -> None:
    """By AppStream's own judgement."""
    file = tmp_path / f"{NAME}.metainfo.xml"
    text = text_of("linux", file.name).replace("@VERSION@", "1.0").replace("@DATE@", "2026-01-31")
    file.write_text(text, encoding="utf-8")
    result = subprocess.run(
        ["appstreamcli", "validate", "--no-net", file], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="its tools are made for Linux")
def test_the_menu_entry_is_valid() -> None:
    """By freedesktop.org's own judgement."""
    file = PACKAGING / "linux" / f"{NAME}.desktop"
    result = subprocess.run(["desktop-file-validate", file], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")


def test_the_manual_knows_every_command_and_option() -> None:
    """What `--help` lists stands in the man page."""
    page = text_of("linux", f"{NAME}.1").replace("\\-", "-").replace("\\ ", " ")
    source = (ROOT / "authws_desktop" / "cli.py").read_text(encoding="utf-8")
    for option in sorted(set(re.findall(r'"(--[a-z-]+)"', source))):
        assert option in page, option
    for command in (
        "serve",
        "user",
        "secret",
        "add",
        "passwd",
        "list",
        "disable",
        "enable",
        "delete",
        "rotate",
    ):
        assert command in page, command


# Windows


def test_windows_knows_the_folders_of_the_program() -> None:
    """The uninstaller asks about the folder that the program writes; both programs exist."""
    script, spec = text_of("windows", f"{NAME}.iss"), text_of("pyinstaller", f"{NAME}.spec")
    assert f'#define DataFolder "{APP_NAME}"' in script
    for name in re.findall(r'#define (?:Program|CommandLine) "(.+)\.exe"', script):
        assert f'program("{name}"' in spec or f'programs.append(program("{name}"' in spec
    assert "PrivilegesRequired=lowest" in script


def test_the_uninstaller_keeps_data_unless_told() -> None:
    """Also when it runs without asking; the upgrade path never asks."""
    script = text_of("windows", f"{NAME}.iss")
    assert re.search(r"MB_YESNO, IDYES\) = IDNO", script)
    assert "[UninstallDelete]" not in script


def test_windows_texts_exist_in_every_language() -> None:
    """Each message of ours in English and German."""
    script = text_of("windows", f"{NAME}.iss")
    names = {
        language: set(re.findall(rf"^{language}\.(\w+)=", script, re.MULTILINE)) for language in ("en", "de")
    }
    assert names["en"] == names["de"]
    used = re.findall(r"\{cm:(\w+)\}|CustomMessage\('(\w+)'\)", script)
    assert {a or b for a, b in used} - {"CreateDesktopIcon"} == names["en"]


def test_windows_shows_the_version_in_numbers() -> None:
    """The template is Python's syntax, as PyInstaller reads it."""
    text = (
        text_of("windows", "version-info.txt")
        .replace("@NUMBERS@", "0, 1, 0, 0")
        .replace("@VERSION@", "0.1.0")
    )
    ast.parse(text)
    assert "@" not in text


# macOS


def test_macos_allows_local_network_and_stays_awake() -> None:
    """The reasons are in packaging/macos/README.md."""
    spec = text_of("pyinstaller", f"{NAME}.spec")
    for key in ("NSLocalNetworkUsageDescription", "NSAppSleepDisabled", "LSMinimumSystemVersion"):
        assert key in spec
    assert f'bundle_identifier="{APP_ID}"' in spec
    assert plistlib.loads((PACKAGING / "macos" / "entitlements.plist").read_bytes())


# PyInstaller


def test_the_spec_is_python() -> None:
    """And it reads the pruning rules."""
    spec = text_of("pyinstaller", f"{NAME}.spec")
    ast.parse(spec)
    assert "pruned(analysis.binaries)" in spec


@pytest.mark.parametrize(
    "path",
    [
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/plugins/platforms/qwindows.dll",
        "PySide6\\plugins\\platforms\\qwindows.dll",
        "PySide6/Qt/plugins/platforms/libqcocoa.dylib",
        "PySide6/Qt/plugins/iconengines/libqsvgicon.so",
        "PySide6/plugins/styles/qmodernwindowsstyle.dll",
        "PySide6/Qt/lib/libQt6Core.so.6",
        "PySide6/Qt6Widgets.dll",
        "PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore",
        "PySide6/Qt/lib/libicudata.so.73",
        "libssl.so.3",
        "libxcb-cursor.so.0",
        "authws_desktop/_resources/web/index.html",
        "libpython3.11.so.1.0",
        "websockets-17.4.dist-info/METADATA",
    ],
)
def test_what_the_program_needs_stays(path: str) -> None:
    """On all systems' ways of naming it."""
    assert is_wanted(path)


@pytest.mark.parametrize(
    "path",
    [
        "PySide6/Qt/plugins/platforms/libqvnc.so",
        "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
        "PySide6/Qt/plugins/imageformats/libqpdf.so",
        "PySide6/plugins/imageformats/qpdf.dll",
        "PySide6/Qt/plugins/sqldrivers/libqsqlite.so",
        "PySide6/Qt/plugins/tls/libqopensslbackend.so",
        "PySide6/Qt/lib/libQt6Quick.so.6",
        "PySide6/Qt6Qml.dll",
        "PySide6/Qt/translations/qtbase_de.qm",
        "PySide6/opengl32sw.dll",
        "authws_desktop-0.1.dist-info/direct_url.json",
        "libstdc++.so.6",
        "libgcc_s.so.1",
        "libX11.so.6",
        "libglib-2.0.so.0",
    ],
)
def test_what_it_does_not_need_is_left_out(path: str) -> None:
    """Other platforms' plugins, other modules' libraries, translations, and what the system must bring."""
    assert not is_wanted(path)


def test_entries_are_filtered_by_their_place() -> None:
    """PyInstaller's triples."""
    kept = ("PySide6/Qt/plugins/platforms/libqxcb.so", "/a", "BINARY")
    assert pruned([kept, ("libX11.so.6", "/b", "BINARY")]) == [kept]
    assert is_system_library("libX11.so.6")
    assert not is_system_library("libX11.txt")


def test_no_gpl_library_gets_in() -> None:
    """Python's readline is GNU's."""
    assert "readline" in EXCLUDED_MODULES
    assert "qgtk3" not in PLUGINS["platformthemes"]


def test_no_module_that_the_program_imports_is_excluded() -> None:
    """Neither itself nor a module below it."""
    sources = (ROOT / "authws_desktop").rglob("*.py")
    imported = {
        name
        for file in sources
        for name in re.findall(r"^\s*(?:from|import) ([\w.]+)", file.read_text("utf-8"), re.M)
    }
    assert "PySide6.QtWidgets" in imported
    assert not imported & {name for name in EXCLUDED_MODULES if name != "uvloop"}


def test_started_programs_get_their_own_libraries_back() -> None:
    """The browser that the window opens must not load our OpenSSL."""
    environment = {"LD_LIBRARY_PATH": "/ours:/before", "LD_LIBRARY_PATH_ORIG": "/before", "HOME": "/h"}
    restore_library_path(environment)
    assert environment == {"LD_LIBRARY_PATH": "/before", "HOME": "/h"}
    environment = {"LD_LIBRARY_PATH": "/ours"}
    restore_library_path(environment)
    assert environment == {}


# The workflow


def test_the_workflow_builds_tests_and_publishes_all_three() -> None:
    """Every system runs the checks and the packaging command; the release has checksums and notes."""
    text = RELEASE.read_text(encoding="utf-8")
    for system in ("ubuntu-22.04", "windows-latest", "macos-latest"):
        assert f"os: {system}" in text
    assert "python dev.py test" in text
    assert text.count("python dev.py package") == 2
    assert "sha256sum" in text
    assert "--notes-file notes/RELEASE-NOTES.md" in text


def test_the_workflow_installs_what_the_checks_need() -> None:
    """The same packages as the checks' own workflow, and the tools that build."""
    lines = [
        set(re.search(r"apt-get install -y --no-install-recommends (.+)", file.read_text("utf-8"))[1].split())  # type: ignore[index]
        for file in (RELEASE, RELEASE.with_name("ci.yml"))
    ]
    assert lines[0] == lines[1] | {"binutils", "debootstrap"}


def test_the_places_are_ignored_by_git() -> None:
    """Nothing that is built can be committed by mistake."""
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    places = Places()
    assert f"{places.work.relative_to(ROOT).parts[0]}/" in ignored
    assert f"{places.out.relative_to(ROOT).parts[0]}/" in ignored


def test_the_data_folders_in_the_manual_are_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Linux without any XDG variable."""
    if sys.platform != "linux":
        pytest.skip("other folders there")
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    page = text_of("linux", f"{NAME}.1").replace("\\-", "-")
    paths = DataPaths.of_user()
    for folder in (paths.config_dir, paths.data_dir, paths.log_dir):
        assert f"~/{folder.relative_to(Path.home())}" in page

"""The recipes of all systems agree with the program and with each other."""

from __future__ import annotations

import ast
import configparser
import json
import os
import plistlib
import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml

from authws_desktop import __version__
from authws_desktop.paths import APP_NAME, DataPaths
from devtools import manual
from devtools.package import promised
from devtools.package.installers import sign_programs
from devtools.package.linux import check_promise, recipe
from devtools.package.places import APP_ID, NAME, Places
from devtools.package.release import (
    MACOS_SIGNING,
    WINDOWS_SIGNING,
    read_homepage,
    read_version,
    release_date,
    release_notes,
    unsigned_words,
)
from devtools.package.release import main as write_release_notes
from devtools.package.small import NODE, PYTHON
from devtools.processes import ROOT, DevError
from pyinstaller.pruning import EXCLUDED_MODULES, PLUGINS, is_system_library, is_wanted, pruned
from pyinstaller.start import restore_library_path

PACKAGING = ROOT / "packaging"
SMALL = PACKAGING / "small"
RECIPES = [
    file
    for folder in ("linux", "windows", "macos", "pyinstaller")
    for file in sorted((PACKAGING / folder).iterdir())
    if file.is_file()
]
CI = ROOT / ".github" / "workflows" / "ci.yml"
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


def test_a_release_has_the_day_of_its_heading(tmp_path: Path) -> None:
    """Before that, the day of the last commit; never today's, or no two builds would be the same."""
    (tmp_path / "authws_desktop").mkdir()
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    for version, day in (("0.2.0", "2026-01-31"), ("0.1.0", "2025-01-01")):
        text = f'__version__ = "{version}"\n'
        (tmp_path / "authws_desktop" / "__init__.py").write_text(text, encoding="utf-8")
        assert release_date(tmp_path) == day


def test_a_tag_that_is_not_the_version_is_refused() -> None:
    """Before anything is built."""
    with pytest.raises(DevError, match=f"The tag is v99.0.0, but the program's version is {__version__}"):
        write_release_notes(["tag", "v99.0.0"])


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


def complaints(metadata: str, folder: Path) -> set[str]:
    """Return the tags of what AppStream's validator finds wrong, hints left out."""
    file = folder / f"{NAME}.metainfo.xml"
    file.write_text(metadata, encoding="utf-8")
    command: list[str | Path] = ["appstreamcli", "validate", "--no-net", "--format", "yaml", file]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    # Its YAML is JSON since 1.2.
    found = re.findall(r'"?tag"?: "?([\w-]+)"?,?\n\s+"?severity"?: "?(\w+)', result.stdout)
    wrong = {tag for tag, severity in found if severity in ("warning", "error")}
    assert (result.returncode != 0) == bool(wrong), result.stdout + result.stderr
    return wrong


@pytest.mark.skipif(sys.platform != "linux", reason="its tools are made for Linux")
def test_appstream_metadata_is_valid(tmp_path: Path) -> None:
    """By AppStream's own judgement; newer versions of it miss the homepage that there is none of yet."""
    name = f"{NAME}.metainfo.xml"
    assert complaints(recipe(Places(), name), tmp_path) <= {"url-homepage-missing"}
    with_homepage = recipe(Places(tree_with_homepage(tmp_path)), name)
    assert complaints(with_homepage, tmp_path) == set()


def tree_with_homepage(folder: Path) -> Path:
    """Return a copy of what the recipes read, with a homepage in its one place."""
    root = folder / "tree"
    shutil.copytree(PACKAGING / "linux", root / "packaging" / "linux")
    (root / "authws_desktop").mkdir()
    for name in ("CHANGELOG.md", "authws_desktop/__init__.py"):
        shutil.copy(ROOT / name, root / name)
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    with_homepage = project.replace("[project.urls]\n", '[project.urls]\nHomepage = "https://a.example/b"\n')
    (root / "pyproject.toml").write_text(with_homepage, encoding="utf-8")
    return root


def test_the_homepage_has_one_place(tmp_path: Path) -> None:
    """Set there, it is in every package; empty, as yet, it is in none."""
    set_places = Places(tree_with_homepage(tmp_path))
    assert '<url type="homepage">https://a.example/b</url>' in recipe(set_places, f"{NAME}.metainfo.xml")
    assert "\nHomepage: https://a.example/b\n" in recipe(set_places, "control")
    assert read_homepage() == ""
    assert "homepage" not in recipe(Places(), f"{NAME}.metainfo.xml")
    assert "Homepage" not in recipe(Places(), "control")
    assert "#ifdef Homepage\nAppPublisherURL={#Homepage}\n#endif" in text_of("windows", f"{NAME}.iss")


@pytest.mark.skipif(sys.platform != "linux", reason="its tools are made for Linux")
def test_the_menu_entry_is_valid() -> None:
    """By freedesktop.org's own judgement."""
    file = PACKAGING / "linux" / f"{NAME}.desktop"
    result = subprocess.run(["desktop-file-validate", file], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")


def test_the_manual_is_the_parser_s() -> None:
    """If this fails: `python3 dev.py manual`."""
    page = text_of("linux", f"{NAME}.1")
    assert page == manual.manual(page)
    plain = page.replace("\\-", "-")
    for words in ("user pending", "user approve USERNAME", "invite add", "ban add", "--keep-connected"):
        assert words in plain
    assert r"\&." not in page, "an option or argument without a word of help"


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_the_manual_is_sound(tmp_path: Path) -> None:
    """By groff's own judgement, with version and date filled in."""
    page = recipe(Places(), f"{NAME}.1")
    (tmp_path / "page.1").write_text(page, encoding="utf-8")
    command = ["groff", "-man", "-Tutf8", "-ww", "-z", str(tmp_path / "page.1")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert "@" not in page.splitlines()[0]


# What is promised to run on


def test_the_readme_promises_what_is_built() -> None:
    """Systems and Pythons stand in one place; README, metadata and CI say the same."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for words in (
        f"glibc {promised.glibc_words('x86_64')} or newer",
        f"glibc {promised.glibc_words('aarch64')} or newer",
        f"macOS {promised.MACOS} and newer",
    ):
        assert words in readme
    assert f"{promised.WINDOWS} and newer" in readme
    pythons = f"{promised.PYTHONS[0]} to {promised.PYTHONS[-1]}"
    assert readme.count(f"Python {pythons}") == 2
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    classified = [each.rpartition(" ")[2] for each in project["classifiers"] if ":: Python :: 3." in each]
    assert tuple(classified) == promised.PYTHONS
    assert project["requires-python"] == f">={promised.PYTHONS[0]}"
    matrix = re.search(r"python: \[(.*)\]", CI.read_text(encoding="utf-8"))
    assert matrix is not None
    assert tuple(re.findall(r'"([\d.]+)"', matrix[1])) == promised.PYTHONS


def test_recipes_state_no_system_of_their_own() -> None:
    """They take it from the one place."""
    assert '"LSMinimumSystemVersion": MACOS' in text_of("pyinstaller", f"{NAME}.spec")
    assert "glibc @GLIBC@ or newer" in text_of("linux", "README.txt")


@pytest.mark.parametrize(
    ("depends", "is_kept"), [("2.35", True), ("2.34", True), ("2.36", False), ("2.100", False)]
)
def test_built_files_keep_the_promise(depends: str, is_kept: bool) -> None:
    """A package that needs a newer C library than is promised is not built."""
    control = f"Depends: libc6 (>= {depends}), libx11-6\n"
    if is_kept:
        check_promise(control, "x86_64")
    else:
        with pytest.raises(DevError, match="is promised"):
            check_promise(control, "x86_64")


def test_unsigned_downloads_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the notes of the release and in the README."""
    for name in (MACOS_SIGNING, WINDOWS_SIGNING):
        monkeypatch.delenv(name, raising=False)
    assert "Open Anyway" in unsigned_words()
    monkeypatch.setenv(MACOS_SIGNING, "Developer ID")
    assert "Open Anyway" not in unsigned_words()
    assert "SmartScreen" in unsigned_words()
    monkeypatch.setenv(WINDOWS_SIGNING, "signtool sign $f")
    assert unsigned_words() == ""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "SmartScreen" in readme
    assert "Open Anyway" in readme


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


def test_windows_is_signed_where_there_is_a_command(tmp_path: Path) -> None:
    """Both programs, then the setup program and its uninstaller; one that cannot be ends the build."""
    places = Places(work=tmp_path)
    places.bundle.mkdir(parents=True)
    for name in ("Authws Desktop.exe", "authws-desktop.exe", "data.dll"):
        (places.bundle / name).touch()
    code = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('signed')"
    sign_programs(places, f'"{sys.executable}" -c "{code}" $f')
    signed = {file.name for file in places.bundle.iterdir() if file.read_text() == "signed"}
    assert signed == {"Authws Desktop.exe", "authws-desktop.exe"}
    with pytest.raises(DevError, match=r"Authws Desktop\.exe could not be signed"):
        sign_programs(places, f'"{sys.executable}" -c "raise SystemExit(3)" $f')
    script = text_of("windows", f"{NAME}.iss")
    assert "#ifdef Signed\nSignTool=authws\n#endif" in script


def test_a_downgrade_is_seen_for_pre_releases_too() -> None:
    """The setup program compares the numbers of the installed file with its own."""
    script = text_of("windows", f"{NAME}.iss")
    assert "VersionInfoVersion={#Numbers}" in script
    assert "StrToVersion('{#Numbers}', Ours)" in script
    assert "parse(VERSION).numbers" in text_of("pyinstaller", f"{NAME}.spec")


# macOS


def test_notices_travel_in_the_app() -> None:
    """Out of the disk image, too; put there before the seal that is checked."""
    script = text_of("macos", "make-dmg.sh")
    places = [
        script.index(words)
        for words in ("Contents/Resources/Licences", "codesign --force", "codesign --verify")
    ]
    assert places == sorted(places)


def test_macos_allows_local_network_and_stays_awake() -> None:
    """The reasons are in packaging/macos/README.md."""
    spec = text_of("pyinstaller", f"{NAME}.spec")
    for key in ("NSLocalNetworkUsageDescription", "NSAppSleepDisabled", "LSMinimumSystemVersion"):
        assert key in spec
    assert "bundle_identifier=APP_ID" in spec
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
        "PySide6/Qt/translations/qtbase_nl.qm",
        "PySide6/Qt/translations/qt_help_de.qm",
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
    package = ROOT / "authws_desktop"
    imported = {
        name
        for file in package.rglob("*.py")
        if package / "testing" not in file.parents  # a plugin of pytest: published on its own, not in here
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


# The workflows


def jobs(file: Path) -> dict[str, dict[str, Any]]:
    """Return a workflow's jobs by their ids."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"]
    return found


def test_the_workflows_are_sound() -> None:
    """By zizmor's judgement: actions pinned by digest, no injection, no more rights than needed, no cache."""
    folder = str(ROOT / ".github")
    command = ["zizmor", "--offline", "--no-progress", "--no-config", "--min-severity", "medium", folder]
    command[0] = str(Path(sys.executable).with_name("zizmor"))
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_digest_names_its_version() -> None:
    """For people, and for dependabot, which renews both."""
    uses = re.findall(r"uses: (.*)", CI.read_text("utf-8") + RELEASE.read_text("utf-8"))
    assert uses
    assert [each for each in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []
    assert len(set(uses)) == len({each.partition("@")[0] for each in uses}), "one action in two versions"
    assert "package-ecosystem: github-actions" in (ROOT / ".github" / "dependabot.yml").read_text("utf-8")


def test_all_systems_and_machines_are_built() -> None:
    """Linux in a container of the oldest promised system; one that fails by nature holds nothing up."""
    release = jobs(RELEASE)
    linux = release["package-linux"]["strategy"]["matrix"]["include"]
    assert {each["machine"]: each["image"] for each in linux} == {
        "x86_64": "ubuntu:22.04",
        "aarch64": "ubuntu:24.04",
    }
    assert {each["machine"] for each in linux} == promised.GLIBC.keys()
    others = release["package"]["strategy"]["matrix"]["include"]
    assert {each["id"]: each.get("is_attempt", False) for each in others} == {
        "windows-x64": False,
        "windows-arm64": True,
        "macos-arm64": False,
        "macos-x86_64": False,
    }
    for job in ("package-linux", "package"):
        assert [step.get("run", "") for step in release[job]["steps"]].count("python dev.py package") == (
            1 if job == "package" else 0
        )
        assert release[job]["needs"] == ["version", "check"]
    assert set(release["release"]["needs"]) == {"package-linux", "package"}


def test_secrets_are_only_where_somebody_lets_them() -> None:
    """In jobs that wait for their protected environment, after the tests of all systems."""
    for name, job in jobs(RELEASE).items():
        if "secrets." in yaml.safe_dump(job):
            assert (name, job["environment"]) == ("package", "signing")
    assert "secrets." not in CI.read_text(encoding="utf-8")


def test_a_release_says_what_is_signed() -> None:
    """By the variables that the machines set which did sign."""
    assert {WINDOWS_SIGNING, MACOS_SIGNING} <= jobs(RELEASE)["release"]["steps"][-1]["env"].keys()
    text = RELEASE.read_text(encoding="utf-8")
    for name in (WINDOWS_SIGNING, MACOS_SIGNING):
        assert f'echo "{name}=' in text
    assert "--notes-file dist/RELEASE-NOTES.md" in text
    assert "sha256sum" in text


def test_the_small_packages_are_published_last_and_by_consent() -> None:
    """After the release's draft, each from an environment that somebody opens, with no password anywhere."""
    text = RELEASE.read_text(encoding="utf-8")
    for job in ("python", "node"):
        part = text.partition(f"  publish-{job}:\n")[2].partition("\n\n")[0]
        assert "needs: release\n" in part
        assert re.search(r"environment: (pypi|npm)\n", part)
        assert "id-token: write" in part
        assert "secrets." not in part
        assert "name: packages-small" in part
    made = [*PYTHON, *(json.loads((SMALL / name / "package.json").read_text())["name"] for name in NODE)]
    uploaded = text.partition("name: packages-small\n")[2].partition("if-no-files-found")[0]
    assert [name for name in made if f"dist/{name}-" not in uploaded.replace("_", "-")] == []


def test_the_places_are_ignored_by_git() -> None:
    """Nothing that is built can be committed by mistake."""
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    places = Places()
    assert f"{places.work.relative_to(ROOT).parts[0]}/" in ignored
    assert f"{places.out.relative_to(ROOT).parts[0]}/" in ignored


def test_the_files_in_the_manual_are_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Linux without any XDG variable: each folder, and below it the files in it."""
    if sys.platform != "linux":
        pytest.skip("other folders there")
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    page = text_of("linux", f"{NAME}.1").replace("\\-", "-")
    paths = DataPaths.of_user()
    told = re.findall(r"^\.I (~/.*)\n(.*)", page, re.MULTILINE)
    kept = [
        getattr(paths, name)
        for name, value in vars(DataPaths).items()
        if name != "log_file" and isinstance(value, property)
    ]
    assert [folder for folder, _ in told] == [
        f"~/{folder.relative_to(Path.home())}" for folder in (paths.config_dir, paths.data_dir, paths.log_dir)
    ]
    for folder, (_, words) in zip((paths.config_dir, paths.data_dir), told, strict=False):
        assert set(re.findall(r"\(([\w.]+)\)", words)) == {
            each.name for each in kept if each.parent == folder
        }

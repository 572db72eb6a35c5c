"""The files for winget, Homebrew, Flathub and the window name what was built, by address and sum."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from authws_desktop import __version__
from authws_desktop.paths import APP_NAME
from devtools.package import promised
from devtools.package.places import APP_ID, NAME, TITLE, Places
from devtools.package.release import read_version
from devtools.package.stores import write_store_files
from devtools.package.versions import parse
from devtools.processes import ROOT, DevError

HOME = "https://git.example/authws/desktop"
FILES = f"{HOME}/releases/download/v{__version__}"
BUILT = (
    "windows-x64-setup.exe",
    "macos-arm64.dmg",
    "macos-x86_64.dmg",
    "linux-x86_64.tar.gz",
    "linux-aarch64.tar.gz",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one file of each kind, each with other bytes."""
    for ending in BUILT:
        (tmp_path / f"{NAME}-{__version__}-{ending}").write_text(ending)
    return tmp_path


def sum_of(ending: str) -> str:
    return hashlib.sha256(ending.encode()).hexdigest()


def load(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
    return found


def test_no_mark_is_left(folder: Path) -> None:
    """In any of them, and each has the version."""
    write_store_files(folder, HOME, Places())
    names = [file.name for file in (ROOT / "packaging" / "stores").iterdir()]
    assert len(names) == 6
    for file in map(folder.joinpath, names):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"@[A-Z]", text), file.name
        assert read_version() in text or file.name == f"{APP_ID}.yaml"


def test_winget_gets_its_three_manifests(folder: Path) -> None:
    """One identity and version; the setup program by address and sum, and Windows' own name for it."""
    write_store_files(folder, HOME, Places())
    manifests = [
        load(folder, f"Authws.AuthwsDesktop{each}.yaml") for each in ("", ".installer", ".locale.en-US")
    ]
    assert [each["ManifestType"] for each in manifests] == ["version", "installer", "defaultLocale"]
    for each in manifests:
        assert each["PackageIdentifier"] == "Authws.AuthwsDesktop"
        assert each["PackageVersion"] == parse(__version__).semantic
        assert each["ManifestVersion"] == "1.10.0"
    installer = manifests[1]
    assert installer["Installers"] == [
        {
            "Architecture": "x64",
            "InstallerUrl": f"{FILES}/{NAME}-{__version__}-windows-x64-setup.exe",
            "InstallerSha256": sum_of("windows-x64-setup.exe"),
        }
    ]
    script = (ROOT / "packaging" / "windows" / f"{NAME}.iss").read_text(encoding="utf-8")
    assert f"AppId={{{installer['ProductCode'].removesuffix('_is1')}" in script
    assert installer["MinimumOSVersion"].startswith(re.search(r"MinVersion=(.*)", script)[1])  # type: ignore[index]
    assert "AppVersion={#Version}" in script
    assert manifests[2]["Publisher"] in script
    assert manifests[2]["PackageName"] == TITLE


def test_windows_on_arm_is_offered_where_it_was_built(folder: Path) -> None:
    """Its build may fail, and the release goes out all the same."""
    (folder / f"{NAME}-{__version__}-windows-arm64-setup.exe").write_text("arm")
    write_store_files(folder, HOME, Places())
    installers = load(folder, "Authws.AuthwsDesktop.installer.yaml")["Installers"]
    assert [each["Architecture"] for each in installers] == ["x64", "arm64"]
    assert installers[1]["InstallerSha256"] == sum_of("arm")


def test_homebrew_gets_its_cask(folder: Path) -> None:
    """Both disk images by their sums; the app, and the command in it."""
    write_store_files(folder, HOME, Places())
    cask = (folder / f"{NAME}.rb").read_text(encoding="utf-8")
    assert f'arm:   "{sum_of("macos-arm64.dmg")}"' in cask
    assert f'intel: "{sum_of("macos-x86_64.dmg")}"' in cask
    assert f'url "{HOME}/releases/download/v#{{version}}/{NAME}-#{{version}}-macos-#{{arch}}.dmg"' in cask
    assert f'app "{TITLE}.app"' in cask
    assert f'"#{{appdir}}/{TITLE}.app/Contents/MacOS/{NAME}"' in cask
    assert f"~/Library/Application Support/{APP_NAME}" in cask
    assert promised.MACOS.startswith("14.")
    assert '">= :sonoma"' in cask  # macOS 14


def test_flathub_gets_its_manifest(folder: Path) -> None:
    """The archive of each machine, and what is renamed is what the archive holds."""
    write_store_files(folder, HOME, Places())
    manifest = load(folder, f"{APP_ID}.yaml")
    assert (manifest["id"], manifest["command"]) == (APP_ID, NAME)
    assert manifest["rename-icon"] == NAME
    for key, ending in (("rename-desktop-file", "desktop"), ("rename-appdata-file", "metainfo.xml")):
        assert (ROOT / "packaging" / "linux" / manifest[key]).is_file()
        assert manifest[key] == f"{NAME}.{ending}"
    sources = manifest["modules"][0]["sources"]
    assert {each["only-arches"][0]: each["sha256"] for each in sources} == {
        machine: sum_of(f"linux-{machine}.tar.gz") for machine in promised.GLIBC
    }
    assert all(each["url"].startswith(f"{FILES}/{NAME}-{__version__}-linux-") for each in sources)


def test_the_window_is_told_of_the_release(folder: Path) -> None:
    """What `authws_desktop.desktop.updates` reads."""
    write_store_files(folder, HOME, Places())
    told = json.loads((folder / "latest.json").read_text(encoding="utf-8"))
    assert told == {"version": __version__, "page": f"{HOME}/releases/tag/v{__version__}"}


def test_a_package_that_is_missing_is_named(folder: Path) -> None:
    """A release without one of its disk images is stopped."""
    name = f"{NAME}-{__version__}-macos-arm64.dmg"
    (folder / name).unlink()
    with pytest.raises(DevError, match=re.escape(name)):
        write_store_files(folder, HOME, Places())

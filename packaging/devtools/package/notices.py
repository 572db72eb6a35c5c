"""The papers that go along: third-party licences, and the list of parts in CycloneDX' form."""

import datetime
import json
import shutil
import uuid
from collections.abc import Sequence
from typing import Any

from devtools.package.parts import Part
from devtools.package.places import APP_ID, NAME, TITLE, Places, read_version, release_date

SPEC_VERSION = "1.6"
SPDX_OPERATORS = ("AND", "OR", "WITH")
SPDX_NAMES = (
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "Bootloader-exception",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "ISC",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "PSF-2.0",
    "Unicode-3.0",
)
"""What may stand in a licence expression; other licences are named in words."""
_HEAD = """Authws Desktop is published under the MIT licence (LICENSE). It comes with these parts of others.

Qt, PySide6 and shiboken6 are used under the GNU Lesser General Public License, version 3. They lie beside
the program as libraries of their own (folder _internal/PySide6 or Frameworks/PySide6) and may be replaced by
changed ones of the same interface. Their source is at https://download.qt.io and https://code.qt.io.

zeroconf is used under the GNU Lesser General Public License, version 2.1 or later. It lies in a folder of its
own as well (_internal/zeroconf or Frameworks/zeroconf) and may be replaced in the same way. Its source is at
https://github.com/python-zeroconf/python-zeroconf.

"""


def write_notices(parts: Sequence[Part], places: Places) -> None:
    """Write licence, third-party licences and SBOM into the folder that every package takes along."""
    shutil.rmtree(places.notices, ignore_errors=True)
    places.notices.mkdir(parents=True)
    shutil.copy(places.root / "LICENSE", places.notices / "LICENSE.txt")
    (places.notices / "THIRD-PARTY.txt").write_text(third_party_text(parts), encoding="utf-8")
    version = read_version(places.root)
    today = datetime.datetime.now(datetime.UTC)
    date = release_date(
        (places.root / "CHANGELOG.md").read_text(encoding="utf-8"), version, f"{today:%Y-%m-%d}"
    )
    text = json.dumps(sbom(parts, version, f"{date}T00:00:00Z"), indent=2, ensure_ascii=False)
    (places.notices / f"{NAME}.cdx.json").write_text(text + "\n", encoding="utf-8")


def third_party_text(parts: Sequence[Part]) -> str:
    """Return all parts in a table, then all texts; one text that several share stands once."""
    rows = [f"{part.name:28} {part.version:24} {part.licence}" for part in parts]
    owners: dict[str, list[str]] = {}
    for part in parts:
        for text in part.texts:
            owners.setdefault(text.strip(), []).append(f"{part.name} {part.version}")
    rule = "=" * 78
    texts = [f"{rule}\n{', '.join(names)}\n{rule}\n\n{text}\n" for text, names in owners.items()]
    return _HEAD + "\n".join(rows) + "\n\n" + "\n".join(texts)


def sbom(parts: Sequence[Part], version: str, timestamp: str) -> dict[str, Any]:
    """Return the list of parts as a CycloneDX document.

    Args:
        parts: All of them.
        version: The program's.
        timestamp: ISO 8601, UTC. The same parts at the same time make the same document.
    """
    own = {
        "type": "application",
        "bom-ref": NAME,
        "name": TITLE,
        "version": version,
        "licenses": [{"license": {"id": "MIT"}}],
        "purl": f"pkg:pypi/{NAME}@{version}",
    }
    components = [component(part) for part in parts]
    names = "\n".join([timestamp, version, *(part.purl for part in parts)])
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_DNS, APP_ID + names)}",
        "version": 1,
        "metadata": {"timestamp": timestamp, "component": own},
        "components": components,
        "dependencies": [{"ref": NAME, "dependsOn": [each["bom-ref"] for each in components]}],
    }


def component(part: Part) -> dict[str, Any]:
    """Return one part as CycloneDX writes it."""
    words = part.licence.replace("(", " ").replace(")", " ").split()
    is_known = all(word in SPDX_OPERATORS + SPDX_NAMES for word in words)
    licence = {"expression": part.licence} if is_known else {"license": {"name": part.licence}}
    described: dict[str, Any] = {
        "type": "framework" if part.name == "Qt" else "library",
        "bom-ref": part.purl,
        "name": part.name,
        "version": part.version,
        "licenses": [licence],
        "purl": part.purl,
    }
    if part.url:
        described["externalReferences"] = [{"type": "website", "url": part.url}]
    return described

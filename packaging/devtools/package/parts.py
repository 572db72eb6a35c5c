"""What the program is made of: the list of parts in CycloneDX' form, and the licences of others.

cyclonedx-py lists the Python packages. What is none is added: Python, Qt, and what came from the system.
Licence texts are read here, because it leaves out those of packages whose licence is an expression, and
pip-licenses takes one file a package, where aiohttp and cryptography have several.
"""

import importlib.metadata
import json
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from devtools.environment import Environment
from devtools.package.inside import (
    Component,
    archive_sums,
    inside_python,
    inside_qt,
    inside_wheel,
    licence_in_words,
    make_component,
    shipped_files,
    with_sum,
)
from devtools.package.places import NAME, TITLE, Places
from devtools.package.release import read_version
from devtools.processes import DevError, output_of
from devtools.site import FOLDER as DOCS
from devtools.site import RECIPE
from devtools.vendored import FOLDER, NODE_FOLDER

LICENCE_FILE = re.compile("licen|copying|notice|authors", re.IGNORECASE)


Part = tuple[Component, list[str]]
"""A part, and the texts of its licences."""


def write_notices(environment: Environment, places: Places) -> None:
    """Write licence, third-party licences and list of parts of what the environment and the bundle hold.

    The list is published on its own, too, under a name that tells its machine.
    """
    document = python_document(environment, places)
    parts = all_parts(document, environment, places)
    finish(document, [component for component, _ in parts], places)
    shutil.rmtree(places.notices, ignore_errors=True)
    places.notices.mkdir(parents=True)
    shutil.copy(places.root / "LICENSE", places.notices / "LICENSE.txt")
    head = (places.recipes / "licences" / "THIRD-PARTY-head.txt").read_text(encoding="utf-8")
    (places.notices / "THIRD-PARTY.txt").write_text(third_party_text(head, parts), encoding="utf-8")
    published = f"{NAME}-{read_version(places.root)}-{sys.platform}-{platform.machine()}.cdx.json"
    for file in (places.notices / f"{NAME}.cdx.json", places.out / published):
        file.write_text(as_json(document), encoding="utf-8")


def as_json(document: Component) -> str:
    """Return the list as text; DevError if it is not as CycloneDX wants it."""
    # Here: tests of this module run where packages are not built.
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise DevError(f"The list of parts is not as CycloneDX wants it: {wrong}")
    return text


def python_document(environment: Environment, places: Places) -> Component:
    """Return the CycloneDX document of the Python packages in an environment."""
    command = ["cyclonedx-py", "environment", "--output-reproducible", "--sv", "1.6"]
    command += ["--pyproject", str(places.root / "pyproject.toml"), str(environment.python)]
    document: Component = json.loads(output_of(command, "The parts cannot be listed"))
    return document


def all_parts(document: Component, environment: Environment, places: Places) -> list[Part]:
    """Return what the program is made of: Python packages, what is none, and what came from the system."""
    packages, sums = packages_in(environment), archive_sums(environment, places.recipes / "locks" / "run.txt")
    of_python, shipped = list[Part](), needed(packages) - {NAME}
    for each in document["components"]:
        if (name := canonicalize_name(each["name"])) in shipped:
            component = with_sum(each, sums[name]) | within(inside_wheel(packages[name]))
            of_python.append((component, licence_texts(packages[name])))
    of_system = system_parts(places)
    in_python = inside_python((component["name"] for component, _ in of_system), places.bundle)
    return [*of_python, *foundation(packages["pyside6-essentials"].version, in_python, places), *of_system]


def within(parts: list[Component]) -> Component:
    """Return the field for the parts of a part."""
    return {"components": parts} if parts else {}


def packages_in(environment: Environment) -> dict[str, importlib.metadata.Distribution]:
    """Return the Python packages in an environment by their names in their one form."""
    found = importlib.metadata.distributions(path=[str(environment.site_packages)])
    return {canonicalize_name(package.metadata["Name"]): package for package in found}


def needed(packages: Mapping[str, importlib.metadata.Distribution], name: str = NAME) -> set[str]:
    """Return the names of what a package needs here, directly or through others, without extras."""
    waiting, found = [name], set[str]()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in packages and name not in found:
            found.add(name)
            lines = map(Requirement, packages[name].requires or [])
            waiting += [line.name for line in lines if not line.marker or line.marker.evaluate({"extra": ""})]
    return found


def licence_texts(package: importlib.metadata.Distribution) -> list[str]:
    """Return the texts of all licence files in a package's metadata."""
    files = [file for file in package.files or [] if ".dist-info" in file.parts[0]]
    chosen = [file for file in files if LICENCE_FILE.search(file.name) or "licenses" in file.parts]
    return [Path(str(file.locate())).read_text("utf-8", "replace") for file in chosen]


def foundation(qt: str, in_python: list[Component], places: Places) -> list[Part]:
    """Return what is no package of its own, with its texts: Python, Qt, ICU in Qt, PyInstaller's starter."""
    folder, python_licence = places.recipes / "licences", Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    lgpl = [(folder / f"{name}.txt").read_text("utf-8") for name in ("LGPL-3.0-only", "GPL-3.0-only")]
    lucide = (places.root / "resources" / "icons" / "LICENSE-lucide.txt").read_text(encoding="utf-8")
    python = [python_licence.read_text(encoding="utf-8")] if python_licence.is_file() else []
    unicode = [(folder / "Unicode-3.0.txt").read_text(encoding="utf-8")]
    starter = importlib.metadata.version("pyinstaller"), "GPL-2.0-or-later WITH Bootloader-exception"
    icu = next((file.name.rpartition(".")[2] for file in places.bundle.rglob("libicudata.so.*")), "")
    qt_licence = "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only"
    return [
        (make_component("CPython", platform.python_version(), "PSF-2.0") | within(in_python), python),
        (make_component("Qt", qt, qt_licence) | within(inside_qt(qt, places)), lgpl),
        (make_component("PyInstaller bootloader", *starter), []),
        (make_component("Lucide icons", "0", "ISC"), [lucide]),
        *vendored_parts(places),
        *([(make_component("ICU", icu, "Unicode-3.0"), unicode)] if icu else []),
    ]


def vendored_parts(places: Places) -> list[Part]:
    """Return the npm modules of the web client and of the documentation, and the latter's theme."""
    lock = json.loads((places.root / NODE_FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    theme = make_component("zensical", importlib.metadata.version("zensical"), "MIT", "pypi")
    text = (places.root / DOCS / "assets" / "javascripts" / "LICENSE").read_text(encoding="utf-8")
    parts = [(theme, [text])]
    for folder, name in ((FOLDER, "idb-keyval"), (RECIPE, "iframe-worker")):
        found = lock["packages"][f"node_modules/{name}"]
        text = (places.root / folder / f"LICENSE-{name}.txt").read_text(encoding="utf-8")
        parts.append((make_component(name, found["version"], found["license"], "npm"), [text]))
    return parts


def system_parts(places: Places) -> list[Part]:
    """Return the Debian packages whose libraries lie in the bundle; none where there is no dpkg."""
    libraries = (places.bundle / "_internal").glob("lib*.so*")
    names = [f.name for f in libraries if not f.is_symlink() and "python" not in f.name]
    if not shutil.which("dpkg") or not names:
        return []
    lines = subprocess.run(["dpkg", "-S", *names], capture_output=True, text=True, check=False).stdout
    found = [line.partition(": ") for line in lines.splitlines()]
    owners = {owner.split(":")[0] for owner, _, path in found if Path(path).name in names}
    parts = list[Part]()
    for owner in sorted(each for each in owners if not each.endswith("-dev")):
        show = ["dpkg-query", "--show", "--showformat=${Version}\\n", owner]
        version = output_of(show, f"dpkg does not know {owner}").splitlines()[0]
        notice = Path("/usr/share/doc") / owner / "copyright"
        texts = [notice.read_text(encoding="utf-8")] if notice.is_file() else []
        parts.append((make_component(owner, version, "", "deb/debian"), texts))
    return parts


def finish(document: Component, components: Sequence[Component], places: Places) -> None:
    """Put all components into the document, and name the program; the same parts make the same document."""
    version = read_version(places.root)
    root = document["metadata"]["component"]
    root |= {"name": TITLE, "version": version, "purl": f"pkg:pypi/{NAME}@{version}"}
    root |= within(list(shipped_files(places.bundle)))
    references = {each["bom-ref"] for each in components}
    added = sorted(reference for reference in references if reference.startswith("pkg:"))
    needs = [each for each in document["dependencies"] if each["ref"] in references | {root["bom-ref"]}]
    for each in needs:
        direct = added if each["ref"] == root["bom-ref"] else []
        each["dependsOn"] = [*(r for r in each.get("dependsOn", []) if r in references), *direct]
    document["dependencies"] = [*needs, *({"ref": reference} for reference in added)]
    document["components"] = list(components)


def third_party_text(head: str, parts: Iterable[Part]) -> str:
    """Return all parts in a table, then all texts; one text that several share stands once."""
    rows, owners = [], dict[str, list[str]]()
    for part, texts in parts:
        rows.append(f"{part['name']:28} {part['version']:24} {licence_in_words(part)}")
        rows += (
            f"  {inner['name']:52} {inner.get('version', ''):10} {licence_in_words(inner)}"
            for inner in part.get("components", [])
        )
        for text in texts:
            owners.setdefault(text.strip(), []).append(f"{part['name']} {part['version']}")
    rule = "=" * 78
    blocks = [f"{rule}\n{', '.join(names)}\n{rule}\n\n{text}\n" for text, names in owners.items()]
    return head + "\n".join(rows) + "\n\n" + "\n".join(blocks)

"""The documentation as a site: built from `docs/` and the documents at the top of the tree by Zensical.

It is read from the disk as well as at `/docs` of a running server, without any network: every file that a
page needs lies beside it, and no script stands inside a page, so that the server's Content-Security-Policy
can be strict. The built site is not in the repository: `dev.py docs`, `test` and `package` make it, and `run`
does where Zensical is installed.
"""

import hashlib
import importlib.metadata
import re
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

from devtools.environment import Environment, one_at_a_time
from devtools.processes import ROOT, DevError, call, require, say, sha256_of

FOLDER = "resources/docs"
"""Of the built site; ignored by git, part of every package."""
RECIPE = "packaging/docs"
LOCK = "packaging/locks/test.txt"
"""Says which version of Zensical builds it."""
PROJECT = tomllib.loads((ROOT / RECIPE / "zensical.toml").read_text(encoding="utf-8"))["project"]
SECTIONS: dict[str, list[str]] = PROJECT["extra"]["sections"]
UNWANTED = ("404.html", "sitemap.xml", "assets/stylesheets/classic", "assets/images/favicon.png")
SHIM = "iframe-worker.js"
"""Lets the search run where a page was opened from the disk: browsers start no worker from there."""
_ADOPT = (
    "function adopt(root,text){const sheet=new CSSStyleSheet();"
    "sheet.replaceSync(text.toString());root.adoptedStyleSheets=[sheet]}\n"
)
"""Gives the search its style sheet by another way than an element, which the server's policy would ignore."""
_LINK = re.compile(r"\[([^\]\n]*)\]\((?!\w+:)([^)\s]+)\)")
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_SHADOW_STYLE = re.compile(r'(\w+)\.appendChild\(\w+\("style",\{\},(\w+)\.toString\(\)\)\)')
_FOREIGN_SHIM = re.compile(r"https://unpkg\.com/iframe-worker/shim")
# Firefox would fetch the next page ahead, which the server's policy refuses with a complaint.
_NEIGHBOUR = re.compile(r'<link rel="(?:prev|next)"[^>]*>\s*')


def section(text: str, anchor: str) -> str:
    """Return the section of a document under the heading with an anchor; all of it for ""."""
    if not anchor:
        return text
    for part in re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]:
        words = re.sub(r"[^\w -]", "", part.partition("\n")[0]).strip().lower()
        if words.replace(" ", "-") == anchor:
            return part
    raise DevError(f"No section of the documents has the anchor {anchor}.")


class Staged:
    """A copy of the documents in the shape that the site is built from: `docs` and the configuration."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self.folder = folder
        own = {file.name: [f"docs/{file.name}"] for file in (root / "docs").glob("*.md")}
        self._contents = own | SECTIONS
        self._places = {
            source: page if number == 0 else f"{page}#{source.partition('#')[2]}"
            for page, sources in self._contents.items()
            for number, source in enumerate(sources)
        }

    def write(self) -> None:
        """Write every page, the pictures they show, and the recipe."""
        pages = self.folder / "docs"
        (pages / "pictures").mkdir(parents=True)
        shutil.copy(self._root / RECIPE / "zensical.toml", self.folder)
        shutil.copy(self._root / RECIPE / "site.css", pages)
        shutil.copy(self._root / "resources" / "web" / "icon.svg", pages)
        for page, sources in self._contents.items():
            text = "\n".join(self._read(source) for source in sources)
            if text.startswith("## "):  # a section is a page of its own
                text = re.sub(r"^#(?=#+ )", "", text, flags=re.MULTILINE)
            (pages / page).write_text(text, encoding="utf-8", newline="\n")

    def _read(self, source: str) -> str:
        name, _, anchor = source.partition("#")
        text = section((self._root / name).read_text(encoding="utf-8"), anchor)
        return self._with_links(text, name)

    def _with_links(self, text: str, source: str) -> str:
        """Return a document's text with links to pages and pictures of the site; others become words."""

        def follow(found: re.Match[str]) -> str:
            words, (path, _, anchor) = found[1], found[2].partition("#")
            target = ((self._root / source).parent / path if path else self._root / source).resolve()
            name = target.relative_to(self._root).as_posix() if target.is_relative_to(self._root) else ""
            if place := self._places.get(f"{name}#{anchor}"):
                return f"[{words}]({place})"
            if place := self._places.get(name):
                return f"[{words}]({place}{'#' if anchor else ''}{anchor})"
            if name.endswith(".png"):
                shutil.copy(target, self.folder / "docs" / "pictures")
                return f"[{words}](pictures/{target.name})"
            return words if words.startswith("`") else f"`{words}`"

        # The odd parts are examples, in which nothing is a link.
        parts = re.split(r"(^```.*?^```$)", text, flags=re.DOTALL | re.MULTILINE)
        return "".join(part if number % 2 else _LINK.sub(follow, part) for number, part in enumerate(parts))


def licences(site: Path, recipe: Path) -> None:
    """Put the licences of the theme and the shim beside those of what the theme's script is made of."""
    theirs = importlib.metadata.distribution("zensical").read_text("licenses/LICENSE.md") or ""
    shim = (recipe / f"LICENSE-{SHIM.removesuffix('.js')}.txt").read_text(encoding="utf-8")
    with (site / "assets" / "javascripts" / "LICENSE").open("a", encoding="utf-8", newline="\n") as file:
        file.write(f"\nPackage: zensical\n{theirs}\nPackage: iframe-worker\n{shim}")


def finish(site: Path, recipe: Path) -> None:
    """Take out what is not needed, and bring scripts and files of others into the site itself.

    Args:
        site: As Zensical built it.
        recipe: The folder with the shim.
    """
    for name in UNWANTED:
        unwanted = site / name
        shutil.rmtree(unwanted) if unwanted.is_dir() else unwanted.unlink(missing_ok=True)
    scripts = site / "assets" / "javascripts"
    shutil.copy(recipe / SHIM, scripts)

    def move_out(found: re.Match[str]) -> str:
        name = f"page.{hashlib.sha256(found[1].encode()).hexdigest()[:8]}.js"
        (scripts / name).write_text(found[1] + "\n", encoding="utf-8", newline="\n")
        return f'<script src="assets/javascripts/{name}"></script>'

    (bundle,) = scripts.glob("bundle.*.js")
    text, count = _SHADOW_STYLE.subn(r"adopt(\1,\2)", bundle.read_text(encoding="utf-8"))
    if count != 1:
        raise DevError("Zensical's search does not make its style sheet as it did: see site.py.")
    bundle.write_text(_ADOPT + text, encoding="utf-8", newline="\n")
    for page in site.glob("*.html"):
        text = _FOREIGN_SHIM.sub(f"assets/javascripts/{SHIM}", page.read_text(encoding="utf-8"))
        text = _NEIGHBOUR.sub("", text)
        page.write_text(_INLINE_SCRIPT.sub(move_out, text), encoding="utf-8", newline="\n")


def digest(root: Path = ROOT) -> str:
    """Return what stands for the state of all that the site is made of."""
    documents = {source.partition("#")[0] for page in SECTIONS.values() for source in page}
    files = [root / name for name in documents | {"tests/benchmarks/chart.png", LOCK}]
    files += [*(root / "docs").iterdir(), *(root / RECIPE).iterdir(), Path(__file__)]
    files += (root / "tests" / "screenshots").glob("*.png")
    sums = [sha256_of(file) for file in sorted(files)]
    return hashlib.sha256(" ".join(sums).encode()).hexdigest()


def is_current(root: Path = ROOT) -> bool:
    """Tell whether the site is there and made of the documents as they are now."""
    stamp = root / "build" / "docs-stamp"
    return (root / FOLDER).is_dir() and stamp.is_file() and stamp.read_text(encoding="utf-8") == digest(root)


def build(root: Path = ROOT) -> Path:
    """Build the site unless it is there already, and return its folder; needs Zensical beside this Python."""
    with one_at_a_time(root / FOLDER):
        if not is_current(root):
            _build(root)
    return root / FOLDER


def _build(root: Path) -> None:
    state = digest(root)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        Staged(root, folder).write()
        command = [sys.executable, "-m", "zensical", "build", "--strict"]
        require(command, "The documentation could not be built", cwd=folder)
        finish(folder / "site", root / RECIPE)
        licences(folder / "site", root / RECIPE)
        shutil.rmtree(root / FOLDER, ignore_errors=True)
        shutil.copytree(folder / "site", root / FOLDER)
    stamp = root / "build" / "docs-stamp"
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(state, encoding="utf-8")


def build_where_possible(environment: Environment, root: Path = ROOT) -> None:
    """Build the site with the Zensical of an environment, if there is one and the site is not current."""
    if (environment.site_packages / "zensical").is_dir() and not is_current(root):
        call([environment.python, "-m", "devtools.site"], {"PYTHONPATH": str(root / "packaging")})


if __name__ == "__main__":
    built = build()
    size = sum(file.stat().st_size for file in built.rglob("*") if file.is_file())
    say(f"The documentation is in {FOLDER} ({size / 1e6:.1f} MB): open {FOLDER}/index.html.")

"""The documentation as a site: whole, and with nothing in it from elsewhere."""

from __future__ import annotations

import re
import shutil
import tomllib
from html import unescape
from pathlib import Path

import pytest

from devtools import site as made
from devtools.environment import Environment
from devtools.processes import ROOT, DevError

FOREIGN = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=["']?(?:https?:)?//""")
LARGEST_BYTES = 2_500_000


def pages_named(part: object) -> list[str]:
    """Return every page of the navigation."""
    if isinstance(part, str):
        return [part]
    inside = part.values() if isinstance(part, dict) else part
    assert hasattr(inside, "__iter__")
    return [page for each in inside for page in pages_named(each)]


def test_every_page_can_be_reached() -> None:
    """Each document, once, from the navigation."""
    recipe = tomllib.loads((ROOT / made.RECIPE / "zensical.toml").read_text("utf-8"))
    written = [file.name for file in (ROOT / "docs").iterdir()] + list(made.SECTIONS)
    assert sorted(pages_named(recipe["project"]["nav"])) == sorted(written)


def test_every_link_of_the_site_leads_somewhere(site: Path) -> None:
    """To a file of the site, and to a heading of its page."""
    texts = {page.name: page.read_text("utf-8") for page in site.glob("*.html")}
    anchors = {name: set(re.findall(r' id="([^"]+)"', text)) for name, text in texts.items()}
    for name, text in texts.items():
        for found in re.findall(r' (?:href|src)="([^"]*)"', text):
            if re.match(r"\w+:", found):
                continue
            path, _, anchor = unescape(found).partition("#")
            target = path.removeprefix("./") or name
            assert (site / target).is_file(), (name, found)
            assert not anchor or anchor in anchors[target], (name, found)


def test_nothing_comes_from_elsewhere(site: Path) -> None:
    """No page loads anything over the network, or holds a script or style that a strict policy refuses."""
    for page in site.glob("*.html"):
        text = page.read_text("utf-8")
        assert not FOREIGN.search(text), page.name
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\b(?:src|type)=)", text), page.name
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()[\"' ]*(?:https?:)?//", sheet.read_text("utf-8")), sheet.name


def test_it_is_small(site: Path) -> None:
    """It is part of every package."""
    assert sum(file.stat().st_size for file in site.rglob("*") if file.is_file()) < LARGEST_BYTES


def test_parts_of_others_bring_their_licences(site: Path) -> None:
    """What the theme and the search are made of is told beside them."""
    text = (site / "assets" / "javascripts" / "LICENSE").read_text("utf-8")
    for name in ("Zensical and contributors", "Martin Donath", "clipboard"):
        assert name in text


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with two documents and the README."""
    root = tmp_path.resolve() / "tree"
    shutil.copytree(ROOT / made.RECIPE, root / made.RECIPE)
    for name in (made.LOCK, "resources/web/icon.svg", "tests/benchmarks/chart.png"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    for name in {source.partition("#")[0] for page in made.SECTIONS.values() for source in page}:
        shutil.copy(ROOT / name, root / name)
    (root / "docs").mkdir()
    (root / "docs" / "index.md").write_text("# One\n")
    (root / "docs" / "two.md").write_text("# Two\n")
    return root


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[a](two.md)", "[a](two.md)"),
        ("[a](two.md#x)", "[a](two.md#x)"),
        ("[a](../README.md#install)", "[a](install.md)"),
        ("[a](../SECURITY.md)", "[a](security.md)"),
        ("[a](../README.md#security-defaults)", "[a](security.md#security-defaults)"),
        ("[a](../LICENSE)", "`a`"),
        ("[`a`](../packaging/README.md)", "`a`"),
        ("[a](https://example.org)", "[a](https://example.org)"),
        ("![a](../tests/benchmarks/chart.png)", "![a](pictures/chart.png)"),
        ("```\n[a](../LICENSE)\n```", "```\n[a](../LICENSE)\n```"),
    ],
)
def test_links_of_documents_become_links_of_the_site(
    tree: Path, tmp_path: Path, written: str, shown: str
) -> None:
    """What the site does not have is a word; what stands in an example stays as it is."""
    (tree / "docs" / "index.md").write_text(f"# One\n\n{written}\n")
    made.Staged(tree, tmp_path / "staged").write()
    assert (tmp_path / "staged" / "docs" / "index.md").read_text() == f"# One\n\n{shown}\n"


def test_a_section_is_a_page_of_its_own(tree: Path, tmp_path: Path) -> None:
    """Its headings move up."""
    made.Staged(tree, tmp_path / "staged").write()
    assert (
        (tmp_path / "staged" / "docs" / "command-line.md")
        .read_text("utf-8")
        .startswith("# The command line\n")
    )
    security = (tmp_path / "staged" / "docs" / "security.md").read_text("utf-8")
    assert re.findall(r"^# .*", security, re.MULTILINE) == ["# Security"]
    assert "\n## Security defaults\n" in security
    with pytest.raises(DevError, match="nowhere"):
        made.section("# A\n\n## B\n", "nowhere")


def test_it_is_built_anew_when_a_document_changed(tree: Path) -> None:
    """And not otherwise."""
    assert not made.is_current(tree)
    (tree / made.FOLDER).mkdir(parents=True)
    (tree / "build").mkdir()
    (tree / "build" / "docs-stamp").write_text(made.digest(tree))
    assert made.is_current(tree)
    (tree / "docs" / "two.md").write_text("# Two, changed\n")
    assert not made.is_current(tree)


@pytest.mark.parametrize("has_tool", [True, False])
def test_a_start_builds_it_where_the_tool_is(
    tree: Path, monkeypatch: pytest.MonkeyPatch, has_tool: bool
) -> None:
    """`dev.py run` installs no tool for it, and lets none be asked when nothing changed."""
    environment = Environment(tree)
    if has_tool:
        (environment.site_packages / "zensical").mkdir(parents=True)
    called: list[object] = []
    monkeypatch.setattr(made, "call", lambda command, _env: called.append(command))
    made.build_where_possible(environment, tree)
    assert len(called) == has_tool
    monkeypatch.setattr(made, "is_current", lambda _root: True)
    made.build_where_possible(environment, tree)
    assert len(called) == has_tool


def test_a_script_that_is_another_than_known_is_a_sentence(tmp_path: Path) -> None:
    """A newer Zensical may make its search otherwise; then its style sheet would be lost without a word."""
    scripts = tmp_path / "assets" / "javascripts"
    scripts.mkdir(parents=True)
    (scripts / "bundle.1.js").write_text("nothing_of_that_kind()")
    with pytest.raises(DevError, match="style sheet"):
        made.finish(tmp_path, ROOT / made.RECIPE)

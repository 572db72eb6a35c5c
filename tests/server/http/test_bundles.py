"""Modules joined to one script, and style sheets to one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from authws_desktop.paths import resource_dir
from authws_desktop.server.http.bundles import (
    HEAD,
    SCRIPT,
    STYLES,
    BundleError,
    Bundles,
    join_modules,
    join_styles,
)
from authws_desktop.server.http.files import Folder
from authws_desktop.server.http.page_headers import digest_of

WEB = resource_dir() / "web"
MODULES = {
    "main.js": "import { double, one as first } from './lib/numbers.js';\n"
    "import * as words from './words.js';\n"
    "console.log(double(first), words.hello('x'), KEY);\n"
    "const KEY = 'main';\n",
    "lib/numbers.js": "import { KEY } from '../words.js';\n"
    "export const one = 1;\nexport function double(n) {\n  return KEY.length * n * 2;\n}\n",
    "words.js": "const hello = (name) => `hello ${name}`;\nconst KEY = 'k';\nexport { hello, KEY };\n",
}


def run(script: str) -> str:
    """Return what Node prints for a script."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node on this computer")
    command = [node, "--input-type=module"]
    return subprocess.run(
        command, input=script, capture_output=True, text=True, timeout=60, check=True
    ).stdout.strip()


def test_joined_modules_do_what_they_did() -> None:
    """Names of one module do not meet those of another; each runs after what it imports."""
    modules = {**MODULES, "main.js": MODULES["main.js"].replace("KEY);", "typeof KEY_OF_OTHERS);")}
    script = join_modules(modules.__getitem__, "main.js")
    assert run(script) == "2 hello x undefined"
    assert script.count("// words.js") == 1


def test_comments_that_fill_lines_are_left_out() -> None:
    """Those beside code stay, for they may be part of it."""
    source = """// One
/**
 * Two.
 * @param {string} text `a */
const text = 'a'; // Three
/** Four */ const other = /** @type {string} */ (text);
  /** Five. */
  // Six
console.log(`${text} // ${other} /* b */`, 'http://c');
"""
    script = join_modules({"main.js": source}.__getitem__, "main.js")
    assert run(script) == "a // a /* b */ http://c"
    for word in ("One", "Two", "Five", "Six"):
        assert word not in script
    for word in ("Three", "Four"):
        assert word in script


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("import x from './words.js';", "import x from"),
        ("export default 1;", "export default 1;"),
        ("export * from './words.js';", "export *"),
        ("import './words.js';", "import './words.js';"),
        ("import { a } from './main.js';", "import each other: main.js, main.js"),
    ],
)
def test_what_cannot_be_joined_is_named(line: str, says: str) -> None:
    """With the module and the line."""
    modules = {"main.js": f"{line}\n", "words.js": ""}
    with pytest.raises(BundleError) as caught:
        join_modules(modules.__getitem__, "main.js")
    assert "main.js" in str(caught.value)
    assert says in str(caught.value)


def test_the_web_client_is_whole() -> None:
    """Each module and each style sheet is in it once, and the script is valid."""
    script = join_modules(lambda path: (WEB / path).read_text("utf-8"), "main.js")
    # A language is loaded when it is spoken.
    paths = {file.relative_to(WEB).as_posix() for file in WEB.rglob("*.js") if file.parent.name != "words"}
    assert len(paths) > 30
    for path in paths:
        assert script.count(f"// {path}\n") == 1, path
    run(f"if (false) {{\n{script}\n}}")
    styles = join_styles(lambda path: (WEB / path).read_text("utf-8"), "css/app.css")
    assert "@import" not in styles
    for file in (WEB / "css").glob("*.css"):
        assert file.name == "app.css" or file.read_text("utf-8") in styles


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small web client."""
    files = {**MODULES, "index.html": f"{HEAD}{STYLES}<p>{SCRIPT}", "css/app.css": "p { color: red; }"}
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8", newline="\r\n")
    return tmp_path


async def test_a_page_follows_its_files(folder: Path) -> None:
    """It is made once for what it tells, and again when one of its files changes."""
    pages = Bundles(Folder(folder))
    first = await pages.read("<a>")
    assert await pages.read("<a>") is first
    other = await pages.read("<b>")
    assert first.content.data.replace(b"<a>", b"<b>") == other.content.data != first.content.data
    (folder / "words.js").write_text(MODULES["words.js"].replace("hello $", "good day $"), encoding="utf-8")
    os.utime(folder / "words.js", (1, 1))
    second = await pages.read("<a>")
    assert b"good day" in second.content.data
    assert second.content.tag != first.content.tag
    assert (second.styles, second.script == first.script) == (first.styles, False)
    (folder / "words.js").unlink()
    with pytest.raises(FileNotFoundError):
        await pages.read("<a>")


async def test_pages_do_not_pile_up(folder: Path) -> None:
    """Whatever is told, a few of them are kept."""
    pages = Bundles(Folder(folder))
    first = await pages.read("")
    for number in range(20):
        await pages.read(str(number))
    assert await pages.read("") is not first


async def test_a_page_has_its_code_in_it(folder: Path) -> None:
    """As its policy names it, whatever the files' line ends, and what is told comes first."""
    page = await Bundles(Folder(folder)).read("<meta>")
    found = re.fullmatch(
        f'{HEAD}<meta><style>(.*)</style><p><script type="module">(.*)</script>',
        page.content.data.decode(),
        re.DOTALL,
    )
    assert found is not None
    assert (digest_of(found[1]), digest_of(found[2])) == (page.styles, page.script)
    assert digest_of("") == "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    assert run(found[2].replace(", KEY)", ")")) == "2 hello x"


@pytest.mark.parametrize("text", ["</SCRIPT>", "<!--", "</style >"])
async def test_what_would_end_the_code_is_refused(folder: Path, text: str) -> None:
    """A browser reads it as markup, wherever in the code it is."""
    (folder / "words.js").write_text(
        f"export const KEY = `{text}`;\nexport const hello = 1;\n", encoding="utf-8"
    )
    with pytest.raises(BundleError) as caught:
        await Bundles(Folder(folder)).read("")
    assert text.rstrip(" >") in str(caught.value)


def test_the_page_has_a_place_for_its_code() -> None:
    """And names nothing else of it."""
    page = (WEB / "index.html").read_text("utf-8")
    assert [page.count(place) for place in (HEAD, STYLES, SCRIPT)] == [1, 1, 1]
    assert (page.count("<script"), page.count('rel="stylesheet"')) == (1, 1)

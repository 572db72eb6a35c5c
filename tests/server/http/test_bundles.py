"""Modules joined to one script, and style sheets to one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from authws_desktop.paths import resource_dir
from authws_desktop.server.http.bundles import BUNDLES, BundleError, Bundles, join_modules, join_styles
from authws_desktop.server.http.files import Folder

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


async def test_a_bundle_follows_its_files(tmp_path: Path) -> None:
    """It is made once, and again when one of its files changes."""
    for path, text in MODULES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    bundles = Bundles(Folder(tmp_path))
    first = await bundles.read("bundle.js")
    assert await bundles.read("bundle.js") is first
    (tmp_path / "words.js").write_text(MODULES["words.js"].replace("hello $", "good day $"), encoding="utf-8")
    os.utime(tmp_path / "words.js", (1, 1))
    second = await bundles.read("bundle.js")
    assert b"good day" in second.data
    assert second.tag != first.tag
    (tmp_path / "words.js").unlink()
    with pytest.raises(FileNotFoundError):
        await bundles.read("bundle.js")


def test_what_the_page_names_is_made() -> None:
    """And it names nothing else of the code."""
    page = (WEB / "index.html").read_text("utf-8")
    for name in BUNDLES:
        assert f'"/{name}"' in page
    assert page.count("<script") == 1
    assert page.count('rel="stylesheet"') == 1

"""The web client's page with its code and its styles in it.

A page of many modules asks for each of them, and on a slow network each request costs a journey. So the
page comes whole, with one script and one style sheet in it, which its policy names by their digests. It is
made from the files when it is asked for, and kept until one changes. There is no build step, and each module
can still be asked for by its own path.

What the client's modules keep to, so that this can stay simple:

1. `import { a, b as c } from './x.js';` or `import * as x from './x.js';`, on one line that begins with it.
2. `export` at the start of a line, before a `const`, `class` or `function`; or one line `export { a, b };`.
3. No default export, nothing exported again, no two modules that import each other.
4. Only the module that imports the others waits outside of a function: `await` at the start of a line.
5. No text over several lines has one that looks like a comment: comments that fill lines are left out, for
   they are a third of all.
"""

from __future__ import annotations

import asyncio
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass

from authws_desktop.errors import ProductError
from authws_desktop.server.http.files import Content, Folder
from authws_desktop.server.http.page_headers import digest_of

Read = Callable[[str], str]
_IMPORT = re.compile(
    r"^import (?:\* as (?P<whole>\w+)|\{(?P<names>[^}]*)\}) from '(?P<path>\.{1,2}/[^']+)';$", re.MULTILINE
)
_EXPORT = re.compile(r"^export (?=(?:const|class|(?:async )?function) (\w+))", re.MULTILINE)
_EXPORT_LIST = re.compile(r"^export \{([^}]*)\};$", re.MULTILINE)
_NOT_UNDERSTOOD = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)
_AWAIT = re.compile(r"^await ", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?:/\*\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL)
_STYLE_IMPORT = re.compile(r"^@import \"([^\"]+)\";$", re.MULTILINE)
HEAD = '<meta charset="utf-8" />'
STYLES = '<link rel="stylesheet" href="/css/app.css" />'
SCRIPT = '<script type="module" src="/main.js"></script>'
"""Where the page has what is put into it."""
_ENDS = re.compile(r"</(?:script|style)|<!--", re.IGNORECASE)
_MOST_KEPT = 16
"""One for each language and each thing that was told."""


class BundleError(ProductError):
    """A module does not keep to the rules; says which one, and how."""


def join_modules(read: Read, start: str) -> str:
    """Return a module and all that it imports as one script: each a function, after those that it needs.

    Args:
        read: Returns the text of a module by its path.
        start: Path of the module that imports the others.

    Raises:
        BundleError: A module does not keep to the rules.
    """
    joined: dict[str, str] = {}

    def add(path: str, importers: tuple[str, ...]) -> None:
        if path in importers:
            raise BundleError(f"These modules import each other: {', '.join((*importers, path))}.")
        if path in joined:
            return

        def bind(found: re.Match[str]) -> str:
            other = posixpath.normpath(posixpath.join(posixpath.dirname(path), found["path"]))
            add(other, (*importers, path))
            names = found["whole"] or f"{{{found['names'].replace(' as ', ': ')}}}"
            return f"const {names} = {_variable(other)};"

        joined[path] = _as_function(path, _IMPORT.sub(bind, _COMMENT.sub("", read(path))))

    add(start, ())
    return "".join(joined.values())


def _variable(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path)


def _as_function(path: str, body: str) -> str:
    """Return a module whose imports are bound already as a function that gives what it exports."""
    listed = [name.strip() for names in _EXPORT_LIST.findall(body) for name in names.split(",")]
    names = [*_EXPORT.findall(body), *listed]
    body = _EXPORT_LIST.sub("", _EXPORT.sub("", body))
    if (left := _NOT_UNDERSTOOD.search(body)) is not None:
        raise BundleError(f"{path} has a line that cannot be joined with other modules: {left[0]}")
    # Only what nobody imports may wait for something: the others would give promises.
    kind = "async " if _AWAIT.search(body) else ""
    return (
        f"const {_variable(path)} = ({kind}() => {{ // {path}\n{body}\n"
        f"return {{ {', '.join(names)} }};\n}})();\n"
    )


def join_styles(read: Read, start: str) -> str:
    """Return a style sheet with those that it imports in their places.

    Args:
        read: Returns the text of a style sheet by its path.
        start: Path of the one that imports the others.
    """
    folder = posixpath.dirname(start)
    return _STYLE_IMPORT.sub(lambda found: read(posixpath.join(folder, found[1])), read(start))


@dataclass(frozen=True, slots=True)
class Bundle:
    """The page of the web client with its styles and its script in it.

    Attributes:
        content: Ready to be sent.
        styles, script: Digests of the two, as its policy names them.
    """

    content: Content
    styles: str
    script: str


class Bundles:
    """Makes the page, and keeps it until a file that it is made of changes.

    Args:
        folder: Of the web client.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._kept: dict[str, tuple[dict[str, str], Bundle]] = {}

    async def read(self, head: str) -> Bundle:
        """Return the page as its files are now.

        Args:
            head: What its head tells besides; HTML.

        Raises:
            OSError: A file is missing or cannot be read.
            BundleError: A module does not keep to the rules.
        """
        return await asyncio.to_thread(self._read, head)

    def _read(self, head: str) -> Bundle:
        kept = self._kept.get(head)
        if kept is not None and all(self._folder.load(path).tag == tag for path, tag in kept[0].items()):
            return kept[1]
        tags: dict[str, str] = {}

        def read(path: str) -> str:
            found = self._folder.load(path)
            tags[path] = found.tag
            # As a browser reads lines: else the digests would not be those that it finds.
            return found.data.decode().replace("\r\n", "\n")

        made = _page_of(read, head)
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[head] = tags, made
        return made


def _page_of(read: Read, head: str) -> Bundle:
    styles, script = join_styles(read, "css/app.css"), join_modules(read, "main.js")
    if (end := _ENDS.search(styles + script)) is not None:
        raise BundleError(f"A page cannot have this in its script or styles: {end[0]}")
    page = read("index.html").replace(HEAD, HEAD + head, 1)
    page = page.replace(STYLES, f"<style>{styles}</style>", 1)
    page = page.replace(SCRIPT, f'<script type="module">{script}</script>', 1)
    return Bundle(Content.of(page.encode()), digest_of(styles), digest_of(script))

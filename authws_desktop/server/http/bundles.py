"""The web client's code in one file, and its styles in another.

A page of many modules asks for each of them, and on a slow network each request costs a journey. So the
page names one script and one style sheet; they are made from the files when they are asked for, and kept
until a file changes. There is no build step, and each module can still be asked for by its own path.

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

from authws_desktop.server.http.files import Content, Folder

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


class BundleError(Exception):
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


BUNDLES: dict[str, tuple[Callable[[Read, str], str], str]] = {
    "bundle.js": (join_modules, "main.js"),
    "bundle.css": (join_styles, "css/app.css"),
}
"""By name: how it is made, and of which file with all that it imports."""


class Bundles:
    """Keeps the bundles until a file that they are made of changes.

    Args:
        folder: Of the web client.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._kept: dict[str, tuple[dict[str, str], Content]] = {}

    async def read(self, name: str) -> Content:
        """Return a bundle as its files are now.

        Raises:
            OSError: A file is missing or cannot be read.
            BundleError: A module does not keep to the rules.
        """
        return await asyncio.to_thread(self._read, name)

    def _read(self, name: str) -> Content:
        kept = self._kept.get(name)
        if kept is not None and all(self._folder.load(path).tag == tag for path, tag in kept[0].items()):
            return kept[1]
        tags: dict[str, str] = {}

        def read(path: str) -> str:
            found = self._folder.load(path)
            tags[path] = found.tag
            return found.data.decode()

        join, start = BUNDLES[name]
        made = Content.of(join(read, start).encode())
        self._kept[name] = tags, made
        return made

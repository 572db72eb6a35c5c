"""The Containerfile, read and carried out step by step in a bare root: no engine for containers is needed.

A stage's base image is the bare Debian with its own Python, which is that of `python:3.13-slim-trixie` but
for the place it lies in. What is copied from a stage is where it was made, as both stages are one root here.
"""

import re
import shlex
import shutil
from pathlib import Path

from devtools.processes import ROOT, DevError
from trials.roots import BareRoot

FILE = ROOT / "packaging" / "container" / "Containerfile"
WITHOUT_EFFECT = {"ARG", "FROM", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "ENV", "USER"}


def steps(text: str) -> list[tuple[str, str]]:
    """Return every step, such as `RUN`, and its words."""
    return re.findall(r"^([A-Z]+) (.*)", text, re.MULTILINE)


def last(name: str, text: str) -> str:
    """Return what the last line of a kind says; an image has one user and one entry point."""
    return dict(steps(text))[name]


def build(root: BareRoot, text: str, context: Path, env: dict[str, str]) -> None:
    """Carry out every step in a root.

    Args:
        root: With the system's Python.
        text: The Containerfile.
        context: The folder that files are copied from.
        env: Proxies and certificates of this machine.
    """
    for name, words in steps(text):
        if name == "RUN":
            root.run("sh", "-ec", words, env=env)
        elif name == "COPY":
            _copy(root, shlex.split(words), context)
        elif name not in WITHOUT_EFFECT:
            raise DevError(f"The trial does not know how to carry out {name}.")


def _copy(root: BareRoot, words: list[str], context: Path) -> None:
    if words[0].startswith("--from="):
        return
    *sources, target = words
    place = root.folder / target.removeprefix("/")
    files = [file for source in sources for file in sorted(context.glob(source))]
    if not files:
        raise DevError(f"There is nothing to copy at {', '.join(sources)}.")
    for file in files:
        into = place / file.name if target.endswith("/") else place
        into.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, into)


def command(text: str) -> list[str]:
    """Return the entry point's words."""
    return [word.strip(' "') for word in last("ENTRYPOINT", text).strip("[]").split(",")]

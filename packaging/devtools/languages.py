"""The languages of the window: `.ts` files from the source by lupdate, `.qm` files from those by lrelease.

`python3 dev.py languages` brings both up to date and says what each language lacks; with `--check` it changes
nothing and fails where something lacks. Both kinds of files are in the repository: a package is then built
without Qt, and byte for byte the same; a test compares them.
"""

import argparse
import json
import re
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from authws_desktop.panels.kit.language import CONTEXT, ENGLISH, LANGUAGES
from devtools.processes import ROOT, output_of, say
from devtools.texts import Text, find_texts

SOURCES = ROOT / "packaging" / "languages"
"""Of the `.ts` files, which no package takes along."""
FOLDER = ROOT / "resources" / "languages"
"""Of what the program reads."""
OTHERS = tuple(tag for tag in LANGUAGES if tag != ENGLISH)
_FIELD = re.compile(r"\{\w+\}|%n")
_KEYS = re.compile(r"\t(.+)$")
_CPP = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\t": r"\t"})


class Entry(NamedTuple):
    """One text of a language; the forms of its translation are empty strings while there is none."""

    source: str
    comment: str
    forms: tuple[str, ...]
    is_counted: bool

    def problems(self) -> list[str]:
        """Return what is wrong with the translation: the source's fields and keys must be in it."""
        found = []
        for form in filter(None, self.forms):
            wanted, given = set(_FIELD.findall(self.source)), set(_FIELD.findall(form))
            # A form for exactly one or two may say so in words: Arabic does.
            if wanted != given and not (self.is_counted and given == wanted - {"%n"}):
                found.append(f"{self.source!r}: {form!r} must hold {', '.join(sorted(wanted)) or 'no field'}")
            if _KEYS.findall(form) != _KEYS.findall(self.source):
                found.append(f"{self.source!r}: {form!r} has other keys")
        return found


def read_entries(tag: str) -> list[Entry]:
    """Return the texts of a language."""
    entries = []
    for message in ET.parse(SOURCES / f"{tag}.ts").iter("message"):
        is_counted = message.get("numerus") == "yes"
        forms = message.iterfind("translation/numerusform" if is_counted else "translation")
        texts = tuple(each.text or "" for each in forms)
        words = message.findtext("source", ""), message.findtext("comment", "")
        entries.append(Entry(*words, texts, is_counted))
    return entries


def as_cpp(texts: Sequence[Text]) -> str:
    """Return a file that holds all texts as lupdate finds them: it knows neither f-strings nor `counted`."""
    lines = []
    for each in texts:
        comment = f', "{each.comment}"' if each.comment or each.is_counted else ""
        more = comment + (", n" if each.is_counted else "")
        lines.append(f'QCoreApplication::translate("{CONTEXT}", "{each.source.translate(_CPP)}"{more});\n')
    return "void texts(int n) {\n" + "".join(lines) + "}\n"


def update(texts: Sequence[Text]) -> None:
    """Bring the `.ts` files up to date with the source; what is not in it any more goes."""
    options = ("-no-obsolete", "-locations", "none", "-source-language", ENGLISH)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "texts.cpp"
        file.write_text(as_cpp(texts), encoding="utf-8")
        for tag in OTHERS:
            target = (
                "-ts",
                SOURCES / f"{tag}.ts",
                "-target-language",
                tag.replace("-", "_"),
            )  # as locales do
            _run("lupdate", *options, file, *target)
    patterns = [each.source for each in texts if each.is_pattern and "{" in each.source]
    text = json.dumps(patterns, ensure_ascii=False, indent=0) + "\n"
    (FOLDER / "patterns.json").write_text(text, encoding="utf-8")


def release(tag: str, target: Path) -> None:
    """Make the file that the program reads."""
    _run("lrelease", "-silent", "-nounfinished", SOURCES / f"{tag}.ts", "-qm", target)


def _run(name: str, *arguments: str | Path) -> None:
    command = [Path(sys.executable).with_name(f"pyside6-{name}"), *arguments]
    output_of(command, f"pyside6-{name} failed")


def report(texts: Sequence[Text]) -> bool:
    """Say how far each language is, and what is wrong; returns whether all is translated and well."""
    wanted = {(each.source, each.comment) for each in texts}
    is_whole = True
    for tag in OTHERS:
        entries = read_entries(tag)
        missing = sorted(wanted - {(each.source, each.comment) for each in entries if all(each.forms)})
        problems = [line for each in entries for line in each.problems()]
        say(f"{tag:<6} {len(wanted) - len(missing):5} of {len(wanted)}")
        for line in (*problems, *(f"not translated: {source!r}" for source, _ in missing[:20])):
            say(f"       {line}")
        is_whole = is_whole and not missing and not problems
    return is_whole


def main() -> int:
    """Carry out the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="dev.py languages", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail where something lacks")
    options = parser.parse_args()
    texts = find_texts(ROOT)
    if not options.check:
        update(texts)
        for tag in OTHERS:
            release(tag, FOLDER / f"{tag}.qm")
    is_whole = report(texts)
    return 0 if is_whole or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())

"""The man page: options and commands from the program's parser; what stands around them is written by hand.

`python3 dev.py manual` brings it up to date; a test compares it with the parser.
"""

import argparse
from collections.abc import Iterator

from authws_desktop.cli.main import build_parser
from devtools.processes import ROOT, say

FILE = ROOT / "packaging" / "linux" / "authws-desktop.1"
FIRST_MADE, FIRST_WRITTEN = ".SH OPTIONS\n", ".SH ENVIRONMENT\n"
"""Headings: what begins with the one and ends before the other is made."""


def roff(text: str) -> str:
    """Return a text as roff takes it: hyphens that can be copied, no line that begins with a request."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    escaped = escaped.replace("…", "...").replace("“", r"\(lq").replace("”", r"\(rq")
    return "\n".join(rf"\&{line}" if line[:1] in ".'" else line for line in escaped.splitlines())


def sentences(text: str) -> str:
    """Return a text in lines of a sentence each, as man pages are kept, with a full stop at its end."""
    return roff(" ".join(f"{text.removesuffix('.')}.".split()).replace(". ", ".\n"))


def _entry(action: argparse.Action) -> str:
    """Return an option in bold with what it takes in italics, or an argument in italics, and its help."""
    names, takes = roff(", ".join(action.option_strings)), roff(_takes(action))
    head = f'.BI "{names} " "{takes}"' if names else f".I {takes}"
    if action.nargs == 0:
        head = f".B {names}"
    text = (action.help or "").replace("%(default)s", str(action.default)).replace("%%", "%")
    return f".TP\n{head}\n{sentences(text)}"


def _takes(action: argparse.Action) -> str:
    choices = f"{{{','.join(action.choices)}}}" if action.choices and action.option_strings else ""
    return str(action.metavar or choices or action.dest.upper())


def _options(parser: argparse.ArgumentParser, wants_common: bool = False) -> Iterator[str]:
    groups = [each for each in parser._action_groups if each.title == "common options"]
    common = {id(action) for group in groups for action in group._group_actions}
    for action in parser._actions:
        is_told = action.help != argparse.SUPPRESS and "--help" not in action.option_strings
        if is_told and action.option_strings and (id(action) in common) is wants_common:
            yield _entry(action)


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield every command that does something: what it is for, its parser."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {each.dest: each.help or "" for each in action._choices_actions}
            for name, sub in action.choices.items():
                yield from list(_commands(sub)) or [(helps.get(name, ""), sub)]


def _command(help_: str, parser: argparse.ArgumentParser) -> str:
    arguments = [each for each in parser._actions if not each.option_strings]
    words = [_takes(each) + (" ..." if each.nargs in ("*", "+") else "") for each in arguments]
    title = roff(" ".join([parser.prog.removeprefix("authws-desktop "), *words]))
    entries = [*(_entry(each) for each in arguments if each.help), *_options(parser)]
    return "\n".join([f".SS {title}", sentences(f"{help_[:1].upper()}{help_[1:]}"), *entries])


def manual(page: str) -> str:
    """Return a page with its options and commands as the parser has them now."""
    parser = build_parser()
    parts = [FIRST_MADE.rstrip(), *_options(parser)]
    parts += [".SS Common options", "Every command takes them.", *_options(parser, wants_common=True)]
    parts += [".SH COMMANDS", *(_command(*each) for each in _commands(parser))]
    head, _, rest = page.partition(FIRST_MADE)
    return head + "\n".join(parts) + "\n" + FIRST_WRITTEN + rest.partition(FIRST_WRITTEN)[2]


if __name__ == "__main__":
    FILE.write_text(manual(FILE.read_text(encoding="utf-8")), encoding="utf-8")
    say(f"Wrote {FILE.relative_to(ROOT)}.")

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


def wrapped(text: str) -> str:
    """Return a text of a paragraph in lines of a sentence each, as man pages are kept."""
    return roff(" ".join(text.split()).replace(". ", ".\n"))


def _invocation(action: argparse.Action) -> str:
    """Return how an option is written, in bold, with what it takes in italics."""
    names = roff(", ".join(action.option_strings))
    if action.nargs == 0:
        return f".B {names}"
    takes = action.metavar or (f"{{{','.join(action.choices)}}}" if action.choices else action.dest.upper())
    return f'.BI "{names} " "{roff(str(takes))}"'


def _options(parser: argparse.ArgumentParser, wants_common: bool) -> Iterator[str]:
    groups = [each for each in parser._action_groups if each.title == "common options"]
    common = {id(action) for group in groups for action in group._group_actions}
    for action in parser._actions:
        if not action.option_strings or "--help" in action.option_strings or action.help == argparse.SUPPRESS:
            continue
        if (id(action) in common) is wants_common:
            yield f".TP\n{_invocation(action)}\n{wrapped(_help(action))}"


def _help(action: argparse.Action) -> str:
    text = (action.help or "").replace("%(default)s", str(action.default)).replace("%%", "%")
    return text if text.endswith(".") else f"{text}."


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Yield every command that does something: its words, what it is for, its parser."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {each.dest: each.help or "" for each in action._choices_actions}
            for name, sub in action.choices.items():
                inner = list(_commands(sub))
                yield from inner or [(sub.prog, helps.get(name, ""), sub)]


def _command(words: str, help_: str, parser: argparse.ArgumentParser) -> str:
    name = words.removeprefix("authws-desktop ")
    arguments = " ".join(
        str(each.metavar or each.dest.upper()) + (" ..." if each.nargs in ("*", "+") else "")
        for each in parser._actions
        if not each.option_strings
    )
    text = f"{help_[:1].upper()}{help_[1:]}".rstrip(".")
    lines = [f".SS {roff(f'{name} {arguments}'.strip())}", wrapped(f"{text}.")]
    lines += [
        f".TP\n.I {roff(str(each.metavar or each.dest.upper()))}\n{wrapped(_help(each))}"
        for each in parser._actions
        if not each.option_strings and each.help
    ]
    return "\n".join([*lines, *_options(parser, wants_common=False)])


def manual(page: str) -> str:
    """Return a page with its options and commands as the parser has them now."""
    parser = build_parser()
    parts = [FIRST_MADE.rstrip(), *_options(parser, wants_common=False)]
    parts += [".SS Common options", "Every command takes them.", *_options(parser, wants_common=True)]
    parts += [".SH COMMANDS", *(_command(*each) for each in _commands(parser))]
    head, _, rest = page.partition(FIRST_MADE)
    return head + "\n".join(parts) + "\n" + FIRST_WRITTEN + rest.partition(FIRST_WRITTEN)[2]


if __name__ == "__main__":
    FILE.write_text(manual(FILE.read_text(encoding="utf-8")), encoding="utf-8")
    say(f"Wrote {FILE.relative_to(ROOT)}.")

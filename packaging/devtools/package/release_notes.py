"""Writes the release notes: `python -m devtools.package.release_notes [tag v1.2.3]`; the tag must fit."""

import sys
from collections.abc import Sequence

from devtools.package.debian import notes_file
from devtools.package.places import Places, read_version
from devtools.processes import DevError, say


def main(arguments: Sequence[str]) -> int:
    """Check the tag, if there is one, and write the notes; returns the exit code."""
    version = read_version()
    if list(arguments[:1]) == ["tag"] and arguments[1] != f"v{version}":
        print(f"The tag is {arguments[1]}, but the program's version is {version}.", file=sys.stderr)
        return 1
    try:
        say(f"Wrote {notes_file(Places()).name}")
    except DevError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

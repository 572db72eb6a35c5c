#!/usr/bin/env python3
"""Set up, run and check Authws Desktop. Needs Python 3.11 or newer and nothing else.

`python3 dev.py run` opens the program, `python3 dev.py test` runs every check; both first do what set-up is
missing. `python3 dev.py help` lists all commands.

This file must stay readable for Python 3.6, so that an older Python gets a sentence instead of a traceback.
The rest is in `packaging/devtools`.
"""

import os
import shutil
import signal
import sys

OLDEST = (3, 11)


def python_complaint(running: tuple, newer: str) -> str:  # type: ignore[type-arg]  # 3.6 reads this
    """Return the sentence for a Python that is too old, or "".

    Args:
        running: The running Python's version, `(major, minor, micro)`.
        newer: The name of a newer Python on this machine, or "".
    """
    if running[:2] >= OLDEST:
        return ""
    version = ".".join(str(part) for part in running[:3])
    advice = (
        "Install a newer one (Debian 12, Ubuntu 24.04 and newer: sudo apt-get install python3 python3-venv, "
        "then /usr/bin/python3 {}; Ubuntu 22.04: python3.11 python3.11-venv)"
    ).format(" ".join(sys.argv))
    if newer:
        advice = "Use the newer one on this machine: {} {}".format(newer, " ".join(sys.argv))
    return f"Authws Desktop needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {version}. {advice}."


def _stop(_number: int, _frame: object) -> None:
    sys.exit(143)


def main() -> int:
    """Check the Python, then carry out the command line; returns the exit code."""
    newer = next(filter(shutil.which, ["python3.14", "python3.13", "python3.12", "python3.11"]), "")
    complaint = python_complaint(tuple(sys.version_info[:3]), newer)
    if complaint:
        print(complaint, file=sys.stderr)
        return 1

    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "packaging"))  # noqa: PTH100, PTH118, PTH120
    from devtools.commands import carry_out

    signal.signal(signal.SIGTERM, _stop)
    return carry_out(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

"""How a project of somebody else's starts this tree's program."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.conftest import PROGRAM

ROOT = Path(__file__).parents[2]


def program_here() -> list[str]:
    """Return how this tree's program is started from any folder."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
        "from authws_desktop.cli.main import main; sys.exit(main())"
    )
    return [PROGRAM[0], "-c", code]

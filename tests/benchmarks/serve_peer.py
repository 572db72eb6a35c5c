"""This program's `serve` command on asyncio's own loop, as if uvloop were not installed."""

from __future__ import annotations

import sys

from authws_desktop.cli.main import main

if __name__ == "__main__":
    sys.modules["uvloop"] = None  # type: ignore[assignment]  # makes its import fail
    sys.exit(main(sys.argv[1:]))

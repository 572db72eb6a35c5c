"""The npm modules that the web client takes along as files of its own: it is served without a build step.

The lock file of `tests/browser` pins each by its hash; a test compares the copies with what npm installed.
"""

import shutil
from pathlib import Path

from devtools.processes import ROOT

NODE_FOLDER = "tests/browser"
FOLDER = "resources/web/vendor"
COPIES = {
    "idb-keyval.js": "idb-keyval/dist/index.js",
    "idb-keyval.d.ts": "idb-keyval/dist/index.d.ts",
    "LICENSE-idb-keyval.txt": "idb-keyval/LICENCE",
}
"""By name in `FOLDER`: the original among the npm packages."""


def original_of(name: str, root: Path = ROOT) -> Path:
    """Return the file of an npm package that a copy is of."""
    return root / NODE_FOLDER / "node_modules" / COPIES[name]


def copy_vendored(root: Path = ROOT) -> None:
    """Copy the modules anew; the npm packages must be installed."""
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    for name in COPIES:
        shutil.copyfile(original_of(name, root), folder / name)

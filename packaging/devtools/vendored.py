"""The npm modules that the web client and the documentation take along as files of their own.

The lock file of `tests/browser` pins each by its hash; a test compares the copies with what npm installed.
"""

import shutil
from pathlib import Path

from devtools.processes import ROOT

NODE_FOLDER = "tests/browser"
FOLDER = "resources/web/vendor"
"""Of the web client's."""
COPIES = {
    f"{FOLDER}/idb-keyval.js": "idb-keyval/dist/index.js",
    f"{FOLDER}/idb-keyval.d.ts": "idb-keyval/dist/index.d.ts",
    f"{FOLDER}/LICENSE-idb-keyval.txt": "idb-keyval/LICENCE",
    "packaging/docs/iframe-worker.js": "iframe-worker/shim/index.js",
    "packaging/docs/LICENSE-iframe-worker.txt": "iframe-worker/LICENSE",
}
"""By its path in the tree: the original among the npm packages."""


def original_of(name: str) -> Path:
    """Return the file of an npm package that a copy, by its path, is of."""
    return ROOT / NODE_FOLDER / "node_modules" / COPIES[name]


def copy_vendored() -> None:
    """Copy the modules anew; the npm packages must be installed."""
    for name in COPIES:
        shutil.copyfile(original_of(name), ROOT / name)

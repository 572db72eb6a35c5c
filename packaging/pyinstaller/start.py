"""Where the built program begins."""

import gc
import os
import sys
from collections.abc import MutableMapping


def restore_library_path(environment: MutableMapping[str, str]) -> None:
    """Give programs that we start (a browser, by xdg-open) the library path that we were started with.

    PyInstaller's starter puts our folder in front of it, for this process, where it has worked by now;
    another program would load our OpenSSL in place of its own.
    """
    before = environment.pop("LD_LIBRARY_PATH_ORIG", None)
    if before is not None:
        environment["LD_LIBRARY_PATH"] = before
    else:
        environment.pop("LD_LIBRARY_PATH", None)


if __name__ == "__main__":
    if sys.platform == "linux":
        restore_library_path(os.environ)
    gc.disable()  # looking for garbage while nothing but modules is made takes a fifth of the start
    from authws_desktop.cli.main import main

    gc.enable()
    sys.exit(main())

"""`python -m authws_desktop`: the same as the command `authws-desktop`."""

import sys

from authws_desktop.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

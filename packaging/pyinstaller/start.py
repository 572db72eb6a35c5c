"""Where the built program begins."""

import sys

from authws_desktop.cli import main

sys.exit(main())

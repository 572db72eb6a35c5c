"""What goes wrong in a test run: each is a sentence for whoever reads its report."""

from __future__ import annotations


class HarnessError(Exception):
    """Base of what this package raises by itself; what the server refuses is the client's `HttpFailure`."""

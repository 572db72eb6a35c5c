"""What the packages promise to run on: said here, elsewhere made from it or compared with it by a test."""

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""Tried by CI. 3.15 is not: PySide6 has no wheel for it that was tried."""
GLIBC = (2, 35)
"""Of the packages for Linux: the Python they bring takes `hypot` of 2.35. The source runs with 2.34."""
MACOS = "14.4"
"""What Qt 6.12 needs by its own documentation; its wheels are made for 14.0."""
WINDOWS = "Windows 10 (1809)"


def glibc_words() -> str:
    """Return the oldest C library as people write it."""
    return ".".join(map(str, GLIBC))

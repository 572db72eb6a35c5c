"""What the packages promise to run on: said here, elsewhere made from it or compared with it by a test."""

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""Tried by CI. 3.15 is not: PySide6 has no wheel for it that was tried."""
GLIBC = {"x86_64": (2, 35), "aarch64": (2, 39)}
"""Of the packages for Linux. On Intel the Python they bring takes `hypot` of 2.35, where the source runs with
2.34; on ARM Qt's wheels ask for 2.39, which Raspberry Pi OS has from its Debian 13 on."""
MACOS = "14.4"
"""What Qt 6.12 needs by its own documentation; its wheels are made for 14.0."""
WINDOWS = "Windows 10 (1809)"


def glibc_words(machine: str) -> str:
    """Return the oldest C library for a kind of machine as people write it."""
    return ".".join(map(str, GLIBC[machine]))

"""The workings of dev.py: standard library only, Python 3.11 or newer."""

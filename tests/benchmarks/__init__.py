"""Benchmarks: this program beside the Node server it replaces, `python3 dev.py bench`."""

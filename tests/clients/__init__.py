"""Runs client libraries that nobody here wrote against the server and the window: see README.md."""

"""For test suites: starts the program, makes users, waits for rows of its traffic, replays a recording.

Published on its own as `pytest_authws`; it knows the client beside it and nothing of the program. So its
modules import each other, and the client, by relative names.
"""

"""Users, passwords, tokens, sessions and the signing secret. No sockets, no Qt.

`directory.Accounts` is what the rest of the program talks to; the other modules are its parts.
"""

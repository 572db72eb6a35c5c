"""Users, passwords, tokens, sessions and the signing secret. No sockets, no Qt.

`accounts.Accounts` is what the rest of the program talks to; the other modules are its parts.
"""

"""A desktop program that hosts a real-time server with real logins.

Attributes:
    __version__: The version of program and package; every other place reads it from here.
"""

__version__ = "0.1.0"

"""`dev.py package`: builds what people install, and tries it. Standard library only, Python 3.11 or newer."""

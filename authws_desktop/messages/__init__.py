"""The messages that are kept: storing them, and giving them to who missed them. No sockets, no Qt."""

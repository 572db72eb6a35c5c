"""The WebSocket side: from the first bytes of a connection to the close."""

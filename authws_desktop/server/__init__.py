"""The server: one port for HTTP and WebSocket, its life, and what its connections share."""

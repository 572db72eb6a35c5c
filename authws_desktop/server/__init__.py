"""The server: one port for HTTP and WebSocket, its lifecycle, and who may connect."""

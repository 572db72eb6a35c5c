"""The Live page: who is connected, and everything that passes."""

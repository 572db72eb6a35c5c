"""The web client in real Chromium."""

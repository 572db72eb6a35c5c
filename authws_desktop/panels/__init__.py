"""The window: everything that knows Qt except the loop and the application's start."""

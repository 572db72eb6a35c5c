"""What a developer does to the server on purpose: faults, and virtual users."""

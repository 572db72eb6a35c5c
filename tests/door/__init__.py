"""The door: who gets in, by which path, under which name, and what everyone else is told."""

"""The page of the log: the program's own, administrative acts, and lock-outs."""

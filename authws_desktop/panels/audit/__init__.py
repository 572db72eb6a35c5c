"""Administrative acts and lock-outs, beside the program's own log."""

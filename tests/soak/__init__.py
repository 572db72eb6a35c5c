"""A long run of real clients against `serve`, with an exact account of what was lost."""

"""Trials of what `dev.py package` built: what a person does with it, on this system and on a bare one."""

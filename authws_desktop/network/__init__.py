"""Addresses, adapters, ports, the local name, firewalls: how this computer is reached."""

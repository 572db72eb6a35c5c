"""May this one come in? Hosts, origins, addresses, bans; and what the host does about people."""

"""Several servers that are one to their clients; imported only where a cluster's address is set."""

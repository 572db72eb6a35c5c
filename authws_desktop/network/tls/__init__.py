"""TLS for the one port: certificates, the local authority, and the layer on a connection."""

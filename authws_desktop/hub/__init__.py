"""Who is connected: broadcast, direct messages, presence. No sockets, no clocks of its own, no Qt."""

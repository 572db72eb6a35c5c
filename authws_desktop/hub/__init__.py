"""Who is connected, and what passes between them: no sockets, no clocks of its own, no Qt."""

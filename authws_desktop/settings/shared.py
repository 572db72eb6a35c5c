"""Which settings all nodes of a cluster share; the others are each node's own."""

from __future__ import annotations

SHARED = frozenset(
    {
        "allowed_hosts",
        "allowed_origins",
        "max_per_address",
        "ping_interval_s",
        "ping_timeout_s",
        "token_life_s",
        "auth_deadline_s",
        "message_rate",
        "message_burst",
        "auth_rate",
        "register_rate",
        "max_message_bytes",
        "registration",
        "min_password",
        "audit_keep_days",
        "title",
        "welcome",
        "language",
        "who_may_write",
        "guests",
        "guest_directs",
        "images",
        "messages_kept_days",
        "newcomers_see",
    }
)
"""Rules that people meet: at whichever node they are, they must be the same. Places, certificates, memory and
files are of one computer."""

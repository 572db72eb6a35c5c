"""Accounts, connections and sessions as the admin side answers them."""

from __future__ import annotations

from authws_desktop.accounts.records import Account, Session
from authws_desktop.hub.client import Client
from authws_desktop.protocol.admin_messages import AdminConnection, AdminSession, AdminUser
from authws_desktop.protocol.timestamps import format_timestamp


def admin_user(account: Account, connections: int) -> AdminUser:
    """Return a user, with the number of live connections."""
    return AdminUser(
        account.id,
        account.username,
        str(account.role),
        account.is_disabled,
        format_timestamp(account.created_at),
        _timestamp(account.last_login_at),
        connections,
        account.revision,
        account.changed_by,
    )


def admin_connection(client: Client) -> AdminConnection:
    """Return a connection."""
    identity = client.identity
    return AdminConnection(
        client.client_id,
        identity.address,
        identity.app,
        identity.user_id or None,
        identity.username or None,
        identity.token_id or None,
        format_timestamp(client.connected_at),
        format_timestamp(client.last_active_at),
        client.messages_in,
        client.messages_out,
    )


def admin_session(session: Session) -> AdminSession:
    """Return a session."""
    return AdminSession(
        session.jti,
        format_timestamp(session.issued_at),
        format_timestamp(session.expires_at),
        _timestamp(session.last_used_at),
        session.address,
        session.app,
    )


def _timestamp(time_s: float | None) -> str | None:
    return None if time_s is None else format_timestamp(time_s)

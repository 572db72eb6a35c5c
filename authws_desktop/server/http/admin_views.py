"""Accounts, connections, sessions and rows as the admin side answers them."""

from __future__ import annotations

import msgspec

from authws_desktop.accounts.models import Account, Session
from authws_desktop.hub.client import Client
from authws_desktop.protocol.admin_messages import AdminConnection, AdminSession, AdminUser
from authws_desktop.protocol.timestamps import format_timestamp
from authws_desktop.protocol.traffic_messages import TrafficRow
from authws_desktop.traffic.record import Record
from authws_desktop.traffic.rows import as_row


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
        identity.faults,
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


def traffic_row(record: Record) -> TrafficRow:
    """Return a row of the traffic, as an exported file has it."""
    return msgspec.convert(as_row(record), TrafficRow)


def _timestamp(time_s: float | None) -> str | None:
    return None if time_s is None else format_timestamp(time_s)

"""The steps that bring a database of an older version up to this one.

The tables stand here as they were at that step: the models are those of the newest version.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    text,
)

from authws_desktop.accounts.networks import as_text, with_network

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""Of a row that has one: SQLite keeps a table in the order of an INTEGER, and needs no index beside it."""


def from_1_to_2(connection: Connection) -> None:
    """Add who changed an account last, invitations, applicants and the audit."""
    connection.exec_driver_sql("ALTER TABLE users ADD COLUMN changed_by VARCHAR(200) DEFAULT '' NOT NULL")
    connection.exec_driver_sql("ALTER TABLE users ADD COLUMN changed_at DOUBLE PRECISION")
    tables = MetaData()
    Table(
        "invites",
        tables,
        Column("code", String(32), primary_key=True),
        Column("label", String(64), nullable=False),
        Column("uses", Integer, nullable=False),
        Column("max_uses", Integer),
        Column("expires_at", Double),
        Column("created_at", Double, nullable=False),
    )
    Table(
        "applicants",
        tables,
        Column("id", String(36), primary_key=True),
        Column("username", String(160), nullable=False),
        Column("username_key", String(160), nullable=False, unique=True),
        Column("password_hash", String(200), nullable=False),
        Column("asked_at", Double, nullable=False),
        Column("address", String(64), nullable=False),
        Column("app", String(64), nullable=False),
    )
    Table(
        "audit",
        tables,
        Column("id", Integer, primary_key=True),
        Column("time", Double, nullable=False),
        Column("actor", String(200), nullable=False),
        Column("act", String(200), nullable=False),
        Column("target", String(200), nullable=False),
        Column("address", String(64), nullable=False),
        Column("outcome", String(200), nullable=False),
        Index("audit_by_time", "time"),
    )
    tables.create_all(connection)


def from_2_to_3(connection: Connection) -> None:
    """Add where accounts logged in from, as their sessions tell, and ended tokens; widen names."""
    connection.exec_driver_sql("ALTER TABLE users ADD COLUMN login_networks VARCHAR(400) DEFAULT '' NOT NULL")
    if connection.dialect.name == "postgresql":  # SQLite does not heed the length
        for table in ("users", "applicants"):
            for column in ("username", "username_key"):
                connection.exec_driver_sql(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE VARCHAR(320)")
    tables = MetaData()
    Table(
        "ended_tokens",
        tables,
        Column("jti", String(64), primary_key=True),
        Column("expires_at", Double, nullable=False),
        Index("ended_tokens_by_expiry", "expires_at"),
    )
    tables.create_all(connection)
    networks: dict[str, tuple[str, ...]] = {}
    for user_id, address in connection.execute(
        text("SELECT user_id, address FROM sessions ORDER BY issued_at")
    ):
        networks[user_id] = with_network(networks.get(user_id, ()), address)
    known = [{"id": user_id, "networks": as_text(each)} for user_id, each in networks.items()]
    if known:
        connection.execute(text("UPDATE users SET login_networks = :networks WHERE id = :id"), known)


def from_3_to_4(connection: Connection) -> None:
    """Add the messages that are kept."""
    tables = MetaData()
    waits = text("state != 0")
    Table(
        "messages",
        tables,
        Column("id", NUMBER, primary_key=True, autoincrement=False),
        Column("room", String(64), nullable=False),
        Column("time", Double, nullable=False),
        Column("sender", String(64), nullable=False),
        Column("sender_client", String(64), nullable=False),
        Column("sender_name", String(320), nullable=False),
        Column("recipient", String(64), nullable=False),
        Column("recipient_text", LargeBinary, nullable=False),
        Column("content", LargeBinary, nullable=False),
        Column("is_pinned", Boolean, nullable=False),
        Column("state", SmallInteger, nullable=False),
        Column("expires_at", Double),
        Column("wants_receipt", Boolean, nullable=False),
        Column("message_id", LargeBinary, nullable=False),
        Index("messages_by_recipient", "recipient", "id", sqlite_where=waits, postgresql_where=waits),
        Index("messages_by_expiry", "expires_at", sqlite_where=waits, postgresql_where=waits),
        Index("messages_by_time", "time"),
    )
    Table(
        "message_store",
        tables,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("name", String(32), nullable=False),
        Column("last_id", BigInteger, nullable=False),
        Column("floor_id", BigInteger, nullable=False),
    )
    tables.create_all(connection)


def from_4_to_5(connection: Connection) -> None:
    """Add what each write changed."""
    tables = MetaData()
    Table(
        "changes",
        tables,
        Column("revision", BigInteger, primary_key=True, autoincrement=False),
        Column("content", LargeBinary),
    )
    tables.create_all(connection)

"""How a database from an older version steps up.

The tables stand here as they were at that step: the models are those of the newest version.
"""

from __future__ import annotations

from sqlalchemy import Column, Connection, Double, Index, Integer, MetaData, String, Table


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

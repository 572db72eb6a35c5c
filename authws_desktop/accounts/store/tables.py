"""The tables, and how a database from an older version steps up to them.

All times are seconds since the epoch. `meta.revision` grows with every write transaction of any process:
who holds a copy of the tables sees from it that the copy is stale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from authws_desktop.accounts.audit import AUDIT_TEXT_MAX_CHARS
from authws_desktop.accounts.names import LABEL_MAX_CHARS, TYPED_MAX_CHARS
from authws_desktop.accounts.networks import MAX_TEXT_CHARS
from authws_desktop.accounts.store import upgrades

SCHEMA_VERSION = 5

WAITS = text("state != 0")
"""What the indexes of messages hold. Queries say it in this word, or a database uses no index."""

UPGRADES: Mapping[int, Callable[[Connection], None]] = {
    1: upgrades.from_1_to_2,
    2: upgrades.from_2_to_3,
    3: upgrades.from_3_to_4,
    4: upgrades.from_4_to_5,
}
"""By version: the step from that version to the next; all steps run in one transaction."""


class Base(DeclarativeBase):
    """Base of all tables."""


class MetaRow(Base):
    """The one row about the database itself."""

    __tablename__ = "meta"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    schema_version: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(BigInteger)


class ChangeRow(Base):
    """What one write changed, for other processes; see `change_log`. `None`: too much to be listed."""

    __tablename__ = "changes"

    revision: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)


class UserRow(Base):
    """An account. `revision` is that of the last change of this row, logins aside; `changed_…` tell whose."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    username: Mapped[str] = mapped_column(String(TYPED_MAX_CHARS))
    username_key: Mapped[str] = mapped_column(String(TYPED_MAX_CHARS), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[float] = mapped_column(Double)
    last_login_at: Mapped[float | None] = mapped_column(Double)
    is_disabled: Mapped[bool] = mapped_column(Boolean)
    revision: Mapped[int] = mapped_column(BigInteger)
    changed_by: Mapped[str] = mapped_column(String(AUDIT_TEXT_MAX_CHARS), server_default="")
    changed_at: Mapped[float | None] = mapped_column(Double)
    login_networks: Mapped[str] = mapped_column(String(MAX_TEXT_CHARS), server_default="")


class SessionRow(Base):
    """An issued token that still counts; revoking it deletes the row."""

    __tablename__ = "sessions"
    __table_args__ = (Index("sessions_by_user", "user_id"), Index("sessions_by_expiry", "expires_at"))

    jti: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    issued_at: Mapped[float] = mapped_column(Double)
    expires_at: Mapped[float] = mapped_column(Double)
    last_used_at: Mapped[float | None] = mapped_column(Double)
    address: Mapped[str] = mapped_column(String(LABEL_MAX_CHARS))
    app: Mapped[str] = mapped_column(String(LABEL_MAX_CHARS))
    key_id: Mapped[str] = mapped_column(String(64))


class EndedTokenRow(Base):
    """The id of a token that ended before its expiry, until then: it is revoked, not unknown."""

    __tablename__ = "ended_tokens"
    __table_args__ = (Index("ended_tokens_by_expiry", "expires_at"),)

    jti: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[float] = mapped_column(Double)


class InviteRow(Base):
    """An invitation to register; `code` is folded."""

    __tablename__ = "invites"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    label: Mapped[str] = mapped_column(String(LABEL_MAX_CHARS))
    uses: Mapped[int] = mapped_column(Integer)
    max_uses: Mapped[int | None] = mapped_column(Integer)
    expires_at: Mapped[float | None] = mapped_column(Double)
    created_at: Mapped[float] = mapped_column(Double)


class ApplicantRow(Base):
    """Somebody who registered and waits for the host's approval; becomes a user by it."""

    __tablename__ = "applicants"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    username: Mapped[str] = mapped_column(String(TYPED_MAX_CHARS))
    username_key: Mapped[str] = mapped_column(String(TYPED_MAX_CHARS), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[float] = mapped_column(Double)
    address: Mapped[str] = mapped_column(String(LABEL_MAX_CHARS))
    app: Mapped[str] = mapped_column(String(LABEL_MAX_CHARS))


class AuditRow(Base):
    """An administrative act; see `audit.AuditEntry`."""

    __tablename__ = "audit"
    __table_args__ = (Index("audit_by_time", "time"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    time: Mapped[float] = mapped_column(Double)
    actor: Mapped[str] = mapped_column(String(AUDIT_TEXT_MAX_CHARS))
    act: Mapped[str] = mapped_column(String(AUDIT_TEXT_MAX_CHARS))
    target: Mapped[str] = mapped_column(String(AUDIT_TEXT_MAX_CHARS))
    address: Mapped[str] = mapped_column(String(LABEL_MAX_CHARS))
    outcome: Mapped[str] = mapped_column(String(AUDIT_TEXT_MAX_CHARS))


class MessageRow(Base):
    """A message that is kept; see `messages.kept.Kept`. `recipient` is empty for one to everyone.

    No foreign keys: the host and people with tokens of another issuer have no account, and may speak.
    """

    __tablename__ = "messages"
    __table_args__ = (
        # Each index costs pages of every commit, one of all recipients most of all: every message of a batch
        # has its own place in it. So they hold what waits, and what is rarely asked is looked for.
        Index("messages_by_recipient", "recipient", "id", sqlite_where=WAITS, postgresql_where=WAITS),
        Index("messages_by_expiry", "expires_at", sqlite_where=WAITS, postgresql_where=WAITS),
        Index("messages_by_time", "time"),
    )

    id: Mapped[int] = mapped_column(upgrades.NUMBER, primary_key=True, autoincrement=False)
    room: Mapped[str] = mapped_column(String(64))
    time: Mapped[float] = mapped_column(Double)
    sender: Mapped[str] = mapped_column(String(64))
    sender_client: Mapped[str] = mapped_column(String(64))
    sender_name: Mapped[str] = mapped_column(String(TYPED_MAX_CHARS))
    recipient: Mapped[str] = mapped_column(String(64))
    recipient_text: Mapped[bytes] = mapped_column(LargeBinary)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    is_pinned: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[int] = mapped_column(SmallInteger)
    expires_at: Mapped[float | None] = mapped_column(Double)
    wants_receipt: Mapped[bool] = mapped_column(Boolean)
    message_id: Mapped[bytes] = mapped_column(LargeBinary)


class MessageStoreRow(Base):
    """The one row about the kept messages: whose they are, and how far their numbers have come."""

    __tablename__ = "message_store"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(32))
    last_id: Mapped[int] = mapped_column(BigInteger)
    floor_id: Mapped[int] = mapped_column(BigInteger)

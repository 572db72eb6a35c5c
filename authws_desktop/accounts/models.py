"""The tables, and how a database from an older version steps up to them.

All times are seconds since the epoch. `meta.revision` grows with every write transaction of any process:
who holds a copy of the tables sees from it that the copy is stale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import BigInteger, Boolean, Connection, Double, ForeignKey, Index, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from authws_desktop.accounts import upgrades
from authws_desktop.accounts.audit import AUDIT_TEXT_MAX_CHARS
from authws_desktop.accounts.names import LABEL_MAX_CHARS, TYPED_MAX_CHARS

SCHEMA_VERSION = 2

UPGRADES: Mapping[int, Callable[[Connection], None]] = {1: upgrades.from_1_to_2}
"""By version: the step from that version to the next; all steps run in one transaction."""


class Base(DeclarativeBase):
    """Base of all tables."""


class MetaRow(Base):
    """The one row about the database itself."""

    __tablename__ = "meta"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    schema_version: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(BigInteger)


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

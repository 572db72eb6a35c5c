"""The audit in the database. Each function works inside the transaction of its caller."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as OrmSession

from authws_desktop.accounts.audit import AuditEntry, Note
from authws_desktop.accounts.store.rows import audit_entry_of, audit_row
from authws_desktop.accounts.store.tables import AuditRow
from authws_desktop.accounts.store.transaction import Transaction


def add(tx: Transaction, note: Note, outcome: str) -> None:
    """Write of an act that changes nothing in these tables."""
    tx.db.add(audit_row(note, outcome))


def entries(db: OrmSession, before_id: int | None, limit: int) -> list[AuditEntry]:
    """Return acts, newest first, from the one before an id on; all if the limit is negative."""
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(None if limit < 0 else limit)
    if before_id is not None:
        query = query.where(AuditRow.id < before_id)
    return [audit_entry_of(row) for row in db.scalars(query)]


def forget_before(tx: Transaction, since: float) -> None:
    """Forget acts that are older."""
    tx.db.execute(delete(AuditRow).where(AuditRow.time < since))

"""Writes the audit trail.

An entry is written after the act succeeded and before it is answered. So an acknowledged act has its entry. If the process is
killed in between, or the database is away, the caller gets no answer or a 503. Then a retry with the same idempotency key
writes the entry.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from ..clock import now
from ..ids import new_ordered_id
from ..log_events import REQUEST_ID

if TYPE_CHECKING:
    from ..documents import AuditAction, AuditOutcome
    from .caller import Caller
    from .runtime import Runtime


async def add_audit_entry(
    runtime: Runtime,
    caller: Caller,
    action: AuditAction,
    object_id: str | None = None,
    *,
    outcome: AuditOutcome = "done",
) -> None:
    """Add an entry to the audit trail. A retry of the same request adds no second one."""
    entry = audit_entry(caller, action, object_id, outcome=outcome, days=runtime.limits.audit_days)
    with suppress(DuplicateKeyError):
        await runtime.documents.audit_log.insert_one(entry)


def audit_entry(
    caller: Caller, action: AuditAction, object_id: str | None = None, *, outcome: AuditOutcome = "done", days: int
) -> dict[str, Any]:
    """The stored form of an entry, which is kept for this many days."""
    moment = now()
    ids = caller.request_ids
    return {
        "_id": ids.ordered_id_of("audit", 0) if ids else new_ordered_id("audit"),
        "at": moment,
        "action": action,
        "object_id": object_id,
        "outcome": outcome,
        "scope": caller.scope,
        "key_prefix": caller.key_id,
        "user_id": caller.user_id,
        "request_id": REQUEST_ID.get() or None,
        "expires_at": moment + timedelta(days=days),
    }

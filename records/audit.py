"""The record of an entry of the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ..clock import iso, of_iso
from .record import Record


class AuditRecord(Record):
    """An act in the audit trail. Times are ISO 8601 with a time zone."""

    id: str
    at: str
    action: str
    object_id: str | None
    outcome: Literal["done", "failed"]
    scope: Literal["admin", "service", "user"]
    key_prefix: str | None
    user_id: str | None
    request_id: str | None

    __slots__ = ()

    @property
    def at_datetime(self) -> datetime:
        """`at` with its milliseconds, in UTC."""
        return of_iso(self.at)

    @classmethod
    def of(cls, row: dict[str, Any]) -> AuditRecord:
        """The record of a stored entry."""
        names = ("action", "object_id", "outcome", "scope", "key_prefix", "user_id", "request_id")
        return cls(id=row["_id"], at=iso(row["at"]), **{name: row[name] for name in names})

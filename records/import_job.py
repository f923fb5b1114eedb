"""The record of an import."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ..clock import epoch_milliseconds, iso
from .record import Record


class ImportRecord(Record):
    """An import that runs in the background. Times are seconds since 1970."""

    id: str
    object: Literal["import"]
    state: Literal["receiving", "waiting", "running", "done", "failed"]
    size: int
    done: int
    total: int
    options: dict[str, Any]
    report: dict[str, Any]
    error: str | None
    created_at: int
    updated_at: int
    finished_at: int | None

    __slots__ = ()

    @property
    def is_finished(self) -> bool:
        """Whether the import has ended: it is done, or it failed."""
        return self.state in ("done", "failed")

    @classmethod
    def of(cls, row: dict[str, Any]) -> ImportRecord:
        """The record of a stored import."""
        options = {name: iso(one) if isinstance(one, datetime) else one for name, one in row["options"].items()}
        times = {name: row[name] for name in ("created_at", "updated_at", "finished_at")}
        seconds = {name: None if one is None else epoch_milliseconds(one) // 1000 for name, one in times.items()}
        progress = {name: row[name] for name in ("state", "size", "done", "total")}
        outcome = {name: row[name] for name in ("report", "error")}
        return cls(id=row["_id"], object="import", **progress, options=options, **outcome, **seconds)

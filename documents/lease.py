"""Leases: the right of one process to do a task that only one process may do."""

from __future__ import annotations

from datetime import datetime

from beanie import Document

from .optional_key import Sometimes


class Lease(Document):
    """The lease of one task. `holder` has it until `until`."""

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    holder: str
    until: datetime
    watermark: Sometimes[datetime] = None
    """The position of the task's work. Absent if the task needs none."""
    sessions: Sometimes[list[bytes]] = None
    """The sessions for transactions. Only in the lease that shows that a process is alive."""

    class Settings:
        """The collection."""

        name = "leases"

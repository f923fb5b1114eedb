"""A lease: which process does what only one may do."""

from __future__ import annotations

from datetime import datetime

from beanie import Document

from .optional_key import Sometimes


class Lease(Document):
    """Held by one process until `until`."""

    id: str  # type: ignore[assignment]  # ours are strings
    holder: str
    until: datetime
    watermark: Sometimes[datetime] = None
    """How far its work has come; only where that matters."""
    sessions: Sometimes[list[bytes]] = None
    """The sessions in which a process has transactions; only of a process, whose lease on life this is."""

    class Settings:
        """Where leases are kept."""

        name = "leases"

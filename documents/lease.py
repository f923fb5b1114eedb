"""A lease: which process does what only one may do."""

from __future__ import annotations

from datetime import datetime

from beanie import Document

from .presence import Sometimes


class Lease(Document):
    """Held by one process until `until`; `watermark` is how far its work has come."""

    id: str  # type: ignore[assignment]  # ours are strings
    holder: str
    until: datetime
    watermark: Sometimes[datetime] = None

    class Settings:
        """Where leases are kept."""

        name = "leases"

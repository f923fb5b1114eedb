"""A lease: which process does what only one may do."""

from __future__ import annotations

from datetime import datetime

from beanie import Document


class Lease(Document):
    """Held by one process until `until`; `watermark` is how far its work has come."""

    id: str
    holder: str
    until: datetime
    watermark: datetime | None = None

    class Settings:
        """Where leases are kept."""

        name = "leases"

"""How far an upgrade of old documents has come."""

from __future__ import annotations

from datetime import datetime

from beanie import Document


class MigrationPosition(Document):
    """There only while `threadkeep migrate` works, or after it was killed: it goes on from there."""

    id: str  # type: ignore[assignment]  # ours are strings
    position: str
    """Documents up to this `_id` were looked at."""
    updated_at: datetime

    class Settings:
        """Where they are kept."""

        name = "migration_positions"

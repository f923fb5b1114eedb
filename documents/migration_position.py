"""The progress of an upgrade of old documents."""

from __future__ import annotations

from datetime import datetime

from beanie import Document


class MigrationPosition(Document):
    """The progress of one upgrade. Exists while `threadkeep migrate` runs; a run after a crash continues from it."""

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    position: str
    """The upgrade has processed all documents up to this `_id`."""
    updated_at: datetime

    class Settings:
        """The collection."""

        name = "migration_positions"

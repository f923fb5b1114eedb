"""How far the daily facts have come."""

from __future__ import annotations

from datetime import datetime

from beanie import Document
from pydantic import Field

from .optional_key import Sometimes


class Rollup(Document):
    """One document, `daily`: which changes were seen, and which days have still to be computed (decision 0012)."""

    id: str  # type: ignore[assignment]  # ours are strings
    watermark: datetime
    """Changes until then were looked for."""
    as_of: Sometimes[datetime] = None
    """Changes until then are in the facts of all days; only after all were computed once."""
    pending: list[datetime] = Field(default_factory=list)
    """Days whose facts have to be computed."""
    carried: list[datetime] = Field(default_factory=list)
    """Days of threads that were being made or deleted when changes were looked for last: looked at again next time."""
    version: int
    """Of the facts: a newer one is a reason to compute all days again."""

    class Settings:
        """Where it is kept."""

        name = "rollups"

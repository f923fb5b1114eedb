"""The progress of the daily facts."""

from __future__ import annotations

from datetime import datetime

from beanie import Document
from pydantic import Field

from .optional_key import Sometimes


class Rollup(Document):
    """The only document, `daily`: the changes that were found, and the days that must be computed (decision 0012)."""

    id: str  # type: ignore[assignment]  # ids of Threadkeep are strings
    watermark: datetime
    """The rollup has searched for changes up to this time."""
    as_of: Sometimes[datetime] = None
    """The facts of all days contain the changes up to this time. Absent until all days were computed once."""
    pending: list[datetime] = Field(default_factory=list)
    """Days whose facts must be computed."""
    carried: list[datetime] = Field(default_factory=list)
    """Days of threads that were being created or deleted during the last search. The next search checks them again."""
    version: int
    """The version of the computation. A newer version computes all days again."""

    class Settings:
        """The collection."""

        name = "rollups"

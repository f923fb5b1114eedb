"""What of a database is exported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ...errors import InvalidInput
from ...services.deletion.placeholders import REAL_MESSAGE


@dataclass(frozen=True, slots=True)
class Selection:
    """Everything, or the threads of one user, or the messages of a time: `since` is part of it, `until` is not."""

    user_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of(cls, user_id: str | None, since: datetime | None, until: datetime | None) -> Selection:
        """Dates without a zone are UTC."""
        since, until = _naive_utc(since), _naive_utc(until)
        if since is not None and until is not None and since >= until:
            raise InvalidInput.at("until", "must be later than since")
        return cls(user_id, since, until)

    def users(self) -> dict[str, Any]:
        """A filter on users: of others than `user_id` an export says no more than their ids."""
        return {"deleted_at": None} if self.user_id is None else {"_id": self.user_id, "deleted_at": None}

    def threads(self) -> dict[str, Any]:
        """A filter on threads that leaves out none of which something is wanted."""
        filters: dict[str, Any] = {"deleted_at": None}
        if self.user_id is not None:
            filters["participant_ids"] = self.user_id
        if self.since is not None:
            filters["last_active_at"] = {"$gte": self.since}
        return filters

    def messages(self) -> dict[str, Any]:
        """A filter on messages."""
        bounds = {} if self.since is None else {"$gte": self.since}
        bounds |= {} if self.until is None else {"$lt": self.until}
        return {**REAL_MESSAGE, "created_at": bounds} if bounds else {**REAL_MESSAGE}

    def holds(self, moment: datetime) -> bool:
        """Whether the time is part of the selection."""
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)

    def said(self) -> dict[str, str]:
        """The selection as an export says it, and by which an unfinished one is known again."""
        dates = {"since": self.since, "until": self.until}
        said = {} if self.user_id is None else {"user_id": self.user_id}
        return said | {name: f"{moment.isoformat()}Z" for name, moment in dates.items() if moment is not None}


def _naive_utc(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo is None:
        return moment
    return moment.astimezone(UTC).replace(tzinfo=None)

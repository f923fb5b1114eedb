"""The part of a database that an export holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...clock import naive_utc
from ...errors import InvalidInput
from ...services import REAL_MESSAGE

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Selection:
    """The whole database, the threads of one user, or the messages from `since` (inclusive) to `until` (exclusive)."""

    user_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of(cls, user_id: str | None, since: datetime | None, until: datetime | None) -> Selection:
        """Return the selection of these arguments. Dates without a zone are UTC.

        Raises `InvalidInput` if `since` is not earlier than `until`, or if an argument cannot be stored.
        """
        since, until = _in_utc("since", since), _in_utc("until", until)
        if user_id is not None:
            _require_unicode("user_id", user_id)
        if since is not None and until is not None and since >= until:
            raise InvalidInput.at("until", "must be later than since")
        return cls(user_id, since, until)

    def users(self) -> dict[str, Any]:
        """Return a filter on users. With `user_id`, other users are left out; their ids stay in threads and messages."""
        return {"deleted_at": None} if self.user_id is None else {"_id": self.user_id, "deleted_at": None}

    def threads(self) -> dict[str, Any]:
        """Return a filter that matches all threads with a selected row. It may match threads without one."""
        filters: dict[str, Any] = {"deleted_at": None}
        if self.user_id is not None:
            filters["participant_ids"] = self.user_id
        if self.since is not None:
            filters["last_active_at"] = {"$gte": self.since}
        return filters

    def messages(self) -> dict[str, Any]:
        """Return a filter on messages."""
        bounds = {} if self.since is None else {"$gte": self.since}
        bounds |= {} if self.until is None else {"$lt": self.until}
        return {**REAL_MESSAGE, "created_at": bounds} if bounds else {**REAL_MESSAGE}

    def holds(self, moment: datetime) -> bool:
        """Whether a time lies in the selection."""
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)

    def to_dict(self) -> dict[str, str]:
        """Return the selection as the header of an export holds it. A continued export must have an equal one."""
        dates = {"since": self.since, "until": self.until}
        user = {} if self.user_id is None else {"user_id": self.user_id}
        return user | {name: f"{moment.isoformat()}Z" for name, moment in dates.items() if moment is not None}


def _in_utc(name: str, moment: datetime | None) -> datetime | None:
    try:
        return None if moment is None else naive_utc(moment)
    except OverflowError:
        raise InvalidInput.at(name, "must be a time of the years 1 to 9999 in UTC") from None


def _require_unicode(name: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidInput.at(name, "must be valid Unicode, without lone surrogates", "string_unicode") from None

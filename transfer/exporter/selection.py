"""The part of a database that an export holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from ...clock import naive_utc
from ...errors import InvalidInput
from ...services import REAL_MESSAGE, fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from typing_extensions import Unpack


class SelectionOptions(TypedDict, total=False):
    """The part of a database that is exported. Without options, it is everything."""

    user_id: str | None
    """Only threads in which this user participates, and no other user."""
    since: datetime | None
    """Only messages from this time on. Without a zone, it is UTC."""
    until: datetime | None
    """Only messages before this time."""
    thread_ids: Sequence[str]
    """Only these threads."""
    meta_data: Mapping[str, Sequence[Any]]
    """Only threads that have, for each of these keys of their metadata, one of these values."""
    labels: Sequence[str]
    """Only threads with all of these labels."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The whole database, or the threads and messages that all of these fields select."""

    user_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    thread_ids: tuple[str, ...] = ()
    meta_data: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    labels: tuple[str, ...] = ()

    @classmethod
    def of(cls, **options: Unpack[SelectionOptions]) -> Selection:
        """Return the selection of these options.

        Raises `InvalidInput` if `since` is not earlier than `until`, or if an option cannot be stored.
        """
        since, until = _in_utc("since", options.get("since")), _in_utc("until", options.get("until"))
        user_id, thread_ids, labels = options.get("user_id"), options.get("thread_ids", ()), options.get("labels", ())
        meta_data = {name: tuple(values) for name, values in options.get("meta_data", {}).items()}
        texts = {"user_id": [user_id] if user_id is not None else [], "thread_ids": thread_ids, "labels": labels}
        texts["meta_data"] = [
            *meta_data,
            *(one for values in meta_data.values() for one in values if isinstance(one, str)),
        ]
        for name, values in texts.items():
            for value in values:
                _require_unicode(name, value)
        if since is not None and until is not None and since >= until:
            raise InvalidInput.at("until", "must be later than since")
        return cls(user_id, since, until, tuple(thread_ids), tuple(meta_data.items()), tuple(labels))

    def users(self) -> dict[str, Any]:
        """Return a filter on users.

        With `user_id`, other users are left out, and with other options on threads all users. Their ids stay in threads and
        messages.
        """
        if self.user_id is not None:
            return {"_id": self.user_id, "deleted_at": None}
        return {"_id": {"$in": []}} if self.thread_ids or self.meta_data or self.labels else {"deleted_at": None}

    def threads(self) -> dict[str, Any]:
        """Return a filter that matches all threads with a selected row. It may match threads without one."""
        filters: dict[str, Any] = {"deleted_at": None}
        if self.user_id is not None:
            filters["participant_ids"] = self.user_id
        if self.since is not None:
            filters["last_active_at"] = {"$gte": self.since}
        if self.thread_ids:
            filters["_id"] = {"$in": [*self.thread_ids]}
        if self.labels:
            filters["labels"] = {"$all": [*self.labels]}
        if self.meta_data:
            found = [{"$in": [fingerprint(key, value) for value in values]} for key, values in self.meta_data]
            filters["$and"] = [{"meta_data_index": one} for one in found]
        return filters

    def messages(self) -> dict[str, Any]:
        """Return a filter on messages."""
        bounds = {} if self.since is None else {"$gte": self.since}
        bounds |= {} if self.until is None else {"$lt": self.until}
        return {**REAL_MESSAGE, "created_at": bounds} if bounds else {**REAL_MESSAGE}

    def holds(self, moment: datetime) -> bool:
        """Whether a time lies in the selection."""
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)

    def to_dict(self) -> dict[str, Any]:
        """Return the selection as the header of an export holds it. A continued export must have an equal one."""
        dates = {"since": self.since, "until": self.until}
        user = {} if self.user_id is None else {"user_id": self.user_id}
        threads: dict[str, list[Any]] = {"thread_ids": [*self.thread_ids], "labels": [*self.labels]}
        threads["meta_data"] = [[key, [*values]] for key, values in self.meta_data]
        found = {name: f"{moment.isoformat()}Z" for name, moment in dates.items() if moment is not None}
        return user | found | {name: value for name, value in threads.items() if value}


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

"""The record of a thread."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..clock import epoch_milliseconds, epoch_seconds, of_milliseconds
from .record import Record

if TYPE_CHECKING:
    from ..documents import ThreadRow


class ThreadRecord(Record):
    """A thread. Times are whole seconds since 1970; the times in `…_ms` are milliseconds."""

    id: str
    created_at: int
    meta_data: dict[str, Any]
    object: str
    tool_resources: dict[str, Any]
    owner_id: str | None
    participant_ids: list[str]
    message_count: int
    last_seq: int
    revision: int
    updated_at: int
    last_message_at: int | None
    last_active_at: int
    external_id: str | None
    title: str | None
    archived: bool
    pinned: bool
    labels: list[str]
    last_message: dict[str, Any] | None
    """The newest message with words of a user or an assistant: `id`, `seq`, `role`, and its first 200 characters in `text`."""
    created_at_ms: int
    updated_at_ms: int
    last_message_at_ms: int | None
    last_active_at_ms: int

    __slots__ = ()

    @property
    def created_at_datetime(self) -> datetime:
        """`created_at` with its milliseconds, in UTC."""
        return of_milliseconds(self.created_at_ms)

    @property
    def updated_at_datetime(self) -> datetime:
        """`updated_at` with its milliseconds, in UTC."""
        return of_milliseconds(self.updated_at_ms)

    @property
    def last_message_at_datetime(self) -> datetime | None:
        """`last_message_at` with its milliseconds, in UTC."""
        return None if self.last_message_at_ms is None else of_milliseconds(self.last_message_at_ms)

    @property
    def last_active_at_datetime(self) -> datetime:
        """`last_active_at` with its milliseconds, in UTC."""
        return of_milliseconds(self.last_active_at_ms)

    @classmethod
    def of(cls, row: ThreadRow) -> ThreadRecord:
        """The record of a stored thread. The first five keys are those of the original service, in its order."""
        last_message_at = row["last_message_at"]
        return cls(
            id=row["_id"],
            created_at=epoch_seconds(row["created_at"]),
            meta_data=row["meta_data"],
            object="thread",
            tool_resources=row["tool_resources"],
            owner_id=row["owner_id"],
            participant_ids=row["participant_ids"],
            message_count=message_count_of(row),
            last_seq=row["last_seq"],
            revision=row["revision"],
            updated_at=epoch_seconds(row["updated_at"]),
            last_message_at=None if last_message_at is None else epoch_seconds(last_message_at),
            last_active_at=epoch_seconds(row["last_active_at"]),
            external_id=row.get("external_id"),
            title=row.get("title"),
            archived=row.get("archived", False),
            pinned=row.get("pinned", False),
            labels=row.get("labels", []),
            last_message=_preview(row.get("last_message")),
            created_at_ms=epoch_milliseconds(row["created_at"]),
            updated_at_ms=epoch_milliseconds(row["updated_at"]),
            last_message_at_ms=None if last_message_at is None else epoch_milliseconds(last_message_at),
            last_active_at_ms=epoch_milliseconds(row["last_active_at"]),
        )


def message_count_of(row: ThreadRow) -> int:
    """How many messages a stored thread has. After a write by a process of version 2, `message_count` includes cut messages."""
    last_seq, *removed = (row.get(name) for name in ("last_seq", "deleted_count", "cut_count"))
    if not isinstance(last_seq, int) or not all(isinstance(count, int) for count in removed):
        return row["message_count"]
    return max(0, last_seq - sum(count for count in removed if isinstance(count, int)))


_PREVIEW = {"id": str, "seq": int, "role": str, "text": str}


def _preview(stored: dict[str, Any] | None) -> dict[str, Any] | None:
    """The preview without the fields that only Threadkeep needs. None if another program stored one of another form."""
    if not stored or not all(isinstance(stored.get(name), kind) for name, kind in _PREVIEW.items()):
        return None
    return {name: stored[name] for name in _PREVIEW}

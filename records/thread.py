"""The record of a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..clock import epoch_seconds
from .record import Record

if TYPE_CHECKING:
    from ..documents import ThreadRow


class ThreadRecord(Record):
    """A thread. Times are whole seconds since 1970."""

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

    __slots__ = ()

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
            message_count=row["message_count"],
            last_seq=row["last_seq"],
            revision=row["revision"],
            updated_at=epoch_seconds(row["updated_at"]),
            last_message_at=None if last_message_at is None else epoch_seconds(last_message_at),
            last_active_at=epoch_seconds(row["last_active_at"]),
            external_id=row.get("external_id"),
        )

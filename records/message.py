"""A message as callers see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .record import Record, epoch_seconds

if TYPE_CHECKING:
    from ..documents import MessageRow

_HIDDEN = frozenset({"schema_version", "batch"})
PROJECTION = {"schema_version": 0}
"""What to leave out when reading messages for callers."""


class MessageRecord(Record):
    """A message; times are whole seconds since 1970, `content` is the text, or the parts where there is more than text."""

    id: str
    object: str
    thread_id: str
    seq: int
    type: str
    role: str
    content: str | list[dict[str, Any]]
    attachments: list[dict[str, Any]]
    sender_id: str | None
    assistant_id: str | None
    run_id: str | None
    tool_id: str | None
    tool_call_id: str | None
    status: str | None
    incomplete_details: dict[str, Any] | None
    meta_data: dict[str, Any]
    created_at: int
    updated_at: int
    completed_at: int | None
    incomplete_at: int | None
    revision: int

    __slots__ = ()

    @classmethod
    def of(cls, row: MessageRow) -> MessageRecord:
        """Word a stored message; best read with `PROJECTION`.

        The hot path of every page: one copy of the row, changed in place, is what it costs.
        """
        record = cls(id=row["_id"], object="message")
        record.update(row)
        del record["_id"]
        record["created_at"] = epoch_seconds(row["created_at"])
        record["updated_at"] = epoch_seconds(row["updated_at"])
        if row["completed_at"] is not None:
            record["completed_at"] = epoch_seconds(row["completed_at"])
        if row["incomplete_at"] is not None:
            record["incomplete_at"] = epoch_seconds(row["incomplete_at"])
        for hidden in _HIDDEN.intersection(row):
            del record[hidden]
        if "parts" in row:
            record["content"] = record.pop("parts")
        return record

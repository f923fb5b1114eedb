"""A message as callers see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..clock import epoch_seconds
from .record import Record

if TYPE_CHECKING:
    from ..documents import MessageRow

MESSAGE_PROJECTION = {"schema_version": 0, "imported_at": 0}
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
        """Word a stored message; best read with `MESSAGE_PROJECTION`.

        The hot path of every page: one copy of the row, changed in place, is what it costs.
        """
        record = cls(id=row["_id"], object="message")
        record |= row
        del record["_id"]
        # The second and later dates are mostly absent, or the first again. Not a loop: it would cost a fifth of the whole.
        created_at = row["created_at"]
        record["created_at"] = seconds = epoch_seconds(created_at)
        updated_at = row["updated_at"]
        record["updated_at"] = seconds if updated_at == created_at else epoch_seconds(updated_at)
        if (moment := row["completed_at"]) is not None:
            record["completed_at"] = seconds if moment == created_at else epoch_seconds(moment)
        if (moment := row["incomplete_at"]) is not None:
            record["incomplete_at"] = seconds if moment == created_at else epoch_seconds(moment)
        if "schema_version" in record:
            del record["schema_version"]
        if "batch" in record:
            del record["batch"]
        if "parts" in record:
            record["content"] = record.pop("parts")
        return record

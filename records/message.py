"""The record of a message."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..clock import epoch_milliseconds, of_milliseconds
from ..history import TEXT_OUTPUTS, output_of, whole_item
from .record import Record

if TYPE_CHECKING:
    from ..documents import MessageRow

MESSAGE_PROJECTION = {"schema_version": 0, "imported_at": 0, "anchor": 0}
"""The projection for reading messages: leaves out fields that no caller sees."""


class MessageRecord(Record):
    """A message. `content` is the text, or the list of parts if it is more than text.

    Times are whole seconds since 1970; the times in `…_ms` are milliseconds.
    """

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
    item: dict[str, Any]
    """Only if it is an item, or a message with fields that have no field of their own: the item as it was sent."""
    tool_calls: list[dict[str, Any]]
    """Only if an assistant calls tools, or if it is an item that is a call."""
    client_id: str
    """Only if the writer chose one."""
    covers: dict[str, int]
    """Only of a summary: `from_seq` and `upto_seq`, the numbers of the messages in whose place it stands."""
    pinned: bool
    """Only if it is pinned: true."""
    created_at_ms: int
    updated_at_ms: int
    completed_at_ms: int | None
    incomplete_at_ms: int | None

    _optional = frozenset({"item", "tool_calls", "client_id", "covers", "pinned"})

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
    def completed_at_datetime(self) -> datetime | None:
        """`completed_at` with its milliseconds, in UTC."""
        return None if self.completed_at_ms is None else of_milliseconds(self.completed_at_ms)

    @property
    def incomplete_at_datetime(self) -> datetime | None:
        """`incomplete_at` with its milliseconds, in UTC."""
        return None if self.incomplete_at_ms is None else of_milliseconds(self.incomplete_at_ms)

    @classmethod
    def of(cls, row: MessageRow) -> MessageRecord:
        """The record of a stored message, which should be read with `MESSAGE_PROJECTION`.

        Every page runs this for each row, so it makes one copy of the row and changes the copy.
        """
        record = cls(id=row["_id"], object="message")
        record |= row
        del record["_id"]
        # The other dates are mostly null or equal to `created_at`. A loop over them would make this method a fifth slower.
        created_at = row["created_at"]
        record["created_at_ms"] = created = epoch_milliseconds(created_at)
        record["created_at"] = created // 1000
        updated_at = row["updated_at"]
        record["updated_at_ms"] = passed = created if updated_at == created_at else epoch_milliseconds(updated_at)
        record["updated_at"] = passed // 1000
        record["completed_at_ms"] = record["incomplete_at_ms"] = None
        if (moment := row["completed_at"]) is not None:
            record["completed_at_ms"] = passed = created if moment == created_at else epoch_milliseconds(moment)
            record["completed_at"] = passed // 1000
        if (moment := row["incomplete_at"]) is not None:
            record["incomplete_at_ms"] = passed = created if moment == created_at else epoch_milliseconds(moment)
            record["incomplete_at"] = passed // 1000
        if "schema_version" in record:
            del record["schema_version"]
        if "batch" in record:
            del record["batch"]
        if "anchor" in record:  # the row was just written, and has no projection
            del record["anchor"]
        if "parts" in record:
            record["content"] = record.pop("parts")
        if row["type"] != "message":
            _complete_item(record, row)
        return record


def _complete_item(record: MessageRecord, row: MessageRow) -> None:
    """Show the item as it was sent: the output of a function is stored beside it."""
    record.pop("item_id", None)
    if row["type"] in TEXT_OUTPUTS:
        record["item"], record["content"] = whole_item(row), output_of(row)

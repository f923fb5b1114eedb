from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from bson import BSON, ObjectId
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.settings import Limits
from threadkeep.tests.transfer.conversations import native_message
from threadkeep.transfer.export_format import MESSAGE
from threadkeep.transfer.exporter.lines import line
from threadkeep.transfer.importer.entries import FileEntry
from threadkeep.transfer.importer.writing.assembly import Part, assemble
from threadkeep.transfer.parquet_schema import line_values, table


def day(year: int) -> datetime:
    """The first moment of a year as the driver returns it: UTC without a time zone."""
    return datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None)


texts = st.text(max_size=20)
keys = texts.filter(lambda key: "\0" not in key)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(keys, values, max_size=4)
dates = st.datetimes(day(1970), day(2100)).map(
    lambda moment: moment - timedelta(microseconds=moment.microsecond % 1000)
)
changes = st.fixed_dictionaries(
    {},
    optional={
        "content": texts,
        "parts": st.lists(objects, max_size=2),
        "item": objects,
        "attachments": st.lists(objects, max_size=2),
        "tool_calls": st.lists(objects, max_size=2),
        "sender_id": texts | st.none(),
        "status": st.sampled_from(["completed", "incomplete", None]),
        "incomplete_details": objects | st.none(),
        "meta_data": objects,
        "created_at": dates,
        "updated_at": dates,
        "completed_at": dates | st.none(),
        "revision": st.integers(1, 2**31),
        "seq": st.integers(1, 2**52),
        "client_id": st.text(min_size=1, max_size=9),
        "role": st.sampled_from(["user", "assistant", "tool", "system"]),
    },
)


def row_of(message: dict[str, Any]) -> dict[str, Any]:
    """Return the row that an import makes of a message."""
    entries = [FileEntry("", "thread", {"id": "thread_one"}), FileEntry("", "message", message)]
    parts = [part for part in assemble(entries, Limits()) if isinstance(part, Part)]
    row: dict[str, Any] = {**parts[0].rows[0]}
    del row["imported_at"]
    return row


@given(changes)
def test_every_message_survives_an_export_and_import(changes: dict[str, Any]) -> None:
    row = row_of(native_message(1, thread_id="thread_one", seq=1)) | changes
    row = BSON.encode(row).decode()  # as the driver reads it

    by_line = row_of(json.loads(line("message", row, MESSAGE)))
    [columns] = table("messages", [row]).to_pylist()
    by_column = row_of(line_values("messages", columns, orjson.loads))

    assert by_line == row
    assert by_column == row
    assert list(by_line["meta_data"]) == list(row["meta_data"])


def test_values_that_json_lacks_are_exported_as_extended_json() -> None:
    row = {"_id": "message_x", "meta_data": {"at": day(2026), "id": ObjectId("64b7f0c0a1b2c3d4e5f60718")}}

    assert json.loads(line("message", row, ("meta_data",)))["meta_data"] == {
        "at": {"$date": "2026-01-01T00:00:00Z"},
        "id": {"$oid": "64b7f0c0a1b2c3d4e5f60718"},
    }


def test_parquet_has_a_column_with_the_names_of_called_tools() -> None:
    calls = [{"function": {"name": "look_up"}}, {"type": "custom"}, {"function": {"name": "book"}}]
    columns = table("messages", [{"_id": "message_x", "tool_calls": calls}]).to_pylist()

    assert columns[0]["tool_names"] == ["look_up", None, "book"]

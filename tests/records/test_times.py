from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.clock import EPOCH, epoch_milliseconds, epoch_seconds, iso, of_iso, of_milliseconds
from threadkeep.records import AuditRecord, KeyRecord, MessageRecord, Record, ThreadRecord, UserRecord

if TYPE_CHECKING:
    from threadkeep.documents import MessageRow

RECORDS: list[type[Record]] = [AuditRecord, KeyRecord, MessageRecord, ThreadRecord, UserRecord]


@given(st.datetimes())
def test_milliseconds_and_iso_keep_every_stored_time(moment: datetime) -> None:
    stored = moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    assert of_milliseconds(epoch_milliseconds(stored)) == of_iso(iso(stored)) == stored.replace(tzinfo=UTC)
    assert epoch_milliseconds(stored) // 1000 == epoch_seconds(stored)
    assert epoch_milliseconds(stored) == (stored - EPOCH) // timedelta(milliseconds=1)


@given(
    ends=st.lists(st.none() | st.datetimes(), min_size=2, max_size=2), created=st.datetimes(), is_changed=st.booleans()
)
def test_seconds_and_milliseconds_of_a_message_are_one_time(
    ends: list[datetime | None], created: datetime, *, is_changed: bool
) -> None:
    updated = ends[0] or created if is_changed else created
    row: Any = {"_id": "m", "type": "message", "created_at": created, "updated_at": updated}
    made: MessageRow = row | {"completed_at": ends[0], "incomplete_at": ends[1]}

    record = MessageRecord.of(made)

    for name in ("created_at", "updated_at", "completed_at", "incomplete_at"):
        moment = row.get(name, made.get(name))
        expected = None if moment is None else epoch_milliseconds(moment)
        assert record[f"{name}_ms"] == expected
        assert record[name] == (None if moment is None else epoch_seconds(moment))
        assert getattr(record, f"{name}_datetime") == (None if expected is None else of_milliseconds(expected))


@pytest.mark.parametrize("kind", RECORDS, ids=lambda one: one.__name__)
def test_every_time_of_a_record_is_a_datetime_too(kind: type[Record]) -> None:
    fields = get_type_hints(kind)
    times = {name for name in fields if name == "at" or name.endswith("_at")}
    whole = {name for name in times if fields[name] in (int, int | None)}

    assert times
    assert {name for name in fields if name.endswith("_ms")} == {f"{name}_ms" for name in whole}
    assert all(fields[f"{name}_ms"] == fields[name] for name in whole)
    for name in times:
        found = getattr(kind, f"{name}_datetime")
        expected = datetime | None if fields[name] in (int | None, str | None) else datetime
        assert get_type_hints(found.fget)["return"] == expected, name

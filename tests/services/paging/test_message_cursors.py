"""Cursors of lists of messages: with their number, they need no look at the message, and they belong to one thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.errors import UnknownCursor
from threadkeep.services.paging.message_cursors import message_cursor, number_of
from threadkeep.tests.factories import make_history

if TYPE_CHECKING:
    from threadkeep.keep import Threadkeep

ids = st.text(min_size=1, max_size=300)
numbers = st.integers(1, 2**53 - 1)


def row(thread_id: str, message_id: str, seq: int) -> Any:
    return {"_id": message_id, "thread_id": thread_id, "seq": seq}


@given(ids, ids, numbers)
def test_a_cursor_has_its_number_or_is_the_id_alone(thread_id: str, message_id: str, seq: int) -> None:
    cursor = message_cursor(row(thread_id, message_id, seq))

    if cursor == message_id:
        assert len(f"{message_id}@{seq}.12345678") > 256
    else:
        assert number_of(cursor, thread_id) == seq
        assert len(cursor) <= 256


@given(ids, ids, ids, numbers, numbers)
def test_a_cursor_of_another_thread_or_number_has_no_number(
    thread_id: str, other: str, message_id: str, seq: int, another: int
) -> None:
    cursor = message_cursor(row(thread_id, message_id, seq))
    forged = cursor.replace(f"@{seq}.", f"@{another}.")

    assert thread_id == other or number_of(cursor, other) is None
    assert forged == cursor or number_of(forged, thread_id) is None


@given(ids)
def test_an_id_is_no_cursor(message_id: str) -> None:
    assert number_of(message_id, "thread_1") is None
    assert number_of(f"{message_id}@5", "thread_1") is None
    assert number_of(f"{message_id}@1.0a0b0c0d", "thread_1") is None


async def test_a_list_is_followed_in_both_directions_by_its_cursors(shared_keep: Threadkeep) -> None:
    thread_id, messages = await make_history(shared_keep, 9)
    listed = shared_keep.message_service.list_messages
    for order in ("asc", "desc"):
        expected = messages if order == "asc" else messages[::-1]
        page = await listed(thread_id, 2, order=order)
        found = [*page]
        while page.has_more:
            page = await listed(thread_id, 2, order=order, after=page.next_cursor)
            found += page
        assert found == expected
    assert await listed(thread_id, after=message_cursor(row(thread_id, "message_gone", 7))) == messages[7:]


async def test_a_cursor_of_another_thread_is_unknown(shared_keep: Threadkeep) -> None:
    (thread_id, _), (other, _) = [await make_history(shared_keep, 3) for _ in range(2)]
    page = await shared_keep.message_service.list_messages(thread_id, 1)

    with pytest.raises(UnknownCursor):
        await shared_keep.message_service.list_messages(other, 1, after=page.next_cursor)

"""Batches that are completed while a reader reads several ranges of numbers, on a server without transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
from pymongo.errors import AutoReconnect

from threadkeep.errors import Unavailable
from threadkeep.services.appends import batches
from threadkeep.tests.factories import make_messages, make_thread

if TYPE_CHECKING:
    from threadkeep.documents import MessageRow
    from threadkeep.tests.faults.conftest import Pair

TEXTS = ["a", "b", "c", "d", "e", "f", "g", "h"]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [2, 3, 20])
async def test_a_reader_of_several_ranges_skips_no_part_of_a_batch(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch, order: Literal["asc", "desc"], limit: int
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one, "first")
    messages = one.runtime.documents.messages
    insert_many = messages.insert_many
    visible, checks = batches.visible, 0
    pages: list[Any] = []

    async def insert_half(rows: list[MessageRow], **_: Any) -> None:
        monkeypatch.setattr(messages, "insert_many", insert_many)
        await insert_many(rows[:4])

        async def complete_after_first_check(documents: Any, found: list[MessageRow], *thread: Any) -> list[MessageRow]:
            nonlocal checks
            shown = await visible(documents, found, *thread)
            checks += 1
            if checks == 1:
                await insert_many(rows[4:])
            return shown

        monkeypatch.setattr("threadkeep.services.paging.message_scan.visible", complete_after_first_check)
        pages.append(await other.message_service.list_messages(thread.id, limit, order=order))
        monkeypatch.setattr("threadkeep.services.paging.message_scan.visible", visible)

    monkeypatch.setattr(messages, "insert_many", insert_half)
    await make_messages(one, thread.id, TEXTS)

    texts = [message.content for message in pages[0]]
    whole = ["first", *TEXTS]
    assert texts in (whole[:limit], whole[::-1][:limit], ["first"])
    assert texts == ["first"] or pages[0].has_more == (limit < len(whole))


async def test_a_reader_skips_an_interrupted_batch(standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one, "first")
    messages = one.runtime.documents.messages
    insert_many = messages.insert_many

    async def insert_half_and_lose_connection(rows: list[MessageRow], **_: Any) -> None:
        monkeypatch.setattr(messages, "insert_many", insert_many)
        await insert_many(rows[:4])
        await make_messages(other, thread.id, ["after"] * 5)  # the last message gets the last number of the batch
        raise AutoReconnect

    monkeypatch.setattr(messages, "insert_many", insert_half_and_lose_connection)
    with pytest.raises(Unavailable):
        await make_messages(one, thread.id, TEXTS)
    page = await other.message_service.list_messages(thread.id, 2)
    rest = await other.message_service.list_messages(thread.id, 20, after=page.next_cursor)

    assert [message.content for message in [*page, *rest]] == ["first", *["after"] * 5]

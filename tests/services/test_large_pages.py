"""Messages of some megabytes: a page takes as many as one reply of MongoDB holds, and says that more follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import pytest

from threadkeep.client import AsyncClient
from threadkeep.errors import TooLarge
from threadkeep.services import message_reading
from threadkeep.services.reading import MOST_BYTES
from threadkeep.tests.factories import make_messages, make_thread

if TYPE_CHECKING:
    from threadkeep.keep import Threadkeep
    from threadkeep.records import MessageRecord, Page
    from threadkeep.tests.factories import Door
    from threadkeep.tests.live_server import LiveServer

SIZES = (6_000_000, 7_000_000, 10, 7_000_000, 7_900_000, 7_900_000, 10)


async def fill(door: Door) -> str:
    thread = await make_thread(door)
    for size in SIZES:
        await make_messages(door, thread.id, ["x" * size])
    return thread.id


def sizes(page: Page[MessageRecord]) -> list[int]:
    return [len(message.content) for message in page]


@pytest.mark.parametrize("role", [None, "user"])
@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_page_is_cut_where_it_would_be_too_large(
    keep: Threadkeep, order: Literal["asc", "desc"], role: str | None
) -> None:
    thread_id = await fill(keep)
    pages = [await keep.message_service.list_messages(thread_id, 100, order=order, role=role)]
    while pages[-1].has_more:
        after = pages[-1].next_cursor
        pages.append(await keep.message_service.list_messages(thread_id, 100, after=after, order=order, role=role))
    whole = await keep.message_service.list_messages(thread_id, order=order, role=role)

    assert all(0 < sum(sizes(page)) < MOST_BYTES for page in pages)
    assert [size for page in pages for size in sizes(page)] == sizes(whole) == [*SIZES][:: 1 if order == "asc" else -1]
    assert len(pages) == 3


async def test_page_before_a_message_is_cut_at_its_far_end(keep: Threadkeep) -> None:
    thread_id = await fill(keep)
    last = await keep.message_service.list_messages(thread_id, 1, order="desc")

    near = await keep.message_service.list_messages(thread_id, 100, before=last.last_id)
    far = await keep.message_service.list_messages(thread_id, 100, before=near.next_cursor)

    assert (sizes(near), near.has_more) == ([*SIZES[4:6]], True)
    assert (sizes(far), far.has_more) == ([*SIZES[1:4]], True)


async def test_client_that_wants_everything_goes_on_with_pages_as_long_as_before(
    live_server: LiveServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with AsyncClient(live_server.url, live_server.admin_key) as client:
        door = cast("Door", client)
        thread_id = await fill(door)
        await make_messages(door, thread_id, ["short"] * 8)

        with caplog.at_level("INFO", "httpx2"):
            whole = await client.message_service.list_messages(thread_id)

    assert sizes(whole) == [*SIZES, *[5] * 8]
    assert caplog.text.count("HTTP Request: GET") == 3


async def test_history_that_no_model_takes_is_refused(keep: Threadkeep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_reading, "LONGEST_HISTORY", 30)
    thread = await make_thread(keep, "x" * 10, "x" * 20)

    assert len(await keep.message_service.get_formatted_messages(thread.id)) == 2
    await make_messages(keep, thread.id, ["x"])
    with pytest.raises(TooLarge, match="history: larger than the limit of 30 bytes"):
        await keep.message_service.get_formatted_messages(thread.id)

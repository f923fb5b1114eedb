from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING, Any, Literal

import pytest

from threadkeep.errors import InvalidInput, ThreadNotFound, UnknownCursor
from threadkeep.tests.factories import make_history, make_messages, make_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from threadkeep.tests.factories import ErrorBoundary

Order = Literal["asc", "desc"]


def page_of(
    numbers: Sequence[int], limit: int, after: int | None, before: int | None, order: Order
) -> tuple[list[int], bool]:
    """What a page is, said again in as few words as can be: the numbers on it, and whether more follow."""
    walk = sorted(numbers, reverse=order == "desc")
    beyond = {True: lambda number, cursor: number > cursor, False: lambda number, cursor: number < cursor}
    rising = order == "asc"
    if after is not None:
        walk = [number for number in walk if beyond[rising](number, after)]
    if before is not None:
        walk = [number for number in walk if beyond[not rising](number, before)]
    if before is not None and after is None:
        return walk[-limit:], len(walk) > limit
    return walk[:limit], len(walk) > limit


async def check_pages(door: ErrorBoundary, length: int, without: Sequence[int], samples: int) -> None:
    """Compare pages of a history, some of whose messages were deleted, with the definition above."""
    thread_id, messages = await make_history(door, length, without=without)
    left = [number for number in range(1, length + 1) if number not in without]
    cursors = [None, *range(1, length + 1)]
    limits = [1, 2, 3, len(left) - 1, len(left), len(left) + 1]
    orders: list[Order] = ["asc", "desc"]
    every = list(itertools.product(limits, cursors, cursors, orders))
    for limit, after, before, order in random.sample(every, samples):
        page = await door.message_service.list_messages(
            thread_id,
            limit,
            after=messages[after - 1].id if after else None,
            before=messages[before - 1].id if before else None,
            order=order,
        )
        got = [message.seq for message in page], page.has_more
        assert got == page_of(left, limit, after, before, order), (limit, after, before, order)


async def test_pages_are_ranges_between_cursors(door: ErrorBoundary) -> None:
    await check_pages(door, 9, without=(), samples=60)


async def test_pages_and_their_cursors_survive_deletions(door: ErrorBoundary) -> None:
    await check_pages(door, 12, without=(1, 4, 5, 6, 12), samples=60)


async def test_pages_reach_over_long_gaps(door: ErrorBoundary) -> None:
    thread_id, messages = await make_history(door, 40, without=range(3, 39))

    upward = await door.message_service.list_messages(thread_id, 3)
    downward = await door.message_service.list_messages(thread_id, 3, order="desc")
    behind = await door.message_service.list_messages(thread_id, 1, after=messages[2].id)

    assert ([m.seq for m in upward], upward.has_more) == ([1, 2, 39], True)
    assert ([m.seq for m in downward], downward.has_more) == ([40, 39, 2], True)
    assert ([m.seq for m in behind], behind.has_more) == ([39], True)


async def test_has_more_is_exact_where_the_last_ones_were_deleted(door: ErrorBoundary) -> None:
    thread_id, messages = await make_history(door, 6, without=(5, 6))

    page = await door.message_service.list_messages(thread_id, 4)
    behind = await door.message_service.list_messages(thread_id, 1, after=messages[3].id)

    assert ([m.seq for m in page], page.has_more) == ([1, 2, 3, 4], False)
    assert ([m.seq for m in behind], behind.has_more) == ([], False)


async def test_page_of_an_empty_thread(door: ErrorBoundary) -> None:
    thread = await make_thread(door)

    page = await door.message_service.list_messages(thread.id, 20)

    assert (list(page), page.has_more, page.first_id, page.last_id, page.next_cursor) == ([], False, None, None, None)


async def test_page_of_a_thread_whose_messages_were_all_deleted(door: ErrorBoundary) -> None:
    thread_id, messages = await make_history(door, 3, without=(1, 2, 3))

    pages = [
        await door.message_service.list_messages(thread_id, 1, order=order, after=messages[1].id)
        for order in ("asc", "desc")
    ]

    assert [(list(page), page.has_more) for page in pages] == [([], False), ([], False)]


async def test_page_names_its_ends_and_the_cursor_that_goes_on(door: ErrorBoundary) -> None:
    thread_id, messages = await make_history(door, 5)

    page = await door.message_service.list_messages(thread_id, 3)

    assert (page.first_id, page.last_id, page.next_cursor) == (messages[0].id, messages[2].id, messages[2].id)


async def test_page_before_a_message_is_gone_on_from_before_it(door: ErrorBoundary) -> None:
    thread_id, messages = await make_history(door, 6)

    page = await door.message_service.list_messages(thread_id, 2, before=messages[5].id)
    further = await door.message_service.list_messages(thread_id, 2, before=page.next_cursor)
    last = await door.message_service.list_messages(thread_id, 2, before=further.next_cursor)

    assert [[message.seq for message in found] for found in (page, further, last)] == [[4, 5], [2, 3], [1]]
    assert (last.has_more, last.next_cursor) == (False, None)


@pytest.mark.large
async def test_list_without_a_limit_is_the_whole_history(door: ErrorBoundary) -> None:
    thread = await make_thread(door)
    await make_messages(door, thread.id, [str(number) for number in range(1, 1001)])
    await make_messages(door, thread.id, ["1001"])

    everything = await door.message_service.list_messages(thread.id)

    assert [message.content for message in everything] == [str(number) for number in range(1, 1002)]
    assert not everything.has_more


async def test_iteration_goes_over_pages_of_any_size(door: ErrorBoundary) -> None:
    thread_id, messages = await make_history(door, 7, without=(4,))

    for size in (1, 2, 3, 6, 7):
        upward = [m.seq async for m in door.message_service.iter_messages(thread_id, limit=size)]
        downward = [m.seq async for m in door.message_service.iter_messages(thread_id, limit=size, order="desc")]
        behind = [m.seq async for m in door.message_service.iter_messages(thread_id, limit=size, after=messages[3].id)]

        assert (upward, downward, behind) == ([1, 2, 3, 5, 6, 7], [7, 6, 5, 3, 2, 1], [5, 6, 7])


async def test_iteration_between_two_cursors_does_not_end_with_the_first_page(door: ErrorBoundary) -> None:
    thread_id, messages = await make_history(door, 9)
    ends = {"after": messages[1].id, "before": messages[7].id}

    iterated = [m.seq async for m in door.message_service.iter_messages(thread_id, limit=2, **ends)]

    assert iterated == [3, 4, 5, 6, 7]


async def test_iteration_while_everything_read_is_deleted(door: ErrorBoundary) -> None:
    thread_id, messages = await make_history(door, 7)

    read = []
    async for message in door.message_service.iter_messages(thread_id, limit=2):
        read.append(message.id)
        await door.message_service.delete_message(message.id)

    assert read == [message.id for message in messages]
    assert await door.message_service.list_messages(thread_id) == []


async def test_iteration_while_others_append_reads_what_comes(door: ErrorBoundary) -> None:
    thread_id, _ = await make_history(door, 3)

    read = []
    async for message in door.message_service.iter_messages(thread_id, limit=2):
        read.append(message.seq)
        if message.seq < 6:
            await door.message_service.create_message(thread_id, "one more")

    assert read == sorted(read)
    assert read[:4] == [1, 2, 3, 4]


@pytest.mark.parametrize("field", ["after", "before"])
async def test_cursor_of_another_thread_is_an_error_not_page_one(door: ErrorBoundary, field: str) -> None:
    thread_id, _ = await make_history(door, 3)
    _, others = await make_history(door, 3, without=(2,))

    for foreign in (others[0].id, others[1].id, "message_0000000000000000000000", thread_id):
        cursors: dict[str, Any] = {field: foreign}
        with pytest.raises(UnknownCursor, match=foreign) as refused:
            await door.message_service.list_messages(thread_id, 2, **cursors)
        assert refused.value.problems[0]["loc"][-1] == field


@pytest.mark.parametrize("limit", [0, -1, 1001, 2**70])
async def test_limit_is_1_to_1000(door: ErrorBoundary, limit: int) -> None:
    thread_id, _ = await make_history(door, 1)

    with pytest.raises(InvalidInput, match="limit"):
        await door.message_service.list_messages(thread_id, limit)


async def test_order_is_one_of_two_words(door: ErrorBoundary) -> None:
    thread_id, _ = await make_history(door, 1)

    with pytest.raises(InvalidInput, match="order"):
        await door.message_service.list_messages(thread_id, order="newest")  # type: ignore[arg-type]


async def test_messages_of_an_unknown_thread(door: ErrorBoundary) -> None:
    with pytest.raises(ThreadNotFound, match="'thread_unknown'"):
        await door.message_service.list_messages("thread_unknown")

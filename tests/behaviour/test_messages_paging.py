from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING, Any, Literal

import pytest

from threadkeep.errors import InvalidInput, ThreadNotFound, UnknownCursor
from threadkeep.tests.factories import make_history, make_messages, make_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from threadkeep.tests.factories import ServiceProvider

Order = Literal["asc", "desc"]


def page_of(
    numbers: Sequence[int], limit: int, after: int | None, before: int | None, order: Order
) -> tuple[list[int], bool]:
    """Define a page in plain Python: the numbers on the page, and whether more follow."""
    in_order = sorted(numbers, reverse=order == "desc")
    beyond = {True: lambda number, cursor: number > cursor, False: lambda number, cursor: number < cursor}
    rising = order == "asc"
    if after is not None:
        in_order = [number for number in in_order if beyond[rising](number, after)]
    if before is not None:
        in_order = [number for number in in_order if beyond[not rising](number, before)]
    if before is not None and after is None:
        return in_order[-limit:], len(in_order) > limit
    return in_order[:limit], len(in_order) > limit


async def check_pages(services: ServiceProvider, length: int, without: Sequence[int], samples: int) -> None:
    """Compare pages of a history without the numbers in `without` with `page_of`."""
    thread_id, messages = await make_history(services, length, without=without)
    left = [number for number in range(1, length + 1) if number not in without]
    cursors = [None, *range(1, length + 1)]
    limits = [1, 2, 3, len(left) - 1, len(left), len(left) + 1]
    orders: list[Order] = ["asc", "desc"]
    every = list(itertools.product(limits, cursors, cursors, orders))
    for limit, after, before, order in random.sample(every, samples):
        page = await services.message_service.list_messages(
            thread_id,
            limit,
            after=messages[after - 1].id if after else None,
            before=messages[before - 1].id if before else None,
            order=order,
        )
        got = [message.seq for message in page], page.has_more
        assert got == page_of(left, limit, after, before, order), (limit, after, before, order)


async def test_pages_are_ranges_between_cursors(services: ServiceProvider) -> None:
    await check_pages(services, 9, without=(), samples=60)


async def test_pages_and_cursors_stay_valid_after_deletions(services: ServiceProvider) -> None:
    await check_pages(services, 12, without=(1, 4, 5, 6, 12), samples=60)


async def test_pages_are_full_across_long_gaps(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 40, without=range(3, 39))

    upward = await services.message_service.list_messages(thread_id, 3)
    downward = await services.message_service.list_messages(thread_id, 3, order="desc")
    behind = await services.message_service.list_messages(thread_id, 1, after=messages[2].id)

    assert ([m.seq for m in upward], upward.has_more) == ([1, 2, 39], True)
    assert ([m.seq for m in downward], downward.has_more) == ([40, 39, 2], True)
    assert ([m.seq for m in behind], behind.has_more) == ([39], True)


async def test_has_more_is_false_if_only_deleted_messages_follow(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 6, without=(5, 6))

    page = await services.message_service.list_messages(thread_id, 4)
    behind = await services.message_service.list_messages(thread_id, 1, after=messages[3].id)

    assert ([m.seq for m in page], page.has_more) == ([1, 2, 3, 4], False)
    assert ([m.seq for m in behind], behind.has_more) == ([], False)


async def test_a_page_of_an_empty_thread_is_empty(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    page = await services.message_service.list_messages(thread.id, 20)

    assert (list(page), page.has_more, page.first_id, page.last_id, page.next_cursor) == ([], False, None, None, None)


async def test_a_page_of_a_thread_with_only_deleted_messages_is_empty(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 3, without=(1, 2, 3))

    pages = [
        await services.message_service.list_messages(thread_id, 1, order=order, after=messages[1].id)
        for order in ("asc", "desc")
    ]

    assert [(list(page), page.has_more) for page in pages] == [([], False), ([], False)]


async def test_a_page_has_first_id_last_id_and_next_cursor(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 5)

    page = await services.message_service.list_messages(thread_id, 3)

    assert (page.first_id, page.last_id) == (messages[0].id, messages[2].id)
    assert str(page.next_cursor).partition("@")[0] == messages[2].id  # the native cursor has the number too


async def test_next_cursor_of_a_page_read_with_before_continues_with_before(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 6)

    page = await services.message_service.list_messages(thread_id, 2, before=messages[5].id)
    further = await services.message_service.list_messages(thread_id, 2, before=page.next_cursor)
    last = await services.message_service.list_messages(thread_id, 2, before=further.next_cursor)

    assert [[message.seq for message in found] for found in (page, further, last)] == [[4, 5], [2, 3], [1]]
    assert (last.has_more, last.next_cursor) == (False, None)


@pytest.mark.large
async def test_a_list_without_a_limit_is_the_whole_history(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    await make_messages(services, thread.id, [str(number) for number in range(1, 1001)])
    await make_messages(services, thread.id, ["1001"])

    everything = await services.message_service.list_messages(thread.id)

    assert [message.content for message in everything] == [str(number) for number in range(1, 1002)]
    assert not everything.has_more


async def test_iteration_reads_all_messages_with_any_page_size(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 7, without=(4,))

    for size in (1, 2, 3, 6, 7):
        upward = [m.seq async for m in services.message_service.iter_messages(thread_id, limit=size)]
        downward = [m.seq async for m in services.message_service.iter_messages(thread_id, limit=size, order="desc")]
        behind = [
            m.seq async for m in services.message_service.iter_messages(thread_id, limit=size, after=messages[3].id)
        ]

        assert (upward, downward, behind) == ([1, 2, 3, 5, 6, 7], [7, 6, 5, 3, 2, 1], [5, 6, 7])


async def test_iteration_between_two_cursors_reads_all_pages(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 9)
    ends: dict[str, Any] = {"after": messages[1].id, "before": messages[7].id}

    iterated = [m.seq async for m in services.message_service.iter_messages(thread_id, limit=2, **ends)]

    assert iterated == [3, 4, 5, 6, 7]


async def test_iteration_continues_if_every_message_read_is_deleted(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 7)

    read = []
    async for message in services.message_service.iter_messages(thread_id, limit=2):
        read.append(message.id)
        await services.message_service.delete_message(message.id)

    assert read == [message.id for message in messages]
    assert await services.message_service.list_messages(thread_id) == []


async def test_iteration_reads_messages_that_are_appended_meanwhile(services: ServiceProvider) -> None:
    thread_id, _ = await make_history(services, 3)

    read = []
    async for message in services.message_service.iter_messages(thread_id, limit=2):
        read.append(message.seq)
        if message.seq < 6:
            await services.message_service.create_message(thread_id, "one more")

    assert read == sorted(read)
    assert read[:4] == [1, 2, 3, 4]


@pytest.mark.parametrize("field", ["after", "before"])
async def test_a_cursor_of_another_thread_raises_unknown_cursor(services: ServiceProvider, field: str) -> None:
    thread_id, _ = await make_history(services, 3)
    _, others = await make_history(services, 3, without=(2,))

    for foreign in (others[0].id, others[1].id, "message_0000000000000000000000", thread_id):
        cursors: dict[str, Any] = {field: foreign}
        with pytest.raises(UnknownCursor, match=foreign) as refused:
            await services.message_service.list_messages(thread_id, 2, **cursors)
        assert refused.value.problems[0]["loc"][-1] == field


@pytest.mark.parametrize("limit", [0, -1, 1001, 2**70])
async def test_a_limit_outside_1_to_1000_is_refused(services: ServiceProvider, limit: int) -> None:
    thread_id, _ = await make_history(services, 1)

    with pytest.raises(InvalidInput, match="limit"):
        await services.message_service.list_messages(thread_id, limit)


async def test_an_unknown_order_is_refused(services: ServiceProvider) -> None:
    thread_id, _ = await make_history(services, 1)

    with pytest.raises(InvalidInput, match="order"):
        await services.message_service.list_messages(thread_id, order="newest")  # type: ignore[arg-type]


async def test_list_messages_of_an_unknown_thread_raises_thread_not_found(services: ServiceProvider) -> None:
    with pytest.raises(ThreadNotFound, match="'thread_unknown'"):
        await services.message_service.list_messages("thread_unknown")

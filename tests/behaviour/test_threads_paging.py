from __future__ import annotations

import asyncio
import itertools
import random
from typing import TYPE_CHECKING, Any, Literal

import pytest

from threadkeep.errors import InvalidInput, UnknownCursor
from threadkeep.tests.factories import make_thread, make_user

if TYPE_CHECKING:
    from threadkeep.inputs import Sort
    from threadkeep.tests.factories import ServiceProvider

ORDERS: tuple[Literal["asc", "desc"], ...] = ("asc", "desc")


async def make_threads(services: ServiceProvider, count: int) -> tuple[str, list[str]]:
    """Create a user and threads of this user, some in the same millisecond. Returns the id of the user and of each thread."""
    user = await make_user(services)
    made = await asyncio.gather(*[make_thread(services, participant_ids=[user.id]) for _ in range(count)])
    return user.id, [thread.id for thread in made]


async def test_pages_are_ranges_between_cursors(services: ServiceProvider) -> None:
    user_id, made = await make_threads(services, 8)
    newest_first = [thread.id for thread in await services.thread_service.find_threads(user_id, sort="created")]
    assert sorted(newest_first) == sorted(made)

    cursors = [None, *range(8)]
    every = list(itertools.product((1, 2, 3, 7, 8, 9), cursors, cursors, ORDERS))
    for limit, after, before, order in random.sample(every, 50):
        page = await services.thread_service.find_threads(
            user_id,
            sort="created",
            limit=limit,
            after=None if after is None else newest_first[after],
            before=None if before is None else newest_first[before],
            order=order,
        )
        in_order = newest_first if order == "desc" else newest_first[::-1]
        start = 0 if after is None else in_order.index(newest_first[after]) + 1
        end = len(in_order) if before is None else in_order.index(newest_first[before])
        between = in_order[start:end]
        expected = between[-limit:] if after is None and before is not None else between[:limit]

        assert [thread.id for thread in page] == expected, (limit, after, before, order)
        assert page.has_more == (len(between) > limit)


@pytest.mark.parametrize("sort", ["active", "created"])
async def test_iteration_reads_all_threads_with_any_page_size(services: ServiceProvider, sort: Sort) -> None:
    user_id, _ = await make_threads(services, 5)
    everything = [thread.id for thread in await services.thread_service.find_threads(user_id, sort=sort)]

    for size, order in itertools.product((1, 2, 4, 5, 6), ORDERS):
        threads = services.thread_service.iter_threads(participant=user_id, sort=sort, limit=size, order=order)
        expected = everything if order == "desc" else everything[::-1]

        assert [thread.id async for thread in threads] == expected


async def test_iteration_continues_if_every_thread_read_is_deleted(services: ServiceProvider) -> None:
    user_id, made = await make_threads(services, 6)

    read = []
    async for thread in services.thread_service.iter_threads(participant=user_id, limit=2):
        read.append(thread.id)
        await services.thread_service.delete_thread(thread.id)

    assert sorted(read) == sorted(made)


async def test_iteration_by_creation_time_reads_each_thread_once_despite_new_messages(
    services: ServiceProvider,
) -> None:
    user_id, made = await make_threads(services, 6)

    read = []
    async for thread in services.thread_service.iter_threads(participant=user_id, sort="created", limit=2):
        read.append(thread.id)
        for other in made:
            await services.message_service.create_message(other, "x")

    assert sorted(read) == sorted(made)


async def test_next_cursor_keeps_its_position_when_its_thread_becomes_active(services: ServiceProvider) -> None:
    user_id, _ = await make_threads(services, 5)
    everything = [thread.id for thread in await services.thread_service.find_threads(user_id)]
    first = await services.thread_service.find_threads(user_id, limit=2)
    await services.message_service.create_message(everything[1], "to the front")

    second = await services.thread_service.find_threads(user_id, limit=2, after=first.next_cursor)

    assert [thread.id for thread in second] == everything[2:4]


async def test_next_cursor_of_a_page_read_with_before_continues_with_before(services: ServiceProvider) -> None:
    user_id, _ = await make_threads(services, 5)
    everything = [thread.id for thread in await services.thread_service.find_threads(user_id)]

    page = await services.thread_service.find_threads(user_id, limit=2, before=everything[4])
    further = await services.thread_service.find_threads(user_id, limit=2, before=page.next_cursor)

    assert [[thread.id for thread in found] for found in (page, further)] == [everything[2:4], everything[:2]]
    assert further.next_cursor is None


async def test_a_page_has_has_more_and_next_cursor(services: ServiceProvider) -> None:
    user_id, _ = await make_threads(services, 3)

    whole = await services.thread_service.find_threads(user_id, limit=3)
    part = await services.thread_service.find_threads(user_id, limit=2)
    nothing = await services.thread_service.find_threads("user_unknown")

    assert (whole.has_more, whole.next_cursor, whole.first_id, whole.last_id) == (False, None, whole[0].id, whole[2].id)
    assert part.has_more
    assert part.next_cursor is not None
    assert (list(nothing), nothing.has_more, nothing.first_id, nothing.next_cursor) == ([], False, None, None)


@pytest.mark.parametrize("field", ["after", "before"])
@pytest.mark.parametrize(
    "cursor", ["thread_unknown", "thread_x@", "thread_x@yesterday", "thread_x@-5", "@", "thread_x@" + "9" * 30]
)
async def test_an_unknown_cursor_raises_unknown_cursor(services: ServiceProvider, field: str, cursor: str) -> None:
    options: dict[str, Any] = {field: cursor}

    with pytest.raises(UnknownCursor) as refused:
        await services.thread_service.find_threads(**options)

    assert (refused.value.status, refused.value.problems[0]["loc"][-1]) == (400, field)


@pytest.mark.parametrize(
    ("field", "value"), [("limit", 0), ("limit", 101), ("sort", "size"), ("order", "up"), ("created_after", "soon")]
)
async def test_an_invalid_parameter_is_named_in_the_error(services: ServiceProvider, field: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=field):
        await services.thread_service.find_threads(**{field: value})

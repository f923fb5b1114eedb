from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Literal

import pytest

from threadkeep.errors import InvalidInput, UnknownCursor
from threadkeep.tests.factories import make_user, make_users

if TYPE_CHECKING:
    from threadkeep.tests.factories import ServiceProvider

ORDERS: tuple[Literal["asc", "desc"], ...] = ("asc", "desc")


async def test_users_are_listed_newest_first(services: ServiceProvider) -> None:
    users = await make_users(services, 3)

    newest_first = await services.user_service.list_users()
    oldest_first = await services.user_service.list_users(order="asc")

    assert sorted(newest_first, key=lambda user: user.created_at, reverse=True) == newest_first
    assert list(oldest_first) == newest_first[::-1]
    assert sorted(user.id for user in newest_first) == sorted(user.id for user in users)


async def test_pages_are_ranges_between_cursors(services: ServiceProvider) -> None:
    await make_users(services, 5)
    newest_first = [user.id for user in await services.user_service.list_users()]

    for limit, after, before, order in itertools.product((1, 3), (None, 1), (None, 0, 3, 4), ORDERS):
        page = await services.user_service.list_users(
            limit,
            after=None if after is None else newest_first[after],
            before=None if before is None else newest_first[before],
            order=order,
        )
        in_order = newest_first if order == "desc" else newest_first[::-1]
        start = 0 if after is None else in_order.index(newest_first[after]) + 1
        end = len(in_order) if before is None else in_order.index(newest_first[before])
        between = in_order[start:end]
        expected = between[-limit:] if after is None and before is not None else between[:limit]

        assert [user.id for user in page] == expected, (limit, after, before, order)
        assert page.has_more == (len(between) > limit)


async def test_next_cursor_of_a_page_read_with_before_continues_with_before(services: ServiceProvider) -> None:
    await make_users(services, 5)
    all_ids = [user.id for user in await services.user_service.list_users()]

    page = await services.user_service.list_users(2, before=all_ids[4])
    further = await services.user_service.list_users(2, before=page.next_cursor)

    assert [[user.id for user in found] for found in (page, further)] == [all_ids[2:4], all_ids[:2]]
    assert further.next_cursor is None


async def test_iteration_reads_all_users_with_any_page_size(services: ServiceProvider) -> None:
    await make_users(services, 4)
    all_ids = [user.id for user in await services.user_service.list_users()]

    for size in (1, 3, 4, 5):
        assert [user.id async for user in services.user_service.iter_users(limit=size)] == all_ids


@pytest.mark.slow
async def test_iteration_continues_if_every_user_read_is_erased(services: ServiceProvider) -> None:
    users = await make_users(services, 5)

    read = []
    async for user in services.user_service.iter_users(limit=2):
        read.append(user.id)
        await services.user_service.delete_user(user.id)

    assert sorted(read) == sorted(user.id for user in users)


async def test_next_cursor_keeps_its_position_when_its_user_is_erased(services: ServiceProvider) -> None:
    await make_users(services, 4)
    all_ids = [user.id for user in await services.user_service.list_users()]
    first = await services.user_service.list_users(2)
    await services.user_service.delete_user(all_ids[1])

    second = await services.user_service.list_users(2, after=first.next_cursor)

    assert [user.id for user in second] == all_ids[2:]


async def test_users_are_found_by_their_email(services: ServiceProvider) -> None:
    ada = await make_user(services, email="ada@example.org")
    await make_user(services, email="bob@example.org")

    assert await services.user_service.list_users(email="ada@example.org") == [ada]
    assert await services.user_service.list_users(email="nobody@example.org") == []


@pytest.mark.parametrize("field", ["after", "before"])
async def test_an_unknown_cursor_raises_unknown_cursor(services: ServiceProvider, field: str) -> None:
    for cursor in ("user_unknown", "user_x@", "user_x@soon", "@", "user_x@" + "9" * 30):
        options: dict[str, Any] = {field: cursor}
        with pytest.raises(UnknownCursor):
            await services.user_service.list_users(**options)


@pytest.mark.parametrize("limit", [0, 101])
async def test_a_limit_outside_1_to_100_is_refused(services: ServiceProvider, limit: int) -> None:
    with pytest.raises(InvalidInput, match="limit"):
        await services.user_service.list_users(limit)

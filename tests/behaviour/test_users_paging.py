from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Literal

import pytest

from threadkeep.errors import InvalidInput, UnknownCursor
from threadkeep.tests.factories import make_user, make_users

if TYPE_CHECKING:
    from threadkeep.tests.factories import ErrorBoundary

ORDERS: tuple[Literal["asc", "desc"], ...] = ("asc", "desc")


async def test_users_are_listed_newest_first(door: ErrorBoundary) -> None:
    users = await make_users(door, 3)

    newest_first = await door.user_service.list_users()
    oldest_first = await door.user_service.list_users(order="asc")

    assert sorted(newest_first, key=lambda user: user.created_at, reverse=True) == newest_first
    assert list(oldest_first) == newest_first[::-1]
    assert sorted(user.id for user in newest_first) == sorted(user.id for user in users)


async def test_pages_are_ranges_between_cursors(door: ErrorBoundary) -> None:
    await make_users(door, 5)
    newest_first = [user.id for user in await door.user_service.list_users()]

    for limit, after, before, order in itertools.product((1, 3), (None, 1), (None, 0, 3, 4), ORDERS):
        page = await door.user_service.list_users(
            limit,
            after=None if after is None else newest_first[after],
            before=None if before is None else newest_first[before],
            order=order,
        )
        walk = newest_first if order == "desc" else newest_first[::-1]
        start = 0 if after is None else walk.index(newest_first[after]) + 1
        end = len(walk) if before is None else walk.index(newest_first[before])
        between = walk[start:end]
        expected = between[-limit:] if after is None and before is not None else between[:limit]

        assert [user.id for user in page] == expected, (limit, after, before, order)
        assert page.has_more == (len(between) > limit)


async def test_page_before_a_user_is_gone_on_from_before_them(door: ErrorBoundary) -> None:
    await make_users(door, 5)
    everybody = [user.id for user in await door.user_service.list_users()]

    page = await door.user_service.list_users(2, before=everybody[4])
    further = await door.user_service.list_users(2, before=page.next_cursor)

    assert [[user.id for user in found] for found in (page, further)] == [everybody[2:4], everybody[:2]]
    assert further.next_cursor is None


async def test_iteration_goes_over_pages_of_any_size(door: ErrorBoundary) -> None:
    await make_users(door, 4)
    everybody = [user.id for user in await door.user_service.list_users()]

    for size in (1, 3, 4, 5):
        assert [user.id async for user in door.user_service.iter_users(limit=size)] == everybody


async def test_iteration_while_everybody_read_is_erased(door: ErrorBoundary) -> None:
    users = await make_users(door, 5)

    read = []
    async for user in door.user_service.iter_users(limit=2):
        read.append(user.id)
        await door.user_service.delete_user(user.id)

    assert sorted(read) == sorted(user.id for user in users)


async def test_next_cursor_holds_its_place_when_its_user_is_erased(door: ErrorBoundary) -> None:
    await make_users(door, 4)
    everybody = [user.id for user in await door.user_service.list_users()]
    first = await door.user_service.list_users(2)
    await door.user_service.delete_user(everybody[1])

    second = await door.user_service.list_users(2, after=first.next_cursor)

    assert [user.id for user in second] == everybody[2:]


async def test_users_are_found_by_their_address(door: ErrorBoundary) -> None:
    ada = await make_user(door, email="ada@example.org")
    await make_user(door, email="bob@example.org")

    assert await door.user_service.list_users(email="ada@example.org") == [ada]
    assert await door.user_service.list_users(email="nobody@example.org") == []


@pytest.mark.parametrize("field", ["after", "before"])
async def test_cursor_that_names_nothing_is_an_error(door: ErrorBoundary, field: str) -> None:
    for cursor in ("user_unknown", "user_x@", "user_x@soon", "@", "user_x@" + "9" * 30):
        options: dict[str, Any] = {field: cursor}
        with pytest.raises(UnknownCursor):
            await door.user_service.list_users(**options)


@pytest.mark.parametrize("limit", [0, 101])
async def test_limit_is_1_to_100(door: ErrorBoundary, limit: int) -> None:
    with pytest.raises(InvalidInput, match="limit"):
        await door.user_service.list_users(limit)

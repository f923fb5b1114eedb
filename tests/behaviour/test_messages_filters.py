from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import ThreadNotFound
from threadkeep.tests.factories import make_messages, make_thread

if TYPE_CHECKING:
    from threadkeep.inputs import MessageInput, Role
    from threadkeep.tests.factories import ServiceProvider

ROLES: tuple[Role, ...] = ("user", "assistant", "tool")
RUNS = ("run_a", "run_b", None)
SENDERS = ("ada", "bob")


async def make_mixed_thread(services: ServiceProvider, length: int = 36) -> tuple[str, list[MessageInput]]:
    """Create a thread in which roles, runs and senders alternate. Returns its id and its messages, in order."""
    thread = await make_thread(services)
    turns = itertools.islice(itertools.cycle(itertools.product(ROLES, RUNS, SENDERS)), length)
    written: list[MessageInput] = [
        {"content": "x", "role": role, "run_id": run, "sender_id": sender} for role, run, sender in turns
    ]
    await services.message_service.create_messages(thread.id, written)
    return thread.id, written


async def test_filters_combine_and_keep_order(services: ServiceProvider) -> None:
    thread_id, written = await make_mixed_thread(services)

    for role, run, sender in itertools.product((*ROLES, None), ("run_a", None), (*SENDERS, None)):
        wanted = {key: value for key, value in (("role", role), ("run_id", run), ("sender_id", sender)) if value}
        expected = [seq for seq, message in enumerate(written, 1) if message.items() >= wanted.items()]
        found = await services.message_service.list_messages(thread_id, role=role, run_id=run, sender_id=sender)

        assert [message.seq for message in found] == expected, wanted


async def test_pages_of_filtered_messages_are_full_and_has_more_exact(services: ServiceProvider) -> None:
    thread_id, written = await make_mixed_thread(services)
    expected = [seq for seq, message in enumerate(written, 1) if message["run_id"] == "run_a"]

    for order, in_order in (("asc", expected), ("desc", expected[::-1])):
        for limit in (1, 5, len(expected) - 1, len(expected)):
            page = await services.message_service.list_messages(thread_id, limit, order=order, run_id="run_a")  # type: ignore[arg-type]

            assert ([m.seq for m in page], page.has_more) == (in_order[:limit], limit < len(expected))


async def test_iteration_over_filtered_messages_reads_all_pages(services: ServiceProvider) -> None:
    thread_id, written = await make_mixed_thread(services)

    found = [
        m.seq async for m in services.message_service.iter_messages(thread_id, limit=2, role="tool", sender_id="bob")
    ]

    assert found == [n for n, m in enumerate(written, 1) if (m["role"], m["sender_id"]) == ("tool", "bob")]


async def test_a_filter_finds_a_message_300_numbers_after_the_cursor(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    first, *_ = await make_messages(services, thread.id, ["x"] * 300)
    last = await services.message_service.create_message(thread.id, "needle", run_id="run_1")

    for filters in ({"run_id": "run_1"}, {"after": first.id, "run_id": "run_1"}):
        page = await services.message_service.list_messages(thread.id, 1, **filters)  # type: ignore[arg-type]

        assert (list(page), page.has_more) == ([last], False)


async def test_a_filter_without_matches_returns_an_empty_page(services: ServiceProvider) -> None:
    thread_id, _ = await make_mixed_thread(services, 3)

    for filters in ({"run_id": "run_z"}, {"role": "wizard"}, {"sender_id": "$ne"}, {"sender_id": '{"$ne": null}'}):
        page = await services.message_service.list_messages(thread_id, 20, **filters)  # type: ignore[arg-type]

        assert (list(page), page.has_more) == ([], False)


async def test_a_client_id_finds_its_message(services: ServiceProvider) -> None:
    list_messages = services.message_service.list_messages
    thread, other = await make_thread(services), await make_thread(services)
    made = [
        await services.message_service.create_message(thread.id, "x", "assistant", client_id=f"m/{n}", run_id="run_a")
        for n in range(5)
    ]
    await services.message_service.create_message(other.id, "y", client_id="elsewhere")

    for message in made:
        assert await list_messages(thread.id, client_id=message.client_id) == [message]
        found = services.message_service.iter_messages(thread.id, client_id=message.client_id, order="desc")
        assert [one async for one in found] == [message]
    for missing in ("elsewhere", "m", "", "m/5", '{"$ne": null}'):
        page = await list_messages(thread.id, 10, client_id=missing)
        assert (list(page), page.has_more, page.next_cursor) == ([], False, None)


async def test_a_client_id_is_combined_with_cursors_and_filters(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    made = [
        await services.message_service.create_message(
            thread.id, "x", ROLES[n % 2], client_id=str(n), run_id=RUNS[n % 3], sender_id=SENDERS[n % 2]
        )
        for n in range(4)
    ]

    for one, end, order in itertools.product(made, made, ("asc", "desc")):
        for cursor in ("after", "before"):
            filters: dict[str, Any] = {cursor: end.id, "order": order}
            everything = await services.message_service.list_messages(thread.id, **filters)
            found = await services.message_service.list_messages(thread.id, client_id=one.client_id, **filters)
            assert found == [message for message in everything if message.id == one.id], (one.seq, filters)
    for role, run, sender in itertools.product((*ROLES[:2], None), ("run_a", None), (*SENDERS, None)):
        wanted = {"role": role, "run_id": run, "sender_id": sender}
        found = await services.message_service.list_messages(
            thread.id, client_id="0", role=role, run_id=run, sender_id=sender
        )
        expected = all(made[0][name] == value for name, value in wanted.items() if value is not None)
        assert (found == [made[0]]) is expected, wanted


async def test_a_client_id_of_a_deleted_message_or_thread_finds_nothing(services: ServiceProvider) -> None:
    thread = await make_thread(services)
    message = await services.message_service.create_message(thread.id, "x", client_id="k")
    await services.message_service.create_message(thread.id, "y", client_id="other")
    await services.message_service.delete_message(message.id)

    assert await services.message_service.list_messages(thread.id, client_id="k") == []
    await services.thread_service.delete_thread(thread.id)
    with pytest.raises(ThreadNotFound):
        await services.message_service.list_messages(thread.id, client_id="other")

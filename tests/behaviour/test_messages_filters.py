from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

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

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from threadkeep.tests.factories import make_messages, make_thread

if TYPE_CHECKING:
    from threadkeep.tests.factories import ErrorBoundary

ROLES = ("user", "assistant", "tool")
RUNS = ("run_a", "run_b", None)
SENDERS = ("ada", "bob")


async def make_mixed_thread(door: ErrorBoundary, length: int = 36) -> tuple[str, list[dict[str, Any]]]:
    """A thread in which roles, runs and senders take turns; returns its id and what was written, in order."""
    thread = await make_thread(door)
    turns = itertools.islice(itertools.cycle(itertools.product(ROLES, RUNS, SENDERS)), length)
    written = [{"content": "x", "role": role, "run_id": run, "sender_id": sender} for role, run, sender in turns]
    await door.message_service.create_messages(thread.id, written)
    return thread.id, written


async def test_filters_combine_and_keep_order(door: ErrorBoundary) -> None:
    thread_id, written = await make_mixed_thread(door)

    for role, run, sender in itertools.product((*ROLES, None), ("run_a", None), (*SENDERS, None)):
        wanted = {key: value for key, value in (("role", role), ("run_id", run), ("sender_id", sender)) if value}
        expected = [seq for seq, message in enumerate(written, 1) if message.items() >= wanted.items()]
        found = await door.message_service.list_messages(thread_id, role=role, run_id=run, sender_id=sender)

        assert [message.seq for message in found] == expected, wanted


async def test_pages_of_filtered_messages_are_full_and_has_more_exact(door: ErrorBoundary) -> None:
    thread_id, written = await make_mixed_thread(door)
    expected = [seq for seq, message in enumerate(written, 1) if message["run_id"] == "run_a"]

    for order, in_order in (("asc", expected), ("desc", expected[::-1])):
        for limit in (1, 5, len(expected) - 1, len(expected)):
            page = await door.message_service.list_messages(thread_id, limit, order=order, run_id="run_a")  # type: ignore[arg-type]

            assert ([m.seq for m in page], page.has_more) == (in_order[:limit], limit < len(expected))


async def test_iteration_over_filtered_messages_goes_on_behind_each_page(door: ErrorBoundary) -> None:
    thread_id, written = await make_mixed_thread(door)

    found = [m.seq async for m in door.message_service.iter_messages(thread_id, limit=2, role="tool", sender_id="bob")]

    assert found == [n for n, m in enumerate(written, 1) if (m["role"], m["sender_id"]) == ("tool", "bob")]


async def test_rare_message_is_found_far_behind_the_cursor(door: ErrorBoundary) -> None:
    thread = await make_thread(door)
    first, *_ = await make_messages(door, thread.id, ["x"] * 300)
    needle = await door.message_service.create_message(thread.id, "needle", run_id="run_1")

    for filters in ({"run_id": "run_1"}, {"after": first.id, "run_id": "run_1"}):
        page = await door.message_service.list_messages(thread.id, 1, **filters)  # type: ignore[arg-type]

        assert (list(page), page.has_more) == ([needle], False)


async def test_filter_that_nothing_matches(door: ErrorBoundary) -> None:
    thread_id, _ = await make_mixed_thread(door, 3)

    for filters in ({"run_id": "run_z"}, {"role": "wizard"}, {"sender_id": "$ne"}, {"sender_id": '{"$ne": null}'}):
        page = await door.message_service.list_messages(thread_id, 20, **filters)  # type: ignore[arg-type]

        assert (list(page), page.has_more) == ([], False)

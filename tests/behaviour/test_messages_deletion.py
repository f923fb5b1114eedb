from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import MessageNotFound, PreconditionFailed, ThreadNotFound
from threadkeep.tests.factories import make_history, make_messages, make_thread

if TYPE_CHECKING:
    from threadkeep.tests.factories import ErrorBoundary


async def test_deleted_message_is_nowhere(door: ErrorBoundary) -> None:
    thread_id, messages = await make_history(door, 3)
    doomed = messages[1].id

    answer = await door.message_service.delete_message(doomed)

    assert answer == {"id": doomed, "object": "thread.message.deleted", "deleted": True}
    assert [message.seq for message in await door.message_service.list_messages(thread_id)] == [1, 3]
    assert [entry["content"] for entry in await door.message_service.get_formatted_messages(thread_id)] == ["1", "3"]
    with pytest.raises(MessageNotFound, match=doomed):
        await door.message_service.get_message(doomed)
    with pytest.raises(MessageNotFound, match=doomed):
        await door.message_service.delete_message(doomed)


async def test_count_follows_and_numbers_are_never_given_again(door: ErrorBoundary) -> None:
    thread_id, messages = await make_history(door, 3)

    for message in messages:
        await door.message_service.delete_message(message.id)
    after = await door.thread_service.get_thread(thread_id)
    following = await door.message_service.create_message(thread_id, "next")

    assert (after.message_count, after.last_seq, following.seq) == (0, 3, 4)
    assert (await door.thread_service.get_thread(thread_id)).message_count == 1


async def test_same_message_deleted_at_once_is_deleted_once(door: ErrorBoundary) -> None:
    thread_id, messages = await make_history(door, 2)

    outcomes = await asyncio.gather(
        *[door.message_service.delete_message(messages[0].id) for _ in range(5)], return_exceptions=True
    )
    after = await door.thread_service.get_thread(thread_id)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Deleted", *["MessageNotFound"] * 4]
    assert (after.message_count, after.last_seq) == (1, 2)


async def test_all_messages_deleted_at_once_are_counted(door: ErrorBoundary) -> None:
    thread_id, messages = await make_history(door, 12)

    await asyncio.gather(*[door.message_service.delete_message(message.id) for message in messages])
    after = await door.thread_service.get_thread(thread_id)

    assert (after.message_count, after.last_seq) == (0, 12)
    assert await door.message_service.list_messages(thread_id) == []


async def test_message_is_deleted_only_from_its_own_thread(door: ErrorBoundary) -> None:
    _, messages = await make_history(door, 1)
    other = await make_thread(door)

    with pytest.raises(MessageNotFound, match=messages[0].id):
        await door.message_service.delete_message(messages[0].id, thread_id=other.id)
    with pytest.raises(ThreadNotFound, match="'thread_unknown'"):
        await door.message_service.delete_message(messages[0].id, thread_id="thread_unknown")
    with pytest.raises(MessageNotFound, match=messages[0].id):
        await door.message_service.get_message(messages[0].id, thread_id=other.id)

    assert await door.message_service.get_message(messages[0].id) == messages[0]


async def test_delete_while_others_write(door: ErrorBoundary) -> None:
    thread = await make_thread(door)

    async def write_and_delete(name: str) -> None:
        for number in range(4):
            kept, doomed = await make_messages(door, thread.id, [f"{name} {number} kept", f"{name} {number} doomed"])
            await door.message_service.delete_message(doomed.id)
            assert kept.seq < doomed.seq

    await asyncio.gather(*map(write_and_delete, "abc"))
    after = await door.thread_service.get_thread(thread.id)
    listed = await door.message_service.list_messages(thread.id)

    assert (after.message_count, after.last_seq) == (12, 24)
    assert ["kept" in message.content for message in listed] == [True] * 12


@pytest.mark.not_through("openai", reason="the SDK has no words for a condition")
async def test_delete_only_what_nobody_changed(door: ErrorBoundary) -> None:
    messages = door.message_service
    message = await messages.create_message((await make_thread(door)).id, "one")
    await messages.update_message(message.id, content="changed")

    with pytest.raises(PreconditionFailed):
        await messages.delete_message(message.id, expected_revision=1)
    assert (await messages.get_message(message.id)).content == "changed"
    await messages.delete_message(message.id, expected_revision=2)
    with pytest.raises(MessageNotFound):
        await messages.delete_message(message.id, expected_revision=2)


@pytest.mark.not_through("openai", reason="the SDK has no words for a condition")
async def test_of_two_who_know_the_same_one_deletes_or_changes_it(door: ErrorBoundary) -> None:
    messages = door.message_service
    message = await messages.create_message((await make_thread(door)).id, "one")

    outcomes = await asyncio.gather(
        messages.delete_message(message.id, expected_revision=1),
        messages.update_message(message.id, content="changed", expected_revision=1),
        return_exceptions=True,
    )

    assert [isinstance(outcome, (PreconditionFailed, MessageNotFound)) for outcome in outcomes].count(True) == 1

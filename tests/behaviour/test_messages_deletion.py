from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import MessageNotFound, PreconditionFailed, ThreadNotFound
from threadkeep.tests.factories import make_history, make_messages, make_thread

if TYPE_CHECKING:
    from threadkeep.tests.factories import ServiceProvider


async def test_a_deleted_message_is_in_no_read(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 3)
    doomed = messages[1].id

    answer = await services.message_service.delete_message(doomed)

    assert answer == {"id": doomed, "object": "thread.message.deleted", "deleted": True}
    assert [message.seq for message in await services.message_service.list_messages(thread_id)] == [1, 3]
    assert [entry["content"] for entry in await services.message_service.get_formatted_messages(thread_id)] == [
        "1",
        "3",
    ]
    with pytest.raises(MessageNotFound, match=doomed):
        await services.message_service.get_message(doomed)
    with pytest.raises(MessageNotFound, match=doomed):
        await services.message_service.delete_message(doomed)


async def test_deletion_lowers_message_count_and_frees_no_number(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 3)

    for message in messages:
        await services.message_service.delete_message(message.id)
    after = await services.thread_service.get_thread(thread_id)
    following = await services.message_service.create_message(thread_id, "next")

    assert (after.message_count, after.last_seq, following.seq) == (0, 3, 4)
    assert (await services.thread_service.get_thread(thread_id)).message_count == 1


async def test_concurrent_deletions_of_one_message_succeed_once(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 2)

    outcomes = await asyncio.gather(
        *[services.message_service.delete_message(messages[0].id) for _ in range(5)], return_exceptions=True
    )
    after = await services.thread_service.get_thread(thread_id)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Deleted", *["MessageNotFound"] * 4]
    assert (after.message_count, after.last_seq) == (1, 2)


async def test_message_count_is_0_after_concurrent_deletions_of_all_messages(services: ServiceProvider) -> None:
    thread_id, messages = await make_history(services, 12)

    await asyncio.gather(*[services.message_service.delete_message(message.id) for message in messages])
    after = await services.thread_service.get_thread(thread_id)

    assert (after.message_count, after.last_seq) == (0, 12)
    assert await services.message_service.list_messages(thread_id) == []


async def test_a_message_is_read_and_deleted_only_in_its_own_thread(services: ServiceProvider) -> None:
    _, messages = await make_history(services, 1)
    other = await make_thread(services)

    with pytest.raises(MessageNotFound, match=messages[0].id):
        await services.message_service.delete_message(messages[0].id, thread_id=other.id)
    with pytest.raises(ThreadNotFound, match="'thread_unknown'"):
        await services.message_service.delete_message(messages[0].id, thread_id="thread_unknown")
    with pytest.raises(MessageNotFound, match=messages[0].id):
        await services.message_service.get_message(messages[0].id, thread_id=other.id)

    assert await services.message_service.get_message(messages[0].id) == messages[0]


async def test_the_summary_is_exact_when_messages_are_deleted_during_appends(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    async def write_and_delete(name: str) -> None:
        for number in range(4):
            kept, doomed = await make_messages(
                services, thread.id, [f"{name} {number} kept", f"{name} {number} doomed"]
            )
            await services.message_service.delete_message(doomed.id)
            assert kept.seq < doomed.seq

    await asyncio.gather(*map(write_and_delete, "abc"))
    after = await services.thread_service.get_thread(thread.id)
    listed = await services.message_service.list_messages(thread.id)

    assert (after.message_count, after.last_seq) == (12, 24)
    assert ["kept" in message.content for message in listed] == [True] * 12


@pytest.mark.not_through("openai", reason="the SDK has no parameter for a condition")
async def test_deletion_with_an_old_expected_revision_is_refused(services: ServiceProvider) -> None:
    messages = services.message_service
    message = await messages.create_message((await make_thread(services)).id, "one")
    await messages.update_message(message.id, content="changed")

    with pytest.raises(PreconditionFailed):
        await messages.delete_message(message.id, expected_revision=1)
    assert (await messages.get_message(message.id)).content == "changed"
    await messages.delete_message(message.id, expected_revision=2)
    with pytest.raises(MessageNotFound):
        await messages.delete_message(message.id, expected_revision=2)


@pytest.mark.not_through("openai", reason="the SDK has no parameter for a condition")
async def test_a_deletion_and_an_update_with_one_expected_revision_do_not_both_succeed(
    services: ServiceProvider,
) -> None:
    messages = services.message_service
    message = await messages.create_message((await make_thread(services)).id, "one")

    outcomes = await asyncio.gather(
        messages.delete_message(message.id, expected_revision=1),
        messages.update_message(message.id, content="changed", expected_revision=1),
        return_exceptions=True,
    )

    assert [isinstance(outcome, (PreconditionFailed, MessageNotFound)) for outcome in outcomes].count(True) == 1

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import InvalidInput, InvalidParticipants, PreconditionFailed, ThreadNotFound
from threadkeep.tests.factories import make_thread, make_user, make_users

if TYPE_CHECKING:
    from threadkeep.tests.factories import ServiceProvider

ODD = {"a.b": {"$c": 1}, "$set": {"x": "$y"}, "": [], "ключ": None}


async def test_update_merges_meta_data_key_by_key(services: ServiceProvider) -> None:
    thread = await make_thread(services, meta_data={"kept": {"x": 1}, "changed": {"x": 1}})

    updated = await services.thread_service.update_thread(thread.id, meta_data={"changed": {"y": 2}, "new": None})

    assert updated.meta_data == {"kept": {"x": 1}, "changed": {"y": 2}, "new": None}
    assert (await services.thread_service.get_thread(thread.id)).meta_data == updated.meta_data


async def test_each_of_several_merges_is_kept(services: ServiceProvider) -> None:
    thread = await make_thread(services, meta_data={})

    for number in range(4):
        await services.thread_service.update_thread(thread.id, meta_data={f"key {number}": number})

    assert (await services.thread_service.get_thread(thread.id)).meta_data == {f"key {n}": n for n in range(4)}


async def test_concurrent_merges_are_all_kept(services: ServiceProvider) -> None:
    thread = await make_thread(services, meta_data={})

    await asyncio.gather(
        *[services.thread_service.update_thread(thread.id, meta_data={str(number): number}) for number in range(6)]
    )
    after = await services.thread_service.get_thread(thread.id)

    assert after.meta_data == {str(number): number for number in range(6)}
    assert after.revision == 7


async def test_update_metadata_replaces_all_meta_data(services: ServiceProvider) -> None:
    thread = await make_thread(services, meta_data={"old": 1})

    replaced = await services.thread_service.update_metadata(thread.id, ODD)
    emptied = await services.thread_service.update_metadata(thread.id, {})

    assert (replaced.meta_data, emptied.meta_data) == (ODD, {})


async def test_keys_that_look_like_paths_or_operators_are_stored_as_keys(services: ServiceProvider) -> None:
    thread = await make_thread(services, meta_data={"a": {"b": "untouched"}})

    merged = await services.thread_service.update_thread(thread.id, meta_data=ODD, tool_resources=ODD)

    assert merged.meta_data == {"a": {"b": "untouched"}, **ODD}
    assert (await services.thread_service.get_thread(thread.id)).tool_resources == ODD


async def test_update_replaces_tool_resources(services: ServiceProvider) -> None:
    thread = await make_thread(services, tool_resources={"code_interpreter": {"file_ids": ["f1"]}, "other": {}})

    updated = await services.thread_service.update_thread(thread.id, tool_resources={"file_search": {}})

    assert updated.tool_resources == {"file_search": {}}


async def test_update_replaces_participants_and_keeps_the_owner(services: ServiceProvider) -> None:
    owner, old, new = await make_users(services, 3)
    thread = await make_thread(services, participant_ids=[owner.id, old.id])

    updated = await services.thread_service.update_thread(thread.id, participant_ids=[new.id])

    assert updated.participant_ids == [new.id, owner.id]
    assert await services.thread_service.list_threads(old.id) == []
    assert await services.thread_service.list_threads(new.id) == [thread.id]


async def test_update_refuses_unknown_and_repeated_participants(services: ServiceProvider) -> None:
    user = await make_user(services)
    thread = await make_thread(services, participant_ids=[user.id])

    for wrong in (["user_x"], [user.id, user.id]):
        with pytest.raises(InvalidParticipants, match=wrong[0]):
            await services.thread_service.update_thread(thread.id, participant_ids=wrong)

    assert (await services.thread_service.get_thread(thread.id)).revision == 1


async def test_update_keeps_fields_that_are_none(services: ServiceProvider) -> None:
    thread = await make_thread(services, meta_data={"a": 1}, tool_resources={"b": {}})

    updated = await services.thread_service.update_thread(thread.id, meta_data=None, tool_resources=None)

    assert (updated.meta_data, updated.tool_resources) == ({"a": 1}, {"b": {}})
    assert (updated.participant_ids, updated.owner_id) == (thread.participant_ids, thread.owner_id)


async def test_update_increments_the_revision_and_an_append_does_not(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    first = await services.thread_service.update_thread(thread.id, meta_data={"a": 1})
    await services.message_service.create_message(thread.id, "Hello")
    second = await services.thread_service.update_metadata(thread.id, {"b": 2})

    assert (first.revision, second.revision) == (2, 3)
    assert (second.message_count, second.updated_at >= thread.updated_at) == (1, True)


async def test_one_of_several_concurrent_updates_with_one_expected_revision_succeeds(services: ServiceProvider) -> None:
    thread = await make_thread(services, meta_data={})

    outcomes = await asyncio.gather(
        *[
            services.thread_service.update_thread(thread.id, meta_data={str(number): number}, expected_revision=1)
            for number in range(3)
        ],
        *[
            services.thread_service.update_metadata(thread.id, {str(number): number}, expected_revision=1)
            for number in range(3)
        ],
        return_exceptions=True,
    )
    after = await services.thread_service.get_thread(thread.id)

    assert [type(outcome) for outcome in outcomes].count(PreconditionFailed) == 5
    assert (after.revision, len(after.meta_data)) == (2, 1)


async def test_an_unknown_expected_revision_is_refused(services: ServiceProvider) -> None:
    thread = await make_thread(services)

    with pytest.raises(PreconditionFailed, match=thread.id) as refused:
        await services.thread_service.update_thread(thread.id, meta_data={"a": 1}, expected_revision=9)

    assert refused.value.status == 412


async def test_a_merge_above_the_size_limit_changes_nothing(services: ServiceProvider) -> None:
    thread = await make_thread(services, meta_data={"a": "x" * 40_000})

    with pytest.raises(InvalidInput, match="meta_data"):
        await services.thread_service.update_thread(thread.id, meta_data={"b": "x" * 40_000})

    assert list((await services.thread_service.get_thread(thread.id)).meta_data) == ["a"]


@pytest.mark.parametrize(
    "changes",
    [{"meta_data": []}, {"meta_data": {"a": float("inf")}}, {"tool_resources": {"\0": 1}}, {"participant_ids": [""]}],
    ids=["list", "infinite", "nul", "empty id"],
)
async def test_an_invalid_update_changes_nothing(services: ServiceProvider, changes: dict[str, Any]) -> None:
    thread = await make_thread(services)

    with pytest.raises(InvalidInput):
        await services.thread_service.update_thread(thread.id, **changes)

    assert (await services.thread_service.get_thread(thread.id)).revision == 1


async def test_update_of_an_unknown_thread_raises_thread_not_found(services: ServiceProvider) -> None:
    with pytest.raises(ThreadNotFound, match="'thread_unknown'"):
        await services.thread_service.update_thread("thread_unknown", meta_data={})
    with pytest.raises(ThreadNotFound, match="'thread_unknown'"):
        await services.thread_service.update_metadata("thread_unknown", {})

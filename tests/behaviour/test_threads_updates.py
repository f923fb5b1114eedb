from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import InvalidInput, InvalidParticipants, PreconditionFailed, ThreadNotFound
from threadkeep.tests.factories import make_thread, make_user, make_users

if TYPE_CHECKING:
    from threadkeep.tests.factories import ErrorBoundary

ODD = {"a.b": {"$c": 1}, "$set": {"x": "$y"}, "": [], "ключ": None}


async def test_update_merges_meta_data_key_by_key(door: ErrorBoundary) -> None:
    thread = await make_thread(door, meta_data={"kept": {"x": 1}, "changed": {"x": 1}})

    updated = await door.thread_service.update_thread(thread.id, meta_data={"changed": {"y": 2}, "new": None})

    assert updated.meta_data == {"kept": {"x": 1}, "changed": {"y": 2}, "new": None}
    assert (await door.thread_service.get_thread(thread.id)).meta_data == updated.meta_data


async def test_every_merge_counts_not_only_the_first(door: ErrorBoundary) -> None:
    thread = await make_thread(door, meta_data={})

    for number in range(4):
        await door.thread_service.update_thread(thread.id, meta_data={f"key {number}": number})

    assert (await door.thread_service.get_thread(thread.id)).meta_data == {f"key {n}": n for n in range(4)}


async def test_concurrent_merges_are_all_kept(door: ErrorBoundary) -> None:
    thread = await make_thread(door, meta_data={})

    await asyncio.gather(
        *[door.thread_service.update_thread(thread.id, meta_data={str(number): number}) for number in range(6)]
    )
    after = await door.thread_service.get_thread(thread.id)

    assert after.meta_data == {str(number): number for number in range(6)}
    assert after.revision == 7


async def test_update_metadata_replaces_all_of_it(door: ErrorBoundary) -> None:
    thread = await make_thread(door, meta_data={"old": 1})

    replaced = await door.thread_service.update_metadata(thread.id, ODD)
    emptied = await door.thread_service.update_metadata(thread.id, {})

    assert (replaced.meta_data, emptied.meta_data) == (ODD, {})


async def test_keys_that_look_like_paths_or_operators_are_keys(door: ErrorBoundary) -> None:
    thread = await make_thread(door, meta_data={"a": {"b": "untouched"}})

    merged = await door.thread_service.update_thread(thread.id, meta_data=ODD, tool_resources=ODD)

    assert merged.meta_data == {"a": {"b": "untouched"}, **ODD}
    assert (await door.thread_service.get_thread(thread.id)).tool_resources == ODD


async def test_update_replaces_tool_resources(door: ErrorBoundary) -> None:
    thread = await make_thread(door, tool_resources={"code_interpreter": {"file_ids": ["f1"]}, "other": {}})

    updated = await door.thread_service.update_thread(thread.id, tool_resources={"file_search": {}})

    assert updated.tool_resources == {"file_search": {}}


async def test_update_replaces_participants_but_the_owner_stays(door: ErrorBoundary) -> None:
    owner, old, new = await make_users(door, 3)
    thread = await make_thread(door, participant_ids=[owner.id, old.id])

    updated = await door.thread_service.update_thread(thread.id, participant_ids=[new.id])

    assert updated.participant_ids == [new.id, owner.id]
    assert await door.thread_service.list_threads(old.id) == []
    assert await door.thread_service.list_threads(new.id) == [thread.id]


async def test_update_checks_participants(door: ErrorBoundary) -> None:
    user = await make_user(door)
    thread = await make_thread(door, participant_ids=[user.id])

    for wrong in (["user_x"], [user.id, user.id]):
        with pytest.raises(InvalidParticipants, match=wrong[0]):
            await door.thread_service.update_thread(thread.id, participant_ids=wrong)

    assert (await door.thread_service.get_thread(thread.id)).revision == 1


async def test_what_is_not_given_stays(door: ErrorBoundary) -> None:
    thread = await make_thread(door, meta_data={"a": 1}, tool_resources={"b": {}})

    updated = await door.thread_service.update_thread(thread.id, meta_data=None, tool_resources=None)

    assert (updated.meta_data, updated.tool_resources) == ({"a": 1}, {"b": {}})
    assert (updated.participant_ids, updated.owner_id) == (thread.participant_ids, thread.owner_id)


async def test_update_counts_revisions_and_messages_do_not(door: ErrorBoundary) -> None:
    thread = await make_thread(door)

    first = await door.thread_service.update_thread(thread.id, meta_data={"a": 1})
    await door.message_service.create_message(thread.id, "Hello")
    second = await door.thread_service.update_metadata(thread.id, {"b": 2})

    assert (first.revision, second.revision) == (2, 3)
    assert (second.message_count, second.updated_at >= thread.updated_at) == (1, True)


async def test_expected_revision_lets_only_one_of_several_writers_write(door: ErrorBoundary) -> None:
    thread = await make_thread(door, meta_data={})

    outcomes = await asyncio.gather(
        *[
            door.thread_service.update_thread(thread.id, meta_data={str(number): number}, expected_revision=1)
            for number in range(3)
        ],
        *[
            door.thread_service.update_metadata(thread.id, {str(number): number}, expected_revision=1)
            for number in range(3)
        ],
        return_exceptions=True,
    )
    after = await door.thread_service.get_thread(thread.id)

    assert [type(outcome) for outcome in outcomes].count(PreconditionFailed) == 5
    assert (after.revision, len(after.meta_data)) == (2, 1)


async def test_expected_revision_that_never_was_is_refused(door: ErrorBoundary) -> None:
    thread = await make_thread(door)

    with pytest.raises(PreconditionFailed, match=thread.id) as refused:
        await door.thread_service.update_thread(thread.id, meta_data={"a": 1}, expected_revision=9)

    assert refused.value.status == 412


async def test_merge_that_grows_beyond_the_limit_is_refused_whole(door: ErrorBoundary) -> None:
    thread = await make_thread(door, meta_data={"a": "x" * 40_000})

    with pytest.raises(InvalidInput, match="meta_data"):
        await door.thread_service.update_thread(thread.id, meta_data={"b": "x" * 40_000})

    assert list((await door.thread_service.get_thread(thread.id)).meta_data) == ["a"]


@pytest.mark.parametrize(
    "changes",
    [{"meta_data": []}, {"meta_data": {"a": float("inf")}}, {"tool_resources": {"\0": 1}}, {"participant_ids": [""]}],
    ids=["list", "infinite", "nul", "nobody"],
)
async def test_update_with_nonsense_changes_nothing(door: ErrorBoundary, changes: dict[str, Any]) -> None:
    thread = await make_thread(door)

    with pytest.raises(InvalidInput):
        await door.thread_service.update_thread(thread.id, **changes)

    assert (await door.thread_service.get_thread(thread.id)).revision == 1


async def test_update_of_an_unknown_thread(door: ErrorBoundary) -> None:
    with pytest.raises(ThreadNotFound, match="'thread_unknown'"):
        await door.thread_service.update_thread("thread_unknown", meta_data={})
    with pytest.raises(ThreadNotFound, match="'thread_unknown'"):
        await door.thread_service.update_metadata("thread_unknown", {})

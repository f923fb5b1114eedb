from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import InvalidInput, InvalidParticipants, ThreadNotFound
from threadkeep.tests.factories import make_thread, make_users

if TYPE_CHECKING:
    from threadkeep.tests.factories import ServiceProvider


async def test_a_thread_has_the_five_original_keys_first(services: ServiceProvider) -> None:
    [user] = await make_users(services, 1)

    thread = await services.thread_service.create_thread(participant_ids=[user.id])

    assert list(thread.dict())[:5] == ["id", "created_at", "meta_data", "object", "tool_resources"]
    assert (
        thread.dict().items()
        >= {
            "meta_data": {"topic": ""},
            "object": "thread",
            "tool_resources": {},
            "owner_id": user.id,
            "participant_ids": [user.id],
            "message_count": 0,
            "last_seq": 0,
            "revision": 1,
            "updated_at": thread.created_at,
            "last_message_at": None,
            "last_active_at": thread.created_at,
        }.items()
    )
    assert re.fullmatch(r"thread_[0-9A-Za-z]{22}", thread.id)
    assert abs(thread.created_at - time.time()) < 60


async def test_every_read_returns_the_thread_that_create_returned(services: ServiceProvider) -> None:
    users = await make_users(services, 2)

    created = await services.thread_service.create_thread(
        participant_ids=[user.id for user in users],
        meta_data={"topic": "cats"},
        tool_resources={"file_search": {"vector_store_ids": ["vs_1"]}},
        messages=[{"content": "Hello"}],
    )

    # Some ways return more fields, such as `participants`. Fields that both records have must be equal.
    for read in (
        await services.thread_service.get_thread(created.id),
        *await services.thread_service.find_threads(participant=users[1].id),
    ):
        assert {key: value for key, value in read.items() if key in created} == {
            key: value for key, value in created.items() if key in read
        }
        assert read.items() >= {"meta_data": {"topic": "cats"}, "message_count": 1}.items()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, {"topic": ""}),
        ({"meta_data": None}, {"topic": ""}),
        ({"meta_data": {}}, {}),
        ({"meta_data": {"topic": "cats"}}, {"topic": "cats"}),
        ({"meta_data": {"other": None}}, {"other": None}),
    ],
    ids=["nothing", "null", "empty", "topic", "other"],
)
async def test_meta_data_is_stored_as_given_and_has_an_empty_topic_by_default(
    services: ServiceProvider, given: dict[str, Any], kept: dict[str, Any]
) -> None:
    thread = await services.thread_service.create_thread(**given)

    assert thread.meta_data == kept
    assert (await services.thread_service.get_thread(thread.id)).meta_data == kept


async def test_two_threads_do_not_share_their_default_meta_data(services: ServiceProvider) -> None:
    first = await services.thread_service.create_thread()
    first.meta_data["topic"] = "changed"

    assert (await services.thread_service.create_thread()).meta_data == {"topic": ""}


async def test_a_thread_without_participants_has_no_owner(services: ServiceProvider) -> None:
    thread = await services.thread_service.create_thread()

    assert (thread.owner_id, thread.participant_ids) == (None, [])


async def test_the_first_participant_is_the_owner_if_no_owner_is_given(services: ServiceProvider) -> None:
    first, second, third = await make_users(services, 3)

    by_order = await services.thread_service.create_thread([first.id, second.id])
    by_name = await services.thread_service.create_thread([first.id, second.id], owner_id=second.id)
    joined = await services.thread_service.create_thread([first.id], owner_id=third.id)

    assert (by_order.owner_id, by_order.participant_ids) == (first.id, [first.id, second.id])
    assert (by_name.owner_id, by_name.participant_ids) == (second.id, [first.id, second.id])
    assert (joined.owner_id, joined.participant_ids) == (third.id, [first.id, third.id])


async def test_unknown_participants_are_named_in_the_error(services: ServiceProvider) -> None:
    [known] = await make_users(services, 1)

    with pytest.raises(InvalidParticipants, match="user_x, user_y") as refused:
        await services.thread_service.create_thread([known.id, "user_x", "user_y"])

    assert known.id not in str(refused.value)
    assert (refused.value.status, refused.value.problems[0]["loc"][-1]) == (400, "participant_ids")
    assert await services.thread_service.list_threads(known.id) == []


async def test_repeated_participants_are_named_in_the_error(services: ServiceProvider) -> None:
    first, second = await make_users(services, 2)

    with pytest.raises(InvalidParticipants, match=second.id) as refused:
        await services.thread_service.create_thread([first.id, second.id, second.id])

    assert first.id not in str(refused.value)


async def test_unknown_and_repeated_participants_are_separate_problems(services: ServiceProvider) -> None:
    [known] = await make_users(services, 1)

    with pytest.raises(InvalidParticipants) as refused:
        await services.thread_service.create_thread([known.id, known.id, "user_x", "user_x"])

    assert [problem["msg"].split(": ") for problem in refused.value.problems] == [
        ["no such user", "user_x"],
        ["named more than once", f"{known.id}, user_x"],
    ]


async def test_an_unknown_owner_is_named_in_the_error(services: ServiceProvider) -> None:
    with pytest.raises(InvalidParticipants, match="user_x"):
        await services.thread_service.create_thread(owner_id="user_x")


async def test_an_erased_user_cannot_become_a_participant(services: ServiceProvider) -> None:
    [erased] = await make_users(services, 1)
    await services.user_service.delete_user(erased.id)

    with pytest.raises(InvalidParticipants, match=erased.id):
        await services.thread_service.create_thread([erased.id])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("participant_ids", [""]),
        ("participant_ids", [7]),
        ("participant_ids", [f"user_{number}" for number in range(201)]),
        ("meta_data", {"a\0b": 1}),
        ("meta_data", ["topic"]),
        ("tool_resources", {"a": 2**63}),
        ("messages", [{"content": "x"}] * 1001),
        ("messages", [{"role": "wizard"}]),
        ("messages", [{"contents": "x"}]),
    ],
    ids=["blank", "number", "many", "nul", "list", "large", "thousands", "role", "unknown"],
)
async def test_an_invalid_field_is_named_in_the_error(services: ServiceProvider, field: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=field):
        await services.thread_service.create_thread(**{field: value})


async def test_a_thread_is_created_with_its_first_messages(services: ServiceProvider) -> None:
    [user] = await make_users(services, 1)

    thread = await services.thread_service.create_thread(
        [user.id],
        messages=[
            {"content": "one"},
            {"content": "two", "role": "assistant", "client_id": "k"},
            {"content": [{"type": "text", "text": "three"}]},
        ],
    )
    listed = await services.message_service.list_messages(thread.id)

    assert (thread.message_count, thread.last_seq, thread.last_message_at) == (3, 3, listed[-1].created_at)
    assert await services.thread_service.list_threads(user.id) == [thread.id]
    assert [(m.seq, m.role, m.sender_id) for m in listed] == [
        (1, "user", user.id),
        (2, "assistant", "assistant"),
        (3, "user", user.id),
    ]
    assert [m.content for m in listed] == ["one", "two", [{"type": "text", "text": "three"}]]
    assert (await services.message_service.create_message(thread.id, "two again", client_id="k")) == listed[1]
    assert (await services.message_service.create_message(thread.id, "four")).seq == 4


@pytest.mark.large
async def test_a_thread_is_created_with_1000_messages(services: ServiceProvider) -> None:
    thread = await services.thread_service.create_thread(messages=[{"content": str(n)} for n in range(1000)])

    page = await services.message_service.list_messages(thread.id, 1, order="desc")

    assert (thread.message_count, page[0].seq, page[0].content) == (1000, 1000, "999")


async def test_a_thread_whose_messages_share_a_client_id_is_refused(services: ServiceProvider) -> None:
    [user] = await make_users(services, 1)

    with pytest.raises(InvalidInput, match="'k'"):
        await services.thread_service.create_thread([user.id], messages=[{"content": "x", "client_id": "k"}] * 2)

    assert await services.thread_service.list_threads(user.id) == []


async def test_get_of_an_unknown_thread_raises_thread_not_found(services: ServiceProvider) -> None:
    for thread_id in ("thread_unknown", "0", "ünïcode/ and spaces?#", "a" * 128):
        with pytest.raises(ThreadNotFound) as refused:
            await services.thread_service.get_thread(thread_id)
        assert refused.value.thread_id == thread_id


async def test_a_thread_has_many_participants(services: ServiceProvider) -> None:
    users = await make_users(services, 12)

    thread = await make_thread(services, participant_ids=[user.id for user in users])

    assert thread.participant_ids == [user.id for user in users]
    assert await services.thread_service.list_threads(users[-1].id) == [thread.id]

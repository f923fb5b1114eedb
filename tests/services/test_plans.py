"""Every query of the services is an index scan. A listener records the queries, and the server explains each of them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient

from threadkeep.inputs import NewMessage
from threadkeep.keep import Threadkeep
from threadkeep.services import Sweeper
from threadkeep.services.appends.rows import message_row
from threadkeep.services.idempotency import ReplayedAnswers
from threadkeep.services.idempotency.keyless_retries import KeylessRetry, find_written
from threadkeep.tests.conftest import following_work
from threadkeep.tests.factories import make_messages, make_thread, make_user
from threadkeep.tests.services.plans import SMALL_COLLECTIONS, Recorded, Recorder, World
from threadkeep.tests.services.recorded_calls import MESSAGES, THREADS, USERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from pymongo import MongoClient


@pytest.fixture(scope="module")
async def recorded(mongo: MongoClient[dict[str, Any]], mongo_url: str) -> AsyncIterator[Recorded]:
    """One for all tests of this module: each test has a user and a thread of its own."""
    recorder, indexes = Recorder(), {}
    name = f"test-{secrets.token_hex(8)}"
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[recorder]) as client,
        Threadkeep(client, database=name, sweep_seconds=None) as keep,
    ):
        for collection in await client[name].list_collection_names(filter={"type": "collection"}):
            described = await client[name][collection].index_information()
            indexes[collection] = {
                index: [key for key, _ in information["key"]] for index, information in described.items()
            }
        yield Recorded(keep, recorder, indexes)
    mongo.drop_database(name)


@pytest.fixture
async def world(recorded: Recorded) -> World:
    keep, email = recorded.keep, f"{secrets.token_hex(8)}@example.org"
    user = await make_user(keep, email=email)
    thread = await make_thread(keep, participant_ids=[user.id], meta_data={"a": 1, "b": 2})
    messages = await make_messages(keep, thread.id, ["x"] * 6, sender_id=user.id, run_id="run_1")
    key = await keep.key_service.create_key("user", user_id=user.id)
    await following_work()  # of the test before
    recorded.recorder.filters.clear()
    return World(
        keep=keep,
        recorder=recorded.recorder,
        user_id=user.id,
        email=email,
        thread_id=thread.id,
        message_ids=[message.id for message in messages],
        key_prefix=key.details.prefix,
        plain_key=key.plain_key,
        indexes=recorded.indexes,
    )


@pytest.mark.parametrize(
    "call", [*USERS.values(), *THREADS.values(), *MESSAGES.values()], ids=[*USERS, *THREADS, *MESSAGES]
)
async def test_every_query_of_a_call_uses_an_index(world: World, call: Callable[[World], Awaitable[object]]) -> None:
    await call(world)
    sent = [(collection, query) for collection, query in world.recorder.filters if collection not in SMALL_COLLECTIONS]

    for collection, query in sent:
        assert await world.index_of(collection, query) is not None, (collection, query)


@pytest.mark.parametrize("call", MESSAGES.values(), ids=MESSAGES)
async def test_no_call_reads_all_messages_of_a_thread(world: World, call: Callable[[World], Awaitable[object]]) -> None:
    await call(world)
    sent = [query for collection, query in world.recorder.filters if collection == "messages"]

    for query in sent:
        assert await world.conditions_of("messages", query) not in ([], ["thread_id"]), query


async def test_every_query_of_a_sweep_uses_an_index(world: World) -> None:
    keep = world.keep
    await Sweeper(keep.runtime.documents, keep.runtime.appender.sequencer, every_seconds=1).sweep()
    sent = [(collection, query) for collection, query in world.recorder.filters if collection not in SMALL_COLLECTIONS]

    for collection, query in sent:
        assert await world.index_of(collection, query) is not None, (collection, query)


BY_INDEX: dict[str, tuple[str, str, Callable[[World], Awaitable[object]]]] = {
    "find_threads, of a participant": (
        "threads",
        "participant_ids_1_last_active_at_-1__id_-1",
        lambda w: w.keep.thread_service.find_threads(w.user_id, after="thread_x@1700000000000"),
    ),
    "find_threads, of a participant, by creation": (
        "threads",
        "participant_ids_1_created_at_-1__id_-1",
        lambda w: w.keep.thread_service.find_threads(w.user_id, sort="created", after="thread_x@1700000000000"),
    ),
    "find_threads, of an owner": (
        "threads",
        "owner_id_1_last_active_at_-1__id_-1",
        lambda w: w.keep.thread_service.find_threads(owner=w.user_id),
    ),
    "find_threads, by metadata": (
        "threads",
        "meta_data_index_1_last_active_at_-1__id_-1",
        lambda w: w.keep.thread_service.find_threads(meta_data={"a": 1}),
    ),
    "list_messages, by client_id": (
        "messages",
        "thread_id_1_client_id_1",
        lambda w: w.keep.message_service.list_messages(w.thread_id, client_id="k", role="user"),
    ),
    "find_threads, by more metadata": (
        "threads",
        "meta_data_index_1_last_active_at_-1__id_-1",
        lambda w: w.keep.thread_service.find_threads(meta_data={"a": 1, "b": 2}),
    ),
    "find_threads, after a position": (
        "threads",
        "last_active_at_-1__id_-1",
        lambda w: w.keep.thread_service.find_threads(after="thread_x@1700000000000"),
    ),
    "list_users, after a position": (
        "users",
        "created_at_-1__id_-1",
        lambda w: w.keep.user_service.list_users(order="asc", after="user_x@1700000000000"),
    ),
    "list_messages": (
        "messages",
        "thread_id_1_seq_1",
        lambda w: w.keep.message_service.list_messages(w.thread_id, 2),
    ),
    "list_messages, of a run": (
        "messages",
        "thread_id_1_run_id_1_seq_1",
        lambda w: w.keep.message_service.list_messages(w.thread_id, 2, run_id="run_1"),
    ),
    "list_messages, of a sender": (
        "messages",
        "sender_id_1_thread_id_1_seq_1",
        lambda w: w.keep.message_service.list_messages(w.thread_id, 2, sender_id=w.user_id, role="user"),
    ),
}


@pytest.mark.parametrize(("collection", "index", "call"), BY_INDEX.values(), ids=BY_INDEX.keys())
async def test_a_query_uses_the_index_that_was_created_for_it(
    world: World, collection: str, index: str, call: Callable[[World], Awaitable[object]]
) -> None:
    await call(world)
    _, query = [sent for sent in world.recorder.filters if sent[0] == collection][-1]
    keys = world.indexes[collection][index]
    served = {key: query[key] for key in keys if key in query}

    assert not any(name.startswith("$") for name in query)
    assert await world._is_scanned(collection, served, index)  # noqa: SLF001  a class of this module


@pytest.mark.parametrize(("limit", "order"), [(20, "asc"), (20, "desc"), (1000, "asc")])
async def test_a_page_of_messages_is_a_range_with_both_bounds(world: World, limit: int, order: Any) -> None:
    """Every server reads only one page. With one bound, the embedded server would read the whole history."""
    await world.keep.message_service.list_messages(world.thread_id, limit, order=order)
    ranges = [query["seq"] for collection, query in world.recorder.filters if collection == "messages"]

    assert ranges
    for bounds in ranges:
        assert bounds.keys() == {"$gt", "$lte"}


async def test_a_page_of_a_long_history_takes_one_query(world: World) -> None:
    for number in range(3):
        await make_messages(world.keep, world.thread_id, [str(number)] * 200)
    world.recorder.filters.clear()

    for options in ({}, {"order": "desc"}, {"after": world.message_ids[2]}, {"before": world.message_ids[5]}):
        await world.keep.message_service.list_messages(world.thread_id, 5, **options)  # type: ignore[arg-type]
    windows = [query for collection, query in world.recorder.filters if collection == "messages" and "seq" in query]

    assert len(windows) == 4
    assert all(window["seq"]["$lte"] - window["seq"]["$gt"] <= 6 for window in windows if window["seq"]["$lte"] < 2**52)


async def test_the_search_for_a_keyless_retry_uses_the_index_of_its_thread(world: World) -> None:
    row = message_row(world.thread_id, NewMessage(content="x"), None)

    await find_written(
        world.keep.runtime.documents, ReplayedAnswers(), [row], KeylessRetry(attempt=1, ages=[(0.0, 60.0)])
    )
    sent = [query for collection, query in world.recorder.filters if collection == "messages"]

    assert [await world.index_of("messages", query) for query in sent] == ["thread_id_1_seq_1"] * len(sent)

"""Every query of the services is an index scan. A listener records the queries, and the server explains each of them.

The embedded server explains an index scan only if the index serves all conditions. It applies all other conditions to the
rows of the scan. So only the conditions on fields of one index are explained, and a query with a top-level `$or` fails.
"""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.monitoring import CommandListener

from threadkeep.errors import PreconditionFailed
from threadkeep.inputs import NewMessage
from threadkeep.keep import Threadkeep
from threadkeep.services import Sweeper
from threadkeep.services.appends.rows import message_row
from threadkeep.services.idempotency import ReplayedAnswers
from threadkeep.services.idempotency.keyless_retries import KeylessRetry, find_written
from threadkeep.tests.factories import make_messages, make_thread, make_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from pymongo import MongoClient
    from pymongo.monitoring import CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent

SMALL_COLLECTIONS = {"leases"}
"""Collections of a few documents. A query may read all of them."""
ID = "_id_"


class Recorder(CommandListener):
    """Records the filter of every query with its collection."""

    def __init__(self) -> None:
        self.filters: list[tuple[str, dict[str, Any]]] = []

    def started(self, event: CommandStartedEvent) -> None:
        name, command = event.command_name, event.command
        match name:
            case "find":
                found = [command["filter"]]
            case "aggregate":
                found = [command["pipeline"][0].get("$match", {})]
            case "findAndModify":
                found = [command["query"]]
            case "update":
                found = [update["q"] for update in command["updates"]]
            case "delete":
                found = [delete["q"] for delete in command["deletes"]]
            case _:
                found = []
        self.filters += [(command[name], dict(query)) for query in found]

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        pass


@dataclass
class World:
    """A Threadkeep whose queries are recorded, and the ids of its documents."""

    keep: Threadkeep
    recorder: Recorder
    user_id: str
    email: str
    thread_id: str
    message_ids: list[str]
    key_prefix: str
    plain_key: str
    indexes: dict[str, dict[str, list[str]]]

    async def index_of(self, collection: str, query: dict[str, Any]) -> str | None:
        """Return the name of the index that serves the query. None if the query would read the whole collection."""
        if any(name.startswith("$") for name in query):
            return None
        for name, keys in self.indexes[collection].items():
            served = {key: query[key] for key in keys if key in query}
            if keys[0] in served and await self._is_scanned(collection, served, name):
                return name
        return None

    async def _is_scanned(self, collection: str, query: dict[str, Any], index: str) -> bool:
        database = self.keep.runtime.documents.database
        explained = await database.command("explain", {"find": collection, "filter": query}, verbosity="queryPlanner")
        plan = str(explained["queryPlanner"]["winningPlan"])
        return "COLLSCAN" not in plan and (f"'{index}'" in plan or (index == ID and "IDHACK" in plan))


@dataclass
class Recorded:
    """A Threadkeep whose queries are recorded, and the keys of its indexes."""

    keep: Threadkeep
    recorder: Recorder
    indexes: dict[str, dict[str, list[str]]]


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


async def expect_precondition_failed(call: Awaitable[object]) -> None:
    with pytest.raises(PreconditionFailed):
        await call


USERS: dict[str, Callable[[World], Awaitable[object]]] = {
    "get_user": lambda w: w.keep.user_service.get_user(w.user_id),
    "update_user": lambda w: w.keep.user_service.update_user(w.user_id, full_name="x"),
    "list_users, by address": lambda w: w.keep.user_service.list_users(email=w.email),
    "delete_user": lambda w: w.keep.user_service.delete_user(w.user_id),
    "create_key": lambda w: w.keep.key_service.create_key("user", user_id=w.user_id),
    "list_keys": lambda w: w.keep.key_service.list_keys(w.user_id),
    "revoke_key": lambda w: w.keep.key_service.revoke_key(w.key_prefix),
    "verify": lambda w: w.keep.operations.keys.verify(w.plain_key),
}


async def every_list(world: World) -> None:
    """Read the lists of threads with each combination of the filters of a sidebar."""
    find = world.keep.thread_service.find_threads
    participants, archived_or_not, pinned_or_not = (world.user_id, None), (True, False, None), (True, None)
    choices = itertools.product(participants, archived_or_not, pinned_or_not, (None, ["a"]))
    for one, archived, pinned, any_of in choices:
        since = datetime(2026, 1, 1, tzinfo=UTC) if archived is False else None
        await find(participant=one, archived=archived, pinned=pinned, labels=any_of, active_after=since)


THREADS: dict[str, Callable[[World], Awaitable[object]]] = {
    "create_thread": lambda w: w.keep.thread_service.create_thread([w.user_id]),
    "create_thread, with messages": lambda w: w.keep.thread_service.create_thread([w.user_id], messages=[{}]),
    "get_thread": lambda w: w.keep.thread_service.get_thread(w.thread_id),
    "list_threads": lambda w: w.keep.thread_service.list_threads(w.user_id),
    "list_thread_records": lambda w: w.keep.thread_service.list_thread_records(w.user_id),
    "find_threads, of a sidebar": every_list,
    "update_thread": lambda w: w.keep.thread_service.update_thread(w.thread_id, participant_ids=[w.user_id]),
    "update_metadata": lambda w: w.keep.thread_service.update_metadata(w.thread_id, {}),
    "delete_thread": lambda w: w.keep.thread_service.delete_thread(w.thread_id),
}


async def send_reasoning(world: World, times: int) -> None:
    for _ in range(times):
        await world.keep.message_service.create_message(world.thread_id, type="reasoning", item={"id": "rs_1"})


async def get_reasoning(world: World) -> None:
    await send_reasoning(world, 1)
    await world.keep.message_service.get_message("rs_1", thread_id=world.thread_id)


async def read_after_deleted_item(world: World) -> None:
    await send_reasoning(world, 1)
    await world.keep.message_service.delete_message("rs_1", thread_id=world.thread_id)
    await world.keep.message_service.list_messages(world.thread_id, 2, after="rs_1")


MESSAGES: dict[str, Callable[[World], Awaitable[object]]] = {
    "create_message": lambda w: w.keep.message_service.create_message(w.thread_id, "x"),
    "create_message, with a key": lambda w: w.keep.message_service.create_message(w.thread_id, "x", client_id="k"),
    "create_message, expected": lambda w: expect_precondition_failed(
        w.keep.message_service.create_message(w.thread_id, "x", expected_seq=3)
    ),
    "create_messages": lambda w: w.keep.message_service.create_messages(w.thread_id, [{}, {}]),
    "commit_turn": lambda w: w.keep.message_service.commit_turn(w.thread_id, [{}, {"client_id": "k"}], after_seq=3),
    "truncate_messages": lambda w: w.keep.message_service.truncate_messages(w.thread_id, 3),
    "clear_messages": lambda w: w.keep.message_service.clear_messages(w.thread_id),
    "pop_message": lambda w: w.keep.message_service.pop_message(w.thread_id),
    "get_message": lambda w: w.keep.message_service.get_message(w.message_ids[0]),
    "list_messages": lambda w: w.keep.message_service.list_messages(w.thread_id, 2),
    "list_messages, downwards": lambda w: w.keep.message_service.list_messages(w.thread_id, 2, order="desc"),
    "list_messages, after": lambda w: w.keep.message_service.list_messages(w.thread_id, 2, after=w.message_ids[1]),
    "list_messages, before": lambda w: w.keep.message_service.list_messages(w.thread_id, 2, before=w.message_ids[3]),
    "list_messages, of a role": lambda w: w.keep.message_service.list_messages(w.thread_id, 2, role="user"),
    "get_formatted_messages": lambda w: w.keep.message_service.get_formatted_messages(w.thread_id),
    "context": lambda w: w.keep.message_service.context(w.thread_id, 100),
    "update_message": lambda w: w.keep.message_service.update_message(w.message_ids[0], content="x"),
    "delete_message": lambda w: w.keep.message_service.delete_message(w.message_ids[0]),
    "create_message, an item twice": lambda w: send_reasoning(w, 2),
    "get_message, by the id of an item": get_reasoning,
    "list_messages, after a deleted item": read_after_deleted_item,
    "append_chunk": lambda w: w.keep.message_service.append_chunk(w.thread_id, "x", is_last=False),
    "abort_chunks": lambda w: w.keep.message_service.abort_chunks(w.thread_id),
}


@pytest.mark.parametrize(
    "call", [*USERS.values(), *THREADS.values(), *MESSAGES.values()], ids=[*USERS, *THREADS, *MESSAGES]
)
async def test_every_query_of_a_call_uses_an_index(world: World, call: Callable[[World], Awaitable[object]]) -> None:
    await call(world)
    sent = [(collection, query) for collection, query in world.recorder.filters if collection not in SMALL_COLLECTIONS]

    for collection, query in sent:
        assert await world.index_of(collection, query) is not None, (collection, query)


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

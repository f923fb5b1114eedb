"""The work of one page is bounded with any stored messages: pages end at a number of elements, and servers load a bounded part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bson
import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from threadkeep.documents import BYTES_AT_ONCE
from threadkeep.errors import TooLarge
from threadkeep.inputs import ThreadIdsQuery
from threadkeep.keep import Threadkeep
from threadkeep.services import Tuning
from threadkeep.settings import Limits
from threadkeep.testing import mongomock_client
from threadkeep.tests.commands import Commands
from threadkeep.tests.routers.callers import Caller as HttpCaller
from threadkeep.tests.routers.callers import answered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2
    from pymongo import monitoring

    from threadkeep.tests.live_server import LiveServer

KIB = 1024
ELEMENTS = 1000
SMALL = Limits(max_page_elements=ELEMENTS)
MANY: list[Any] = [[]] * 300
"""300 elements."""


class Replies(Commands):
    """Listener that also collects the bytes of each reply with rows."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        cursor: Any = event.reply.get("cursor", {})
        if "firstBatch" in cursor:
            rows = cursor["firstBatch"]
            self.sizes.append(sum(len(getattr(row, "raw", b"") or bson.encode(row)) for row in rows))


@pytest.fixture
def replies() -> Replies:
    return Replies()


@pytest.fixture
async def keep(
    mongo_url: str, emptied_database_name: str, replies: Replies, tuning: Tuning
) -> AsyncIterator[Threadkeep]:
    """A Threadkeep with a small limit of elements, whose commands are recorded."""
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[replies]) as client,
        Threadkeep(client, database=emptied_database_name, sweep_seconds=None, limits=SMALL, tuning=tuning) as keep,
    ):
        yield keep


async def fill(keep: Threadkeep, count: int, **fields: Any) -> tuple[str, list[str]]:
    """Store a thread with messages that are written straight into the collection. Returns the ids."""
    thread = await keep.thread_service.create_thread()
    first = await keep.message_service.create_message(thread.id, "x", role="assistant")
    documents = keep.runtime.documents
    row: Any = await documents.messages.find_one({"_id": first.id})
    rows = [row | fields | {"_id": f"message_{number:03}", "seq": number} for number in range(2, count + 1)]
    await documents.messages.update_one({"_id": first.id}, {"$set": fields})
    for start in range(0, len(rows), 10):
        await documents.messages.insert_many(rows[start : start + 10])
    await documents.threads.update_one({"_id": thread.id}, {"$set": {"last_seq": count, "message_count": count}})
    return thread.id, [first.id, *(row["_id"] for row in rows)]


@pytest.mark.slow
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("query", [{}, {"role": "assistant"}, {"sender_id": "user_a"}], ids=str)
async def test_a_page_of_messages_ends_with_the_one_that_exceeds_the_elements(
    keep: Threadkeep, order: Any, query: dict[str, Any]
) -> None:
    thread_id, ids = await fill(keep, 10, attachments=[{"a": MANY}], sender_id="user_a")
    list_messages = keep.message_service.list_messages

    pages = [await list_messages(thread_id, 100, order=order, **query)]
    while pages[-1].has_more:
        pages.append(await list_messages(thread_id, 100, order=order, after=pages[-1].next_cursor, **query))

    assert [len(page) for page in pages] == [4, 4, 2]
    assert [message.id for page in pages for message in page] == ids[:: 1 if order == "asc" else -1]
    assert len(await keep.message_service.get_formatted_messages(thread_id)) == 10


async def test_a_history_for_a_model_of_too_many_elements_is_refused() -> None:
    tuning = Tuning(history_elements=1300)
    async with Threadkeep(mongomock_client(), sweep_seconds=None, tuning=tuning) as keep:
        thread_id, _ = await fill(keep, 4, attachments=[{"a": MANY}])
        assert len(await keep.message_service.get_formatted_messages(thread_id)) == 4
        await keep.message_service.create_message(thread_id, role="assistant", attachments=[{"a": MANY}])

        with pytest.raises(TooLarge, match="history: larger than the limit of 1,300 keys and values"):
            await keep.message_service.get_formatted_messages(thread_id)


async def test_a_page_that_ends_with_the_last_message_has_no_more(keep: Threadkeep) -> None:
    thread_id, ids = await fill(keep, 4, attachments=[{"a": MANY}])

    page = await keep.message_service.list_messages(thread_id, 100)

    assert ([message.id for message in page], page.has_more) == (ids, False)


@pytest.mark.slow
def test_pages_of_both_apis_end_at_the_elements(http: httpx2.Client, live_server: LiveServer) -> None:
    """A page with the default limit: one message has at most 20,000 elements, a page about 100,000."""
    admin = HttpCaller(http, live_server.admin_key)
    thread = admin.new_thread()["id"]
    for _ in range(7):
        admin.new_message(thread, role="assistant", attachments=[{"a": [None] * 19_990}])
    for _ in range(4):
        admin.new_thread(tool_resources={"a": [0] * 30_000})

    for path in (f"/v1/threads/{thread}/messages", f"/openai/v1/threads/{thread}/messages"):
        page = answered(admin.get(path, limit=100, order="asc"))
        rest = answered(admin.get(path, limit=100, order="asc", after=page["last_id"]))
        assert (len(page["data"]), page["has_more"], len(rest["data"])) == (6, True, 1)
    threads = answered(admin.get("/v1/threads", limit=100))
    rest = answered(admin.get("/v1/threads", limit=100, after=threads["next_cursor"]))
    assert (len(threads["data"]), len(rest["data"])) == (4, 1)


async def test_a_list_of_threads_ends_with_the_one_that_exceeds_the_elements(keep: Threadkeep) -> None:
    user = await keep.user_service.create_user()
    ids = [(await keep.thread_service.create_thread([user.id], tool_resources={"a": MANY})).id for _ in range(10)][::-1]

    page = await keep.thread_service.find_threads(participant=user.id, limit=100)
    records, cursor = await keep.operations.threads.list_records(user.id, ThreadIdsQuery())

    assert ([thread.id for thread in page], page.has_more) == (ids[:4], True)
    assert (len(records), cursor is not None) == (4, True)
    assert [one.id for one in await keep.thread_service.list_thread_records(user.id)] == ids
    assert await keep.thread_service.list_threads(user.id) == ids


@pytest.mark.slow
@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_no_read_of_large_messages_loads_more_than_a_part(keep: Threadkeep, replies: Replies, order: Any) -> None:
    size = 300 * KIB
    thread_id, ids = await fill(keep, 40, content="x" * size)
    replies.sizes.clear()
    replies.sent.clear()

    page = await keep.message_service.list_messages(thread_id, 1000, order=order)
    filtered = await keep.message_service.list_messages(thread_id, 1000, order=order, role="assistant")
    none = await keep.message_service.list_messages(thread_id, 1000, order=order, role="critic")

    assert [message.id for message in page] == ids[:: 1 if order == "asc" else -1]
    assert (len(filtered), len(none)) == (40, 0)
    assert (page.has_more, none.has_more) == (False, False)
    assert max(replies.sizes) <= BYTES_AT_ONCE
    assert [command for command in replies.sent if not reads_a_part(command)] == []


def reads_a_part(command: dict[str, Any]) -> bool:
    """Whether a command on messages says how much it may load, or concerns a single number."""
    if "messages" not in (command.get("find"), command.get("aggregate")):
        return True
    where = command.get("filter") or command["pipeline"][0]["$match"]
    numbers = where.get("seq", {})
    single = "_id" in where or numbers.get("$lte", 0) - numbers.get("$gt", 0) == 1 or numbers.get("$gt", 0) >= 39
    return "comment" in command or single


@pytest.mark.slow
async def test_large_messages_before_a_wide_gap_are_read_in_few_commands(keep: Threadkeep, replies: Replies) -> None:
    thread_id, ids = await fill(keep, 8, content="x" * 400 * KIB)
    await keep.runtime.documents.messages.update_one({"_id": ids[-1]}, {"$set": {"seq": 2**52, "role": "user"}})
    await keep.runtime.documents.threads.update_one({"_id": thread_id}, {"$set": {"last_seq": 2**52}})
    replies.sent.clear()

    for order in ("asc", "desc"):
        found = await keep.message_service.list_messages(thread_id, 1000, order=order, role="user")
        assert [message.id for message in found] == ids[-1:]
    assert len(await keep.message_service.list_messages(thread_id, 1000)) == 8
    assert len(replies.sent) < 400


@pytest.mark.slow
async def test_no_list_of_large_threads_loads_more_than_a_part(keep: Threadkeep, replies: Replies) -> None:
    user = await keep.user_service.create_user()
    documents = keep.runtime.documents
    for _ in range(3):
        await keep.thread_service.create_thread([user.id], tool_resources={"a": "x" * 60 * KIB})
    row: Any = await documents.threads.find_one()
    await documents.threads.insert_many([row | {"_id": f"thread_{number:03}"} for number in range(60)])
    replies.sizes.clear()

    page = await keep.thread_service.find_threads(participant=user.id, limit=100)
    records = await keep.thread_service.list_thread_records(user.id)
    ids = await keep.thread_service.list_threads(user.id)

    assert (len(page), page.has_more, len(records), len(ids)) == (63, False, 63, 63)
    assert len({thread.id for thread in page}) == 63


async def test_a_server_refuses_to_load_more_than_a_command_allows(keep: Threadkeep) -> None:
    thread_id, _ = await fill(keep, 10, content="x" * 100 * KIB)
    messages = keep.runtime.documents.messages
    if not await is_embedded(keep):
        pytest.skip("only the embedded server loads a whole range")
    window = {"thread_id": thread_id, "seq": {"$gt": 0, "$lte": 10}}
    small: dict[str, Any] = {"comment": {"most_bytes": 300 * KIB}}

    for refused in (
        messages.find(window, **small).to_list(),
        messages.delete_many(window, **small),
        messages.update_many(window, {"$set": {"content": ""}}, **small),
    ):
        with pytest.raises(OperationFailure) as failed:
            await refused
        assert failed.value.code == 146
    assert await messages.count_documents({"thread_id": thread_id, "content": {"$ne": ""}}) == 10
    assert len(await messages.find({**window, "seq": {"$gt": 3, "$lte": 5}}, **small).to_list()) == 2
    assert len(await messages.find({"_id": "message_002"}, comment={"most_bytes": 1}).to_list()) == 1


async def is_embedded(keep: Threadkeep) -> bool:
    return "secantus" in str(await keep.runtime.documents.database.client.admin.command("buildInfo")).lower()


@pytest.mark.slow
async def test_a_thread_of_large_messages_is_deleted_in_small_steps(keep: Threadkeep, replies: Replies) -> None:
    thread_id, _ = await fill(keep, 30, content="x" * 500 * KIB)
    replies.sent.clear()

    await keep.thread_service.delete_thread(thread_id)

    assert await keep.runtime.documents.messages.count_documents({}) == 0
    assert len(replies.of("delete")) > 3


@pytest.mark.slow
@pytest.mark.parametrize("tuning", [Tuning(replayed_bytes=1_000_000)])
async def test_a_retry_of_a_batch_that_has_grown_is_refused(keep: Threadkeep) -> None:
    thread = await keep.thread_service.create_thread()
    batch: list[Any] = [{"role": "tool", "content": "x", "client_id": str(number)} for number in range(8)]
    first = await keep.message_service.create_messages(thread.id, batch)
    assert await keep.message_service.create_messages(thread.id, batch) == first
    for message in first:
        await keep.message_service.update_message(message.id, content="y" * 100 * KIB)
    assert len(await keep.message_service.create_messages(thread.id, batch)) == 8
    for message in first:
        await keep.message_service.update_message(message.id, content="y" * 130 * KIB)

    with pytest.raises(TooLarge, match="response"):
        await keep.message_service.create_messages(thread.id, batch)

"""Messages of several megabytes: a page holds at most one reply of MongoDB, and `has_more` is true if more follow."""

from __future__ import annotations

import os
import secrets
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Literal, cast

import pytest
from pymongo import AsyncMongoClient, MongoClient

from threadkeep.client import AsyncClient
from threadkeep.embedded import EmbeddedServer
from threadkeep.errors import TooLarge
from threadkeep.keep import Threadkeep
from threadkeep.services import Tuning
from threadkeep.testing import mongomock_client
from threadkeep.tests.commands import Commands
from threadkeep.tests.factories import make_history, make_messages, make_thread
from threadkeep.tests.faults.fail_points import failing
from threadkeep.tests.live_server import run_live_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from threadkeep.documents import BatchMark
    from threadkeep.inputs import Role
    from threadkeep.records import MessageRecord, Page
    from threadkeep.tests.factories import ServiceProvider
    from threadkeep.tests.live_server import LiveServer

REPLY_BYTES = 16 * 1024 * 1024
"""The size of one reply of MongoDB in bytes."""
SIZES = [5_000_000, 6_000_000, 10, 6_000_000, 20]
"""Bytes of the contents of five messages, which together are larger than one reply."""


@pytest.fixture(scope="module")
def mongo_url() -> Iterator[str]:
    """The configured server, or a separate embedded server: so much data would evict the data of other tests from its memory."""
    if given := os.environ.get("THREADKEEP_TEST_MONGODB_URL"):
        yield given
        return
    with EmbeddedServer(":memory:", test_commands=True) as server:
        yield server.url


@pytest.fixture(scope="module")
def mongo(mongo_url: str) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](mongo_url) as client:
        yield client


@pytest.fixture
def database_name(mongo: MongoClient[dict[str, Any]]) -> Iterator[str]:
    name = f"test-{secrets.token_hex(8)}"
    yield name
    mongo.drop_database(name)


@pytest.fixture
async def keep(mongo_url: str, database_name: str) -> AsyncIterator[Threadkeep]:
    async with Threadkeep.connect(mongo_url, database=database_name, timeout_seconds=20, sweep_seconds=None) as keep:
        yield keep


async def fill(services: ServiceProvider, sizes: list[int]) -> str:
    thread = await make_thread(services)
    for size in sizes:
        await make_messages(services, thread.id, ["x" * size])
    return thread.id


def sizes_of(page: Page[MessageRecord]) -> list[int]:
    return [len(message.content) for message in page]


@pytest.mark.parametrize(
    ("order", "role"),
    [
        ("asc", None),
        pytest.param("desc", None, marks=pytest.mark.slow),
        pytest.param("asc", "user", marks=pytest.mark.slow),
    ],
)
async def test_a_page_ends_before_it_exceeds_one_reply(
    keep: Threadkeep, order: Literal["asc", "desc"], role: Role | None
) -> None:
    thread_id = await fill(keep, SIZES)
    pages = [await keep.message_service.list_messages(thread_id, 100, order=order, role=role)]
    while pages[-1].has_more:
        after = pages[-1].next_cursor
        pages.append(await keep.message_service.list_messages(thread_id, 100, after=after, order=order, role=role))
    whole = await keep.message_service.list_messages(thread_id, order=order, role=role)
    one_by_one = [len(message.content) async for message in keep.message_service.iter_messages(thread_id, order=order)]

    assert all(0 < sum(sizes_of(page)) < REPLY_BYTES for page in pages)
    assert len(pages) == 2
    assert [size for page in pages for size in sizes_of(page)] == SIZES[:: 1 if order == "asc" else -1]
    assert sizes_of(whole) == one_by_one == SIZES[:: 1 if order == "asc" else -1]


@pytest.mark.parametrize("ended", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["ended", "not ended"])
async def test_a_full_reply_leaves_no_open_cursor(
    mongo_url: str, mongo: MongoClient[dict[str, Any]], database_name: str, *, ended: bool
) -> None:
    commands = Commands()
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[commands], appname="large") as client,
        Threadkeep(client, database=database_name, sweep_seconds=None) as keep,
    ):
        thread_id = await fill(keep, SIZES)
        find = keep.runtime.documents.fast_messages.find(
            {"thread_id": thread_id}, {"batch": 0}, sort={"seq": 1}, limit=5
        )

        with nullcontext() if ended else failing(mongo, "killCursors", errorCode=1, appName="large"):
            rows, cut = await find

    assert ([len(row["content"]) for row in rows], cut) == (SIZES[:3], True)
    assert len(commands.of("killCursors")) == 1


@pytest.mark.slow
async def test_a_large_page_read_with_before_keeps_the_messages_next_to_its_cursor(keep: Threadkeep) -> None:
    thread_id = await fill(keep, [*SIZES, 30])
    last = await keep.message_service.list_messages(thread_id, 1, order="desc")

    near = await keep.message_service.list_messages(thread_id, 100, before=last.last_id)
    far = await keep.message_service.list_messages(thread_id, 100, before=near.next_cursor)

    assert (sizes_of(near), near.has_more) == (SIZES[2:5], True)
    assert (sizes_of(far), far.has_more) == (SIZES[:2], False)


@pytest.mark.slow
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("role", [None, "user"])
async def test_rows_of_several_number_ranges_share_one_size_limit(
    order: Literal["asc", "desc"], role: Role | None
) -> None:
    client = mongomock_client()
    tunings = Tuning(page_bytes=2_000), Tuning(page_bytes=1_000)
    async with (
        Threadkeep(client, sweep_seconds=None, tuning=tunings[0]) as keep,
        Threadkeep(client, sweep_seconds=None, tuning=tunings[1]) as smaller_keep,
    ):
        thread_id, _ = await make_history(keep, 40, without=range(3, 39))

        page = await keep.message_service.list_messages(thread_id, 3, order=order, role=role)
        rest = await keep.message_service.list_messages(thread_id, 3, after=page.next_cursor, order=order, role=role)
        smaller = await smaller_keep.message_service.list_messages(thread_id, 3, order=order, role=role)

    numbers = [1, 2, 39, 40][:: 1 if order == "asc" else -1]
    assert [message.seq for message in [*page, *rest]] == numbers
    assert (len(page), page.has_more, rest.has_more) == (3, True, False)
    assert ([message.seq for message in smaller], smaller.has_more) == (numbers[: len(smaller)], True)
    assert 0 < len(smaller) < 3


@pytest.mark.slow
async def test_has_more_ignores_rows_of_an_unfinished_batch(keep: Threadkeep) -> None:
    thread_id = await fill(keep, [7_000_000, 7_000_000])
    messages = keep.runtime.documents.messages
    row = await messages.find_one({"thread_id": thread_id, "seq": 2})
    assert row is not None
    mark: BatchMark = {"id": "batch_unfinished", "end": 9}
    await messages.insert_one({**row, "_id": "message_x", "seq": 3, "content": "x" * 5_000_000, "batch": mark})

    first = await keep.message_service.list_messages(thread_id, 100)
    second = await keep.message_service.list_messages(thread_id, 100, after=first.next_cursor)

    assert (sizes_of(first), first.has_more) == ([7_000_000], True)
    assert (sizes_of(second), second.has_more) == ([7_000_000], False)


@pytest.mark.slow
async def test_a_client_that_lists_all_messages_keeps_its_page_length(
    mongo: MongoClient[dict[str, Any]], mongo_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with run_live_server(mongo, mongo_url) as server:
        await check_client(server, caplog)


async def check_client(server: LiveServer, caplog: pytest.LogCaptureFixture) -> None:
    async with AsyncClient(server.url, server.admin_key) as client:
        services = cast("ServiceProvider", client)
        thread_id = await fill(services, SIZES)
        await make_messages(services, thread_id, ["short"] * 8)

        with caplog.at_level("INFO", "httpx2"):
            whole = await client.message_service.list_messages(thread_id)
        page = await client.message_service.list_messages(thread_id, 100)

    assert sizes_of(whole) == [*SIZES, *[5] * 8]
    requests = [
        message for message in caplog.messages if message.startswith("HTTP Request: GET") and "limit=1000" in message
    ]
    assert len(requests) == 2
    assert (sizes_of(page), page.has_more) == (SIZES[:1], True)


@pytest.mark.parametrize(
    "content",
    ["é" * 100, [{"type": "text", "text": "x" * 200}], [{"type": "image_url", "image_url": {"url": "x" * 200}}]],
)
async def test_a_formatted_history_above_its_size_limit_is_refused(content: Any) -> None:
    async with Threadkeep(mongomock_client(), sweep_seconds=None, tuning=Tuning(history_bytes=600)) as keep:
        thread = await make_thread(keep, "short")

        assert len(await keep.message_service.get_formatted_messages(thread.id)) == 1
        await keep.message_service.create_messages(thread.id, [{"content": content}])
        with pytest.raises(TooLarge, match="history: larger than the limit of 600 bytes"):
            await keep.message_service.get_formatted_messages(thread.id)

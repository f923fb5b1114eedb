"""A list without pages is sent in parts with a cursor, and is complete for clients and services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httpx2
import pytest

from threadkeep.client import Client
from threadkeep.clock import now
from threadkeep.inputs import NewThread, ThreadIdsQuery
from threadkeep.services import Tuning
from threadkeep.services.creation.threads import thread_row
from threadkeep.tests.live_server import run_live_server
from threadkeep.tests.routers.callers import Caller

if TYPE_CHECKING:
    from pymongo import MongoClient

    from threadkeep.keep import Threadkeep
    from threadkeep.tests.live_server import LiveServer

MIB = 2**20
SHORT_LISTS = Tuning(listed_at_once=3)


def parts(caller: Caller, path: str) -> list[Any]:
    """Return all parts of a list, read with the cursors of its header."""
    found, after = [], None
    while True:
        response = caller.get(path, **({} if after is None else {"after": after}))
        assert response.is_success, response.text
        found.append(response.json())
        if "x-next-cursor" not in response.headers:
            return found
        after = unquote(response.headers["x-next-cursor"])


@pytest.mark.slow
def test_a_long_list_is_sent_in_parts_and_is_complete_for_a_client(
    mongo: MongoClient[dict[str, Any]], mongo_url: str
) -> None:
    with (
        run_live_server(mongo, mongo_url, tuning=SHORT_LISTS) as served,
        httpx2.Client(base_url=served.url, timeout=30) as http,
    ):
        require_complete_lists(served, Caller(http, served.admin_key))


def require_complete_lists(served: LiveServer, admin: Caller) -> None:
    user = admin.new_user()
    newest_first = [admin.new_thread(owner_id=user.id)["id"] for _ in range(7)][::-1]
    for number in range(4):
        user.post(f"/v1/users/{user.id}/apikeys", {"key_name": f"key {number}"})

    records = parts(user, f"/v1/threads/user/{user.id}/records")
    ids = parts(user, f"/v1/threads/user/{user.id}")
    other_ids = parts(user, f"/v1/users/{user.id}/threads")
    user_keys = parts(user, f"/v1/users/{user.id}/apikeys")

    assert [len(part) for part in records] == [3, 3, 1]
    assert [record["id"] for part in records for record in part] == newest_first
    assert [thread_id for part in ids for thread_id in part] == newest_first
    assert [one for part in other_ids for one in part["thread_ids"]] == newest_first
    assert [len(part["keys"]) for part in user_keys] == [3, 2]
    with Client(base_url=served.url, api_key=user.key) as client:
        assert client.thread_service.list_threads(user.id) == newest_first
        assert [record.id for record in client.thread_service.list_thread_records(user.id)] == newest_first
        assert len(client.key_service.list_keys(user.id)) == 5
        assert client.thread_service.list_threads(user.id, limit=2) == newest_first[:2]


@pytest.mark.parametrize("tuning", [SHORT_LISTS])
async def test_a_long_list_is_complete_for_a_service(keep: Threadkeep) -> None:
    user = await keep.user_service.create_user()
    newest_first = [(await keep.thread_service.create_thread([user.id])).id for _ in range(7)][::-1]

    assert await keep.thread_service.list_threads(user.id) == newest_first
    assert await keep.thread_service.list_threads(user.id, limit=5) == newest_first[:5]
    assert [record.id for record in await keep.thread_service.list_thread_records(user.id)] == newest_first


@pytest.mark.slow
async def test_a_part_of_a_list_has_a_bounded_size(keep: Threadkeep) -> None:
    """A user who was added to many large threads still gets parts of a bounded size."""
    large = NewThread.model_construct(meta_data={}, tool_resources={"a": "x" * (MIB // 2)})
    rows: Any = [thread_row(f"thread_{number:03}", large, "user_1", ["user_1"]) for number in range(40)]
    moment = now()  # one for all: threads of several moments may be read in several steps, each with a bound of its own
    for row in rows:
        row["last_active_at"] = moment
    await keep.runtime.documents.threads.insert_many(rows)
    operations = keep.operations.threads

    records, cursor = await operations.list_records("user_1", ThreadIdsQuery())
    page = await keep.thread_service.find_threads(participant="user_1", limit=100)

    assert cursor is not None
    assert 10 < len(records) < 36  # at most 16 MiB
    assert page.has_more
    assert page.next_cursor is not None
    assert 10 < len(page) < 36
    assert len(await keep.thread_service.list_thread_records("user_1")) == 40
    assert len(await keep.thread_service.list_threads("user_1")) == 40

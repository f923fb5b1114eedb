"""The service and the floor do the same work: the requests of each row have the same answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from threadkeep.benchmarks.floor import Floor
from threadkeep.benchmarks.load import Load
from threadkeep.benchmarks.rows import Row, rows
from threadkeep.benchmarks.seeding import Amounts, Seeds, seed
from threadkeep.benchmarks.targets import REQUESTS

if TYPE_CHECKING:
    from pymongo import AsyncMongoClient

    from threadkeep.tests.live_server import LiveServer

NAMES = [row.name for row in rows(Seeds("key", "key", "user"))]
TIMES = {"created_at", "updated_at", "last_active_at", "completed_at"}
NEW_IN_EACH_ANSWER = {"id", "thread_id", "seq", *TIMES, *(f"{name}_ms" for name in TIMES)}
NOT_STORED = {"external_id", "title", "archived", "pinned", "labels", "last_message"}
"""Fields that are shown as null, false or empty, and stored only where they have a value."""
NOT_SHOWN = {"anchor", "schema_version", "meta_data_index", "deleted_count", "deleted_at", "last_message"}
"""Fields that are stored and not shown to callers, or not in this form. The floor sends all stored fields."""


@pytest.fixture
async def kinds(live_server: LiveServer) -> dict[str, Row]:
    seeds = await seed(live_server.mongodb_url, live_server.database.name, Amounts(1, 101, 1))
    return {row.name: row for row in rows(seeds)}


async def answered(request: bytes, client: httpx2.AsyncClient) -> Any:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    method, path, _ = first.split()
    sent = dict(header.split(": ", 1) for header in headers if not header.startswith("content-length"))
    answer = await client.request(method, path, headers=sent, content=body or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


def entries(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.get("data", [answer])
    return found


@pytest.mark.slow
async def test_the_floor_and_the_service_give_equal_answers(
    kinds: dict[str, Row], live_server: LiveServer, mongo_client: AsyncMongoClient[dict[str, Any]]
) -> None:
    floor = httpx2.ASGITransport(Floor(mongo_client, live_server.database.name))
    async with (
        httpx2.AsyncClient(base_url=live_server.url, timeout=30) as service,
        httpx2.AsyncClient(transport=floor, base_url="http://floor") as bare,
    ):
        for row in kinds.values():
            of_service = entries(await answered(row.service[0], service))
            of_floor = entries(await answered(row.floor[0], bare))
            assert len(of_service) == len(of_floor)
            is_write = row.name.startswith(("create", "batch"))
            for one, other in zip(of_service, of_floor, strict=True):
                assert other.keys() - NOT_SHOWN == one.keys() - {"object"} - NOT_STORED
                common = one.keys() & other.keys() - NOT_SHOWN - (NEW_IN_EACH_ANSWER if is_write else set())
                assert {key: one[key] for key in common} == {key: other[key] for key in common}, row.name


async def test_every_other_request_of_a_row_is_answered(kinds: dict[str, Row], live_server: LiveServer) -> None:
    port = int(live_server.url.rsplit(":", 1)[1])
    async with Load(port, 1) as load:
        for row in kinds.values():
            for requests in filter(None, (row.user, row.openai)):
                assert (await load.run(requests, count=1)).count == 1


def test_every_row_except_the_batch_has_a_target() -> None:
    assert [name for name in NAMES if name not in REQUESTS] == ["batch of 100"]
    assert set(NAMES) > set(REQUESTS)

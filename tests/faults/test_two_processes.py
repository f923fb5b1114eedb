"""Two processes on one database: retries across them, order, batches, and a rolling restart."""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from pymongo import MongoClient

from threadkeep.client.options import certificates
from threadkeep.keep import Threadkeep
from threadkeep.tests.faults.inspecting import inspect, sweep
from threadkeep.tests.faults.load import report, run_load, until_acknowledged
from threadkeep.tests.faults.processes import ADMIN_KEY, Nursery, Serve
from threadkeep.tests.faults.proxy import Proxy, proxying
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from threadkeep.tests.faults.load import Book
    from threadkeep.tests.faults.processes import Service

LONG = [pytest.mark.chaos, pytest.mark.timeout(0)]
ACKNOWLEDGED = [
    pytest.param("replica set", 100, id="replica set-short"),
    pytest.param("replica set", 5000, id="replica set-long", marks=LONG),
    pytest.param("standalone", 50, id="standalone-short", marks=pytest.mark.slow),
    pytest.param("standalone", 1000, id="standalone-long", marks=LONG),
]
ROUNDS = [pytest.param(1, id="short", marks=pytest.mark.slow), pytest.param(15, id="long", marks=LONG)]


class Duo:
    """Two services; what the database answers to the first goes through a proxy."""

    def __init__(self, one: Service, other: Service, proxy: Proxy, database: Any) -> None:
        self.one = one
        self.other = other
        self.proxy = proxy
        self.database = database

    def empty(self) -> None:
        """Forget what was stored, but not the key and who lives."""
        for collection in self.database.list_collection_names(filter={"type": "collection"}):
            if collection not in ("api_keys", "leases"):
                self.database[collection].delete_many({})

    @property
    def urls(self) -> list[str]:
        return [self.one.url, self.other.url]


@contextmanager
def duo_on(serve: Serve, mongo_url: str) -> Iterator[Duo]:
    name = f"test-{secrets.token_hex(8)}"
    with MongoClient[dict[str, Any]](mongo_url) as mongo, proxying(mongo.address or ("", 0)) as proxy:
        address = "{}:{}".format(*(mongo.address or ()))
        through_proxy = mongo_url.replace(address, proxy.address)
        options = {"database": name, "sweep_seconds": 1}
        with serve(through_proxy, **options) as one, serve(mongo_url, **options) as other:
            yield Duo(one, other, proxy, mongo[name])
        mongo.drop_database(name)


@pytest.fixture(scope="module")
def duo(nursery: Nursery, mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Duo]:
    with duo_on(Serve(nursery, tmp_path_factory.mktemp("duo")), mongo_url) as duo:
        yield duo


@pytest.fixture
async def clients(duo: Duo) -> AsyncIterator[list[httpx2.AsyncClient]]:
    headers = {"authorization": f"Bearer {ADMIN_KEY}"}
    clients = [httpx2.AsyncClient(verify=certificates(), base_url=url, headers=headers, timeout=20) for url in duo.urls]
    yield clients
    for client in clients:
        await client.aclose()


async def new_thread(client: httpx2.AsyncClient) -> str:
    thread_id: str = (await client.post("/v1/threads", json={})).json()["id"]
    return thread_id


@pytest.mark.parametrize("key", ["idempotency-key", "client_id"])
async def test_one_key_at_two_processes_at_once_writes_once(clients: list[httpx2.AsyncClient], key: str) -> None:
    path = f"/v1/threads/{await new_thread(clients[0])}/messages"
    headers = {key: "k"} if key == "idempotency-key" else {}
    body = {"content": "x"} | ({} if headers else {key: "k"})

    answers = await asyncio.gather(*(client.post(path, json=body, headers=headers) for client in clients * 4))
    last = await clients[0].post(path, json=body, headers=headers)

    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["error"] == "StillRunning"
            assert int(answer.headers["retry-after"]) >= 1
        else:
            assert answer.json() == last.json()
    assert (last.status_code, last.json()["seq"]) == (200, 1)
    assert len((await clients[1].get(path)).json()["data"]) == 1


async def test_process_killed_between_writing_and_answering_is_made_up_for_by_the_other(
    duo: Duo, clients: list[httpx2.AsyncClient]
) -> None:
    """One real kill; `test_lost_answers.py` does the same to every kind of request, without one."""
    path = f"/v1/threads/{await new_thread(clients[1])}/messages"
    body = {"messages": [{"content": "x"}, {"content": "y"}]}
    before = duo.database.messages.count_documents({})
    headers = {"idempotency-key": secrets.token_hex(8)}
    await clients[0].get(path)
    duo.proxy.mute = True
    lost = asyncio.create_task(clients[0].post(path, json=body, headers=headers))

    async def written() -> bool:
        """Let answers through one by one until what was asked for is there, and its answer is not on its way."""
        if duo.database.messages.count_documents({}) > before:
            return True
        duo.proxy.mute = False
        await asyncio.sleep(0.001)
        duo.proxy.mute = True
        return False

    await until(written)
    await asyncio.to_thread(duo.one.kill)
    duo.proxy.mute = False
    await asyncio.gather(lost, return_exceptions=True)
    began = time.monotonic()
    while (answer := await clients[1].post(path, json=body, headers=headers)).status_code == 409:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(int(answer.headers["retry-after"]) / 10)
    took = time.monotonic() - began
    duo.one.start()
    await asyncio.to_thread(duo.one.wait_until, 200)

    assert answer.is_success
    assert took < 20
    assert duo.database.messages.count_documents({}) == before + 2


@pytest.mark.parametrize(("topology", "acknowledged"), ACKNOWLEDGED)
async def test_many_writers_and_readers_at_two_processes_agree(
    request: pytest.FixtureRequest, serve: Serve, topology: str, acknowledged: int
) -> None:
    if topology == "replica set":
        await agree(request.getfixturevalue("duo"), request.getfixturevalue("mongo_url"), topology, acknowledged)
        return
    url = request.getfixturevalue("standalone_url")
    with duo_on(serve, url) as duo:
        await agree(duo, url, topology, acknowledged)


async def agree(duo: Duo, url: str, topology: str, acknowledged: int) -> None:
    duo.empty()
    began = time.monotonic()
    book = await run_load(duo.urls, lambda book: until_acknowledged(book, acknowledged), writers=16, threads=1)
    took = time.monotonic() - began
    async with Threadkeep.connect(url, database=duo.database.name, sweep_seconds=None, timeout_seconds=60) as keep:
        await sweep(keep)
        faults = await inspect(keep, book)
        (thread_id,) = book.seen
        documents = keep.runtime.documents
        there = await documents.messages.find({"thread_id": thread_id}).to_list()
        deleted = await documents.deleted_messages.find({"thread_id": thread_id}).to_list()
        seqs = sorted(row["seq"] for row in (*there, *deleted))

    report(f"2 processes x 8 writers, one thread, {topology}", book, seconds=took)
    assert faults == []
    assert not book.errors
    assert len(seqs) > 20
    if topology == "replica set":
        assert seqs == list(range(1, len(seqs) + 1))


@pytest.mark.parametrize("rounds", ROUNDS)
async def test_rolling_restart_loses_nothing_that_a_client_with_retries_would_notice(
    duo: Duo, mongo_url: str, rounds: int
) -> None:
    duo.empty()
    ways_of_ending: list[int] = []
    with proxying(("127.0.0.1", duo.one.port), ("127.0.0.1", duo.other.port)) as balancer:

        async def restart_in_turn(book: Book) -> None:
            for service in (duo.one, duo.other) * rounds:
                await until_acknowledged(book, 15)
                service.terminate()
                ways_of_ending.append(await asyncio.to_thread(service.wait))
                service.start()
                await asyncio.to_thread(service.wait_until, 200)

        book = await run_load([f"http://{balancer.address}"], restart_in_turn, writers=8)
    async with Threadkeep.connect(mongo_url, database=duo.database.name, sweep_seconds=None) as keep:
        await sweep(keep)
        faults = await inspect(keep, book)

    report("rolling restarts", book, restarts=len(ways_of_ending))
    assert faults == []
    assert not book.errors
    assert set(ways_of_ending) == {0}

"""Two processes on one database: retries at the other process, order, batches, and rolling restarts."""

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
from threadkeep.errors import PreconditionFailed
from threadkeep.keep import Threadkeep
from threadkeep.tests.factories import make_history
from threadkeep.tests.faults.consistency import sweep, violations_of
from threadkeep.tests.faults.load import report, run_load, until_acknowledged
from threadkeep.tests.faults.processes import ADMIN_KEY, ForkServer, Serve
from threadkeep.tests.faults.proxy import Proxy, proxying
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from threadkeep.tests.faults.conftest import Pair
    from threadkeep.tests.faults.load import Results
    from threadkeep.tests.faults.processes import Service

LONG = [pytest.mark.chaos, pytest.mark.timeout(0)]
ACKNOWLEDGED = [
    pytest.param("replica set", 100, id="replica set-short"),
    pytest.param("replica set", 5000, id="replica set-long", marks=LONG),
    pytest.param("standalone", 50, id="standalone-short", marks=pytest.mark.slow),
    pytest.param("standalone", 1000, id="standalone-long", marks=LONG),
]
ROUNDS = [pytest.param(1, id="short", marks=pytest.mark.slow), pytest.param(15, id="long", marks=LONG)]


class TwoServices:
    """Two services on one database. The connections of the first one go through a proxy."""

    def __init__(self, one: Service, other: Service, proxy: Proxy, database: Any) -> None:
        self.one = one
        self.other = other
        self.proxy = proxy
        self.database = database

    def empty(self) -> None:
        """Delete all documents, except API keys and the leases of the processes."""
        for collection in self.database.list_collection_names(filter={"type": "collection"}):
            if collection not in ("api_keys", "leases"):
                self.database[collection].delete_many({})

    @property
    def urls(self) -> list[str]:
        return [self.one.url, self.other.url]


@contextmanager
def run_two_services(serve: Serve, mongo_url: str) -> Iterator[TwoServices]:
    name = f"test-{secrets.token_hex(8)}"
    with MongoClient[dict[str, Any]](mongo_url) as mongo, proxying(mongo.address or ("", 0)) as proxy:
        address = "{}:{}".format(*(mongo.address or ()))
        through_proxy = mongo_url.replace(address, proxy.address)
        options = {"database": name, "sweep_seconds": 1}
        with serve(through_proxy, **options) as one, serve(mongo_url, **options) as other:
            yield TwoServices(one, other, proxy, mongo[name])
        mongo.drop_database(name)


@pytest.fixture(scope="module")
def two_services(
    fork_server: ForkServer, mongo_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoServices]:
    with run_two_services(Serve(fork_server, tmp_path_factory.mktemp("two_services")), mongo_url) as two_services:
        yield two_services


@pytest.fixture
async def clients(two_services: TwoServices) -> AsyncIterator[list[httpx2.AsyncClient]]:
    headers = {"authorization": f"Bearer {ADMIN_KEY}"}
    clients = [
        httpx2.AsyncClient(verify=certificates(), base_url=url, headers=headers, timeout=20)
        for url in two_services.urls
    ]
    yield clients
    for client in clients:
        await client.aclose()


async def new_thread(client: httpx2.AsyncClient) -> str:
    thread_id: str = (await client.post("/v1/threads", json={})).json()["id"]
    return thread_id


@pytest.mark.slow
@pytest.mark.parametrize("key", ["idempotency-key", "client_id"])
async def test_concurrent_requests_to_two_processes_with_one_key_write_once(
    clients: list[httpx2.AsyncClient], key: str
) -> None:
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


@pytest.mark.slow
async def test_a_retry_at_the_other_process_succeeds_after_a_kill_between_write_and_answer(
    two_services: TwoServices, clients: list[httpx2.AsyncClient]
) -> None:
    """One real kill. `test_lost_answers.py` tests every kind of request without a kill."""
    path = f"/v1/threads/{await new_thread(clients[1])}/messages"
    body = {"messages": [{"content": "x"}, {"content": "y"}]}
    before = two_services.database.messages.count_documents({})
    headers = {"idempotency-key": secrets.token_hex(8)}
    await clients[0].get(path)
    two_services.proxy.mute = True
    lost = asyncio.create_task(clients[0].post(path, json=body, headers=headers))

    async def written() -> bool:
        """Let single answers of the database pass until the batch is stored, and hold back the answer to its write."""
        if two_services.database.messages.count_documents({}) > before:
            return True
        two_services.proxy.mute = False
        await asyncio.sleep(0.001)
        two_services.proxy.mute = True
        return False

    await until(written)
    await asyncio.to_thread(two_services.one.kill)
    two_services.proxy.mute = False
    await asyncio.gather(lost, return_exceptions=True)
    began = time.monotonic()
    while (answer := await clients[1].post(path, json=body, headers=headers)).status_code == 409:  # noqa: ASYNC110 - the end of a claim is no event
        await asyncio.sleep(int(answer.headers["retry-after"]) / 10)
    took = time.monotonic() - began
    two_services.one.start()
    await asyncio.to_thread(two_services.one.wait_until, 200)

    assert answer.is_success
    assert took < 20
    assert two_services.database.messages.count_documents({}) == before + 2


@pytest.mark.slow
@pytest.mark.parametrize(("topology", "acknowledged"), ACKNOWLEDGED)
async def test_writers_and_readers_at_two_processes_see_the_same_order(
    request: pytest.FixtureRequest, serve: Serve, topology: str, acknowledged: int
) -> None:
    if topology == "replica set":
        await check_order(
            request.getfixturevalue("two_services"), request.getfixturevalue("mongo_url"), topology, acknowledged
        )
        return
    url = request.getfixturevalue("standalone_url")
    with run_two_services(serve, url) as two_services:
        await check_order(two_services, url, topology, acknowledged)


async def check_order(two_services: TwoServices, url: str, topology: str, acknowledged: int) -> None:
    two_services.empty()
    began = time.monotonic()
    results = await run_load(
        two_services.urls, lambda results: until_acknowledged(results, acknowledged), writers=16, threads=1
    )
    took = time.monotonic() - began
    async with Threadkeep.connect(
        url, database=two_services.database.name, sweep_seconds=None, timeout_seconds=60
    ) as keep:
        await sweep(keep)
        violations = await violations_of(keep, results)
        (thread_id,) = results.seen
        documents = keep.runtime.documents
        rows = await documents.messages.find({"thread_id": thread_id}).to_list()
        deleted = await documents.deleted_messages.find({"thread_id": thread_id}).to_list()
        seqs = sorted(row["seq"] for row in (*rows, *deleted))

    report(f"2 processes x 8 writers, one thread, {topology}", results, seconds=took)
    assert violations == []
    assert not results.errors
    assert len(seqs) > 20
    if topology == "replica set":
        assert seqs == list(range(1, len(seqs) + 1))


@pytest.mark.parametrize("rounds", ROUNDS)
async def test_a_rolling_restart_is_invisible_to_a_client_with_retries(
    two_services: TwoServices, mongo_url: str, rounds: int
) -> None:
    two_services.empty()
    exit_codes: list[int] = []
    with proxying(("127.0.0.1", two_services.one.port), ("127.0.0.1", two_services.other.port)) as balancer:

        async def restart_in_turn(results: Results) -> None:
            for service in (two_services.one, two_services.other) * rounds:
                await until_acknowledged(results, 15)
                service.terminate()
                exit_codes.append(await asyncio.to_thread(service.wait))
                service.start()
                await asyncio.to_thread(service.wait_until, 200)

        results = await run_load([f"http://{balancer.address}"], restart_in_turn, writers=8)
    async with Threadkeep.connect(mongo_url, database=two_services.database.name, sweep_seconds=None) as keep:
        await sweep(keep)
        violations = await violations_of(keep, results)

    report("rolling restarts", results, restarts=len(exit_codes))
    assert violations == []
    assert not results.errors
    assert set(exit_codes) == {0}


async def test_expected_numbers_let_one_of_two_processes_win(keeps: Pair) -> None:
    one, other = keeps
    thread_id, _ = await make_history(one, 2)

    results = await asyncio.gather(
        *(
            keep.message_service.replace_messages(thread_id, 1, [{"content": "new"}], expected_seq=2)
            for keep in (one, other) * 3
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(result, PreconditionFailed) for result in results) == 5
    assert [message.content for message in await one.message_service.list_messages(thread_id)] == ["1", "new"]

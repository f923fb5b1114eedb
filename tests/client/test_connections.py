"""A client that was used before `os.fork()`: each process has connections of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2
import pytest

from threadkeep.client import AsyncClient, Client
from threadkeep.client.options import certificates
from threadkeep.tests.forks import FORK_WARNING, in_children

if TYPE_CHECKING:
    from threadkeep.tests.live_server import LiveServer

CHILDREN = 8
REQUESTS = 10

pytestmark = pytest.mark.filterwarnings(FORK_WARNING)


@pytest.fixture
def user_ids(live_server: LiveServer) -> list[str]:
    with Client(live_server.url, live_server.admin_key) as client:
        return [client.user_service.create_user(full_name=str(number)).id for number in range(CHILDREN)]


@pytest.mark.slow
def test_each_child_of_a_fork_gets_its_own_answers(live_server: LiveServer, user_ids: list[str]) -> None:
    with Client(live_server.url, live_server.admin_key) as client:
        client.user_service.list_users()

        def ask(number: int) -> None:
            answers = [client.user_service.get_user(user_ids[number]) for _ in range(REQUESTS)]
            assert all(answer.id == user_ids[number] for answer in answers)

        assert in_children(ask, CHILDREN) == [0] * CHILDREN
        assert client.user_service.get_user(user_ids[0]).id == user_ids[0]


@pytest.mark.slow
def test_each_child_of_a_fork_gets_its_own_answers_from_an_async_client(
    live_server: LiveServer, user_ids: list[str]
) -> None:
    client = AsyncClient(live_server.url, live_server.admin_key)

    def ask(number: int) -> None:
        async def work() -> None:
            answers = [await client.user_service.get_user(user_ids[number]) for _ in range(REQUESTS)]
            assert all(answer.id == user_ids[number] for answer in answers)

        asyncio.run(work())

    assert in_children(ask, CHILDREN) == [0] * CHILDREN


@pytest.mark.slow
def test_a_borrowed_http_client_is_refused_in_a_child(live_server: LiveServer) -> None:
    with httpx2.Client(verify=certificates()) as http:
        client = Client(live_server.url, live_server.admin_key, http_client=http)
        client.user_service.list_users()

        def ask(_: int) -> None:
            with pytest.raises(RuntimeError, match="Create the client in the child process"):
                client.user_service.list_users()

        assert in_children(ask, CHILDREN) == [0] * CHILDREN

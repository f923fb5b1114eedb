"""Clients of a server that allows only shorter pages than the clients request by default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import InvalidInput
from threadkeep.tests.live_server import run_live_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo import MongoClient

    from threadkeep.tests.client.conftest import Connect
    from threadkeep.tests.live_server import LiveServer


@pytest.fixture(scope="module")
def short_pages(mongo: MongoClient[dict[str, Any]], mongo_url: str) -> Iterator[LiveServer]:
    with run_live_server(mongo, mongo_url, max_page=3, max_records_page=2) as server:
        yield server


@pytest.mark.slow
def test_a_list_is_complete_if_the_server_allows_only_short_pages(connect: Connect, short_pages: LiveServer) -> None:
    short_pages.empty()
    client = connect(short_pages.url, short_pages.admin_key)
    users = [client.user_service.create_user(full_name=name).id for name in "abcde"]
    threads = [client.thread_service.create_thread([user]).id for user in users]
    client.message_service.create_messages(threads[0], [{"content": text} for text in "abcdefgh"])
    messages = client.message_service

    listed = messages.list_messages(threads[0])
    iterated = messages.iter_messages(threads[0], order="desc")

    assert "".join(message.content for message in listed) == "abcdefgh"
    assert "".join(message.content for message in iterated) == "hgfedcba"
    assert [user.id for user in client.user_service.iter_users(order="asc")] == users
    assert [thread.id for thread in client.thread_service.iter_threads(sort="created", order="asc")] == threads


def test_a_limit_of_the_caller_above_the_servers_limit_is_refused(connect: Connect, short_pages: LiveServer) -> None:
    client = connect(short_pages.url, short_pages.admin_key)
    thread = client.thread_service.create_thread()

    for call in (
        lambda: client.message_service.list_messages(thread.id, 4),
        lambda: list(client.message_service.iter_messages(thread.id, limit=4)),
        lambda: list(client.user_service.iter_users(limit=3)),
    ):
        with pytest.raises(InvalidInput, match="limit: must be at most"):
            call()

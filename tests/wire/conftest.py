"""Fixtures: a rules proxy in front of the embedded server, and Threadkeeps behind it."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import pytest
from pymongo import AsyncMongoClient

from threadkeep.documents import open_client
from threadkeep.keep import Threadkeep
from threadkeep.tests.wire.proxy import RulesProxy, ruling
from threadkeep.tests.wire.rules import Chosen, Held

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from contextlib import AbstractAsyncContextManager

    from pymongo import MongoClient
    from pymongo.asynchronous.database import AsyncDatabase

    from threadkeep.tests.wire.one_connection import OpenDatabase

OPTIONS = "serverMonitoringMode=poll&heartbeatFrequencyMS=500"


class Behind(Protocol):
    """Opens Threadkeeps behind the proxy."""

    def __call__(self, **options: Any) -> AbstractAsyncContextManager[Threadkeep]: ...


@pytest.fixture
def database_name(emptied_database_name: str) -> str:
    """Reuse one database with empty collections. Tests about the creation of a database use `new_database_name`."""
    return emptied_database_name


@pytest.fixture
def new_database_name(mongo: MongoClient[dict[str, Any]]) -> Iterator[str]:
    """The name of a database that does not exist."""
    name = f"test-{secrets.token_hex(8)}"
    yield name
    mongo.drop_database(name)


@pytest.fixture
def proxy(mongo: MongoClient[dict[str, Any]]) -> Iterator[RulesProxy]:
    """A rules proxy without rules, which greets as a replica set."""
    with ruling(mongo.address or ("", 0)) as proxy:
        yield proxy


@pytest.fixture(params=[pytest.param(21, id="MongoDB 7", marks=pytest.mark.slow), pytest.param(25, id="MongoDB 8")])
def _each_version(request: pytest.FixtureRequest, proxy: RulesProxy) -> None:
    """MongoDB 8 writes to several collections with one command, MongoDB 7 does not."""
    proxy.greeting.more = {"maxWireVersion": request.param}


@pytest.fixture
def proxied_url(proxy: RulesProxy, mongo_url: str) -> str:
    """The URL of the embedded server behind the proxy, with retryable writes as on a real replica set."""
    return url_behind(proxy, mongo_url)


def url_behind(proxy: RulesProxy, mongo_url: str) -> str:
    """Return the URL of a server behind the proxy."""
    login = urlsplit(mongo_url).netloc.rpartition("@")[0]
    return f"mongodb://{login}@{proxy.address}/?{OPTIONS}"


@pytest.fixture
def behind(proxied_url: str, database_name: str) -> Behind:
    """A function that opens a Threadkeep behind the proxy, as a process of its own."""

    @asynccontextmanager
    async def open_behind(*, timeout_seconds: float = 20, **options: Any) -> AsyncIterator[Threadkeep]:
        client: AsyncMongoClient[dict[str, Any]]
        options = {"database": database_name, "sweep_seconds": None} | options
        async with (
            open_client(proxied_url, timeout_seconds=timeout_seconds, max_connections=50) as client,
            Threadkeep(client, **options) as keep,
        ):
            yield keep

    return open_behind


@pytest.fixture
def opened(proxied_url: str) -> OpenDatabase:
    """Return a function that opens a database behind the proxy. It has at most one connection for commands."""

    @asynccontextmanager
    async def open_database(**options: Any) -> AsyncIterator[AsyncDatabase[dict[str, Any]]]:
        async with AsyncMongoClient[dict[str, Any]](proxied_url, maxPoolSize=1, **options) as client:
            yield client["test-taskless"]

    return open_database


@pytest.fixture
def held(proxy: RulesProxy) -> Iterator[Held]:
    """The replies to `ping` wait. They go on when `go_on` is set, at the latest after the test."""
    rule = Held(Chosen(("ping",)), done=True)
    proxy.rules.append(rule)
    yield rule
    proxy.call(rule.go_on.set)

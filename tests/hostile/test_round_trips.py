"""Whatever is sent is given back exactly, or refused by the name of its field and not stored, in every door."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, given, settings

from threadkeep.client import AsyncClient, Client
from threadkeep.keep import Threadkeep
from threadkeep.testing import mongomock_client
from threadkeep.tests.behaviour.blocking import AwaitableClient
from threadkeep.tests.hostile.values import objects, storable, texts
from threadkeep.tests.hostile.ways import InBytes, InWords, Refused
from threadkeep.tests.routers.callers import Caller

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from collections.abc import Set as AbstractSet

    import httpx2
    from pymongo import AsyncMongoClient

    from threadkeep.tests.factories import ServiceProvider
    from threadkeep.tests.live_server import LiveServer

WAYS = ("mongomock", "services", "bytes", "async_client", "client")
# The ways in are the same for all examples: what one leaves does not change what becomes of another.
some = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
async def way(
    request: pytest.FixtureRequest, served: LiveServer, http: httpx2.Client, mongo_client: AsyncMongoClient[Any]
) -> AsyncIterator[InWords | InBytes]:
    options: dict[str, Any] = {"database": served.database.name, "sweep_seconds": None}
    match request.param:
        case "mongomock":
            async with Threadkeep(mongomock_client(), sweep_seconds=None) as keep:
                yield InWords(keep)
        case "services":
            async with Threadkeep(mongo_client, **options) as keep:
                yield InWords(keep)
        case "bytes":
            yield InBytes(Caller(http, served.admin_key))
        case "async_client":
            async with AsyncClient(served.url, served.admin_key) as client:
                yield InWords(cast("ServiceProvider", client))
        case _:
            with Client(served.url, served.admin_key) as blocking:
                yield InWords(AwaitableClient(blocking))


def exactly(value: Any) -> str:
    """So that 1, 1.0 and true are three things."""
    return json.dumps(value, sort_keys=True)


def names(refused: AbstractSet[str], wrong: AbstractSet[str]) -> bool:
    """Whether it is refused for what is wrong with it."""
    return bool(refused) and refused <= wrong


@pytest.mark.parametrize("way", WAYS, indirect=True)
@some
@given(value=objects)
async def test_any_object(way: InWords | InBytes, served: LiveServer, value: dict[str, Any]) -> None:
    fields = {"meta_data": value, "tool_resources": value}
    before = served.database["threads"].estimated_document_count()

    if not storable(value):
        with pytest.raises(Refused) as refused:
            await way.thread(**fields)
        assert names(refused.value.fields, fields.keys())
        assert served.database["threads"].estimated_document_count() == before
        return
    found = await way.thread(**fields)
    assert exactly(found["meta_data"]) == exactly(found["tool_resources"]) == exactly(value)


@pytest.mark.parametrize("way", WAYS, indirect=True)
@some
@given(text=texts, value=objects)
async def test_any_message(way: InWords | InBytes, served: LiveServer, text: str, value: dict[str, Any]) -> None:
    thread = await way.thread()
    fields = {"content": text, "meta_data": value, "attachments": [value], "sender_id": text}
    wrong = {name for name, said in fields.items() if not storable(said if name != "attachments" else value)}

    if wrong:
        with pytest.raises(Refused) as refused:
            await way.message(thread["id"], **fields)
        assert names(refused.value.fields, wrong)
        assert served.database["messages"].find_one({"thread_id": thread["id"]}) is None
        return
    found = await way.message(thread["id"], **fields)
    assert exactly({name: found[name] for name in fields}) == exactly(fields)

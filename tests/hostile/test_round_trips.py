"""Each value is returned exactly, or refused with the name of its field and not stored, in every API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, given, settings

from threadkeep.client import AsyncClient, Client
from threadkeep.keep import Threadkeep
from threadkeep.testing import mongomock_client
from threadkeep.tests.behaviour.blocking import AwaitableClient
from threadkeep.tests.hostile.api_adapters import HttpAdapter, Refused, ServiceAdapter
from threadkeep.tests.hostile.values import objects, storable, texts
from threadkeep.tests.routers.callers import Caller

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from collections.abc import Set as AbstractSet

    import httpx2
    from pymongo import AsyncMongoClient

    from threadkeep.tests.factories import ServiceProvider
    from threadkeep.tests.live_server import LiveServer

APIS = [
    "mongomock",
    "bytes",
    *(pytest.param(api, marks=pytest.mark.slow) for api in ("services", "async_client", "client")),
]
# All examples share one API: the data of one example does not change the result of another.
some = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
async def api(
    request: pytest.FixtureRequest, served: LiveServer, http: httpx2.Client, mongo_client: AsyncMongoClient[Any]
) -> AsyncIterator[ServiceAdapter | HttpAdapter]:
    options: dict[str, Any] = {"database": served.database.name, "sweep_seconds": None}
    match request.param:
        case "mongomock":
            async with Threadkeep(mongomock_client(), sweep_seconds=None) as keep:
                yield ServiceAdapter(keep)
        case "services":
            async with Threadkeep(mongo_client, **options) as keep:
                yield ServiceAdapter(keep)
        case "bytes":
            yield HttpAdapter(Caller(http, served.admin_key))
        case "async_client":
            async with AsyncClient(served.url, served.admin_key) as client:
                yield ServiceAdapter(cast("ServiceProvider", client))
        case _:
            with Client(served.url, served.admin_key) as blocking:
                yield ServiceAdapter(AwaitableClient(blocking))


def exactly(value: Any) -> str:
    """Return the value as JSON, in which 1, 1.0 and true differ."""
    return json.dumps(value, sort_keys=True)


def names_only(refused: AbstractSet[str], wrong: AbstractSet[str]) -> bool:
    """Return whether the refusal names only invalid fields."""
    return bool(refused) and refused <= wrong


@pytest.mark.parametrize("api", APIS, indirect=True)
@some
@given(value=objects)
async def test_an_object_is_returned_exactly_or_refused(
    api: ServiceAdapter | HttpAdapter, served: LiveServer, value: dict[str, Any]
) -> None:
    fields = {"meta_data": value, "tool_resources": value}
    before = served.database["threads"].estimated_document_count()

    if not storable(value):
        with pytest.raises(Refused) as refused:
            await api.thread(**fields)
        assert names_only(refused.value.fields, fields.keys())
        assert served.database["threads"].estimated_document_count() == before
        return
    found = await api.thread(**fields)
    assert exactly(found["meta_data"]) == exactly(found["tool_resources"]) == exactly(value)


@pytest.mark.parametrize("api", APIS, indirect=True)
@some
@given(text=texts, value=objects)
async def test_a_message_is_returned_exactly_or_refused(
    api: ServiceAdapter | HttpAdapter, served: LiveServer, text: str, value: dict[str, Any]
) -> None:
    thread = await api.thread()
    fields = {"content": text, "meta_data": value, "attachments": [value], "sender_id": text}
    wrong = {name for name, content in fields.items() if not storable(content if name != "attachments" else value)}

    if wrong:
        with pytest.raises(Refused) as refused:
            await api.message(thread["id"], **fields)
        assert names_only(refused.value.fields, wrong)
        assert served.database["messages"].find_one({"thread_id": thread["id"]}) is None
        return
    found = await api.message(thread["id"], **fields)
    assert exactly({name: found[name] for name in fields}) == exactly(fields)

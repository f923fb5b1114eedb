"""Each value that can be stored survives reading, changing and writing again, in process and over HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, cast

import pytest
from bson import Int64
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadkeep.client import AsyncClient, Client
from threadkeep.keep import Threadkeep
from threadkeep.tests.behaviour.blocking import AwaitableClient
from threadkeep.transfer import export, import_file

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from pymongo import AsyncMongoClient

    from threadkeep.records import MessageRecord
    from threadkeep.tests.factories import ServiceProvider
    from threadkeep.tests.live_server import LiveServer

APIS = (
    "mongomock",
    "services",
    pytest.param("async_client", marks=pytest.mark.slow),
    pytest.param("client", marks=pytest.mark.chaos),  # it sends the same requests
)
some = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
LARGE = st.sampled_from((2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, -(2**63), 0, 1.0, -0.0, 1e300))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
KEYS = st.sampled_from(("chat_id", "$set", "a.b", "$ref", "$id", "")) | TEXTS.map(lambda text: text.replace("\0", ""))
LEAVES = st.none() | st.booleans() | LARGE | st.integers(-(2**63), 2**63 - 1) | TEXTS
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
OBJECTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)
FORMATS: tuple[Literal["jsonl", "parquet"], ...] = ("jsonl", "parquet")
FIELDS = ("content", "attachments", "tool_calls", "incomplete_details", "meta_data", "item")


@pytest.fixture
async def api(
    request: pytest.FixtureRequest, served: LiveServer, keep_in_memory: Threadkeep, mongo_client: AsyncMongoClient[Any]
) -> AsyncIterator[ServiceProvider]:
    match request.param:
        case "mongomock":
            yield keep_in_memory
        case "services":
            async with Threadkeep(mongo_client, database=served.database.name, sweep_seconds=None) as keep:
                yield keep
        case "async_client":
            async with AsyncClient(served.url, served.admin_key) as client:
                yield cast("ServiceProvider", client)
        case _:
            with Client(served.url, served.admin_key) as blocking:
                yield AwaitableClient(blocking)


def exactly(value: Any) -> str:
    """Return the value as JSON, in which 1, 1.0 and true differ. `json` refuses types that JSON does not have."""
    return json.dumps(value, sort_keys=True)


def is_plain(value: Any) -> bool:
    """Return whether all numbers have the types of Python, and not those of the driver."""
    if isinstance(value, (dict, list)):
        return all(map(is_plain, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, Int64)


@pytest.mark.slow
@pytest.mark.parametrize("api", APIS, indirect=True)
@some
@given(value=OBJECTS)
async def test_values_of_threads_survive_changes(api: ServiceProvider, value: dict[str, Any]) -> None:
    threads = api.thread_service
    thread = await threads.create_thread(meta_data=value, tool_resources=value)

    merged = await threads.update_thread(thread.id, meta_data={"topic": "x"})
    again = await threads.update_thread(thread.id, meta_data=merged.meta_data, tool_resources=merged.tool_resources)
    replaced = await threads.update_metadata(thread.id, again.meta_data)
    searched = dict([next(iter(value.items()))]) if "topic" not in value else {"topic": "x"}
    found = await threads.find_threads(meta_data=searched, limit=1)

    assert exactly(thread.meta_data) == exactly(thread.tool_resources) == exactly(value)
    for changed in (merged, again, replaced, found[0]):
        assert exactly(changed.meta_data) == exactly(value | {"topic": "x"})
        assert exactly(changed.tool_resources) == exactly(value)
        assert is_plain(dict(changed))
    assert found[0].id == thread.id


def fields_with(value: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a message in which a caller may store any object."""
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}, "more": value}
    return {
        "content": [{"type": "my_part", "value": value}],
        "attachments": [value],
        "tool_calls": [call],
        "incomplete_details": value,
        "meta_data": value,
        "item": value,
    }


def fields_of(message: MessageRecord) -> dict[str, Any]:
    return {name: message[name] for name in FIELDS}


@pytest.mark.slow
@pytest.mark.parametrize("api", APIS, indirect=True)
@some
@given(value=OBJECTS)
async def test_values_of_messages_survive_changes_and_are_appended_again(
    api: ServiceProvider, value: dict[str, Any]
) -> None:
    messages = api.message_service
    thread = await api.thread_service.create_thread(meta_data={})
    made = await messages.create_message(thread.id, role="assistant", status="incomplete", **fields_with(value))
    read = await messages.get_message(made.id)
    [listed] = await messages.list_messages(thread.id)

    again = await messages.create_message(thread.id, role="assistant", **fields_of(listed))
    updated = await messages.update_message(made.id, **fields_of(read))
    kept = await messages.create_message(thread.id, type="my.snapshot", item=value)
    history = await messages.get_formatted_messages(thread.id)

    for message in (made, read, listed, again, updated):
        assert exactly(fields_of(message)) == exactly(fields_with(value))
        assert is_plain(dict(message))
    assert exactly((await messages.get_message(kept.id)).item) == exactly(value)
    assert is_plain(history)
    assert json.loads(exactly(history)) == history


@pytest.mark.slow
@settings(some, max_examples=10)
@given(value=OBJECTS, format_=st.sampled_from(FORMATS))
async def test_values_survive_an_export_and_an_import(
    keep_in_memory: Threadkeep,
    served: LiveServer,
    mongo_client: AsyncMongoClient[Any],
    tmp_path: Path,
    *,
    value: dict[str, Any],
    format_: Literal["jsonl", "parquet"],
) -> None:
    thread = await keep_in_memory.thread_service.create_thread(meta_data=value, tool_resources=value)
    await keep_in_memory.message_service.create_message(thread.id, role="assistant", **fields_with(value))
    await keep_in_memory.message_service.create_message(thread.id, type="my.snapshot", item=value)
    records = await keep_in_memory.message_service.list_messages(thread.id)
    await export(keep_in_memory, tmp_path / format_, format=format_, restart=True)
    await keep_in_memory.thread_service.delete_thread(thread.id)
    async with Threadkeep(mongo_client, database=served.database.name, sweep_seconds=None) as other:
        report = await import_file(other, tmp_path / format_)
        found = await other.message_service.list_messages(thread.id)
        imported = await other.thread_service.get_thread(thread.id)
        await other.thread_service.delete_thread(thread.id)

    assert report.problems == []
    assert exactly(found) == exactly(records)
    assert exactly(imported.meta_data) == exactly(imported.tool_resources) == exactly(value)

"""The services in process and the client take the same Python values, store the same, and refuse the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadkeep.client import AsyncClient
from threadkeep.errors import InvalidInput, ThreadkeepError
from threadkeep.keep import Threadkeep
from threadkeep.tests.client.python_values import RELATIVES, STRANGERS, Colour, Level, Model, Point, leaves, values

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from pymongo import AsyncMongoClient

    from threadkeep.tests.live_server import LiveServer

NESTED: dict[str, Callable[[Any, Any], Awaitable[Any]]] = {
    "thread.meta_data": lambda keep, value: keep.thread_service.create_thread(meta_data=value),
    "thread.meta_data.a": lambda keep, value: keep.thread_service.create_thread(meta_data={"a": value}),
    "thread.tool_resources": lambda keep, value: keep.thread_service.create_thread(tool_resources={"a": [value]}),
    "thread.messages": lambda keep, value: keep.thread_service.create_thread(messages=value),
    "thread.participant_ids": lambda keep, value: keep.thread_service.create_thread(participant_ids=value),
    "update_metadata": lambda keep, value: keep.thread_service.update_metadata(keep.thread_id, value),
    "update_thread": lambda keep, value: keep.thread_service.update_thread(keep.thread_id, meta_data={"a": value}),
    "content": lambda keep, value: keep.message_service.create_message(keep.thread_id, value),
    "content.part": lambda keep, value: keep.message_service.create_message(
        keep.thread_id, [{"type": "x", "y": value}]
    ),
    "attachments": lambda keep, value: keep.message_service.create_message(keep.thread_id, "x", attachments=value),
    "tool_calls": lambda keep, value: keep.message_service.create_message(keep.thread_id, "x", tool_calls=[value]),
    "message.meta_data": lambda keep, value: keep.message_service.create_message(keep.thread_id, "x", meta_data=value),
    "messages": lambda keep, value: keep.message_service.create_messages(keep.thread_id, value),
    "messages.0": lambda keep, value: keep.message_service.create_messages(keep.thread_id, [{"content": value}]),
    "update_user.full_name": lambda keep, value: keep.user_service.update_user(keep.user_id, full_name=value),
    "find_threads.meta_data": lambda keep, value: keep.thread_service.find_threads(meta_data={"a": value}),
}
SINGLE: dict[str, Callable[[Any, Any], Awaitable[Any]]] = {
    "role": lambda keep, value: keep.message_service.create_message(keep.thread_id, "x", value),
    "sender_id": lambda keep, value: keep.message_service.create_message(keep.thread_id, "x", sender_id=value),
    "status": lambda keep, value: keep.message_service.create_message(keep.thread_id, "x", status=value),
    "expected_seq": lambda keep, value: keep.message_service.create_message(keep.thread_id, "x", expected_seq=value),
    "expected_revision": lambda keep, value: keep.thread_service.update_thread(
        keep.thread_id, meta_data={}, expected_revision=value
    ),
    "is_last": lambda keep, value: keep.message_service.append_chunk(keep.thread_id, "x", is_last=value),
    "email": lambda keep, value: keep.user_service.create_user(email=value),
    "email_verified": lambda keep, value: keep.user_service.create_user(email_verified=value),
    "full_name": lambda keep, value: keep.user_service.create_user(full_name=value),
    "expires_in_days": lambda keep, value: keep.key_service.create_key(expires_in_days=value),
    "scope": lambda keep, value: keep.key_service.create_key(value),
    "include_inactive": lambda keep, value: keep.key_service.list_keys(include_inactive=value),
    "limit": lambda keep, value: keep.message_service.list_messages(keep.thread_id, value),
    "order": lambda keep, value: keep.message_service.list_messages(keep.thread_id, order=value),
    "after": lambda keep, value: keep.message_service.list_messages(keep.thread_id, after=value),
    "filter": lambda keep, value: keep.message_service.list_messages(keep.thread_id, role=value),
    "participant": lambda keep, value: keep.thread_service.find_threads(value),
    "created_after": lambda keep, value: keep.thread_service.find_threads(created_after=value),
    "users.limit": lambda keep, value: keep.user_service.list_users(value),
    "get_thread": lambda keep, value: keep.thread_service.get_thread(value),
    "get_user": lambda keep, value: keep.user_service.get_user(value),
    "delete_user": lambda keep, value: keep.user_service.delete_user(value),
    "update_user": lambda keep, value: keep.user_service.update_user(value, full_name="x"),
    "delete_thread": lambda keep, value: keep.thread_service.delete_thread(value),
    "list_threads": lambda keep, value: keep.thread_service.list_threads(value),
    "list_thread_records": lambda keep, value: keep.thread_service.list_thread_records(value),
    "remove_participant": lambda keep, value: keep.thread_service.remove_participant(keep.thread_id, value),
    "create in": lambda keep, value: keep.message_service.create_message(value, "x", "assistant"),
    "chunk in": lambda keep, value: keep.message_service.append_chunk(value, "x", is_last=False),
    "get_message": lambda keep, value: keep.message_service.get_message(value),
    "get_message in": lambda keep, value: keep.message_service.get_message("message_1", thread_id=value),
    "delete_message": lambda keep, value: keep.message_service.delete_message(value),
    "update_message": lambda keep, value: keep.message_service.update_message(value, content="x"),
    "list_messages": lambda keep, value: keep.message_service.list_messages(value),
    "formatted": lambda keep, value: keep.message_service.get_formatted_messages(value),
    "context": lambda keep, value: keep.message_service.context(value, 1000),
    "list_keys": lambda keep, value: keep.key_service.list_keys(value),
    "get_key": lambda keep, value: keep.key_service.get_key(value),
    "revoke_key": lambda keep, value: keep.key_service.revoke_key(value),
    "revoke_key of": lambda keep, value: keep.key_service.revoke_key("tk_12345678", user_id=value),
    "key of": lambda keep, value: keep.key_service.create_key("user", user_id=value),
    "threads limit": lambda keep, value: keep.thread_service.list_threads(keep.user_id, limit=value),
    "email filter": lambda keep, value: keep.user_service.list_users(email=value),
    "key_name": lambda keep, value: keep.key_service.create_key(key_name=value),
    "since": lambda keep, value: keep.analytics_service.unanswered(since=value),
    "zone": lambda keep, value: keep.analytics_service.busy_hours(zone=value),
    "key": lambda keep, value: keep.analytics_service.metadata(value),
    "audit": lambda keep, value: keep.audit_service.list_entries(after=value),
    "unit": lambda keep, value: keep.analytics_service.active_users(unit=value),
    "hours": lambda keep, value: keep.analytics_service.unanswered(hours=value),
}
NEW = {"id", "seq", "thread_id", "revision", "owner_id", "sender_id", "participant_ids", "plain_key", "prefix"}
NEW |= {
    f"{event}_at{unit}"
    for unit in ("", "_ms")
    for event in ("created", "updated", "completed", "last_active", "last_message", "last_used", "expires")
}
"""The fields in which two equal calls differ."""
some = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


class Way:
    """One way to the services, with a user and a thread of its own."""

    def __init__(self, services: Any) -> None:
        self._services = services
        self.user_id = self.thread_id = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._services, name)

    async def outcome(self, name: str, value: Any) -> Any:
        """The result of a call without ids and times, or the class of its error and the fields that it names."""
        call = NESTED.get(name) or SINGLE[name]
        try:
            result = await call(self, value)
        except ThreadkeepError as error:
            fields = sorted({_field(problem) for problem in getattr(error, "problems", ())})
            return type(error).__name__, fields
        return json.dumps(_without_ids(result), sort_keys=True, default=str)


def _field(problem: Any) -> str:
    """The argument that a problem names, without the part of the request that has it in HTTP."""
    steps = [step for step in problem["loc"] if step not in ("body", "query", "header")]
    return str(steps[0]).removesuffix("_chunk") if steps else "meta_data"  # the whole body of `update_metadata`


def _without_ids(result: Any) -> Any:
    if isinstance(result, dict):
        return {name: _without_ids(value) for name, value in result.items() if name not in NEW}
    if isinstance(result, str):  # the id of a thread
        return result.partition("_")[0]
    return [_without_ids(value) for value in result] if isinstance(result, list) else result


@pytest.fixture
async def ways(mongo_client: AsyncMongoClient[Any], live_server: LiveServer) -> AsyncIterator[list[Way]]:
    """The services in process and over HTTP, on the same database."""
    async with (
        Threadkeep(mongo_client, database=live_server.database.name, sweep_seconds=None) as keep,
        AsyncClient(live_server.url, live_server.admin_key) as client,
    ):
        ways = [Way(keep), Way(client)]
        for way in ways:
            way.user_id = (await way.user_service.create_user()).id
            way.thread_id = (await way.thread_service.create_thread(participant_ids=[way.user_id])).id
        yield ways


@some
@given(name=st.sampled_from([*NESTED, *SINGLE]), data=st.data())
async def test_a_value_means_the_same_in_process_and_over_http(ways: list[Way], name: str, data: st.DataObject) -> None:
    value = data.draw(values if name in NESTED else leaves)

    in_process, over_http = [await way.outcome(name, value) for way in ways]

    assert in_process == over_http


@pytest.mark.slow
@pytest.mark.parametrize("name", [*NESTED, *SINGLE])
async def test_every_kind_of_value_means_the_same_in_process_and_over_http(ways: list[Way], name: str) -> None:
    for value in [None, *RELATIVES, *STRANGERS]:
        in_process, over_http = [await way.outcome(name, value) for way in ways]

        assert in_process == over_http, repr(value)


async def test_relatives_of_json_types_are_stored_as_json(ways: list[Way]) -> None:
    given_, stored = (
        {"colour": Colour.RED, "id": UUID(int=1), "pair": (1, Level.HIGH)},
        {
            "colour": "red",
            "id": str(UUID(int=1)),
            "pair": [1, 3],
        },
    )
    for way in ways:
        thread = await way.thread_service.create_thread(meta_data=given_)
        found = await way.thread_service.find_threads(meta_data=given_)

        assert thread.meta_data == stored
        assert thread.id in [one.id for one in found]


async def test_a_type_that_json_does_not_have_is_refused_with_the_next_step(ways: list[Way]) -> None:
    for way in ways:
        for value, step in (
            (datetime(2026, 1, 1, tzinfo=UTC), "pass its isoformat()"),
            ({1}, "pass a list"),
            (Decimal(1), "pass a float, or its text"),
            (Point(), "pass its dataclasses.asdict()"),
            (Model(), "pass its model_dump()"),
            (b"", "pass a text"),
        ):
            with pytest.raises(InvalidInput) as refused:
                await way.thread_service.create_thread(meta_data={"a": [value]})

            assert str(refused.value) == f"meta_data.a.0: {type(value).__name__} is not a JSON value: {step}"

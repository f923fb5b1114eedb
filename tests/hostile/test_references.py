"""An object with `$ref` and `$id` is data like any other, although drivers and servers know references of this form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.factories import make_user
from threadkeep.tests.routers.callers import Caller

if TYPE_CHECKING:
    import httpx2

    from threadkeep.keep import Threadkeep
    from threadkeep.tests.live_server import LiveServer

REFERENCES: list[dict[str, Any]] = [
    {"$ref": "#/$defs/User", "$id": "https://example.com/schema"},
    {"$ref": "a", "$id": 1, "$db": "c"},
    {"type": "object", "$id": {"$ref": "x", "$id": None}, "$ref": "a", "properties": [{"$ref": "b", "$id": []}]},
]
each_reference = pytest.mark.parametrize("value", REFERENCES)


@each_reference
async def test_a_reference_is_stored_and_returned_as_the_value_of_every_field(
    keep: Threadkeep, value: dict[str, Any]
) -> None:
    user = await make_user(keep)
    thread = await keep.thread_service.create_thread([user.id], meta_data=value, tool_resources=value)
    fields: dict[str, Any] = {"content": [value], "meta_data": value, "attachments": [value], "tool_calls": [value]}
    sent = await keep.message_service.create_message(thread.id, role="assistant", incomplete_details=value, **fields)
    await keep.message_service.update_message(sent.id, content=[value, value], meta_data=value)
    await keep.thread_service.update_thread(thread.id, meta_data=value, tool_resources=value)

    (read,) = await keep.message_service.list_messages(thread.id)
    (found,) = await keep.thread_service.find_threads(meta_data=value)
    assert (found.meta_data, found.tool_resources) == (value, value)
    assert [found] == await keep.thread_service.list_thread_records(user.id)
    assert {name: read[name] for name in fields} == {**fields, "content": [value, value]}
    assert read.incomplete_details == value


@each_reference
def test_a_reference_is_stored_through_both_apis(
    http: httpx2.Client, served: LiveServer, value: dict[str, Any]
) -> None:
    admin = Caller(http, served.admin_key)
    thread = admin.new_thread(meta_data=value)
    message = admin.new_message(thread["id"], meta_data=value, attachments=[value])
    tool = {"type": "function", "name": "x", "parameters": value, "strict": True}
    item = {
        "type": "tool_search_call",
        "arguments": value,
        "call_id": "c",
        "execution": "client",
        "status": "completed",
    }
    made = admin.post("/openai/v1/conversations", {"items": [item, {**item, "arguments": tool}]})

    assert admin.get(f"/v1/threads/{thread['id']}").json()["meta_data"] == value
    shown = admin.get(f"/v1/messages/{message['id']}").json()
    assert (shown["meta_data"], shown["attachments"]) == (value, [value])
    assert made.is_success, made.text
    items = admin.get(f"/openai/v1/conversations/{made.json()['id']}/items").json()["data"]
    assert [one["arguments"] for one in items] == [tool, value]
    text = admin.get(f"/openai/v1/threads/{thread['id']}/messages").json()["data"][0]["content"][-1]["text"]["value"]
    assert json.loads(text) == value

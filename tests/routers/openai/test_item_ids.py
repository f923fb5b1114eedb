"""Ids that the API of a vendor checks come back unchanged. Pages are exact, although a message may be several items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openai import BadRequestError, NotFoundError

from threadkeep.tests.routers.openai.sdk_validation import checked_item

if TYPE_CHECKING:
    from openai import OpenAI

    from threadkeep.client import Client

REASONING: Any = {"type": "reasoning", "id": "rs_68aa", "summary": [], "encrypted_content": "x"}
SEARCH: Any = {"type": "web_search_call", "id": "ws_68aa", "action": {"type": "search", "query": "?"}}
CALL: Any = {"type": "function_call", "id": "fc_68aa", "call_id": "call_1", "name": "f", "arguments": "{}"}
MCP: Any = {"type": "mcp_call", "id": "mcp_68aa", "server_label": "s", "name": "f", "arguments": "{}"}


def ids(sdk: OpenAI, thread_id: str, **options: Any) -> list[str]:
    return [str(item.id) for item in sdk.conversations.items.list(thread_id, **{"order": "asc"} | options)]


def call(call_id: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": "f", "arguments": "{}"}}


def test_an_item_keeps_the_id_that_has_the_prefix_of_its_kind(sdk: OpenAI) -> None:
    sent = [REASONING, SEARCH, CALL, MCP]
    conversation = sdk.conversations.create(items=sent[:2])

    made = sdk.conversations.items.create(conversation.id, items=sent[2:]).data

    assert [str(item.id) for item in made] == ["fc_68aa", "mcp_68aa"]
    assert ids(sdk, conversation.id, limit=1) == [item["id"] for item in sent]
    for item in sent:
        found = checked_item(sdk.conversations.items.retrieve(item["id"], conversation_id=conversation.id))
        assert (found.id, found.type) == (item["id"], item["type"])


def test_an_id_belongs_to_the_first_item_of_a_conversation_that_has_it(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create(items=[REASONING, REASONING])
    sdk.conversations.items.create(conversation.id, items=[REASONING])
    sdk.conversations.items.create(conversation.id, items=[{"role": "user", "content": "x"}, REASONING])
    other = sdk.conversations.create(items=[REASONING])

    found = ids(sdk, conversation.id, limit=1)

    assert found[0] == "rs_68aa"
    assert len(set(found)) == len(found) == 5
    assert {name.partition("_")[0] for name in found} == {"rs", "msg"}
    assert ids(sdk, other.id) == ["rs_68aa"]


def test_an_item_is_deleted_by_its_own_id_and_stays_a_cursor(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create(items=[REASONING, SEARCH, CALL])

    for item in sdk.conversations.items.list(conversation.id, order="asc", limit=1):
        sdk.conversations.items.delete(str(item.id), conversation_id=conversation.id)

    assert ids(sdk, conversation.id) == []
    with pytest.raises(NotFoundError):
        sdk.conversations.items.retrieve("rs_68aa", conversation_id=conversation.id)
    assert ids(sdk, conversation.id, after="rs_68aa") == []
    sdk.conversations.items.create(conversation.id, items=[REASONING])
    assert ids(sdk, conversation.id) == ["rs_68aa"]


def test_a_reference_to_an_item_by_its_own_id_is_known(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create(items=[REASONING])

    with pytest.raises(BadRequestError) as refused:
        sdk.conversations.items.create(conversation.id, items=[{"type": "item_reference", "id": "rs_68aa"}])

    assert refused.value.code == "item_already_in_conversation"


def history(sdk: OpenAI, native: Client) -> tuple[str, list[str]]:
    """Create a conversation whose messages are several items each. Return its id and the ids of all items, oldest first."""
    thread = native.thread_service.create_thread(meta_data={})
    for number in range(3):
        native.message_service.create_message(thread.id, f"question {number}")
        native.message_service.create_message(thread.id, "words", "assistant", tool_calls=[call("a"), call("b")])
        native.message_service.create_message(thread.id, "", "assistant", tool_calls=[call("c"), call("d"), call("e")])
        native.message_service.create_message(thread.id, "", "assistant", tool_calls=[call("f")])
    found = ids(sdk, thread.id, limit=100)
    assert len(found) == len(set(found)) == 3 * (1 + 3 + 3 + 1)
    return thread.id, found


@pytest.mark.slow
@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_pages_have_at_most_the_limit_and_leave_nothing_out(sdk: OpenAI, native: Client, limit: int) -> None:
    thread_id, expected = history(sdk, native)

    for order in ("asc", "desc"):
        found: list[str] = []
        page: Any = sdk.conversations.items.list(thread_id, order=order, limit=limit)
        while True:
            names = [str(item.id) for item in page.data]
            assert 0 < len(names) <= limit
            assert (page.last_id, page.has_more) == (names[-1], len(found) + len(names) < len(expected))
            found += names
            if not page.has_more:
                break
            page = page.get_next_page()
        assert found == (expected if order == "asc" else expected[::-1])


@pytest.mark.slow
def test_any_item_is_a_cursor_in_both_directions(sdk: OpenAI, native: Client, http: Any) -> None:
    thread_id, expected = history(sdk, native)
    path = f"/conversations/{thread_id}/items"

    for index in range(0, len(expected), 3):
        cursor = expected[index]
        after = [item["id"] for item in http.get(path, params={"after": cursor, "order": "asc"}).json()["data"]]
        before = http.get(path, params={"before": cursor, "order": "asc", "limit": 4}).json()
        assert after == expected[index + 1 :][:20]
        assert [item["id"] for item in before["data"]] == expected[max(0, index - 4) : index]
        assert before["has_more"] == (index > 4)
    between = http.get(path, params={"after": expected[2], "before": expected[9], "order": "asc"}).json()
    assert [item["id"] for item in between["data"]] == expected[3:9]


@pytest.mark.slow
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_items_are_deleted_one_by_one_while_they_are_listed(sdk: OpenAI, native: Client, order: Any) -> None:
    thread_id, expected = history(sdk, native)

    seen = []
    for item in sdk.conversations.items.list(thread_id, order=order, limit=2):
        sdk.conversations.items.delete(str(item.id), conversation_id=thread_id)
        seen.append(getattr(item, "call_id", None) or item.id)

    assert len(seen) == len(expected)
    assert ids(sdk, thread_id) == []
    assert native.message_service.list_messages(thread_id) == []


def test_deleting_one_item_of_a_message_keeps_the_others(sdk: OpenAI, native: Client) -> None:
    thread = native.thread_service.create_thread(meta_data={})
    message = native.message_service.create_message(thread.id, "words", "assistant", tool_calls=[call("a"), call("b")])

    sdk.conversations.items.delete(f"{message.id}~a", conversation_id=thread.id)
    without_call = native.message_service.get_message(message.id)
    sdk.conversations.items.delete(message.id, conversation_id=thread.id)
    without_words = native.message_service.get_message(message.id)

    assert (without_call.content, without_call.tool_calls) == ("words", [call("b")])
    assert (without_words.content, without_words.tool_calls) == ("", [call("b")])
    assert ids(sdk, thread.id) == [message.id]
    for gone in (f"{message.id}~a", f"{message.id}~x", "x~y"):
        with pytest.raises(NotFoundError):
            sdk.conversations.items.delete(gone, conversation_id=thread.id)
        with pytest.raises(NotFoundError):
            sdk.conversations.items.retrieve(gone, conversation_id=thread.id)
    with pytest.raises(BadRequestError):
        ids(sdk, thread.id, after="x~y")


def test_only_output_is_shown_for_roles_that_models_do_not_read(sdk: OpenAI, native: Client) -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    thread = native.thread_service.create_thread(meta_data={})
    for role in ("tool", "unknown", "critic", "discriminator", "assistant"):
        native.message_service.create_message(thread.id, "x", role)
        native.message_service.create_message(thread.id, [{"type": "text", "text": "y"}, image], role)

    for item in sdk.conversations.items.list(thread.id):
        shown: Any = checked_item(item)
        assert {part.type for part in shown.content} == {"output_text"}

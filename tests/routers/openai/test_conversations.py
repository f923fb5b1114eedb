from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openai import BadRequestError, NotFoundError

from threadkeep.tests.routers.openai.sdk_validation import checked, checked_item

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai import AsyncOpenAI, OpenAI

    from threadkeep.tests.live_server import LiveServer

UNKNOWN = "msg_0000000000000000000000"


def test_a_conversation_is_created_retrieved_updated_and_deleted(sdk: OpenAI) -> None:
    conversation = checked(sdk.conversations.create(metadata={"topic": "time"}))

    assert conversation.id.startswith("conv_")
    assert checked(sdk.conversations.retrieve(conversation.id)) == conversation
    updated = checked(sdk.conversations.update(conversation.id, metadata={"who": "Ada"}))
    assert updated.metadata == {"topic": "time", "who": "Ada"}
    deleted = checked(sdk.conversations.delete(conversation.id))
    assert (deleted.id, deleted.object, deleted.deleted) == (conversation.id, "conversation.deleted", True)


async def test_the_asynchronous_client_makes_all_calls_of_conversations(async_sdk: AsyncOpenAI) -> None:
    conversations = async_sdk.conversations
    conversation = checked(await conversations.create(items=[{"role": "user", "content": "Hello"}]))

    assert checked(await conversations.retrieve(conversation.id)) == conversation
    [made] = checked(
        await conversations.items.create(conversation.id, items=[{"role": "assistant", "content": "Hi"}])
    ).data
    assert checked_item(await conversations.items.retrieve(made.id, conversation_id=conversation.id)) == made
    assert [checked_item(item).role async for item in conversations.items.list(conversation.id)] == [
        "assistant",
        "user",
    ]
    assert checked(await conversations.items.delete(made.id, conversation_id=conversation.id)) == conversation
    assert checked(await conversations.update(conversation.id, metadata={"a": "b"})).metadata == {"a": "b"}
    assert checked(await conversations.delete(conversation.id)).deleted


def test_a_conversation_is_created_without_fields(sdk: OpenAI) -> None:
    assert checked(sdk.conversations.create()).metadata == {}
    assert checked(sdk.conversations.create(items=None, metadata=None)).metadata == {}


def test_items_of_a_new_conversation_keep_their_order(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create(items=[{"role": "user", "content": str(number)} for number in range(20)])

    items = list(sdk.conversations.items.list(conversation.id, order="asc"))

    assert [item.content[0].text for item in items] == [str(number) for number in range(20)]  # type: ignore[union-attr,index]


@pytest.mark.parametrize("role", ["user", "assistant", "system", "developer"])
def test_text_is_stored_as_one_part(sdk: OpenAI, role: Any) -> None:
    conversation = sdk.conversations.create()

    answer = checked(sdk.conversations.items.create(conversation.id, items=[{"role": role, "content": "Hello"}]))

    part = {"type": "input_text", "text": "Hello"}
    if role == "assistant":
        part = {"type": "output_text", "text": "Hello", "annotations": []}  # type: ignore[dict-item]
    [item] = answer.data
    assert checked_item(item).to_dict() == {
        "id": item.id,
        "type": "message",
        "status": "completed",
        "role": role,
        "content": [part],
    }
    assert (answer.first_id, answer.last_id, answer.has_more) == (item.id, item.id, False)


def test_parts_are_returned_with_their_defaults(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create()
    content: list[Any] = [
        {"type": "input_text", "text": "Look:"},
        {"type": "input_image", "image_url": "https://example.com/a.png"},
        {"type": "input_image", "file_id": "file_1", "detail": "high"},
        {"type": "input_file", "file_data": "data:,x", "filename": "x.txt"},
        {"type": "output_text", "text": "A cat."},
        {"type": "refusal", "refusal": "No."},
        {"type": "summary_text", "text": "s"},
        {"type": "reasoning_text", "text": "r"},
        {"type": "computer_screenshot", "image_url": "https://example.com/s.png"},
    ]

    [item] = sdk.conversations.items.create(conversation.id, items=[{"role": "user", "content": content}]).data

    answered = checked_item(item).to_dict()["content"]
    assert answered == [
        content[0],
        {**content[1], "detail": "auto"},
        content[2],
        content[3],
        {**content[4], "annotations": []},
        *content[5:8],
        {**content[8], "detail": "auto"},
    ]


def test_output_of_a_model_is_returned_completely(sdk: OpenAI) -> None:
    citation = {"type": "url_citation", "url": "https://example.com", "title": "T", "start_index": 0, "end_index": 1}
    logprob = {"token": "A", "bytes": [65], "logprob": -0.5, "top_logprobs": []}
    content = [{"type": "output_text", "text": "A", "annotations": [citation], "logprobs": [logprob]}]
    message: Any = {
        "type": "message",
        "id": "msg_theirs",
        "role": "assistant",
        "status": "incomplete",
        "content": content,
    }
    items: list[Any] = [{**message, "phase": "commentary"}, {**message, "content": []}]
    conversation = sdk.conversations.create(items=items)

    first, second = (
        checked_item(item).to_dict() for item in sdk.conversations.items.list(conversation.id, order="asc")
    )

    assert first == {**message, "id": first["id"], "phase": "commentary"}
    assert second == {**message, "id": second["id"], "content": []}
    assert first["id"] != "msg_theirs"


def test_a_refused_batch_stores_nothing(sdk: OpenAI, live_server: LiveServer) -> None:
    conversation = sdk.conversations.create()
    good: Any = {"role": "user", "content": "x"}

    for bad in ({"type": "unknown"}, {"role": "user"}, {"id": UNKNOWN}, {"role": "user", "content": [{"type": "x"}]}):
        items: Any = [good, bad, good]
        with pytest.raises((BadRequestError, NotFoundError)):
            sdk.conversations.items.create(conversation.id, items=items)
        with pytest.raises((BadRequestError, NotFoundError)):
            sdk.conversations.create(items=items)

    assert not sdk.conversations.items.list(conversation.id).data
    assert live_server.database.messages.count_documents({}) == 0
    assert live_server.database.threads.count_documents({}) == 1


def test_a_batch_has_1_to_20_items(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create()
    item: Any = {"role": "user", "content": "x"}
    codes = []

    for count in (0, 21):
        with pytest.raises(BadRequestError) as refused:
            sdk.conversations.items.create(conversation.id, items=[item] * count)
        codes.append((refused.value.code, refused.value.param))
    with pytest.raises(BadRequestError):
        sdk.conversations.create(items=[item] * 21)

    assert codes == [("empty_array", "items"), ("array_above_max_length", "items")]
    assert len(checked(sdk.conversations.items.create(conversation.id, items=[item] * 20)).data) == 20


def test_an_item_reference_is_refused(sdk: OpenAI) -> None:
    conversation, other = sdk.conversations.create(), sdk.conversations.create(items=[{"role": "user", "content": "x"}])
    [own] = sdk.conversations.items.create(conversation.id, items=[{"role": "user", "content": "x"}]).data
    [foreign] = sdk.conversations.items.list(other.id).data

    with pytest.raises(NotFoundError, match=f"Item with id '{UNKNOWN}' not found in conversation"):
        sdk.conversations.items.create(conversation.id, items=[{"type": "item_reference", "id": UNKNOWN}])
    for item_id, code in ((own.id, "item_already_in_conversation"), (foreign.id, "invalid_value")):
        for reference in ({"type": "item_reference", "id": item_id}, {"id": item_id}):
            with pytest.raises(BadRequestError) as refused:
                sdk.conversations.items.create(conversation.id, items=[reference])  # type: ignore[list-item]
            assert (refused.value.code, refused.value.param) == (code, "items[0].id")

    assert len(sdk.conversations.items.list(conversation.id).data) == 1


def test_a_compaction_trigger_is_accepted_and_not_stored(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create(items=[{"type": "compaction_trigger"}])
    message: Any = {"role": "user", "content": "x"}

    alone = sdk.conversations.items.create(conversation.id, items=[{"type": "compaction_trigger"}])
    behind = sdk.conversations.items.create(conversation.id, items=[message, {"type": "compaction_trigger"}])

    assert alone.to_dict() == {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}
    assert [item.type for item in behind.data] == ["message"]
    assert list(sdk.conversations.items.list(conversation.id)) == behind.data
    with pytest.raises(NotFoundError):
        sdk.conversations.items.create("conv_unknown", items=[{"type": "compaction_trigger"}])


def test_an_update_requires_metadata(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create(metadata={"a": "b"})

    with pytest.raises(BadRequestError) as refused:
        sdk.conversations.update(conversation.id, metadata=None)
    assert (refused.value.code, refused.value.param) == ("invalid_type", "metadata")
    with pytest.raises(BadRequestError) as refused:
        sdk.post(f"conversations/{conversation.id}", cast_to=object, body={})
    assert (refused.value.code, refused.value.param) == ("missing_required_parameter", "metadata")
    assert checked(sdk.conversations.update(conversation.id, metadata={})) == conversation


def test_a_deleted_conversation_and_its_items_are_not_found(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create(items=[{"role": "user", "content": "x"}])
    [item] = sdk.conversations.items.list(conversation.id).data
    sdk.conversations.delete(conversation.id)
    calls: list[Callable[[], object]] = [
        lambda: sdk.conversations.retrieve(conversation.id),
        lambda: sdk.conversations.update(conversation.id, metadata={"a": "b"}),
        lambda: sdk.conversations.delete(conversation.id),
        lambda: sdk.conversations.items.list(conversation.id),
        lambda: sdk.conversations.items.create(conversation.id, items=[{"role": "user", "content": "x"}]),
        lambda: sdk.conversations.items.retrieve(str(item.id), conversation_id=conversation.id),
        lambda: sdk.conversations.items.delete(str(item.id), conversation_id=conversation.id),
    ]

    for call in calls:
        with pytest.raises(NotFoundError, match=f"Conversation with id '{conversation.id}' not found") as refused:
            call()
        assert (refused.value.type, refused.value.code, refused.value.param) == ("invalid_request_error", None, None)

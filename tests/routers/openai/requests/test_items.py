from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openai import BadRequestError

from threadkeep.routers.openai.requests.items.kinds import KINDS
from threadkeep.tests.routers.openai.item_examples import item_examples
from threadkeep.tests.routers.openai.strictly import ITEM_TYPES, checked, checked_item

if TYPE_CHECKING:
    from openai import OpenAI

    from threadkeep.client import Client

EXAMPLES = item_examples()
OTHERS = [item for item in EXAMPLES if item.get("type", "message") != "message"]
LEAST = {item["type"]: item for item in reversed(OTHERS)}
ONE_OF_EACH = [*{item.get("type", "message"): item for item in reversed(EXAMPLES)}.values()]


def tens(items: list[Any]) -> list[list[Any]]:
    return [items[at : at + 20] for at in range(0, len(items), 20)]


def test_every_type_of_the_sdk_has_examples() -> None:
    assert {item.get("type", "message") for item in EXAMPLES} == set(ITEM_TYPES) == {"message", *KINDS}


def comparable(name: str, value: Any) -> Any:
    """A value without what is said of images where nobody says it: how detailed they are."""
    if name not in ("output", "content") or not isinstance(value, list):
        return value
    return [{key: part[key] for key in part if key not in ("detail", "annotations")} for part in value]


def assert_whole(sent: dict[str, Any], got: dict[str, Any]) -> None:
    filled = {"id", "type", "status", "execution", "pending_safety_checks"}
    assert set(got) - set(sent) <= filled
    for name in sent.keys() - filled:
        same = comparable(name, got.get(name)) == comparable(name, sent[name])
        assert same or sent[name] is None or (name == "content" and isinstance(sent[name], str)), name
    for name in filled & sent.keys() - {"id"}:
        assert got.get(name) == sent[name] or sent[name] is None


@pytest.mark.parametrize(
    "examples",
    [pytest.param(ONE_OF_EACH, id="one of each type"), pytest.param(EXAMPLES, id="all", marks=pytest.mark.slow)],
)
def test_every_item_of_the_sdk_is_kept_whole_and_given_back_valid(sdk: OpenAI, examples: list[dict[str, Any]]) -> None:
    conversation = sdk.conversations.create()

    made = [
        item
        for batch in tens(examples)
        for item in checked(sdk.conversations.items.create(conversation.id, items=batch), extra=True).data
    ]

    for sent, item in zip(examples, made, strict=True):
        # What a local environment brings along, the SDK can send but not read.
        assert_whole(sent, checked_item(item, extra=item.type == "shell_call").to_dict())
    assert [item.to_dict() for item in sdk.conversations.items.list(conversation.id, order="asc", limit=100)] == [
        item.to_dict() for item in made
    ]


def test_item_is_retrieved_as_it_was_answered(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create()
    made = sdk.conversations.items.create(conversation.id, items=[LEAST["reasoning"], LEAST["function_call"]]).data

    found = [checked_item(sdk.conversations.items.retrieve(item.id, conversation_id=conversation.id)) for item in made]  # type: ignore[arg-type]

    assert found == made


def test_item_without_something_it_needs_is_refused_and_nothing_is_stored(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create()
    may_be_left_out = {"type", "id", "status", "result", "outputs", "code", "pending_safety_checks"}

    for least in LEAST.values():
        for name in least.keys() - may_be_left_out:
            lacking = {key: value for key, value in least.items() if key != name}
            with pytest.raises(BadRequestError) as refused:
                sdk.conversations.items.create(conversation.id, items=[{"role": "user", "content": "x"}, lacking])  # type: ignore[list-item]
            assert (refused.value.code, refused.value.param) == ("missing_required_parameter", f"items[1].{name}")

    assert not sdk.conversations.items.list(conversation.id).data


def test_item_with_something_unknown_is_refused(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create()

    for least in LEAST.values():
        with pytest.raises(BadRequestError) as refused:
            sdk.conversations.items.create(conversation.id, items=[least | {"unknown": 1}])
        assert (refused.value.code, refused.value.param) == ("unknown_parameter", "items[0].unknown")


def test_ids_begin_with_their_kind_and_are_threadkeeps_own(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create()
    mine = [least | {"id": f"mine_{number}"} for number, least in enumerate(LEAST.values())]

    made = [item for batch in tens(mine) for item in sdk.conversations.items.create(conversation.id, items=batch).data]

    for kind, item in zip(LEAST, made, strict=True):
        prefix, _, rest = str(item.id).partition("_")
        assert (prefix, len(rest), rest.isalnum()) == (KINDS[kind].prefix, 22, True)


def test_every_kind_has_a_prefix_of_its_own() -> None:
    prefixes = [kind.prefix for kind in KINDS.values()]

    assert len({*prefixes, "msg", "message"}) == len(prefixes) + 2


def test_items_show_natively_with_their_text(sdk: OpenAI, native: Client) -> None:
    conversation = sdk.conversations.create(
        items=[
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Paris it is."}]},
            {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": '{"city": "Paris"}'},
            {"type": "function_call_output", "call_id": "call_1", "output": "Sunny"},
            {
                "type": "web_search_call",
                "id": "ws_1",
                "status": "completed",
                "action": {"type": "search", "query": "?"},
            },
        ]
    )

    messages = native.message_service.list_messages(conversation.id)

    assert [(message.type, message.role, message.content) for message in messages] == [
        ("reasoning", "assistant", "Paris it is."),
        ("function_call", "assistant", 'weather({"city": "Paris"})'),
        ("function_call_output", "tool", "Sunny"),
        ("web_search_call", "assistant", "?"),
    ]
    assert messages[0].item["summary"] == [{"type": "summary_text", "text": "Paris it is."}]
    assert messages[2].tool_call_id == "call_1"
    assert native.message_service.get_formatted_messages(conversation.id) == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "Sunny"},
    ]

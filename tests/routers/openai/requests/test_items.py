from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openai import BadRequestError

from threadkeep.history import ITEM_KINDS
from threadkeep.routers.openai.requests.items.kinds import KINDS
from threadkeep.tests.routers.openai.item_examples import item_examples
from threadkeep.tests.routers.openai.sdk_validation import ITEM_TYPES, checked, checked_item

if TYPE_CHECKING:
    from openai import OpenAI

    from threadkeep.client import Client

EXAMPLES = item_examples()
OTHERS = [item for item in EXAMPLES if item.get("type", "message") != "message"]
MINIMAL = {item["type"]: item for item in reversed(OTHERS)}
ONE_OF_EACH = [*{item.get("type", "message"): item for item in reversed(EXAMPLES)}.values()]


def batches(items: list[Any]) -> list[list[Any]]:
    return [items[at : at + 20] for at in range(0, len(items), 20)]


def test_every_type_of_the_sdk_has_examples() -> None:
    assert {item.get("type", "message") for item in EXAMPLES} == set(ITEM_TYPES) == {"message", *KINDS}


def comparable(name: str, value: Any) -> Any:
    """Return a value without the fields of parts that have a default: `detail` and `annotations`."""
    if name not in ("output", "content") or not isinstance(value, list):
        return value
    return [{key: part[key] for key in part if key not in ("detail", "annotations")} for part in value]


def assert_complete(sent: dict[str, Any], returned: dict[str, Any]) -> None:
    defaults = {"id", "type", "status", "execution", "pending_safety_checks"}
    assert set(returned) - set(sent) <= defaults
    for name in sent.keys() - defaults:
        is_equal = comparable(name, returned.get(name)) == comparable(name, sent[name])
        assert is_equal or sent[name] is None or (name == "content" and isinstance(sent[name], str)), name
    for name in defaults & sent.keys() - {"id"}:
        assert returned.get(name) == sent[name] or sent[name] is None


@pytest.mark.parametrize(
    "examples",
    [pytest.param(ONE_OF_EACH, id="one of each type"), pytest.param(EXAMPLES, id="all", marks=pytest.mark.slow)],
)
def test_every_item_of_the_sdk_is_stored_completely_and_returned_valid(
    sdk: OpenAI, examples: list[dict[str, Any]]
) -> None:
    conversation = sdk.conversations.create()

    made = [
        item
        for batch in batches(examples)
        for item in checked(sdk.conversations.items.create(conversation.id, items=batch), extra=True).data
    ]

    for sent, item in zip(examples, made, strict=True):
        # The SDK can send the fields of a local environment, but its types for answers lack them.
        assert_complete(sent, checked_item(item, extra=item.type == "shell_call").to_dict())
    assert [item.to_dict() for item in sdk.conversations.items.list(conversation.id, order="asc", limit=100)] == [
        item.to_dict() for item in made
    ]


def test_a_retrieved_item_equals_the_created_item(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create()
    made = sdk.conversations.items.create(conversation.id, items=[MINIMAL["reasoning"], MINIMAL["function_call"]]).data

    found = [checked_item(sdk.conversations.items.retrieve(item.id, conversation_id=conversation.id)) for item in made]  # type: ignore[arg-type]

    assert found == made


def test_an_item_without_a_required_field_is_refused_and_nothing_is_stored(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create()
    optional = {"type", "id", "status", "result", "outputs", "code", "pending_safety_checks"}

    for minimal in MINIMAL.values():
        for name in minimal.keys() - optional:
            incomplete = {key: value for key, value in minimal.items() if key != name}
            with pytest.raises(BadRequestError) as refused:
                sdk.conversations.items.create(conversation.id, items=[{"role": "user", "content": "x"}, incomplete])  # type: ignore[list-item]
            assert (refused.value.code, refused.value.param) == ("missing_required_parameter", f"items[1].{name}")

    assert not sdk.conversations.items.list(conversation.id).data


@pytest.mark.slow
def test_an_item_with_an_unknown_field_is_refused(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create()

    for minimal in MINIMAL.values():
        with pytest.raises(BadRequestError) as refused:
            sdk.conversations.items.create(conversation.id, items=[minimal | {"unknown": 1}])
        assert (refused.value.code, refused.value.param) == ("unknown_parameter", "items[0].unknown")


@pytest.mark.slow
def test_ids_without_the_prefix_of_their_kind_are_replaced(sdk: OpenAI) -> None:
    conversation = sdk.conversations.create()
    items_with_ids = [minimal | {"id": f"mine_{number}"} for number, minimal in enumerate(MINIMAL.values())]

    made = [
        item
        for batch in batches(items_with_ids)
        for item in sdk.conversations.items.create(conversation.id, items=batch).data
    ]

    for kind, item in zip(MINIMAL, made, strict=True):
        prefix, _, rest = str(item.id).partition("_")
        assert (prefix, len(rest), rest.isalnum()) == (ITEM_KINDS[kind].prefix, 22, True)


def test_every_kind_has_its_own_prefix() -> None:
    prefixes = [kind.prefix for kind in ITEM_KINDS.values()]

    assert len({*prefixes, "msg", "message"}) == len(prefixes) + 2
    assert ITEM_KINDS.keys() == KINDS.keys()


def test_items_are_shown_with_their_text_in_the_native_api(sdk: OpenAI, native: Client) -> None:
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

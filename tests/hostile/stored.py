"""Documents as another program may write them: anything that the validators of the collections allow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bson import Binary, Code, DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from hypothesis import strategies as st

from threadkeep.clock import last_midnight
from threadkeep.documents import Message, Thread, User
from threadkeep.documents.validators import validator_of

if TYPE_CHECKING:
    from beanie import Document

ODD_VALUES = (
    *(ObjectId(b"0" * 12), Decimal128("NaN"), Decimal128("1E-6"), Binary(b"\xff", 128), Binary(b"0" * 16, 4), b""),
    *(
        Regex("(", "i"),
        Timestamp(1, 2),
        MinKey(),
        MaxKey(),
        Code("x"),
        Code("x", {"a": 1}),
        DBRef("a", 5),
        DBRef("b", 1, "c"),
    ),
    *(float("nan"), float("-inf"), Int64(2**63 - 1), -(2**63), 1.0, -0.0, 5e-324),
    *(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
)
texts = st.sampled_from(("", " ", "\0", "$x", "a.b", "\x1b[0m", "\u202e", "<b>", "text", "user", "9" * 400)) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=6
)
KEYS = (
    "type",
    "text",
    "id",
    "function",
    "name",
    "arguments",
    "file_id",
    "image_url",
    "output",
    "call_id",
    "annotations",
    "value",
)
keys = st.sampled_from(KEYS) | texts.map(lambda text: text.replace("\0", ""))
leaves = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(ODD_VALUES) | texts


@st.composite
def deep(draw: st.DrawFn) -> Any:
    """Objects and arrays in each other, up to the depth that a server stores."""
    value: Any = draw(leaves)
    for level in range(draw(st.sampled_from((1, 10, 90)))):
        value = [value] if level % 2 else {"type": value}
    return value


values = st.recursive(
    leaves, lambda some: st.lists(some, max_size=3) | st.dictionaries(keys, some, max_size=3), max_leaves=8
)
kinds = st.sampled_from(
    (
        *("text", "input_text", "output_text", "refusal", "image_url", "image_file", "input_image", "input_file"),
        *(
            "function_call",
            "function_call_output",
            "reasoning",
            "custom_tool_call",
            "computer_call",
            "message",
            "summary_text",
        ),
    )
)
objects = st.dictionaries(keys, values, max_size=4) | deep().map(lambda value: {"type": value})
typed_objects = st.builds(lambda kind, value: {**value, "type": kind}, kinds, objects)

odd = st.sampled_from(ODD_VALUES) | values
calls = st.fixed_dictionaries({"id": odd, "function": st.fixed_dictionaries({"name": odd, "arguments": odd})})

ROLES = ("user", "assistant", "tool", "system", "developer", "unknown", "platform")
TYPES = (
    "message",
    "message",
    "function_call",
    "function_call_output",
    "reasoning",
    "custom_tool_call",
    "web_search_call",
    "summary",
    "x",
)
NAMES: dict[str, st.SearchStrategy[Any]] = {
    "role": st.sampled_from(ROLES) | texts,
    "type": st.sampled_from(TYPES) | kinds | texts,
    "status": st.sampled_from((None, "completed", "incomplete")) | texts,
    "tool_calls": st.lists(calls | objects, max_size=3),
}
_START = last_midnight() - timedelta(days=3)
dates = st.integers(0, 3 * 24 * 3600 - 1).map(lambda seconds: _START + timedelta(seconds=seconds)) | st.sampled_from(
    (datetime(1, 1, 1), datetime(1969, 12, 31, 23, 59, 59, 999000), datetime(9999, 12, 31, 23, 59, 59, 999000))  # noqa: DTZ001 - as the driver has them
)


def strategy_of(name: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that this schema of a field allows."""
    if name in NAMES:
        return NAMES[name]
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds_of = schema["bsonType"] if isinstance(schema["bsonType"], list) else [schema["bsonType"]]
    found = [_of_type(kind, schema) for kind in kinds_of if kind != "null"]
    return st.one_of(*([st.none()] if "null" in kinds_of else []), *found)


def _of_type(kind: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    plain = {"string": texts, "bool": st.booleans(), "date": dates, "object": objects | typed_objects}
    match kind:
        case "object" if "properties" in schema:
            known = {name: strategy_of(name, inner) for name, inner in schema["properties"].items()}
            return st.builds(lambda others, named: {**others, **named}, objects, st.fixed_dictionaries(known))
        case "int":
            return st.integers(schema.get("minimum", -(2**31)), min(schema.get("maximum", 2**31), 2**31) - 1)
        case "long":
            return st.integers(schema.get("minimum", -(2**63)), schema.get("maximum", 2**63 - 1)).map(Int64)
        case "array":
            items = schema["items"]
            members = objects | typed_objects if items["bsonType"] == "object" else strategy_of("", items)
            return st.lists(members, max_size=3)
    return plain[kind]


def rows_of(document: type[Document], **known: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Rows of a collection that its validator allows. `known` are fields that the test decides."""
    schema = validator_of(document)["$jsonSchema"]
    fields = {name: known.get(name, strategy_of(name, found)) for name, found in schema["properties"].items()}
    required = {name: value for name, value in fields.items() if name in schema["required"]}
    return st.fixed_dictionaries(
        required, optional={name: value for name, value in fields.items() if name not in required}
    )


living = st.none()
users = rows_of(User, _id=st.just(""), deleted_at=living, email=st.none(), provider_user_id=st.none())
threads = rows_of(Thread, _id=st.just(""), deleted_at=living, participant_ids=st.just([]))
messages = rows_of(Message, _id=st.just(""), thread_id=st.just(""), seq=st.integers(1, 3))


@st.composite
def databases(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Two users and two threads of the first one, with messages in any form, and numbers with gaps."""
    found: dict[str, list[dict[str, Any]]] = {"users": [], "threads": [], "messages": []}
    for number in range(2):
        user = draw(users) | {"_id": f"user_{number}"}
        user.pop("email_key", None)  # it is unique
        found["users"].append(user)
        thread = draw(threads) | {"_id": f"thread_{number}", "participant_ids": ["user_0"]}
        thread.pop("creating", None)
        found["threads"].append(thread)
        seq = 0
        for row in draw(st.lists(messages, max_size=6)):
            row.pop("batch", None)  # a row with it is not a message
            row.pop("client_id", None)  # it is unique in a thread, as is the next
            row.pop("item_id", None)
            seq += row["seq"]
            found["messages"].append(row | {"_id": f"message_{number}_{seq}", "thread_id": thread["_id"], "seq": seq})
    return found


ODD_PARTS: tuple[list[Any], ...] = (
    [{"type": [], "text": "x"}],
    [
        {"type": "text", "text": {"value": 5, "annotations": 5}},
        {"type": "text", "text": {"value": "x", "annotations": [5]}},
    ],
    [{"type": "output_text", "text": "x", "annotations": [{"type": "file_citation", "file_citation": []}]}],
    [{"type": "text", "text": {"value": "x", "annotations": [{"type": [], "file_path": 5}, {"type": "file_path"}]}}],
    [{"type": "input_text", "text": None}, {"type": "refusal", "refusal": {}}, {}],
    [{"type": "image_url", "image_url": 5}, {"type": "image_url", "image_url": {"url": [], "detail": []}}],
    [
        {"type": "input_image", "detail": []},
        {"type": "input_file", "file_id": 5},
        {"type": "input_audio", "input_audio": []},
    ],
)
ODD_CALLS: tuple[list[Any], ...] = (
    [{"id": 5, "type": [], "function": {"name": [], "arguments": {}}}],
    [{"function": 5}, {}, {"id": None, "function": {"name": None, "arguments": None}}],
)
ODD_ITEMS: tuple[dict[str, Any], ...] = (
    {"call_id": 5, "name": [], "arguments": {}, "output": [5, {"type": []}]},
    {"id": [], "summary": 5, "content": {}, "action": [], "results": 5, "tools": {}},
    {"summary": [5, {"type": []}], "content": [[], {"text": []}], "outputs": 5, "status": []},
)


def worst() -> dict[str, list[dict[str, Any]]]:
    """A database whose messages have parts, calls and items of each form that readers of their type do not expect."""
    times = {"created_at": _START, "updated_at": _START}
    user: dict[str, Any] = dict.fromkeys(validator_of(User)["$jsonSchema"]["required"])
    user |= times | {"_id": "user_0", "schema_version": 2, "deleted_at": None}
    thread: dict[str, Any] = {
        "_id": "thread_0",
        "owner_id": "user_0",
        "participant_ids": ["user_0"],
        "deleted_at": None,
    }
    thread |= times | {"meta_data": {}, "meta_data_index": [], "tool_resources": {}, "revision": 1, "schema_version": 2}
    forms: list[dict[str, Any]] = [
        {"parts": parts, "role": ROLES[number % 2]} for number, parts in enumerate(ODD_PARTS)
    ]
    forms += [{"tool_calls": odd_calls, "role": "assistant"} for odd_calls in ODD_CALLS]
    kinds_of_items = (*TYPES[2:], "message", "mcp_call")
    forms += [{"type": kind, "item": ODD_ITEMS[number % 3]} for number, kind in enumerate(kinds_of_items * 2)]
    plain: dict[str, Any] = dict.fromkeys(validator_of(Message)["$jsonSchema"]["required"])
    plain |= times | {
        "thread_id": "thread_0",
        "type": "message",
        "role": "assistant",
        "content": "x",
        "attachments": [],
    }
    plain |= {"meta_data": {}, "revision": 1, "schema_version": 2}
    rows = [plain | form | {"_id": f"message_{seq}", "seq": seq} for seq, form in enumerate(forms, 1)]
    count = {"last_seq": len(rows), "message_count": len(rows), "deleted_count": 0}
    thread |= count | {"last_message_at": _START, "last_active_at": _START}
    return {"users": [user], "threads": [thread], "messages": rows}

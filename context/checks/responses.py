"""The rules of OpenAI's Responses API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..images import RESPONSES_IMAGES, broken_image_rules
from .rules import is_id, is_name, kind_of, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LONGEST_ID = 64
_PREFIXES = {
    "reasoning": "rs_",
    "web_search_call": "ws_",
    "file_search_call": "fs_",
    "code_interpreter_call": "ci_",
    "image_generation_call": "ig_",
    "mcp_call": "mcp_",
}
_CALLS = {"function_call": "arguments", "custom_tool_call": "input"}
_OUTPUTS = {"function_call_output": "function_call", "custom_tool_call_output": "custom_tool_call"}
_INPUT_PARTS = frozenset({"input_text", "input_image", "input_file"})


def check_responses(items: Sequence[Any]) -> list[str]:
    """Return a sentence for each rule of OpenAI's Responses API that these items of `input` break.

    The sources are the reference of `POST /v1/responses` and the refusals of the API. Two refusals are "No tool output found
    for function call" and "Item of type 'reasoning' was provided without its required following item".
    """
    found = [] if items else ["input: at least one item is needed"]
    open_calls: dict[Any, str] = {}
    seen: set[Any] = set()
    for index, item in enumerate(items):
        kind = kind_of(item)
        rules: Iterator[str] = iter(())
        if kind == "message":
            rules = _message(item)
        elif kind in _CALLS:
            rules = _call(kind, item, open_calls, seen)
        elif kind in _OUTPUTS:
            rules = _output(kind, item, open_calls)
        elif kind in _PREFIXES:
            rules = _whole(kind, item, items[index + 1] if index + 1 < len(items) else None)
        else:
            rules = iter((f"the type {kind!r} is unknown",))
        found += [f"{index}: {rule}" for rule in rules]
        item_id = item.get("id") if isinstance(item, dict) else None
        if isinstance(item_id, str):  # refusal: "Duplicate item found with id rs_…"
            found += [f"{index}: another item has the id {item_id!r}"] if ("id", item_id) in seen else []
            seen.add(("id", item_id))
    found += broken_image_rules(items, RESPONSES_IMAGES)
    # Refusal: "No tool output found for function call call_…".
    return found + [f"the call {call_id!r} has no output" for call_id in open_calls]


def _message(item: dict[str, Any]) -> Iterator[str]:
    role, content = item.get("role"), item.get("content")
    if role not in ("user", "assistant", "system", "developer"):  # reference: the roles of an input message
        yield f"the role {role!r} is unknown"
    elif not isinstance(content, str):
        # Refusal: "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'".
        yield from ("parts of an assistant need the id of its answer",) if role == "assistant" else _parts(content)


def _parts(parts: Any) -> Iterator[str]:
    if not isinstance(parts, list) or not parts:
        yield "the content is no text and no list of parts"
        return
    for part in parts:
        kind = kind_of(part)
        if kind not in _INPUT_PARTS:  # refusal: "Supported values are: 'input_text', 'input_image', …"
            yield f"a part has the type {kind!r}"
        elif kind == "input_text" and not texts(part, "text"):
            yield "an input_text needs a text"
        elif kind == "input_image" and not (texts(part, "image_url") or texts(part, "file_id")):
            yield "an input_image needs image_url or file_id"
        elif kind == "input_file" and not any(texts(part, name) for name in ("file_id", "file_data", "file_url")):
            yield "an input_file needs file_id, file_data or file_url"


def _call(kind: str, item: dict[str, Any], open_calls: dict[Any, str], seen: set[Any]) -> Iterator[str]:
    if not texts(item, "name", _CALLS[kind]):  # reference: the fields of a call
        yield f"a {kind} needs name and {_CALLS[kind]}"
    if not is_name(item.get("name")):  # refusal: "string does not match pattern '^[a-zA-Z0-9_-]+$'"
        yield "the name of a call has 1 to 64 letters, digits, _ and -"
    call_id = item.get("call_id")
    if not is_id(call_id, _LONGEST_ID):  # refusal: "Expected a string with maximum length 64"
        yield f"call_id has 1 to {_LONGEST_ID} characters"
        return
    if ("call", call_id) in seen:  # an output would answer either of them
        yield f"another call has the call_id {call_id!r}"
    seen.add(("call", call_id))
    open_calls[call_id] = kind


def _output(kind: str, item: dict[str, Any], open_calls: dict[Any, str]) -> Iterator[str]:
    call_id = item.get("call_id")
    # Refusal: "No tool call found for function call output with call_id call_…".
    if not isinstance(call_id, str) or open_calls.pop(call_id, None) != _OUTPUTS[kind]:
        yield "an output that does not follow its call"
    if not isinstance(item.get("output"), str):
        yield from _parts(item.get("output"))


def _whole(kind: str, item: dict[str, Any], following: Any) -> Iterator[str]:
    item_id = item.get("id")
    if not isinstance(item_id, str) or not item_id.startswith(
        _PREFIXES[kind]
    ):  # refusal: "Expected an ID that begins with"
        yield f"a {kind} needs an id that begins with {_PREFIXES[kind]}"
    if kind != "reasoning":
        return
    if not isinstance(item.get("summary"), list):  # refusal: "Missing required parameter: 'input[…].summary'"
        yield "reasoning needs a summary"
    after = kind_of(following)
    is_answer = after in _CALLS or after in _PREFIXES or (after == "message" and following.get("role") == "assistant")
    if not is_answer:  # refusal: "was provided without its required following item"
        yield "reasoning without what follows it"

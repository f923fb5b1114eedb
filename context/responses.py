"""Items for the `input` of OpenAI's Responses API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .images import RESPONSES_IMAGES, with_fewer_images
from .names import CallIds, valid_name
from .parts import Piece, pieces_of, text_of_pieces
from .steps import Calls, Whole, Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..history import Content
    from .steps import Answered, Said

Item = dict[str, Any]
_LONGEST_CALL_ID = 64
_LED = frozenset({"function_call", "custom_tool_call"})
_FIELDS: dict[str, tuple[str, dict[str, type], tuple[str, ...]]] = {
    "web_search_call": ("ws_", {"action": dict, "status": str}, ()),
    "file_search_call": ("fs_", {"queries": list, "status": str}, ("results",)),
    "code_interpreter_call": ("ci_", {"container_id": str, "status": str}, ("code", "outputs")),
    "image_generation_call": ("ig_", {"result": str, "status": str}, ()),
    "mcp_call": ("mcp_", {"server_label": str, "name": str, "arguments": str}, ("output", "error", "status")),
}
"""The hosted calls that are sent back: the prefix of their ids, the fields that they must have, and the fields that they may have.
"""


class Responses:
    """Makes the `input` of a request to the Responses API."""

    is_additive = False  # ids that repeat are changed
    images = RESPONSES_IMAGES

    def __init__(self) -> None:
        self._ids = CallIds(_LONGEST_CALL_ID)
        self._items = set[str]()

    def messages(self, turns: Sequence[Sequence[Said]]) -> list[Item]:
        """The items of these turns, in order. An item that is stored twice is given once, because its id must be unique."""
        items = [item for steps in turns for item in self._turn(steps)]
        kept: list[Item] = []
        for item in reversed(items):  # reasoning whose following item was given before is left out with it
            if item["type"] != "reasoning" or (kept and _may_follow_reasoning(kept[-1])):
                kept.append(item)
        return with_fewer_images(kept[::-1], self.images)

    @staticmethod
    def can_express(kind: str, item: Mapping[str, Any]) -> bool:
        """Whether an item is sent back as it was received: if it has the id of its kind, and the fields that the API demands."""
        item_id = item.get("id")
        if kind == "reasoning":
            return isinstance(item_id, str) and item_id.startswith("rs_")
        prefix, fields, _ = _FIELDS.get(kind, ("", {}, ()))
        has_id = bool(prefix) and isinstance(item_id, str) and item_id.startswith(prefix)
        return has_id and all(isinstance(item.get(name), wanted) for name, wanted in fields.items())

    def _turn(self, steps: Sequence[Said]) -> Iterator[Item]:
        led = False
        for step in steps:
            if isinstance(step, Whole):
                is_new = step.item["id"] not in self._items
                self._items.add(step.item["id"])
                if is_new:
                    yield _reasoning(step.item) if step.kind == "reasoning" else _hosted(step)
                led = is_new and step.kind == "reasoning"
                continue
            if isinstance(step, Words):
                yield _words(step)
            else:
                yield from self._group(step, led=led)
            led = False

    def _group(self, group: Calls, *, led: bool) -> Iterator[Item]:
        """The words, the calls and their outputs. Ids of calls stay only behind their reasoning, which they need."""
        if group.words is not None:
            yield _words(group.words)
        named = [(self._ids.give(call.call_id), call) for call in group.calls]
        for call_id, call in named:
            item_id = call.item_id if led and call.item_id not in self._items else None
            if item_id is not None and item_id.startswith("ctc_" if call.is_custom else "fc_"):
                self._items.add(item_id)
                yield {"id": item_id, **_call(call_id, call)}
            else:
                yield _call(call_id, call)
        for call_id, call in named:
            kind = "custom_tool_call_output" if call.is_custom else "function_call_output"
            yield {"type": kind, "call_id": call_id, "output": _parts(call.output)}


def _may_follow_reasoning(item: Item) -> bool:
    if item["type"] == "message":
        return bool(item["role"] == "assistant")
    return item["type"] == "reasoning" or item["type"] in _LED or item["type"] in _FIELDS


def _hosted(step: Whole) -> Item:
    _, needed, others = _FIELDS[step.kind]
    names = (*needed, *(name for name in others if name in step.item))
    return {"type": step.kind, "id": step.item["id"], **{name: step.item[name] for name in names}}


def _reasoning(item: Mapping[str, Any]) -> Item:
    """Reasoning with its id, its summary, its text, and the content that the API encrypted."""
    found: Item = {"type": "reasoning", "id": item["id"], "summary": _texts(item.get("summary"), "summary_text")}
    if content := _texts(item.get("content"), "reasoning_text"):
        found["content"] = content
    if isinstance(item.get("encrypted_content"), str):
        found["encrypted_content"] = item["encrypted_content"]
    return found


def _texts(parts: Any, kind: str) -> list[Item]:
    texts = [part.get("text") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    return [{"type": kind, "text": text} for text in texts if isinstance(text, str)]


def _call(call_id: str, call: Answered) -> Item:
    name = valid_name(call.name)
    if call.is_custom:
        return {"type": "custom_tool_call", "call_id": call_id, "name": name, "input": call.text}
    return {"type": "function_call", "call_id": call_id, "name": name, "arguments": call.text}


def _words(words: Words) -> Item:
    """A message. Words of the assistant are one text, because its parts would need the id of their first answer."""
    content: str | list[Item] = text_of_pieces(pieces_of(words.content))
    if words.role == "user":
        content = _parts(words.content)
    return {"type": "message", "role": words.role, "content": content}


def _parts(content: Content) -> str | list[Item]:
    if isinstance(content, str):
        return content
    return [_part(piece) for piece in pieces_of(content)] or ""


def _part(piece: Piece) -> Item:
    fields = piece.fields
    if piece.kind == "image":
        where = {"image_url": fields["url"]} if "url" in fields else {"file_id": fields["file_id"]}
        return {"type": "input_image", "detail": fields.get("detail", "auto"), **where}
    if piece.kind == "file":
        return {"type": "input_file", **fields}
    return {"type": "input_text", "text": piece.text}

"""The rules of Anthropic's Messages API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..images import ANTHROPIC_IMAGES, broken_image_rules
from .rules import is_name, kind_of, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ID = re.compile(r"[a-zA-Z0-9_-]+")
_BLOCKS = {
    "user": {"text", "image", "document", "tool_result"},
    "assistant": {"text", "tool_use", "thinking", "redacted_thinking"},
}
_SOURCES = {"url": ("url",), "base64": ("media_type", "data")}


def check_anthropic(messages: Sequence[Any]) -> list[str]:
    """Return a sentence for each rule of Anthropic's Messages API that these `messages` break.

    The sources are the reference of `POST /v1/messages` and the refusals of the API. One refusal is "`tool_use` ids were found
    without `tool_result` blocks immediately after".
    """
    found = [] if messages else ["messages: at least one is needed"]  # refusal: "at least one message is required"
    role: Any = "assistant"
    asked: list[Any] = []
    ids: set[Any] = set()
    for index, message in enumerate(messages):
        before, role = role, message.get("role") if isinstance(message, dict) else None
        blocks = message.get("content") if isinstance(message, dict) else None
        if role not in _BLOCKS:  # refusal: "Unexpected role …. The Messages API accepts a top-level `system` parameter"
            found.append(f"{index}: the role {role!r} is unknown")
            continue
        if role == before:  # refusal: "first message must use the "user" role"; "roles must alternate"
            found.append(f"{index}: the first message is the user's, and the roles alternate")
        if not isinstance(blocks, list):
            blocks = [{"type": "text", "text": blocks}]
        found += [f"{index}: {rule}" for rule in (*_results(blocks, asked), *_blocks(role, blocks, ids))]
        asked = [block.get("id") for block in blocks if kind_of(block) == "tool_use"]
    found += broken_image_rules(messages, ANTHROPIC_IMAGES)
    return [*found, "the last calls have no results"] if asked else found


def _results(blocks: list[Any], asked: list[Any]) -> Iterator[str]:
    given = [block.get("tool_use_id") for block in blocks if kind_of(block) == "tool_result"]
    # Refusals: "`tool_use` ids were found without `tool_result` blocks immediately after"; "unexpected `tool_use_id`".
    if sorted(map(str, given)) != sorted(map(str, asked)):
        yield "the results are not those of the calls before them"
    kinds = [kind_of(block) for block in blocks]
    if "tool_result" in kinds[len(given) :]:  # reference: "tool_result blocks must come first in the content array"
        yield "a result stands behind another block"


def _blocks(role: str, blocks: list[Any], ids: set[Any]) -> Iterator[str]:
    if not blocks:  # refusal: "all messages must have non-empty content"
        yield "the content is empty"
    for block in blocks:
        kind = kind_of(block)
        if kind not in _BLOCKS[role]:
            yield f"a message of the {role} has a block of type {kind!r}"
        else:
            yield from _block(kind, block, ids)
    # Refusals: "The final block in an assistant message cannot be `thinking`"; "cannot end with trailing whitespace".
    last: Any = blocks[-1] if blocks else None
    if kind_of(last) in ("thinking", "redacted_thinking"):
        yield "the last block of a message is thinking"
    if role == "assistant" and texts(last, "text") and last["text"] != last["text"].rstrip():
        yield "the last text of the assistant ends with white space"


def _block(kind: str, block: dict[str, Any], ids: set[Any]) -> Iterator[str]:
    if kind == "text" and not (texts(block, "text") and block["text"].strip()):
        yield "a text is empty"  # refusals: "text content blocks must be non-empty", "must contain non-whitespace text"
    elif kind in ("image", "document") and not _is_source(block.get("source")):
        yield f"the source of a {kind} is unknown"  # reference: the kinds of sources
    elif kind == "thinking" and not texts(block, "thinking", "signature"):
        yield "thinking needs its text and its signature"  # refusal: "signature: Field required"
    elif kind == "redacted_thinking" and not texts(block, "data"):
        yield "redacted_thinking needs data"
    elif kind == "tool_use":
        yield from _call(block, ids)
    elif kind == "tool_result" and isinstance(block.get("content"), list):
        for part in block["content"]:
            if kind_of(part) not in ("text", "image", "document"):  # reference: the blocks of a result
                yield f"a result has a block of type {kind_of(part)!r}"
            else:
                yield from _block(part["type"], part, ids)


def _call(block: dict[str, Any], ids: set[Any]) -> Iterator[str]:
    call_id = block.get("id")
    if not isinstance(call_id, str) or not _ID.fullmatch(call_id):  # refusal: "should match pattern '^[a-zA-Z0-9_-]+$'"
        yield "the id of a call has letters, digits, _ and - only"
    elif call_id in ids:  # refusal: "`tool_use` ids must be unique"
        yield f"two calls have the id {call_id!r}"
    ids.add(call_id if isinstance(call_id, str) else None)
    if not is_name(block.get("name")):  # reference: the pattern of names
        yield "the name of a call has 1 to 64 letters, digits, _ and -"
    if not isinstance(block.get("input"), dict):  # refusal: "tool_use.input: Input should be a valid dictionary"
        yield "the input of a call is an object"


def _is_source(source: Any) -> bool:
    kind = kind_of(source)
    return kind in _SOURCES and texts(source, *_SOURCES[kind])

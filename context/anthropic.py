"""Messages for Anthropic's Messages API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from .images import ANTHROPIC_IMAGES, with_fewer_images
from .names import CallIds, valid_name
from .parts import Piece, pieces_of, text_of_pieces
from .steps import Whole, Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .steps import Answered, Said

Block = dict[str, Any]
BEGINNING = "[The conversation begins with the assistant.]"
"""The first message of the user, if the history has none. The API refuses a history that the assistant begins."""
_SYSTEM = "[Instruction of the system]"
_LONGEST_CALL_ID = 64
_DATA_URL = re.compile(r"data:(image/(?:jpeg|png|gif|webp)|application/pdf);base64,([A-Za-z0-9+/=]+)")
_MOST_ARGUMENTS = 1_000_000


class Anthropic:
    """Makes the `messages` of a request to the Messages API."""

    is_additive = False  # neighbours of one role become one message
    images = ANTHROPIC_IMAGES

    def __init__(self) -> None:
        self._ids = CallIds(_LONGEST_CALL_ID, plain=True)

    def messages(self, turns: Sequence[Sequence[Said]]) -> list[Block]:
        """The messages of these turns: the first is the user's, and the roles alternate."""
        found: list[Block] = []
        for steps in turns:
            for step in steps:
                for role, blocks in self._blocks(step):
                    if not found and role == "assistant":
                        found.append({"role": "user", "content": [_text(BEGINNING)]})
                    if found and found[-1]["role"] == role:
                        found[-1]["content"] += blocks
                    elif blocks:
                        found.append({"role": role, "content": blocks})
        return with_fewer_images(found, self.images)

    @staticmethod
    def can_express(kind: str, item: Mapping[str, Any]) -> bool:
        """Whether an item is sent back as it was received: only the thinking of this API, which has a signature or is encrypted."""
        is_signed = isinstance(item.get("signature"), str) and bool(_thinking(item))
        return kind == "reasoning" and (is_signed or isinstance(item.get("data"), str))

    def _blocks(self, step: Said) -> Iterator[tuple[str, list[Block]]]:
        if isinstance(step, Whole):
            yield "assistant", [_reasoning(step.item)]
        elif isinstance(step, Words):
            yield from _words(step)
        else:
            named = [(self._ids.give(call.call_id), call) for call in step.calls]
            if step.words is not None:
                yield from _words(step.words)
            yield "assistant", [_tool_use(call_id, call) for call_id, call in named]
            yield "user", [_result(call_id, call) for call_id, call in named]


def system_blocks(words: Words) -> list[Block]:
    """The blocks of `system` for instructions of the beginning."""
    text = text_of_pieces(pieces_of(words.content))
    return [_text(text)] if text.strip() else []


def _words(words: Words) -> Iterator[tuple[str, list[Block]]]:
    """Words as blocks. An instruction behind the beginning stays in its place, as words of the user behind a mark."""
    if words.role == "assistant":
        texts = [piece.text.rstrip() for piece in pieces_of(words.content)]
        blocks = [_text(text) for text in texts if text]
    else:
        blocks = [block for piece in pieces_of(words.content) if (block := _block(piece)) is not None]
    if words.role in ("system", "developer"):
        blocks = [_text(f"{_SYSTEM} {text_of_pieces(pieces_of(words.content))}")]
    if blocks:
        yield "assistant" if words.role == "assistant" else "user", blocks


def _tool_use(call_id: str, call: Answered) -> Block:
    arguments: Any = None
    if not call.is_custom and len(call.text) <= _MOST_ARGUMENTS:
        try:
            arguments = orjson.loads(call.text)
        except orjson.JSONDecodeError:
            arguments = None
    if not isinstance(arguments, dict):
        arguments = {"input": call.text}
    return {"type": "tool_use", "id": call_id, "name": valid_name(call.name), "input": arguments}


def _result(call_id: str, call: Answered) -> Block:
    result = {"type": "tool_result", "tool_use_id": call_id}
    blocks = [block for piece in pieces_of(call.output) if (block := _block(piece)) is not None]
    if isinstance(call.output, str):
        return {**result, "content": call.output} if call.output.strip() else result
    return {**result, "content": blocks} if blocks else result


def _block(piece: Piece) -> Block | None:
    """The block of a part, or None if it is an empty text, which the API refuses."""
    if piece.kind == "image" and "url" in piece.fields:
        url = piece.fields["url"]
        if url.startswith("https://"):
            return {"type": "image", "source": {"type": "url", "url": url}}
        if (found := _DATA_URL.fullmatch(url)) is not None and found[1].startswith("image/"):
            return {"type": "image", "source": {"type": "base64", "media_type": found[1], "data": found[2]}}
    if piece.kind == "file" and (found := _DATA_URL.fullmatch(piece.fields.get("file_data", ""))) is not None:
        kind = "document" if found[1] == "application/pdf" else "image"
        return {"type": kind, "source": {"type": "base64", "media_type": found[1], "data": found[2]}}
    return _text(piece.text) if piece.text.strip() else None


def _reasoning(item: Mapping[str, Any]) -> Block:
    if isinstance(item.get("signature"), str) and _thinking(item):
        return {"type": "thinking", "thinking": _thinking(item), "signature": item["signature"]}
    return {"type": "redacted_thinking", "data": item["data"]}


def _thinking(item: Mapping[str, Any]) -> str:
    """The text of thinking. Imports store it as `content` of the reasoning item, like OpenAI's."""
    if isinstance(item.get("thinking"), str):
        return str(item["thinking"])
    parts = item.get("content") if isinstance(item.get("content"), list) else []
    texts = [part.get("text") for part in parts or () if isinstance(part, dict)]
    return "".join(text for text in texts if isinstance(text, str))


def _text(text: str) -> Block:
    return {"type": "text", "text": text}

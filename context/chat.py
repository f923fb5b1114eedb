"""Messages for chat completions."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ..history import turns_of
from .images import CHAT_IMAGES, with_fewer_images
from .names import CallIds, valid_name
from .parts import Piece, pieces_of
from .steps import Calls, Choices, Words, said_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..history import Content
    from .steps import Answered, Reason, Said

Message = dict[str, Any]
_LONGEST_CALL_ID = 40


def formatted_history(stored: Iterable[Mapping[str, Any]]) -> list[Message]:
    """A whole history in the format of chat completions, in order. Parallel calls and the words before them are one message.

    An unanswered call gets an output that says so. An output without its call becomes a message of the assistant. Half-written
    messages, messages of role `unknown`, bookkeeping and reasoning are left out. So are calls that the format cannot express:
    calls of tools that the host of the model runs, and calls that control a machine.
    """
    return chat_messages(stored, Choices(keep_empty=True))[0]


def chat_messages(stored: Iterable[Mapping[str, Any]], choices: Choices) -> tuple[list[Message], Counter[Reason]]:
    """The messages of a whole history, as `choices` say, and how many stored ones were left out for each reason."""
    said = [said_of(turn, choices, Chat.can_express) for turn in turns_of(stored)]
    left_out = Counter(reason for turn in said for _, reason in turn.left_out)
    return Chat().messages([turn.steps for turn in said]), left_out


class Chat:
    """Makes the `messages` of a chat completions call."""

    is_additive = True
    """Whether the rendering of a step does not depend on the steps before it."""
    images = CHAT_IMAGES

    def messages(self, turns: Sequence[Sequence[Said]]) -> list[Message]:
        """The messages of these turns, in order."""
        found = [message for steps in turns for step in steps for message in _messages(step)]
        return with_fewer_images(found, self.images)

    @staticmethod
    def can_express(_kind: str, _item: Mapping[str, Any]) -> bool:
        """Whether an item is sent back as it was received: none is, because chat completions has no items."""
        return False


def _messages(step: Said) -> Iterator[Message]:
    if isinstance(step, Words):
        yield {"role": step.role, "content": _content(step.content, step.role)}
    elif isinstance(step, Calls):
        yield from _group(step)


def _group(group: Calls) -> Iterator[Message]:
    ids = CallIds(_LONGEST_CALL_ID)
    named = [(ids.give(call.call_id), call) for call in group.calls]
    words = group.words.content if group.words is not None else None
    yield {
        "role": "assistant",
        "content": _content(words, "assistant") if words else None,
        "tool_calls": [_call(call_id, call) for call_id, call in named],
    }
    for call_id, call in named:
        yield {"role": "tool", "tool_call_id": call_id, "content": _content(call.output, "tool")}
    others = [part for _, call in named for part in _seen_parts(call)]
    if others:
        yield {"role": "user", "content": others}


def _call(call_id: str, call: Answered) -> Message:
    if call.is_custom:
        return {"id": call_id, "type": "custom", "custom": {"name": valid_name(call.name), "input": call.text}}
    return {"id": call_id, "type": "function", "function": {"name": valid_name(call.name), "arguments": call.text}}


def _seen_parts(call: Answered) -> Iterator[Message]:
    """The images and files of an output, behind a text that names the tool. The format allows them in messages of users only."""
    parts = [part for piece in pieces_of(call.output) if (part := _user_part(piece))["type"] != "text"]
    if parts:
        yield {"type": "text", "text": f"[Output of the tool {valid_name(call.name)}]"}
        yield from parts


def _content(content: Content, role: str) -> str | list[Message]:
    """The content in the format. Only users may have parts that are not text."""
    if isinstance(content, str):
        return content
    return [_part(piece, role) for piece in pieces_of(content)] or ""


def _part(piece: Piece, role: str) -> Message:
    if role == "user":
        return _user_part(piece)
    if role == "assistant" and piece.kind == "refusal":
        return {"type": "refusal", "refusal": piece.text}
    if role == "tool" and _user_part(piece)["type"] != "text":
        return {"type": "text", "text": f"[{piece.kind}: the next message of the user]"}
    return {"type": "text", "text": piece.text}


def _user_part(piece: Piece) -> Message:
    fields = piece.fields
    if piece.kind == "image" and "url" in fields:
        return {"type": "image_url", "image_url": {name: fields[name] for name in ("url", "detail") if name in fields}}
    if piece.kind == "file" and fields.keys() & {"file_id", "file_data"}:
        return {"type": "file", "file": {name: value for name, value in fields.items() if name != "file_url"}}
    if piece.kind == "audio":
        return {"type": "input_audio", "input_audio": fields}
    return {"type": "text", "text": piece.text}

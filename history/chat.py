"""Formats a history as the `messages` of a chat completions call, valid whatever is stored.

A reader never fails on what is stored: the inside of parts, calls and items may have any form (decision 46).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..stored_json import as_json
from .kinds import TEXT_OUTPUTS
from .turns import CallGroup, Step, turns_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .entries import Entry
    from .parts import Content, Part

UNANSWERED = "[No output is stored for this call.]"
"""The output that marks an unanswered call. Chat completions refuses calls without an output."""
_WITHOUT_CALL = "[Output of a tool call that is not stored]"
_TEXT_TYPES = frozenset({"text", "input_text", "output_text"})
_CHAT_ROLES = {role: role for role in ("user", "assistant", "system", "developer")} | {"platform": "system"}
_SEEN_BY_NOBODY = "unknown"
"""The role of messages that no model sees."""

Message = dict[str, Any]


def formatted_history(stored: Iterable[Mapping[str, Any]]) -> list[Message]:
    """The messages in the format of chat completions, in order. Parallel calls and the words before them are one message.

    An unanswered call gets an output that says so. An output without its call becomes a message of the assistant. Left out
    are half-written messages, messages of role `unknown`, bookkeeping, reasoning, and calls that the format cannot express:
    those of tools that the host of the model runs, and those that control a machine.
    """
    return [message for turn in turns_of(stored) for step in turn.steps for message in _messages(step)]


def _messages(step: Step) -> Iterator[Message]:
    if isinstance(step, CallGroup):
        yield from _group(step)
    elif step.kind == "message":
        yield from _words(step)
    elif step.kind == "output" and _is_expressible(step) and not step.is_half_written:
        yield _worded_output(step)


def _words(entry: Entry) -> Iterator[Message]:
    if not entry.is_half_written and entry.role != _SEEN_BY_NOBODY:
        role = _CHAT_ROLES.get(entry.role, "assistant")
        yield {"role": role, "content": _content(entry.content, role)}


def _group(group: CallGroup) -> Iterator[Message]:
    shown = []
    for call, output in zip(group.calls, group.outputs, strict=True):
        complete = None if output is None or output.is_half_written else output
        is_chat_call = call.call is not None and call.call["type"] in ("function", "custom")
        if is_chat_call and (complete is not None or not call.is_half_written):
            shown.append((call.call or {}, complete))
    words = group.words if group.words is not None and not group.words.is_half_written else None
    if not shown:
        yield from _words(words) if words is not None else ()
        return
    content = _content(words.content, "assistant") if words is not None and words.content else None
    yield {"role": "assistant", "content": content, "tool_calls": [called for called, _ in shown]}
    for called, answer in shown:
        text = UNANSWERED if answer is None else _content(answer.content, "tool")
        yield {"role": "tool", "tool_call_id": called["id"], "content": text}


def _is_expressible(output: Entry) -> bool:
    return output.type == "message" or output.type in TEXT_OUTPUTS


def _worded_output(output: Entry) -> Message:
    """An output whose call was deleted or never written, as words. Chat completions refuses it as a tool's message."""
    content = _content(output.content, "assistant")
    if isinstance(content, str):
        return {"role": "assistant", "content": f"{_WITHOUT_CALL} {content}"}
    return {"role": "assistant", "content": [{"type": "text", "text": _WITHOUT_CALL}, *content]}


def _content(content: Content, role: str) -> Content:
    """The content in the format. Only users and tools may have parts that are not text."""
    if isinstance(content, str):
        return content
    if not content:
        return ""
    parts = [_part(part) for part in content]
    if role in ("user", "tool"):
        return parts
    kept = ("text", "refusal") if role == "assistant" else ("text",)
    return [part if part.get("type") in kept else _as_text(part) for part in parts]


def _part(part: Part) -> Part:
    """A part of any API in the format of chat completions. A part that the format does not know is returned unchanged."""
    kind, text = part.get("type"), part.get("text")
    if not isinstance(kind, str):
        return _as_text(part)
    if kind in _TEXT_TYPES:
        if isinstance(text, dict):
            text = text.get("value", "")
        return {"type": "text", "text": text} if isinstance(text, str) else _as_text(part)
    if kind == "input_image" and part.get("image_url"):
        return {"type": "image_url", "image_url": {"url": part["image_url"], "detail": part.get("detail") or "auto"}}
    if kind == "input_file":
        names = ("file_id", "file_data", "filename")
        file = {name: part[name] for name in names if part.get(name)}
        return {"type": "file", "file": file} if file.keys() - {"filename"} else _as_text(part)
    return part


def _as_text(part: Part) -> Part:
    return {"type": "text", "text": as_json(part).decode()}

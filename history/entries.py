"""Entries: the words, calls and outputs in one stored message.

A stored message has one entry, with one exception: an assistant's message may hold words and several calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ..stored_json import as_json
from .calls import Call, call_of_item, chat_call, repeats_calls, text_calls
from .kinds import ITEM_KINDS
from .whole_items import item_text, output_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .parts import Content, Part

_FROM_OPENAI = "msg_"
"""The prefix of messages that the OpenAI API stored. Version 0.1 also read calls out of their text."""


class Entry(NamedTuple):
    """One entry of a conversation, in the neutral form."""

    kind: Literal["message", "call", "output", "reasoning", "other"]
    """`other` is bookkeeping that no model sees."""
    stored: Mapping[str, Any]
    """The stored message to which it belongs."""
    content: Content = ""
    """The words of a message, or the output of a call: a text, or parts of any API."""
    call: Call | None = None
    """A call in the form of chat completions. `type` is the type of the item if chat completions has no such calls."""
    call_id: str | None = None
    """The id of the call, or of the call that an output answers."""

    @property
    def type(self) -> str:
        """The stored `type`."""
        found: str = self.stored["type"]
        return found

    @property
    def role(self) -> str:
        """The stored role."""
        found: str = self.stored["role"]
        return found

    @property
    def run_id(self) -> str | None:
        """The run to which it belongs, or None."""
        return self.stored.get("run_id")

    @property
    def is_half_written(self) -> bool:
        """Whether its writer has not completed it."""
        status = self.stored.get("status")
        if status is None and self.type in ITEM_KINDS:  # version 0.1 stored the status of an item in the item only
            status = (self.stored.get("item") or {}).get("status")
        return bool(status == "in_progress")

    @property
    def is_hosted(self) -> bool:
        """Whether it is a call that holds its own result."""
        return self.kind == "call" and self.type in ITEM_KINDS and ITEM_KINDS[self.type].hosted


def content_of(stored: Mapping[str, Any]) -> Content:
    """The parts of a stored message if it has parts, and else its text."""
    found: Content = stored["parts"] if "parts" in stored else stored["content"]
    return found


def entries_of(stored: Mapping[str, Any]) -> list[Entry]:
    """The entries in a stored message, in their order: words before calls."""
    kind = ITEM_KINDS.get(stored["type"])
    if stored["type"] == "message":
        return _message_entries(stored)
    if kind is None or kind.family == "other":
        return [Entry("other", stored)]
    if kind.family == "output":
        return [Entry("output", stored, output_of(stored), call_id=_answered_id(stored))]
    if kind.family == "reasoning":
        return [Entry("reasoning", stored, content_of(stored))]
    item = stored.get("item") or {}
    call = call_of_item(stored["type"], item)
    if call is None:
        return [Entry("other", stored)]
    words = content_of(stored)
    is_text_of_call = not words or words == item_text(stored["type"], item)
    return [
        *([] if is_text_of_call else [Entry("message", stored, words)]),
        Entry("call", stored, call=call, call_id=call.get("id")),
    ]


def _message_entries(stored: Mapping[str, Any]) -> list[Entry]:
    if stored["role"] == "tool":
        return [Entry("output", stored, content_of(stored), call_id=stored.get("tool_call_id"))]
    if not stored.get("tool_calls"):
        return [Entry("message", stored, content_of(stored))]
    words, calls = _words_and_calls(stored, stored["tool_calls"])
    entries = [Entry("call", stored, call=call, call_id=call["id"]) for call in calls]
    return [Entry("message", stored, words), *entries] if words or not entries else entries


def _words_and_calls(stored: Mapping[str, Any], calls: list[Any]) -> tuple[Content, list[Call]]:
    """The words of a message, and its calls. Calls that cannot be read are words."""
    words = content_of(stored)
    if stored["role"] == "assistant" and isinstance(words, str) and repeats_calls(words, calls):
        written_as_text = str(stored.get("_id", stored.get("id", ""))).startswith(_FROM_OPENAI)
        if written_as_text or text_calls("assistant", words) is None:
            return words, []  # version 0.1 took an ordinary JSON answer for calls
        words = ""
    read = [chat_call(call) if stored["role"] == "assistant" else None for call in calls]
    odd = [call for call, found in zip(calls, read, strict=True) if found is None]
    if odd:
        words = [*_parts(words), _text_part(as_json(odd).decode())]
    return words, [found for found in read if found is not None]


def _parts(words: Content) -> list[Part]:
    if isinstance(words, str):
        return [_text_part(words)] if words else []
    return words


def _text_part(text: str) -> Part:
    return {"type": "text", "text": text}


def _answered_id(stored: Mapping[str, Any]) -> str | None:
    if stored.get("tool_call_id") is not None:
        return stored["tool_call_id"]  # type: ignore[no-any-return]
    item = stored.get("item") or {}
    found = item.get("id" if stored["type"] == "local_shell_call_output" else "call_id")
    return found if isinstance(found, str) else None

"""The neutral form of a conversation: turns, words, calls and outputs, stored by any API.

This package reads stored messages, as rows of the database or as records. It needs no database. Readers of a history are small
views on the turns and entries that it returns. Such readers are the windows of `context` and the items of the OpenAI API.
`docs/history.md` describes the stored form.
"""

from .calls import call_of_item, chat_call, item_of_call, repeats_calls, text_calls
from .entries import Entry, content_of, entries_of
from .kinds import CALL_KINDS, ITEM_KINDS, TEXT_OUTPUTS, ItemKind
from .parts import Content, Part, split_content, text_of
from .summaries import is_summary, summary_text
from .turns import CallGroup, Step, Turn, turns_of
from .whole_items import item_text, output_of, split_output, whole_item

__all__ = [
    "CALL_KINDS",
    "ITEM_KINDS",
    "TEXT_OUTPUTS",
    "CallGroup",
    "Content",
    "Entry",
    "ItemKind",
    "Part",
    "Step",
    "Turn",
    "call_of_item",
    "chat_call",
    "content_of",
    "entries_of",
    "is_summary",
    "item_of_call",
    "item_text",
    "output_of",
    "repeats_calls",
    "split_content",
    "split_output",
    "summary_text",
    "text_calls",
    "text_of",
    "turns_of",
    "whole_item",
]

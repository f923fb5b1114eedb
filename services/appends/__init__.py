"""Appends: messages get their numbers, in order, each once."""

from .appender import Appender
from .batches import decided, torn_batches, unmark, visible
from .drafts import DraftWriter
from .rows import message_rows, sender, split_content, stored_row, text_of, tool_calls_in
from .sequencer import Sequencer

__all__ = [
    "Appender",
    "DraftWriter",
    "Sequencer",
    "decided",
    "message_rows",
    "sender",
    "split_content",
    "stored_row",
    "text_of",
    "tool_calls_in",
    "torn_batches",
    "unmark",
    "visible",
]

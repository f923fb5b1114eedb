"""Appends: store new messages of a thread under consecutive numbers, and collect chunks of messages in drafts."""

from .appender import Appender
from .batches import incompletely_read, settled_batches, unmark, visible
from .drafts import DraftWriter
from .replays import find_answered
from .rows import message_rows, sender, split_content, stored_row, text_of, tool_calls_in
from .sequencer import Sequencer

__all__ = [
    "Appender",
    "DraftWriter",
    "Sequencer",
    "find_answered",
    "incompletely_read",
    "message_rows",
    "sender",
    "settled_batches",
    "split_content",
    "stored_row",
    "text_of",
    "tool_calls_in",
    "unmark",
    "visible",
]

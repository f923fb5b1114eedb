"""Conversations as the readers of all formats give them, and the functions with which the readers make them."""

from .conversation import Broken, Conversation, LeftOut, Note, ReadingOptions, SourceMessage
from .grouping import Groups, grouped
from .inner_json import parsed
from .merging import merged
from .message_order import CUT_LIST, ORDER_ASSUMED, TIMES_FALL, Listed, never_falls, oldest_first, times_of
from .names import (
    LONGEST_ID,
    LONGEST_KEY,
    bounded_key,
    client_id_of,
    derived_id,
    is_id,
    message_id_of,
    thread_id_of,
    user_id_of,
)
from .object_ids import object_id_time
from .stored_forms import bookkeeping, call, is_parts, numbered, output, reasoning
from .times import time_of, with_inferred
from .tree import Tree, place_along

__all__ = [
    "CUT_LIST",
    "LONGEST_ID",
    "LONGEST_KEY",
    "ORDER_ASSUMED",
    "TIMES_FALL",
    "Broken",
    "Conversation",
    "Groups",
    "LeftOut",
    "Listed",
    "Note",
    "ReadingOptions",
    "SourceMessage",
    "Tree",
    "bookkeeping",
    "bounded_key",
    "call",
    "client_id_of",
    "derived_id",
    "grouped",
    "is_id",
    "is_parts",
    "merged",
    "message_id_of",
    "never_falls",
    "numbered",
    "object_id_time",
    "oldest_first",
    "output",
    "parsed",
    "place_along",
    "reasoning",
    "thread_id_of",
    "time_of",
    "times_of",
    "user_id_of",
    "with_inferred",
]

"""Appends: store new messages of a thread under consecutive numbers, and collect chunks of messages in drafts."""

from .appender import Appender
from .batches import (
    assign_next_ids,
    incompletely_read,
    release_commit,
    settled_batches,
    unmark,
    visible,
    withdraw,
    withdraw_commit,
)
from .conflicts import taken_entry
from .drafts import DraftWriter
from .item_fields import set_item, status_in
from .numbering import anchor_beginning, number_rows
from .previews import PREVIEW_FIELDS, newest_preview_of, preview_of, preview_update, stored_preview
from .replays import (
    are_free,
    drop_taken_item_ids,
    find_answered,
    find_known,
    find_stored,
    release_cut_keys,
    withdraw_unfinished,
)
from .rows import drop_repeated_item_ids, message_rows, sender, stored_row
from .sequencer import Sequencer
from .text_calls import with_text_calls

__all__ = [
    "PREVIEW_FIELDS",
    "Appender",
    "DraftWriter",
    "Sequencer",
    "anchor_beginning",
    "are_free",
    "assign_next_ids",
    "drop_repeated_item_ids",
    "drop_taken_item_ids",
    "find_answered",
    "find_known",
    "find_stored",
    "incompletely_read",
    "message_rows",
    "newest_preview_of",
    "number_rows",
    "preview_of",
    "preview_update",
    "release_commit",
    "release_cut_keys",
    "sender",
    "set_item",
    "settled_batches",
    "status_in",
    "stored_preview",
    "stored_row",
    "taken_entry",
    "unmark",
    "visible",
    "with_text_calls",
    "withdraw",
    "withdraw_commit",
    "withdraw_unfinished",
]

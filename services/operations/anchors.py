"""The beginning of a thread, pinned messages and summaries. Windows find them at any age by an index (decision 82)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...context import MOST_INSTRUCTIONS, MOST_PINNED, MOST_RECALLED, STORED_FIELDS, head_of
from ...documents import ANCHOR_OF_PINNED, NEWEST
from ...errors import InvalidInput
from ...inputs import SUMMARY, SummaryMessage
from ..appends import visible
from ..database import twice
from ..deletion import ranges_of, uncovered
from ..validation import validate_input

if TYPE_CHECKING:
    from ...documents import Documents, MessageRow, ThreadRow
    from ...inputs import NewSummary
    from ...settings import Limits


WINDOW_PROJECTION = dict.fromkeys((*STORED_FIELDS, "batch"), 1)
"""The fields of a row that a window needs: its message, and whether it is visible."""
_MOST_ANCHORED = MOST_INSTRUCTIONS + 1 + MOST_RECALLED


async def recalled_rows(documents: Documents, thread: ThreadRow) -> list[MessageRow]:
    """The beginning of a thread, its pinned messages, and the summaries of the highest numbers: one bounded read of their index."""
    where = {"thread_id": thread["_id"], "anchor": {"$gt": 0}}
    order = {"anchor": -1, "seq": -1}
    rows, _ = await documents.fast_messages.find(where, WINDOW_PROJECTION, sort=order, limit=_MOST_ANCHORED)
    return await visible(documents, rows, thread)


async def first_rows(documents: Documents, thread: ThreadRow) -> list[MessageRow] | None:
    """The messages with the lowest numbers of a long thread, as many as may be instructions: one bounded read.

    None if so many of them are deleted that more instructions may follow.
    """
    low, high = next(iter(uncovered(0, NEWEST, ranges_of(thread))), (NEWEST, NEWEST))
    last = high if documents.sorts_by_index else low + 2 * MOST_INSTRUCTIONS
    where = {"thread_id": thread["_id"], "seq": {"$gt": low, "$lte": last}}
    rows, _ = await documents.fast_messages.find(where, WINDOW_PROJECTION, sort={"seq": 1}, limit=MOST_INSTRUCTIONS)
    shown = await visible(documents, rows, thread)
    is_known = len(head_of(shown)) < len(shown) or len(shown) == MOST_INSTRUCTIONS
    return shown if is_known else None


def summary_message(summary: NewSummary, limits: Limits) -> SummaryMessage:
    """The message that stores a summary. Raises `InvalidInput` if it is too large."""
    values: dict[str, Any] = {
        "type": SUMMARY,
        "content": summary.text,
        "assistant_id": summary.assistant_id,
        "meta_data": summary.meta_data,
        "client_id": summary.client_id,
        "covers": {"from_seq": summary.from_seq, "upto_seq": summary.upto_seq},
    }
    return validate_input(SummaryMessage, values, limits)


async def require_written(documents: Documents, thread: ThreadRow, upto_seq: int) -> None:
    """Raise `InvalidInput` if the thread has no message with this number or a higher one."""
    if upto_seq <= thread["last_seq"]:
        return
    where = {"thread_id": thread["_id"], "seq": {"$gte": upto_seq, "$lt": NEWEST}}
    if await twice(lambda: documents.fast_messages.find_one(where, {"_id": 1})) is None:
        rule = f"is above the number of the newest message, {thread['last_seq']:,}"
        raise InvalidInput.at("upto_seq", rule, "above_newest")


async def require_room_for_pin(documents: Documents, row: MessageRow) -> None:
    """Raise `InvalidInput` if the thread has as many pinned messages as a window holds, and this row is not pinned."""
    where = {"thread_id": row["thread_id"], "anchor": ANCHOR_OF_PINNED}
    pinned, _ = await twice(lambda: documents.fast_messages.find(where, {"_id": 1}, limit=MOST_PINNED))
    if len(pinned) >= MOST_PINNED and not row.get("pinned"):
        rule = f"the thread has {MOST_PINNED} pinned messages, which is the limit: unpin one first"
        raise InvalidInput.at("pinned", rule, "too_many_pinned")

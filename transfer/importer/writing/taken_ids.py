"""Gives a message another id if another thread has a message with its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..conversations import client_id_of, derived_id
from .compare import stored_messages

if TYPE_CHECKING:
    from ....documents import Documents, MessageRow


async def with_free_ids(documents: Documents, rows: list[MessageRow]) -> bool:
    """Replace the ids that messages of other threads have. Returns whether there were any.

    The old id becomes the `client_id`, or `meta_data.source_id` if the message has a `client_id`. The new one is derived from
    thread and old id, so it is the same at each import.
    """
    stored = await stored_messages(documents, rows)
    taken = [row for row in rows if row["_id"] in stored and stored[row["_id"]].thread_id != row["thread_id"]]
    for row in taken:
        rename(row)
    return bool(taken)


def rename(row: MessageRow) -> None:
    """Give the message an id that is derived from its thread and its old id, which it keeps beside."""
    old = row["_id"]
    row["_id"] = derived_id("message", row["thread_id"], old)
    if "client_id" in row:
        row["meta_data"] = {**row["meta_data"], "source_id": old}
    else:
        row["client_id"] = client_id_of(old)

"""Finds out whether an earlier try of a request made its cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from ...documents import Documents, ThreadRow
    from ..deletion import Cut


class EarlierCut(NamedTuple):
    """A cut that an earlier try made."""

    open: Cut | None
    """The cut, or None if it was purged since."""


async def earlier_cut(documents: Documents, thread: ThreadRow, cut_id: str) -> EarlierCut | None:
    """The cut that an earlier try made, which is known for thirty days. None if there is none."""
    for cut in thread.get("cuts") or ():
        if cut.get("id") == cut_id:
            return EarlierCut(cast("Cut", cut))
    purged = {"thread_id": thread["_id"], "cut_id": cut_id}
    return None if await documents.deleted_messages.find_one(purged, {"_id": 1}) is None else EarlierCut(None)

"""Pages of API keys, by the time of their creation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...clock import now
from ...documents import ApiKey
from ...errors import UnknownCursor
from .cursors import position_of
from .timeline import Timeline

if TYPE_CHECKING:
    from ...documents import Documents
    from ...inputs import KeyQuery
    from .time_windows import TimeWindows


async def key_page(
    documents: Documents, time_windows: TimeWindows, user_id: str | None, query: KeyQuery, most: int
) -> tuple[list[ApiKey], str | None]:
    """Keys of everybody or of one user, oldest first, and the cursor of the next part. At most `most` keys."""
    filters: dict[str, Any] = {}
    if not query.include_inactive:
        filters = {"revoked_at": None, "$or": [{"expires_at": None}, {"expires_at": {"$gt": now()}}]}
    if user_id is not None:
        filters["user_id"] = {"$eq": user_id}
    timeline = Timeline(
        documents.api_keys.get_pymongo_collection(),
        ApiKey.Settings.indexes,
        "created_at",
        {} if user_id is None else {"user_id": user_id},
        filters,
        time_windows,
    )
    after = None if query.after is None else position_of("after", query.after)
    if query.after is not None and after is None:
        raise UnknownCursor("after", query.after)
    rows, _, cursor = await timeline.page_of(most, "asc", after)
    return [documents.api_keys.model_validate(row) for row in rows], cursor

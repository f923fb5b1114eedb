"""Pages of the audit trail, by the time of the acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...documents import AuditEntry
from ...errors import UnknownCursor
from .cursors import position_of
from .timeline import Timeline

if TYPE_CHECKING:
    from ...documents import Documents
    from ...inputs import AuditQuery
    from .cursors import Position
    from .time_windows import TimeWindows


async def audit_page(
    documents: Documents, time_windows: TimeWindows, query: AuditQuery
) -> tuple[list[dict[str, Any]], bool, str | None]:
    """The entries of a page in the query's order, whether more follow, and the cursor of the next page."""
    timeline = Timeline(documents.audit_log, AuditEntry.Settings.indexes, "at", {}, {}, time_windows)
    after = await _position(documents, "after", query.after)
    before = await _position(documents, "before", query.before)
    return await timeline.page(query, after, before)


async def _position(documents: Documents, name: str, cursor: str | None) -> Position | None:
    position = None if cursor is None else position_of(name, cursor)
    if cursor is None or position is not None:
        return position
    entry = await documents.audit_log.find_one({"_id": cursor}, {"at": 1})
    if entry is None:
        raise UnknownCursor(name, cursor)
    return entry["at"], cursor

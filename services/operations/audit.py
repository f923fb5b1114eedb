"""Operations on the audit trail, for input that is validated already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...records import AuditRecord, Page
from ..caller_operations import CallerOperations
from ..paging import audit_page
from ..repeats import repeats_read
from ..rights import require

if TYPE_CHECKING:
    from ...inputs import AuditQuery


class AuditOperations(CallerOperations):
    """Read the audit trail, with the rights of one caller."""

    @repeats_read
    async def page(self, query: AuditQuery) -> Page[AuditRecord]:
        """Return one page of the trail by time."""
        require(self._caller, "read the audit trail")
        rows, has_more, next_cursor = await audit_page(self._documents, self._runtime.time_windows, query)
        return Page([AuditRecord.of(row) for row in rows], has_more=has_more, next_cursor=next_cursor)

"""Read the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import explains_arguments
from ..inputs import AuditQuery
from .validation import validate_input, without_none

if TYPE_CHECKING:
    from ..inputs import Order
    from ..records import AuditRecord, Page
    from ..settings import Limits
    from .operations import AuditOperations


@explains_arguments
class AuditService:
    """The audit trail: who did which administrative or destructive thing when. For admins."""

    def __init__(self, operations: AuditOperations, limits: Limits) -> None:
        self._operations = operations
        self._limits = limits

    async def list_entries(
        self, limit: int | None = None, *, after: str | None = None, before: str | None = None, order: Order = "desc"
    ) -> Page[AuditRecord]:
        """Return one page of the audit trail, newest first unless `order` is "asc".

        An entry names the act, the id of its object, and the key. It holds no content. `limit` is 1 to 100 (20 if it is
        not given). `after` and `before` take the id of an entry or a page's `next_cursor`.

        Raises `Forbidden` unless the caller is an admin, and `Unavailable` if the database is away.
        """
        values = without_none(limit=limit, after=after, before=before, order=order)
        return await self._operations.page(validate_input(AuditQuery, values, self._limits))

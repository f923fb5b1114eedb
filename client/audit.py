"""Builds the calls of `audit_service`: one function for each method of the clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..records import AuditRecord
from .call import Call, page_of, without_none

if TYPE_CHECKING:
    from ..inputs import Order
    from ..records import Page

_page = page_of(AuditRecord)


def list_entries(
    limit: int | None = None, *, after: str | None = None, before: str | None = None, order: Order = "desc"
) -> Call[Page[AuditRecord]]:
    """Return one page of the audit trail, newest first unless `order` is "asc".

    An entry names the act, the id of its object, and the key. It holds no content. `limit` is 1 to 100 (20 if it is
    not given). `after` and `before` take the id of an entry or a page's `next_cursor`.

    Raises `Forbidden` unless the caller is an admin, and `Unavailable` if the database is away.
    """
    query = without_none(limit=limit, after=after, before=before, order=order)
    return Call("GET", "/v1/admin/audit", _page, query=query)

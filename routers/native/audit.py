"""The route of the audit trail in the native API."""

from __future__ import annotations

from fastapi import APIRouter

from ...errors import Forbidden, InvalidInput, UnknownCursor
from ..http import EndpointResponse, StrictRoute
from .errors import errors
from .parameters import AuditPage, RequestOperations
from .response_models import AuditEntryOut, PageOut

router = APIRouter(prefix="/v1/admin/audit", tags=["audit trail"], route_class=StrictRoute)


@router.get(
    "",
    operation_id="list_audit_entries",
    response_model=PageOut[AuditEntryOut],
    summary="Read the audit trail",
    responses=errors(Forbidden, UnknownCursor, InvalidInput),
)
async def list_entries(operations: RequestOperations, query: AuditPage) -> EndpointResponse:
    """For admins: who did which administrative or destructive thing when, newest first unless `order` is `asc`."""
    return EndpointResponse((await operations.audit.page(query)).envelope())

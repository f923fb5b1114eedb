"""The routes of imports in the native API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from ...errors import (
    Forbidden,
    IdempotencyMismatch,
    ImportNotFound,
    InvalidInput,
    RequestTimeout,
    StillRunning,
    TooLarge,
    TooManyImports,
    UnsupportedEncoding,
    UserNotFound,
)
from ...inputs import LONGEST_ID, ImportQuery, NewImport
from ...records import ImportRecord
from ..http import UPLOAD_DESCRIPTION, EndpointResponse, StrictRoute, Upload, UploadRoute, upload_of
from .errors import errors
from .parameters import RequestOperations
from .response_models import ImportOut, PageOut

ImportId = Annotated[
    str,
    Path(
        description="The id of an import.",
        examples=["import_0Vbhcok2GDPEHsN1FyFNIu"],
        min_length=1,
        max_length=LONGEST_ID,
    ),
]
_ACCEPTED, _NO_CONTENT = 202, 204

router = APIRouter(prefix="/v1/imports", tags=["imports"], route_class=StrictRoute)
uploads = APIRouter(prefix="/v1/imports", tags=["imports"], route_class=UploadRoute)


@uploads.post(
    "",
    response_model=ImportOut,
    status_code=_ACCEPTED,
    summary="Import a file",
    responses=errors(
        Forbidden,
        IdempotencyMismatch,
        InvalidInput,
        RequestTimeout,
        StillRunning,
        TooLarge,
        TooManyImports,
        UnsupportedEncoding,
        UserNotFound,
    ),
    openapi_extra=UPLOAD_DESCRIPTION,
)
async def create_import(
    operations: RequestOperations,
    query: Annotated[NewImport, Query()],
    upload: Annotated[Upload, Depends(upload_of)],
) -> EndpointResponse:
    """Send the file as the body: an export of ChatGPT, Claude.ai and many others, also as a zip file (`docs/importing.md`).

    The import runs in the background. `GET /v1/imports/{import_id}` says how far it is. With the key of a user, all threads
    become the user's, whatever the file says.
    """
    return EndpointResponse(await operations.imports.create(query, aiter(upload)))


@router.get(
    "/{import_id}", response_model=ImportOut, summary="Get an import", responses=errors(Forbidden, ImportNotFound)
)
async def get_import(operations: RequestOperations, import_id: ImportId) -> ImportRecord:
    """The state, the progress and the report of an import. Finished imports are kept for a week."""
    return await operations.imports.get(import_id)


@router.get("", response_model=PageOut[ImportOut], summary="List imports", responses=errors(Forbidden, InvalidInput))
async def list_imports(operations: RequestOperations, query: Annotated[ImportQuery, Query()]) -> EndpointResponse:
    """The imports of this key, or of its user, newest first unless `order` is `asc`. Admins get those of all callers."""
    return EndpointResponse((await operations.imports.page(query)).envelope())


@router.delete(
    "/{import_id}", status_code=_NO_CONTENT, summary="Delete an import", responses=errors(Forbidden, ImportNotFound)
)
async def delete_import(operations: RequestOperations, import_id: ImportId) -> None:
    """Remove an import and its file. If it runs, it stops within seconds; the threads that it has imported stay."""
    await operations.imports.delete(import_id)

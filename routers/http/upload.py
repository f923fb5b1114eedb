"""Routes whose body is a file. Its endpoint gets the pieces of the body, which is never in memory as a whole."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from ...errors import Unavailable
from .admission import slot_of
from .app_state import settings_of, tuning_of
from .body import Upload
from .idempotency import answer_once, fingerprint, idempotency_key_of
from .responses import send_bytes
from .route import StrictRoute

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

UPLOAD = "threadkeep.upload"
"""The key of the upload in the scope of a request."""
_RESERVED_BYTES = 2 * 1024 * 1024
"""The memory of one upload, as long as it arrives."""

DESCRIPTION: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file as it is, of at most `THREADKEEP_MAX_IMPORT_BYTES`.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class UploadRoute(StrictRoute):
    """A route whose endpoint takes `Annotated[Upload, Depends(upload_of)]`.

    An `Idempotency-Key` names the request without its body. The endpoint compares the files.
    """

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the endpoint while the body arrives, and send its answer."""
        slot, settings = slot_of(scope), settings_of(scope)
        upload = scope[UPLOAD] = Upload(
            scope, receive, settings, settings.max_import_bytes, tuning_of(scope).body_grace_seconds
        )
        key = idempotency_key_of(scope)
        work = partial(self._answer, self._arguments(scope, b""))
        await slot.reserve_body(_RESERVED_BYTES)
        try:
            async with asyncio.timeout_at(slot.deadline) as timeout:
                upload.timeout = timeout
                if key is None:
                    status, content, headers = await work()
                else:
                    again = lambda: self._answer(self._arguments(scope, b""))  # noqa: E731 - with the ids of the claim
                    status, content, headers = await answer_once(scope, key, fingerprint(scope, b""), again)
        except TimeoutError:
            raise Unavailable("The request took too long.") from None
        slot.set_response(len(content))
        await send_bytes(send, status, content, headers)


def upload_of(request: Request) -> Upload:
    """The body of the request, to be read once."""
    found: Upload = request.scope[UPLOAD]
    return found

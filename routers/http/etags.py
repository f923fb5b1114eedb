"""ETags and `If-Match`: the revision that a client knows of a thread or message, as a header."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.requests import Request

from ...errors import InvalidInput
from ...json_values import MOST_COUNTED
from .headers import header

if TYPE_CHECKING:
    from ...records import MessageRecord, ThreadRecord

_THREAD = re.compile(r'(?:W/)?"([0-9]{1,16}|\*)\.([0-9]{1,16}|\*)"')
_MESSAGE = re.compile(r'(?:W/)?"([0-9]{1,16})"')


def _if_match(etag: re.Pattern[str], example: str) -> dict[str, Any]:
    return {
        "parameters": [
            {
                "name": "If-Match",
                "in": "header",
                "required": False,
                "description": "The request takes effect only if the ETag still has this value. Otherwise the status is 412.",
                "schema": {"type": "string", "pattern": rf"^(\*|{etag.pattern})$", "examples": [example]},
            }
        ]
    }


IF_MATCH_THREAD = _if_match(_THREAD, '"3.17"')
"""Documents the header on a route of a thread: `openapi_extra=IF_MATCH_THREAD`."""
IF_MATCH_MESSAGE = _if_match(_MESSAGE, '"3"')
"""Documents the header on a route of a message: `openapi_extra=IF_MATCH_MESSAGE`."""


class Expected(NamedTuple):
    """The revision and the newest number that the client knows. None stands for any value."""

    revision: int | None = None
    seq: int | None = None


_ANY = Expected()


def thread_etag(thread: ThreadRecord) -> list[tuple[bytes, bytes]]:
    """The header `ETag: "<revision>.<last_seq>"`. Its value changes with the thread and with each new message."""
    return [(b"etag", f'"{thread["revision"]}.{thread["last_seq"]}"'.encode())]


def message_etag(message: MessageRecord) -> list[tuple[bytes, bytes]]:
    """The header `ETag: "<revision>"`."""
    return [(b"etag", f'"{message["revision"]}"'.encode())]


def expected_of_thread(request: Request) -> Expected:
    """The values of `If-Match` with the ETag of a thread. `*` for one part, or for all, stands for any value.

    Raises `InvalidInput` if the header has another form.
    """
    sent = _if_match_of(request)
    if sent is None:
        return _ANY
    found = _THREAD.fullmatch(sent)
    parts = [None if part == "*" else int(part) for part in found.groups()] if found is not None else []
    if not parts or any(part is not None and part >= MOST_COUNTED for part in parts):
        raise _malformed('"<revision>.<last_seq>"')
    revision, seq = parts
    return Expected(revision, seq)


def expected_of_message(request: Request) -> Expected:
    """The revision of `If-Match` with the ETag of a message. Raises `InvalidInput` if the header has another form."""
    sent = _if_match_of(request)
    if sent is None:
        return _ANY
    found = _MESSAGE.fullmatch(sent)
    if found is None or int(found[1]) >= MOST_COUNTED:
        raise _malformed('"<revision>"')
    return Expected(int(found[1]))


def _if_match_of(request: Request) -> str | None:
    """The value of `If-Match`. None if there is none, or any value will do."""
    sent = header(request.scope, b"if-match")
    return None if sent is None or sent == b"*" else sent.decode("latin-1")


def _malformed(form: str) -> InvalidInput:
    return InvalidInput([{"loc": ["header", "if-match"], "msg": f"must be {form}", "type": "etag_invalid"}])

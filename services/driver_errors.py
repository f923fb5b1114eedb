"""Driver errors stop here: what the database says becomes one of our errors."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from bson.errors import InvalidBSON, InvalidDocument
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    DocumentTooLarge,
    DuplicateKeyError,
    ExecutionTimeout,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    WriteError,
    WTimeoutError,
)

from ..errors import InvalidInput, TooLarge, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

P = ParamSpec("P")
T = TypeVar("T")

_AWAY = (ConnectionFailure, AutoReconnect, NotPrimaryError, ExecutionTimeout, WTimeoutError)
# Interrupted, shutting down, stepping down, write conflicts and the like: the operation may be tried again.
_PASSING_CODES = frozenset(
    {6, 7, 24, 46, 50, 64, 89, 91, 112, 133, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436}
)
_DOCUMENT_TOO_LARGE_CODES = frozenset({10334, 17419, 17420})
_DUPLICATE_KEY_CODE = 11000
MONGODB_DOCUMENT_LIMIT = 16 * 1024 * 1024


def translates_driver_errors(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Make a service method raise our errors where the driver raises its own."""

    @functools.wraps(method)
    async def reporting(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(*args, **kwargs)
        except (PyMongoError, InvalidDocument, InvalidBSON, OverflowError, UnicodeEncodeError) as error:
            ours = translate(error)
            if ours is error:
                raise
            raise ours from error

    return reporting


def translate(error: Exception) -> Exception:
    """Our error for one of the driver's; an error that is a fault of ours comes back as it is."""
    if isinstance(error, DocumentTooLarge) or _code(error) in _DOCUMENT_TOO_LARGE_CODES:
        return TooLarge("body", MONGODB_DOCUMENT_LIMIT)
    if isinstance(error, UnicodeEncodeError):  # an id: what is stored was looked at before
        return InvalidInput.at("body", "text must be valid Unicode, without lone surrogates", "string_unicode")
    if isinstance(error, (InvalidDocument, InvalidBSON, OverflowError)):
        return InvalidInput.at("body", f"cannot be stored: {error}")
    if isinstance(error, PyMongoError) and (
        isinstance(error, _AWAY) or error.timeout or _code(error) in _PASSING_CODES
    ):
        return Unavailable()
    return error


def _code(error: Exception) -> int | None:
    if not isinstance(error, OperationFailure):
        return None
    details = error.details or {}
    failures = details.get("writeErrors") or details.get("writeConcernErrors")
    return failures[0].get("code") if failures else error.code


def duplicate_key(error: DuplicateKeyError) -> dict[str, Any]:
    """The key pattern of the unique index that refused a single write; empty if the server did not name it."""
    key: dict[str, Any] = (error.details or {}).get("keyPattern", {})
    return key


def duplicate_key_in(write_error: Mapping[str, Any]) -> dict[str, Any] | None:
    """The same for one entry of a bulk write's `writeErrors`; None if the row was refused for another reason."""
    return write_error.get("keyPattern", {}) if write_error["code"] == _DUPLICATE_KEY_CODE else None


def refusal(write_error: dict[str, Any]) -> OperationFailure:
    """What the driver would have raised, had the write been alone in its command."""
    return WriteError(str(write_error.get("errmsg", "")), write_error.get("code"), write_error)

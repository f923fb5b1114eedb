"""Translates the errors of the driver into the errors of Threadkeep."""

from __future__ import annotations

import functools
import os
import re
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

_UNAVAILABLE = (ConnectionFailure, AutoReconnect, NotPrimaryError, ExecutionTimeout, WTimeoutError)
# Interrupted, shutting down, stepping down, write conflicts and similar: the operation may be tried again.
_TEMPORARY_CODES = frozenset(
    {6, 7, 24, 46, 50, 64, 89, 91, 112, 133, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436}
)
_TOPOLOGY = re.compile(r", full error|, Timeout: |, Topology Description: ")
_TIMEOUTS = re.compile(r" ?\(configured timeouts:[^)]*\)")
_REFUSED = re.compile(r"\[Errno (\d+)\] Connect call failed \([^)]*\)")
_ERRNO = re.compile(r"\[Errno -?\d+\] ")
_LONGEST_REASON = 300
_OUT_OF_DISK_SPACE_CODE = 14031
_DISK_FULL = "The disk of the database is full or read-only."
_DOCUMENT_TOO_LARGE_CODES = frozenset({10334, 17419, 17420})
_DUPLICATE_KEY_CODE = 11000
MONGODB_DOCUMENT_LIMIT = 16 * 1024 * 1024


def translates_driver_errors(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The method, which raises the errors of Threadkeep in place of the driver's."""

    @functools.wraps(method)
    async def translating(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(*args, **kwargs)
        except (PyMongoError, InvalidDocument, InvalidBSON, OverflowError, UnicodeEncodeError) as error:
            ours = translate(error)
            if ours is error:
                raise
            raise ours from error

    return translating


def translate(error: Exception) -> Exception:
    """The error of Threadkeep for an error of the driver. Returns `error` itself if it shows a mistake in Threadkeep.

    Returns `Unavailable` if the operation may succeed later, and `TooLarge` or `InvalidInput` if the input cannot be stored.
    """
    if isinstance(error, DocumentTooLarge) or _code(error) in _DOCUMENT_TOO_LARGE_CODES:
        return TooLarge("body", MONGODB_DOCUMENT_LIMIT)
    if isinstance(error, UnicodeEncodeError):  # in an id: values to store were validated before
        return InvalidInput.at("body", "text must be valid Unicode, without lone surrogates", "string_unicode")
    if isinstance(error, (InvalidDocument, InvalidBSON, OverflowError)):
        return InvalidInput.at("body", f"cannot be stored: {error}")
    if _code(error) == _OUT_OF_DISK_SPACE_CODE:
        return Unavailable(_DISK_FULL)
    if isinstance(error, PyMongoError) and (
        isinstance(error, _UNAVAILABLE) or error.timeout or _code(error) in _TEMPORARY_CODES
    ):
        return Unavailable()
    return error


def reason_of(error: PyMongoError) -> str:
    """What the driver says in a few words: the host and the fault, without time limits and the description of its topology."""
    text = _TOPOLOGY.split(str(error), maxsplit=1)[0]
    text = _REFUSED.sub(lambda found: os.strerror(int(found[1])), _TIMEOUTS.sub("", text))
    return _ERRNO.sub("", text)[:_LONGEST_REASON].strip(" :.")


def _code(error: Exception) -> int | None:
    if not isinstance(error, OperationFailure):
        return None
    details = error.details or {}
    failures = details.get("writeErrors") or details.get("writeConcernErrors")
    return failures[0].get("code") if failures else error.code


def duplicate_key(error: DuplicateKeyError) -> dict[str, Any]:
    """The key pattern of the unique index that refused a single write. Empty if the server did not name the index."""
    key: dict[str, Any] = (error.details or {}).get("keyPattern", {})
    return key


def duplicate_key_in(write_error: Mapping[str, Any]) -> dict[str, Any] | None:
    """Like `duplicate_key`, for one of the `writeErrors` of a bulk write. None if the row was refused for another reason."""
    return write_error.get("keyPattern", {}) if write_error["code"] == _DUPLICATE_KEY_CODE else None


def single_write_error(write_error: dict[str, Any]) -> OperationFailure:
    """The error that the driver raises if the same write fails alone in its command. Takes one of the `writeErrors`."""
    return WriteError(str(write_error.get("errmsg", "")), write_error.get("code"), write_error)

"""Finds the meaning of an error of the driver: by its labels, by its class, and by the code of the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bson.errors import InvalidBSON, InvalidDocument
from pymongo.errors import (
    BulkWriteError,
    ClientBulkWriteException,
    ConnectionFailure,
    DocumentTooLarge,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)

from .error_codes import MEANINGS, NAMES, Meaning

_TRANSIENT_LABELS = (
    "RetryableWriteError",
    "TransientTransactionError",
    "UnknownTransactionCommitResult",
    "RetryableError",
    "SystemOverloadedError",
    "NetworkError",
)
_ABOUT_INPUT = frozenset({Meaning.DUPLICATE, Meaning.TOO_LARGE, Meaning.UNSTORABLE})
"""No label makes these pass."""
_ATLAS_ERROR, _FEATURE_NOT_SUPPORTED = 8000, 303
_BY_WORDS = {
    # Atlas answers all its own refusals with one code.
    _ATLAS_ERROR: (
        ("quota", Meaning.FULL),
        ("cmd_not_allowed", Meaning.UNSUPPORTED),
        ("not supported", Meaning.UNSUPPORTED),
        ("unsupported", Meaning.UNSUPPORTED),
        ("not allowed", Meaning.UNAUTHORIZED),
        ("not authorized", Meaning.UNAUTHORIZED),
        ("auth failed", Meaning.UNAUTHORIZED),
        ("bad auth", Meaning.UNAUTHORIZED),
    ),
    # Amazon DocumentDB uses a code that means something else in MongoDB.
    _FEATURE_NOT_SUPPORTED: (("not supported", Meaning.UNSUPPORTED),),
}


def meaning_of(error: Exception) -> Meaning | None:
    """The meaning of the error for the caller. None if it comes neither from the driver nor from its encoder."""
    if isinstance(error, ClientBulkWriteException) and isinstance(error.error, Exception):
        return meaning_of(error.error)
    if isinstance(error, DocumentTooLarge):
        return Meaning.TOO_LARGE
    if isinstance(error, (InvalidDocument, InvalidBSON, OverflowError, UnicodeEncodeError)):
        return Meaning.UNSTORABLE
    if not isinstance(error, PyMongoError):
        return None
    if isinstance(error, ConnectionFailure) or error.timeout or _unconfirmed(error):
        return Meaning.TRANSIENT
    code = code_of(error)
    meaning = Meaning.REFUSED if code is None else _meaning_of_code(code, str(error))
    labelled = any(error.has_error_label(label) for label in _TRANSIENT_LABELS)
    return Meaning.TRANSIENT if labelled and meaning not in _ABOUT_INPUT else meaning


def is_transient(error: Exception) -> bool:
    """Whether the same operation may succeed later, without a change of the input or of the database."""
    return meaning_of(error) is Meaning.TRANSIENT


def code_of(error: Exception) -> int | None:
    """The server's code. For a bulk write, it is the code of the first write that failed."""
    if isinstance(error, NotPrimaryError):
        return error.details.get("code") if isinstance(error.details, Mapping) else None
    if not isinstance(error, OperationFailure):
        return None
    details = error.details or {}
    if isinstance(inner := details.get("error"), Exception):
        return code_of(inner)
    failures = details.get("writeErrors") or details.get("writeConcernErrors")
    return failures[0].get("code") if failures else error.code


def name_of(code: int | None) -> str:
    """The code with its name, as `Unauthorized (13)`. It holds no stored data."""
    return "no code" if code is None else f"{NAMES.get(code, 'an unknown error')} ({code})"


def _unconfirmed(error: PyMongoError) -> bool:
    """Whether writes were done, and a majority did not confirm them in time."""
    if isinstance(error, (BulkWriteError, ClientBulkWriteException)):
        return any(map(_is_late, error.details.get("writeConcernErrors") or ()))
    return isinstance(error, WriteConcernError) and _is_late({"code": error.code})


def _is_late(failure: Mapping[str, Any]) -> bool:
    return MEANINGS.get(failure.get("code", 0), Meaning.TRANSIENT) is Meaning.TRANSIENT


def _meaning_of_code(code: int, text: str) -> Meaning:
    lower = text.lower()
    for words, meaning in _BY_WORDS.get(code, ()):
        if words in lower:
            return meaning
    return MEANINGS.get(code, Meaning.REFUSED)

"""Translates the errors of the driver into the errors of Threadkeep, by their meaning (`documents/error_codes.py`).

Temporary errors become `Unavailable`; most operations are repeated once before (`repeats.py`). Lasting errors become a refusal
of the input, or `DatabaseRefused`.
"""

from __future__ import annotations

import functools
import os
import re
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from bson.errors import InvalidBSON, InvalidDocument
from pymongo.errors import PyMongoError

from ...documents import Meaning, code_of, meaning_of, name_of
from ...errors import Conflict, DatabaseRefused, InvalidInput, ThreadkeepError, TooLarge, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

P = ParamSpec("P")
T = TypeVar("T")

_TOPOLOGY = re.compile(r", full error|, Timeout: |, Topology Description: ")
_TIMEOUTS = re.compile(r" ?\(configured timeouts:[^)]*\)")
_REFUSED = re.compile(r"\[Errno (\d+)\] Connect call failed \([^)]*\)")
_ERRNO = re.compile(r"\[Errno -?\d+\] ")
_LONGEST_REASON = 300
MONGODB_DOCUMENT_LIMIT = 16 * 1024 * 1024
DRIVER_ERRORS = (PyMongoError, InvalidDocument, InvalidBSON, OverflowError, UnicodeEncodeError)


def translates_driver_errors(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """A method that calls `method` and raises the errors of Threadkeep in place of the driver's."""

    @functools.wraps(method)
    async def translating(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(*args, **kwargs)
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    return translating


def code_of_cause(error: BaseException) -> int | None:
    """The code of the server behind an error of Threadkeep. It may be logged, unlike the text of the server."""
    return code_of(error.__cause__) if isinstance(error.__cause__, Exception) else None


def translate(error: Exception) -> Exception:
    """The error of Threadkeep for an error of the driver. Returns `error` itself if it is none of the driver's."""
    meaning = meaning_of(error)
    return error if meaning is None else _ERRORS[meaning](error)


def _unstorable(error: Exception) -> InvalidInput:
    if isinstance(error, UnicodeEncodeError):  # in an id: values to store were validated before
        return InvalidInput.at("body", "text must be valid Unicode, without lone surrogates", "string_unicode")
    reason = name_of(code_of(error)) if isinstance(error, PyMongoError) else str(error)
    return InvalidInput.at("body", f"cannot be stored: {reason}")


def reason_of(error: PyMongoError) -> str:
    """The message of the driver in a few words: the host and the fault, without time limits and the description of its topology."""
    text = _TOPOLOGY.split(str(error), maxsplit=1)[0]
    text = _REFUSED.sub(lambda found: os.strerror(int(found[1])), _TIMEOUTS.sub("", text))
    return _ERRNO.sub("", text)[:_LONGEST_REASON].strip(" :.")


_ERRORS: dict[Meaning, Callable[[Exception], ThreadkeepError]] = {
    Meaning.TRANSIENT: lambda _: Unavailable(),
    Meaning.FULL: lambda _: Unavailable("The disk of the database is full or read-only."),
    Meaning.DUPLICATE: lambda _: Conflict("Another object has this id or key."),
    Meaning.TOO_LARGE: lambda _: TooLarge("body", MONGODB_DOCUMENT_LIMIT),
    Meaning.UNSTORABLE: _unstorable,
    Meaning.UNSUPPORTED: lambda error: DatabaseRefused(f"this server cannot do it, {name_of(code_of(error))}"),
    Meaning.UNAUTHORIZED: lambda error: DatabaseRefused(f"its user has no right to it, {name_of(code_of(error))}"),
    Meaning.REFUSED: lambda error: DatabaseRefused(f"it answers {name_of(code_of(error))}"),
}
"""The error of Threadkeep for each meaning. It repeats no text of the server, because that may hold stored text."""

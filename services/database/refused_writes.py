"""Says why a server refused a write: which unique key is taken, or another error.

MongoDB names the fields of the key in `keyPattern`. Engines that imitate it name only the index, in the text of the error,
or nothing at all. If nothing is named, callers look up which key is taken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import bson
from pymongo.errors import ClientBulkWriteException, WriteError

from ...documents import Meaning, fields_of_index, meaning_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymongo.asynchronous.collection import AsyncCollection
    from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure

TakenKey = frozenset[str]
"""The fields of a unique key that another document has. Empty if the server did not say which key it is."""
_INDEX = re.compile(r"\bindex:? '?([^\s':]+)", re.IGNORECASE)
"""`… index: thread_id_1_seq_1 dup key: …`, and `… Index 'thread_id_1_seq_1'`."""


def taken_key(error: DuplicateKeyError) -> TakenKey:
    """The key that is taken, from the error of a single write."""
    return _key(error.details or {})


def first_refusal(error: BulkWriteError | ClientBulkWriteException) -> tuple[int, TakenKey | OperationFailure]:
    """The position of the first row that the server refused, and the key that is taken or the error that refuses the row.

    Raises `error` itself if the server also failed to confirm the rows before: then nothing is known to be stored.
    """
    faults = error.details.get("writeErrors")
    if not faults or error.details.get("writeConcernErrors"):
        raise error
    return faults[0]["idx" if isinstance(error, ClientBulkWriteException) else "index"], refusal(faults[0])


def rows_refused_as_taken(error: BulkWriteError) -> list[int]:
    """The positions of the refused rows, if another row had a unique key of each. Else raises `error`."""
    faults = error.details.get("writeErrors") or []
    others = [fault for fault in faults if not isinstance(refusal(fault), frozenset)]
    if others or not faults or error.details.get("writeConcernErrors"):
        raise error
    return [fault["index"] for fault in faults]


async def is_stored(collection: AsyncCollection[Any], row: Mapping[str, Any]) -> bool:
    """Whether exactly this row is stored. Then its `_id` is not taken by another row.

    The driver sends an insert again if the answer was lost. A server that does not recognise the repetition refuses it.
    """
    found = await collection.find_one({"_id": row["_id"]})
    return found is not None and bson.encode(found) == bson.encode(row)


def refusal(fault: dict[str, Any]) -> TakenKey | OperationFailure:
    """The key that is taken, or the error that refuses the row. `fault` is one of the errors in the server's reply."""
    error = WriteError(str(fault.get("errmsg", "")), fault.get("code"), fault)
    return _key(fault) if meaning_of(error) is Meaning.DUPLICATE else error


def _key(fault: Mapping[str, Any]) -> TakenKey:
    if pattern := fault.get("keyPattern"):
        return frozenset(pattern)
    for name in _INDEX.findall(str(fault.get("errmsg", ""))):
        if fields := fields_of_index(name):
            return fields
    return frozenset()

"""Unique indexes that behave as on a server: with arrays and partial filters, and with the duplicate key in the error.

Each index stores which document holds each key. This is only a hint: if it says that a key is taken, the document itself is
checked. So deleting, expiring and rolling back need not update it.
"""

# mypy: disable-error-code="no-untyped-call"

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from mongomock.filtering import iter_key_candidates
from pymongo.errors import DuplicateKeyError

from .filters import MISSING, applies
from .store import StoredDocuments

DUPLICATE_KEY = 11000

Index = Mapping[str, Any]
Key = tuple[Any, ...]


def claim(documents: StoredDocuments, namespace: str, name: str, index: Index, document: Mapping[str, Any]) -> None:
    """Enter the keys of a document into a unique index. Raise `DuplicateKeyError` if another document holds one."""
    holders = documents.claims.setdefault(name, {})
    keys = set(_keys(index, document))
    for key in keys:
        holder = holders.get(key, MISSING)
        if holder not in (MISSING, document["_id"]) and _holds(documents, index, holder, key):
            raise duplicate_key(namespace, name, index["key"], document)
    holders.update(dict.fromkeys(keys, document["_id"]))


def duplicate_key(
    namespace: str, name: str, key: list[tuple[str, Any]], document: Mapping[str, Any]
) -> DuplicateKeyError:
    """Return the error with the details of MongoDB: `keyPattern` and `keyValue`."""
    values = {path: next(iter(_values(document, path))) for path, _ in key}
    shown = ", ".join(f"{path}: {json.dumps(value, default=str)}" for path, value in values.items())
    message = f"E11000 duplicate key error collection: {namespace} index: {name} dup key: {{ {shown} }}"
    details = {"index": 0, "code": DUPLICATE_KEY, "errmsg": message, "keyPattern": dict(key), "keyValue": values}
    return DuplicateKeyError(message, DUPLICATE_KEY, details)


def _holds(documents: StoredDocuments, index: Index, holder: Any, key: Key) -> bool:
    return holder in documents and key in _keys(index, documents[holder])


def _keys(index: Index, document: Mapping[str, Any]) -> Iterator[Key]:
    """Yield the keys of a document in the index: none if the index excludes it, several if a field is an array."""
    partial = index.get("partialFilterExpression")
    if partial is not None and not applies(partial, document):
        return
    paths = [path for path, _ in index["key"]]
    if index.get("sparse") and not any(applies({path: {"$exists": True}}, document) for path in paths):
        return
    for combination in itertools.product(*(_values(document, path) for path in paths)):
        yield tuple(_hashable(value) for value in combination)


def _values(document: Mapping[str, Any], path: str) -> list[Any]:
    """Return the values at a path. An array gives its elements, and a missing field gives None, as in MongoDB."""
    values: list[Any] = []
    for found in iter_key_candidates(path, document):
        values.extend(found or [None] if isinstance(found, list) else [found])
    return [None if value is MISSING else value for value in values] or [None]


def _hashable(value: Any) -> Any:
    """Return the value in a hashable form. True and 1 stay different, as in BSON."""
    if isinstance(value, dict):
        return ("object", *((name, _hashable(member)) for name, member in value.items()))
    if isinstance(value, list):
        return ("array", *(_hashable(member) for member in value))
    return ("bool", value) if isinstance(value, bool) else value

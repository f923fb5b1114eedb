"""Creates, drops and finds indexes. `uniqueness` enforces unique indexes."""

# mypy: disable-error-code="no-untyped-call"

from collections.abc import Mapping
from typing import Any

from pymongo.errors import DuplicateKeyError, OperationFailure

from .store import StoredDocuments
from .uniqueness import claim

INDEX_NOT_FOUND, INVALID_OPTIONS, CANNOT_CREATE, OPTIONS_CONFLICT, KEYS_CONFLICT = 27, 72, 67, 85, 86

_ID_KEY = [("_id", 1)]
_IDENTITY = ("key", "unique", "sparse", "partialFilterExpression")


def create_index(documents: StoredDocuments, namespace: str, model: dict[str, Any]) -> str:
    """Create the index of an `IndexModel` document, unless it exists. Return its name."""
    name: str = model["name"]
    index = {option: value for option, value in model.items() if value is not None and value is not False}
    del index["name"]
    index["key"] = list(model["key"].items())
    _refuse(index)
    if index["key"] == _ID_KEY:
        documents.create()
        return "_id_"
    if not _exists(documents, name, index):
        if index.get("unique"):
            _claim_all(documents, namespace, name, index)
        documents.create_index(name, index)
    return name


def drop_index(documents: StoredDocuments, name: str) -> None:
    """Drop one index, or all indexes except `_id_` if the name is `*`. Does nothing if the collection does not exist."""
    if name == "_id_":
        raise OperationFailure("cannot drop _id index", INVALID_OPTIONS)
    if name != "*" and documents.is_created and name not in documents.indexes:
        raise OperationFailure(f"index not found with name [{name}]", INDEX_NOT_FOUND)
    for found in [found for found in documents.indexes if name in (found, "*")]:
        documents.drop_index(found)


def has_index(documents: StoredDocuments, hint: str | Mapping[str, Any]) -> bool:
    """Return whether a hint names an existing index, by its name or its keys."""
    if isinstance(hint, str):
        return hint in ("_id_", "$natural") or hint in documents.indexes
    key = list(hint.items())
    return key == _ID_KEY or "$natural" in hint or any(key == index["key"] for index in documents.indexes.values())


def _refuse(index: Mapping[str, Any]) -> None:
    if "collation" in index:
        raise NotImplementedError("mongomock has no collation")
    if "expireAfterSeconds" in index and len(index["key"]) > 1:
        raise OperationFailure("TTL indexes are single-field indexes", CANNOT_CREATE)


def _exists(documents: StoredDocuments, name: str, index: Mapping[str, Any]) -> bool:
    """Return whether the same index exists. Raise `OperationFailure` if a conflicting index exists."""
    for other_name, other in documents.indexes.items():
        if other_name == name and other == index:
            return True
        if other_name == name:
            code = OPTIONS_CONFLICT if other["key"] == index["key"] else KEYS_CONFLICT
            raise OperationFailure(f"An existing index has the same name and other options: {name}", code)
        if all(other.get(term) == index.get(term) for term in _IDENTITY):
            raise OperationFailure(f"Index already exists with a different name: {other_name}", OPTIONS_CONFLICT)
    return False


def _claim_all(documents: StoredDocuments, namespace: str, name: str, index: Mapping[str, Any]) -> None:
    try:
        for document in list(documents.documents):
            claim(documents, namespace, name, index, document)
    except DuplicateKeyError:
        documents.claims.pop(name)
        raise

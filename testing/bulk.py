"""Bulk writes, with the results and errors of PyMongo."""

from collections.abc import Mapping
from typing import Any

from bson.codec_options import CodecOptions
from pymongo.errors import BulkWriteError, OperationFailure

from .arguments import encoded, identified
from .codec import stored

_COUNTED = {"matched_count": "nMatched", "modified_count": "nModified", "deleted_count": "nRemoved"}


class Bulk:
    """Collects the write operations of PyMongo. Encodes all of them before it writes the first one, as a driver does."""

    def __init__(self, mock: Any, options: CodecOptions[Any]) -> None:
        self._mock = mock
        self._options = options
        self._operations: list[tuple[str, dict[str, Any], Any]] = []

    def add_insert(self, document: Any) -> None:
        """Add an insert. The caller's document gets its `_id`."""
        arguments = {"document": stored(identified(document), self._options)}
        self._operations.append(("insert_one", arguments, document))

    def add_update(
        self,
        selector: Mapping[str, Any],
        update: Any,
        multi: bool = False,  # noqa: FBT001, FBT002 - PyMongo passes it by position
        upsert: bool | None = None,  # noqa: FBT001 - PyMongo passes it by position
        **options: Any,
    ) -> None:
        """Add an update of one or of many documents."""
        op = {"q": selector, "u": update, "multi": multi, "upsert": bool(upsert)}
        name = "update_many" if multi else "update_one"
        self._add(name, op, filter=selector, update=update, upsert=bool(upsert), **options)

    def add_replace(
        self,
        selector: Mapping[str, Any],
        replacement: Any,
        upsert: bool | None = None,  # noqa: FBT001 - PyMongo passes it by position
        **options: Any,
    ) -> None:
        """Add a replacement."""
        op = {"q": selector, "u": replacement, "multi": False, "upsert": bool(upsert)}
        self._add("replace_one", op, filter=selector, replacement=replacement, upsert=bool(upsert), **options)

    def add_delete(self, selector: Mapping[str, Any], limit: int, **options: Any) -> None:
        """Add a deletion: of one document, or of all that match if `limit` is 0."""
        name = "delete_one" if limit else "delete_many"
        self._add(name, {"q": selector, "limit": limit}, filter=selector, **options)

    def _add(self, name: str, op: Any, **arguments: Any) -> None:
        self._operations.append((name, encoded(self._mock, self._options, name, arguments), op))

    async def execute(self, *, ordered: bool) -> dict[str, Any]:
        """Run the operations and return the counts.

        With `ordered`, the first error ends the run; else all operations run. Raises `BulkWriteError` if one of them failed.
        """
        result: dict[str, Any] = {
            "writeErrors": [],
            "writeConcernErrors": [],
            "nInserted": 0,
            "nUpserted": 0,
            "nMatched": 0,
            "nModified": 0,
            "nRemoved": 0,
            "upserted": [],
        }
        for index, (name, arguments, op) in enumerate(self._operations):
            try:
                outcome = await getattr(self._mock, name)(**arguments)
            except OperationFailure as error:
                result["writeErrors"].append(_write_error(index, error, op))
                if ordered:
                    break
            else:
                _count(result, index, name, outcome)
        if result["writeErrors"]:
            raise BulkWriteError(result)
        return result


def _write_error(index: int, error: OperationFailure, op: Any) -> dict[str, Any]:
    return {"errmsg": str(error), "code": error.code, **(error.details or {}), "index": index, "op": op}


def _count(result: dict[str, Any], index: int, name: str, outcome: Any) -> None:
    if name == "insert_one":
        result["nInserted"] += 1
        return
    if (upserted := getattr(outcome, "upserted_id", None)) is not None:
        result["nUpserted"] += 1
        result["upserted"].append({"index": index, "_id": upserted})
    for attribute, counter in _COUNTED.items():
        result[counter] += getattr(outcome, attribute, 0)

"""Update documents: checked as on a server, and rewritten into updates that mongomock applies correctly."""

# mypy: disable-error-code="no-untyped-call"

import operator
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from mongomock.filtering import bson_compare
from mongomock.helpers import get_current_timestamp
from pymongo.errors import WriteError

from .filters import MISSING

FAILED_TO_PARSE, TYPE_MISMATCH, PATH_NOT_VIABLE, CONFLICT, BAD_VALUE = 9, 14, 28, 40, 2

_NUMERIC = ("$inc", "$mul")
_ARRAY = ("$addToSet", "$push", "$pull", "$pullAll", "$pop")
_REWRITTEN = ("$max", "$min", "$mul", "$currentDate")
_CREATING = ("$set", "$inc", "$max", "$min", "$mul", "$currentDate", "$push", "$addToSet")
_REMOVING = frozenset({"$unset", "$pull", "$pullAll", "$pop"})
_WINS = {"$max": operator.gt, "$min": operator.lt}
_SUPPORTED = (*_NUMERIC, *_ARRAY, *_REWRITTEN, "$set", "$unset", "$setOnInsert", "$rename")


def reduced(update: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return an update for mongomock that changes this document as the given update does on a server."""
    _check_update(update)
    for name, fields in update.items():
        for path in fields:
            _check_path(name, path, document)
    plain = {name: dict(fields) for name, fields in update.items() if name not in _REWRITTEN}
    values = {path: value for name in _REWRITTEN for path, value in _set_values(name, update, document)}
    if values:
        plain["$set"] = plain.get("$set", {}) | values
    for path, value in plain.get("$addToSet", {}).items():
        if isinstance(value, dict) and "$each" in value:
            plain["$addToSet"][path] = {"$each": _distinct(value["$each"])}
    for name in _REMOVING & plain.keys():
        plain[name] = {
            path: value for path, value in plain[name].items() if "$" in path or _current(path, document) is not MISSING
        }
    return {name: fields for name, fields in plain.items() if fields}


def _set_values(name: str, update: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the paths that an operator sets, with their new values."""
    for path, operand in update.get(name, {}).items():
        current = _current(path, document)
        if name == "$currentDate":
            stamp = isinstance(operand, dict) and operand.get("$type") == "timestamp"
            yield path, get_current_timestamp() if stamp else datetime.now(UTC)
        elif name == "$mul":
            yield path, 0 if current is MISSING else current * operand
        elif current is MISSING or bson_compare(_WINS[name], operand, current):
            yield path, operand


def _check_update(update: Mapping[str, Any]) -> None:
    """Raise if a server would refuse this update for every document."""
    paths: list[str] = []
    for name, fields in update.items():
        if name == "$bit":
            raise NotImplementedError("mongomock has no $bit")
        if name not in _SUPPORTED:
            raise WriteError(f"Unknown modifier: {name}", FAILED_TO_PARSE)
        if not isinstance(fields, Mapping):
            raise WriteError(f"Modifiers operate on fields but we found {fields!r} instead.", FAILED_TO_PARSE)
        for path in fields:
            for other in paths:
                if f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}."):
                    raise WriteError(f"Updating the path '{path}' would create a conflict at '{other}'", CONFLICT)
            paths.append(path)


def _check_path(name: str, path: str, document: Mapping[str, Any]) -> None:
    """Raise if a server would refuse this operator for the value at the path, while mongomock would not."""
    if "$" in path:
        return
    *parents, _ = path.split(".")
    for depth in range(1, len(parents) + 1 if name in _CREATING else 0):
        parent = _current(".".join(parents[:depth]), document)
        if not (parent is MISSING or isinstance(parent, dict) or _is_index(parent, path.split(".")[depth])):
            raise WriteError(f"Cannot create field in element {{{parents[depth - 1]}: {parent!r}}}", PATH_NOT_VIABLE)
    current = _current(path, document)
    if current is MISSING:
        return
    if name in _NUMERIC and (isinstance(current, bool) or not isinstance(current, (int, float))):
        raise WriteError(f"Cannot apply {name} to a value of non-numeric type: {path}", TYPE_MISMATCH)
    if name in _ARRAY and not isinstance(current, list):
        raise WriteError(f"The field '{path}' must be an array: {name}", BAD_VALUE)


def _current(path: str, document: Any) -> Any:
    """Return the value at the path of an update. Unlike in a filter, a path enters an array only by an index."""
    for part in path.split("."):
        if isinstance(document, dict):
            document = document.get(part, MISSING)
        elif _is_index(document, part):
            document = document[int(part)] if int(part) < len(document) else MISSING
        else:
            return MISSING
    return document


def _is_index(value: Any, part: str) -> bool:
    return isinstance(value, list) and part.isdecimal()


def _distinct(values: list[Any]) -> list[Any]:
    """Return the values without repetitions. Values need not be hashable."""
    return [value for index, value in enumerate(values) if value not in values[:index]]

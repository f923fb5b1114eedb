"""Filters, rewritten so that mongomock finds the same documents as a server.

Negations become `$nor`, as MongoDB defines them. Values that are equal in Python but not in BSON are distinguished by type.
"""

# mypy: disable-error-code="no-untyped-call"

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mongomock.filtering import filter_applies
from sentinels import NOTHING  # type: ignore[import-untyped]

MISSING: Any = NOTHING
"""The value that mongomock uses for a missing field."""

_BRANCHES = ("$and", "$or", "$nor")
_PLAIN = (str, bytes, int, float)


def applies(query: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Return whether a document matches a filter."""
    return bool(filter_applies(restated(query), document))


def restated(query: Any) -> Any:
    """Return a filter for mongomock that finds the same documents as this filter on a server."""
    if not isinstance(query, dict):
        return query
    clauses = [clause for name, value in query.items() for clause in _clauses(name, value)]
    whole: dict[str, Any] = {}
    for clause in clauses:
        if whole.keys() & clause.keys():
            return {"$and": clauses}
        whole |= clause
    return whole


def _clauses(name: str, value: Any) -> Iterator[dict[str, Any]]:
    """Yield the conditions of one entry of a filter. `name` is a path or an operator. All conditions must hold."""
    if name in _BRANCHES and isinstance(value, list):
        yield {name: [restated(branch) for branch in value]}
    elif name.startswith("$"):
        yield {name: value}
    elif _is_operators(value):
        yield from _operators(name, value)
    else:
        yield _equal(name, value)


def _is_operators(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(name.startswith("$") for name in value)


def _operators(path: str, value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    others: dict[str, Any] = {}
    for operator, operand in value.items():
        if operator in _RESTATED and (operator not in _OF_LISTS or isinstance(operand, list)):
            yield _RESTATED[operator](path, operand)
        elif operator == "$elemMatch" and not _is_operators(operand):
            others[operator] = restated(operand)
        else:
            others[operator] = operand
    if others:
        yield {path: others}


def _any_of(path: str, values: list[Any]) -> dict[str, Any]:
    if all(isinstance(value, _PLAIN) and not _is_zero_or_one(value) for value in values):
        return {path: {"$in": values}}
    return {"$or": [_equal(path, value) for value in values]}


def _all_of(path: str, values: list[Any]) -> dict[str, Any]:
    return {"$and": [restated({path: value}) for value in values]} if values else {path: {"$in": []}}


def _equal(path: str, value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {path: {"$eq": value, "$type": "bool"}}
    if _is_zero_or_one(value):
        return {path: {"$eq": value, "$type": "number"}}
    if value is None and "." in path:
        return {"$or": [{path: None}, {path: {"$exists": False}, "$nor": _arrays_on(path)}]}
    return {path: {"$eq": value}} if value == {} else {path: value}


def _arrays_on(path: str) -> list[dict[str, Any]]:
    """Return conditions that each find an array on the way of a path.

    On a server, null matches a path through a number or a missing field, but not through an array without sub-documents.
    """
    parts = path.split(".")
    return [{".".join(parts[:depth]): {"$type": "array"}} for depth in range(1, len(parts))]


def _is_zero_or_one(value: Any) -> bool:
    return isinstance(value, (int, float)) and value in (0, 1)


_OF_LISTS = ("$in", "$nin", "$all")
_RESTATED: dict[str, Callable[[str, Any], dict[str, Any]]] = {
    "$eq": _equal,
    "$ne": lambda path, value: {"$nor": [_equal(path, value)]},
    "$in": _any_of,
    "$nin": lambda path, values: {"$nor": [_any_of(path, values)]},
    "$all": _all_of,
    "$not": lambda path, term: {"$nor": [restated({path: term})]},
    "$size": lambda path, size: {path: {"$size": size, "$type": "array"}},
}

"""Lets the embedded server use the index that serves most conditions of a query (decision 95).

The server uses an index for all conditions or for the first one that has an index. So a query for ten messages of a thread by
their `client_id` read the whole thread. It uses no index for a query with an operator such as `$and` beside the fields. It adds
such an operator itself to the write of `findAndModify`, which so read the whole collection. The other conditions are applied to
the documents that the index finds, as before.

Only `child.py` runs this file, in the child process.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bson.regex import Regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

RANGES = frozenset({"$eq", "$gt", "$gte", "$lt", "$lte", "$in"})

Filter = dict[str, Any]


def choose_indexes(storage: Any) -> None:
    """Change this module of the server. Raises `AttributeError`, and changes nothing, if another version lacks a part."""
    methods = storage.Storage
    find, explain = methods._try_index_id_keys, methods._pick_index_for_filter  # noqa: SLF001
    implies = storage._op_implies_bound  # noqa: SLF001
    for needed in ("_all_indexes", "_partial_filters", "_query_implies_partial"):
        getattr(methods, needed)
    storage._op_implies_bound = implying_lists(implies)  # noqa: SLF001
    methods._try_index_id_keys = with_most_conditions(find)  # noqa: SLF001
    methods._pick_index_for_filter = with_most_conditions(explain)  # noqa: SLF001


def implying_lists(implies: Callable[..., bool]) -> Callable[..., bool]:
    """Return `implies` with a rule for lists: `$in` implies a bound if each of its values implies it."""

    def implies_bound(operator: str, value: Any, bound_operator: str, bound: Any) -> bool:
        if operator == "$in" and isinstance(value, list):
            return bool(value) and all(implies("$eq", one, bound_operator, bound) for one in value)
        return implies(operator, value, bound_operator, bound)

    return implies_bound


def with_most_conditions(look_up: Callable[..., Any]) -> Callable[..., Any]:
    """Return `look_up`, which looks for the conditions of one index at a time: those of the best index first."""

    def look_up_most(self: Any, database: str, collection: str, filter: Filter, *, collation: Any = None) -> Any:  # noqa: A002 - the server's name
        fields = conditions_on_fields(filter or {})
        if not fields:
            return None
        for conditions in served(self, database, collection, fields):
            found = look_up(self, database, collection, conditions, collation=collation)
            if found is not None:
                return found
        return look_up(self, database, collection, fields, collation=collation)

    return look_up_most


def conditions_on_fields(filter: Mapping[str, Any]) -> Filter:  # noqa: A002
    """The conditions of a filter that an index can serve, also those in its `$and`. A document must fulfil all of them.

    Conditions of other operators, such as `$or`, and regular expressions are left out. So is the second condition on a field.
    """
    found: Filter = {}
    for name, condition in filter.items():
        if name == "$and" and isinstance(condition, list):
            for part in condition:
                found = conditions_on_fields(part) | found
        elif not name.startswith("$") and not is_pattern(condition):
            found[name] = condition
    return found


def served(storage: Any, database: str, collection: str, filter: Filter) -> Iterator[Filter]:  # noqa: A002
    """Yield the conditions that each index serves. Equal values of more fields come first, then lists, then ranges."""
    if "_id" in filter and is_point(filter["_id"]):
        yield {"_id": filter["_id"]}
    partial = storage._partial_filters(database, collection)  # noqa: SLF001
    found: list[tuple[Any, ...]] = []
    for name, keys, _, _ in storage._all_indexes(database, collection):  # noqa: SLF001
        if name in partial and not storage._query_implies_partial(filter, partial[name]):  # noqa: SLF001
            continue
        fields = served_fields(keys, filter)
        if fields:
            points = sum(is_equality(filter[field]) for field in fields)
            conditions = {field: filter[field] for field in (*fields, *partial.get(name, ())) if field in filter}
            found.append((-points, -len(fields), -is_point(filter[fields[-1]]), len(keys), len(found), conditions))
    for *_, conditions in sorted(found, key=lambda one: one[:-1]):
        yield conditions


def served_fields(keys: Mapping[str, Any], filter: Filter) -> list[str]:  # noqa: A002
    """The first fields of an index that the filter has: some with one value, then at most one with a range or a list."""
    fields: list[str] = []
    for field, direction in keys.items():
        if direction not in (1, -1) or field not in filter:
            break
        if is_equality(filter[field]):
            fields.append(field)
            continue
        if is_range(filter[field]):
            fields.append(field)
        break
    return fields


def is_equality(condition: Any) -> bool:
    """Whether the condition is one value."""
    return not isinstance(condition, dict)


def is_pattern(condition: Any) -> bool:
    """Whether the condition is a regular expression. The server would look for this expression in the index, and find nothing."""
    return isinstance(condition, (re.Pattern, Regex))


def is_range(condition: Any) -> bool:
    """Whether the condition compares: with bounds, or with a list of values."""
    return isinstance(condition, dict) and bool(condition) and condition.keys() <= RANGES


def is_point(condition: Any) -> bool:
    """Whether the condition names its values: one, or a list of them."""
    return is_equality(condition) or (isinstance(condition, dict) and condition.keys() == {"$in"})

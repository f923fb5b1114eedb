"""Joins pipelines on one collection into one pipeline that reads the documents only once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .stages import Pipeline

_MISSING = object()


def together(pipelines: dict[str, Pipeline]) -> Pipeline:
    """A pipeline with one row, which has the rows of each pipeline under its name.

    Each pipeline must begin with a `$match` of a range of `created_at`. The server reads the documents in all these ranges
    that meet the conditions which all pipelines have.
    """
    filters = [pipeline[0]["$match"] for pipeline in pipelines.values()]
    ranges = [found["created_at"] for found in filters]
    shared: dict[str, Any] = {
        "created_at": {"$gte": min(found["$gte"] for found in ranges), "$lt": max(found["$lt"] for found in ranges)}
    }
    shared |= {
        name: condition
        for name, condition in filters[0].items()
        if name != "created_at" and all(found.get(name, _MISSING) == condition for found in filters)
    }
    branches = {
        name: [{"$match": _without(shared, pipeline[0]["$match"])}, *pipeline[1:]]
        for name, pipeline in pipelines.items()
    }
    return [{"$match": shared}, {"$facet": branches}]


def _without(shared: dict[str, Any], conditions: dict[str, Any]) -> dict[str, Any]:
    return {name: condition for name, condition in conditions.items() if shared.get(name, _MISSING) != condition}

"""Finds the index that the first stage of a pipeline uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.collection import Collection


def index_of(collection: Collection[dict[str, Any]], pipeline: list[dict[str, Any]]) -> str | None:
    """Return the name of the index that serves the first `$match`. None if the server would read the whole collection."""
    return index_in(_explained(collection, pipeline[:1]))


def _explained(collection: Collection[dict[str, Any]], pipeline: list[dict[str, Any]]) -> dict[str, Any]:
    command = {"aggregate": collection.name, "pipeline": pipeline, "cursor": {}}
    return collection.database.command("explain", command, verbosity="queryPlanner")


def index_in(plan: Any) -> str | None:
    """Return the index of the winning plan, at any depth."""
    if isinstance(plan, list):
        return next(filter(None, map(index_in, plan)), None)
    if not isinstance(plan, dict):
        return None
    if plan.get("stage") == "IXSCAN":
        return str(plan["indexName"])
    return next(filter(None, (index_in(value) for key, value in plan.items() if key != "rejectedPlans")), None)

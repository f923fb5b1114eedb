"""Finds the index that the first stage of a pipeline uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.collection import Collection

EMBEDDED = "secantus"


def index_of(collection: Collection[dict[str, Any]], pipeline: list[dict[str, Any]]) -> str | None:
    """Return the name of the index that serves the first `$match`. None if the server would read the whole collection.

    The embedded server explains a plan with an index only if there is a single condition. A query uses the index of the
    first condition that has one. So this function explains the first condition alone.
    """
    match = pipeline[0]["$match"]
    found = _explained(collection, [{"$match": match}])
    if found["serverInfo"]["host"] == EMBEDDED:
        name, condition = next(iter(match.items()))
        found = _explained(collection, [{"$match": {name: condition}}])
    return index_in(found)


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

"""Lets pipelines join other collections as MongoDB does. `child.py` runs this file, and nothing imports it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

JOINS = {"$lookup": "from", "$graphLookup": "from", "$unionWith": "coll"}
"""The stages that read another collection, and the field that names it."""
MOST_NESTED = 100
"""More views above each other than MongoDB allows."""


def join_as_mongodb(aggregate: Any, query: Any) -> None:
    """Let `$lookup`, `$graphLookup` and `$unionWith` read views, and let their pipelines count.

    Without this, they find nothing in a view, and refuse a pipeline with `$count` as an unknown expression. `$count` also
    gives a row for no documents. Raises `AttributeError`, and changes nothing, if another version of the server lacks a part.
    """
    stages, check = aggregate._STAGES, aggregate._expression_shape_problem  # noqa: SLF001
    count = stages["$count"]
    joining = {name: reading_views(stages[name], field, aggregate, query) for name, field in JOINS.items()}

    def check_expressions(spec: Any, stage: str = "") -> Any:
        """Check an expression as the server does, but without its pipeline: stages are no expressions."""
        if stage in JOINS and isinstance(spec, dict):
            spec = {name: value for name, value in spec.items() if name != "pipeline"}
        return check(spec, stage)

    def counted(spec: Any, docs: list[Any], context: Any) -> Any:
        rows = count(spec, docs, context)
        return rows if docs else []

    stages.update(joining | {"$count": counted})
    aggregate._expression_shape_problem = check_expressions  # noqa: SLF001


def reading_views(stage: Any, field: str, aggregate: Any, query: Any) -> Callable[..., Any]:
    """Return the function of a stage. If the stage names a view, it finds the rows of the view."""

    def joined(spec: Any, docs: list[Any], context: Any) -> Any:
        name: Any = spec.get(field) if isinstance(spec, dict) else spec
        rows = rows_of_view(name, context, aggregate) if isinstance(name, str) else None
        if rows is not None:
            context = replace(context, storage=StorageWithView(context.storage, name, rows, query.matches))
        return stage(spec, docs, context)

    return joined


def rows_of_view(name: str, context: Any, aggregate: Any) -> list[Any] | None:
    """The rows of a view, or None if the name is that of a collection."""
    pipeline: list[Any] = []
    for _ in range(MOST_NESTED):
        options = context.storage.get_collection_options(context.db_name, name)
        below = options.get("viewOn")
        if not isinstance(below, str):
            break
        name, pipeline = below, [*(options.get("viewPipeline") or []), *pipeline]
    else:
        return None
    if not pipeline:
        return None
    rows = context.storage.find_matching(context.db_name, name, {})
    found: list[Any] = aggregate.apply_pipeline(rows, pipeline, replace(context, coll_name=name, vars={}))
    return found


class StorageWithView:
    """The storage of the server, in which a view has these rows and no index."""

    def __init__(self, storage: Any, view: str, rows: list[Any], matches: Callable[..., bool]) -> None:
        self._storage, self._view, self._rows, self._matches = storage, view, rows, matches

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def find_matching(self, database: str, collection: str, wanted: Any = None, **options: Any) -> Any:
        """The rows that match a filter."""
        if collection != self._view:
            return self._storage.find_matching(database, collection, wanted, **options)
        return [row for row in self._rows if self._matches(row, wanted or {})]

    def list_indexes(self, database: str, collection: str) -> Any:
        """The indexes of a collection. A view has none."""
        return [] if collection == self._view else self._storage.list_indexes(database, collection)

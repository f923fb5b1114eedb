"""The embedded server answers `distinct` as MongoDB does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pymongo import MongoClient
    from pymongo.database import Database


@pytest.fixture
def database(mongo: MongoClient[dict[str, Any]], database_name: str) -> Database[dict[str, Any]]:
    """Rows with arrays of objects, and a view of them."""
    database = mongo[database_name]
    database.rows.insert_many(
        [
            {"_id": 1, "role": "user", "calls": [{"name": "a"}, {"name": "b"}], "tags": ["x", "y"]},
            {"_id": 2, "role": "assistant", "calls": [{"name": "a", "inner": {"n": 1}}], "tags": [], "none": None},
            {"_id": 3, "role": "user", "tags": "z"},
        ]
    )
    database.command("create", "shown", viewOn="rows", pipeline=[{"$set": {"who": "$role"}}])
    return database


@pytest.mark.parametrize("source", ["rows", "shown"])
@pytest.mark.parametrize(
    ("key", "query", "values"),
    [
        ("role", {}, ["assistant", "user"]),
        ("role", {"_id": {"$lt": 2}}, ["user"]),
        ("calls.name", {}, ["a", "b"]),
        ("calls.inner.n", {}, [1]),
        ("tags", {}, ["x", "y", "z"]),
        ("none", {}, [None]),
        ("nothing", {}, []),
    ],
)
def test_each_value_is_found_once(
    database: Database[dict[str, Any]], source: str, key: str, query: dict[str, Any], values: list[Any]
) -> None:
    assert sorted(database[source].distinct(key, query)) == values


def test_a_computed_field_of_a_view_is_found(database: Database[dict[str, Any]]) -> None:
    assert sorted(database.shown.distinct("who")) == ["assistant", "user"]

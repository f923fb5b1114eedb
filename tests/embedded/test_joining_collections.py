"""The embedded server joins collections and views as MongoDB does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pymongo import MongoClient
    from pymongo.database import Database

BOTH = {"from": "rows", "localField": "_id", "foreignField": "thread", "as": "found"}
BY_EXPRESSION = [{"$match": {"$expr": {"$eq": ["$thread", "$$id"]}}}]


@pytest.fixture
def database(mongo: MongoClient[dict[str, Any]], database_name: str) -> Database[dict[str, Any]]:
    """Two threads, the rows of the first one, a view of the rows, and a view of that view."""
    database = mongo[database_name]
    database.threads.insert_many([{"_id": "a"}, {"_id": "b"}])
    database.rows.insert_many([{"_id": number, "thread": "a", "size": number} for number in range(3)])
    database.command("create", "large", viewOn="rows", pipeline=[{"$match": {"size": {"$gt": 0}}}])
    database.command("create", "larger", viewOn="large", pipeline=[{"$set": {"twice": {"$add": ["$size", "$size"]}}}])
    return database


@pytest.mark.parametrize(
    "lookup",
    [
        BOTH | {"pipeline": [{"$count": "n"}]},
        BOTH | {"pipeline": [{"$group": {"_id": None, "n": {"$count": {}}}}, {"$project": {"_id": 0}}]},
        {"from": "rows", "let": {"id": "$_id"}, "pipeline": [*BY_EXPRESSION, {"$count": "n"}], "as": "found"},
    ],
    ids=["fields", "group", "let"],
)
def test_a_joined_pipeline_counts(database: Database[dict[str, Any]], lookup: dict[str, Any]) -> None:
    found = database.threads.aggregate([{"$lookup": lookup}, {"$sort": {"_id": 1}}]).to_list()

    assert found == [{"_id": "a", "found": [{"n": 3}]}, {"_id": "b", "found": []}]


def test_a_count_of_no_documents_gives_no_row(database: Database[dict[str, Any]]) -> None:
    assert database.rows.aggregate([{"$match": {"thread": "none"}}, {"$count": "n"}]).to_list() == []


def test_a_united_pipeline_counts(database: Database[dict[str, Any]]) -> None:
    united: list[dict[str, Any]] = [
        {"$unionWith": {"coll": "rows", "pipeline": [{"$count": "n"}]}},
        {"$match": {"n": {"$ne": None}}},
    ]

    assert database.threads.aggregate(united).to_list() == [{"n": 3}]


def test_joined_documents_are_counted(database: Database[dict[str, Any]]) -> None:
    stages: list[dict[str, Any]] = [{"$lookup": BOTH}, {"$unwind": "$found"}, {"$count": "n"}]

    assert database.threads.aggregate(stages).to_list() == [{"n": 3}]


@pytest.mark.parametrize("extra", [{}, {"pipeline": [{"$match": {"size": {"$lt": 9}}}]}], ids=["fields", "pipeline"])
def test_a_view_is_joined(database: Database[dict[str, Any]], extra: dict[str, Any]) -> None:
    lookup = {"$lookup": BOTH | {"from": "larger"} | extra}

    found = {row["_id"]: row["found"] for row in database.threads.aggregate([lookup])}

    assert sorted(row["twice"] for row in found["a"]) == [2, 4]
    assert found["b"] == []


def test_a_view_is_united(database: Database[dict[str, Any]]) -> None:
    found = database.threads.aggregate([{"$unionWith": "large"}, {"$match": {"size": {"$exists": True}}}]).to_list()

    assert sorted(row["_id"] for row in found) == [1, 2]


def test_a_view_is_walked(database: Database[dict[str, Any]]) -> None:
    walk = {"from": "large", "startWith": "$_id", "connectFromField": "none", "connectToField": "thread", "as": "found"}

    found = {row["_id"]: row["found"] for row in database.threads.aggregate([{"$graphLookup": walk}])}

    assert sorted(row["_id"] for row in found["a"]) == [1, 2]
    assert found["b"] == []


def test_an_unknown_operator_in_a_joined_pipeline_is_refused(database: Database[dict[str, Any]]) -> None:
    lookup = BOTH | {"pipeline": [{"$set": {"n": {"$no_such_operator": 1}}}]}

    with pytest.raises(Exception, match="no_such_operator"):
        database.threads.aggregate([{"$lookup": lookup}]).to_list()

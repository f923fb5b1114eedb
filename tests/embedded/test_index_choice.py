"""The embedded server finds documents by the index that serves most conditions, and finds the same ones as without it."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import ASCENDING, IndexModel

from threadkeep.embedded.index_choice import implying_lists

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo import MongoClient
    from pymongo.collection import Collection

    Rows = Collection[dict[str, Any]]

INDEXES = (
    IndexModel([("a", ASCENDING), ("n", ASCENDING)]),
    IndexModel([("a", ASCENDING), ("k", ASCENDING)], partialFilterExpression={"k": {"$gte": ""}}),
    IndexModel([("b.id", ASCENDING)], partialFilterExpression={"b.id": {"$gte": ""}}),
    IndexModel([("list", ASCENDING), ("a", ASCENDING), ("n", ASCENDING)]),
    IndexModel([("u", ASCENDING)], partialFilterExpression={"n": {"$gt": 1}}),
)
TEXTS, NUMBERS = st.sampled_from(["", "x", "y"]), st.integers(0, 3)
ROWS = st.fixed_dictionaries(
    {"a": TEXTS, "n": NUMBERS},
    optional={
        "k": TEXTS | st.none() | NUMBERS,
        "b": st.fixed_dictionaries({"id": TEXTS}) | st.none(),
        "list": st.lists(TEXTS, max_size=2) | TEXTS,
        "u": NUMBERS,
    },
)


def conditions(values: st.SearchStrategy[Any], most_bounds: int = 2) -> st.SearchStrategy[Any]:
    """Conditions on one field: a value, nothing, a list, bounds, and conditions that no index serves."""
    bounds = st.dictionaries(st.sampled_from(["$gt", "$gte", "$lt", "$lte"]), values, min_size=1, max_size=most_bounds)
    lists = st.fixed_dictionaries({"$in": st.lists(values | st.none(), max_size=3)})
    others = st.sampled_from([{"$exists": True}, {"$exists": False}, {"$ne": "x"}, {"$nin": [1]}, re.compile("x")])
    return values | st.none() | lists | bounds | others


# The server itself misses documents whose list has one element above a lower bound, and another below an upper bound.
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        **{name: conditions(NUMBERS) for name in ("_id", "n", "u")},
        **{name: conditions(TEXTS, 1 if name == "list" else 2) for name in ("a", "k", "b.id", "list")},
    },
)


@pytest.fixture
def rows(mongo: MongoClient[dict[str, Any]], database_name: str) -> Iterator[Rows]:
    found = mongo[database_name]["rows"]
    found.create_indexes(list(INDEXES))
    yield found
    found.drop()


@pytest.mark.slow
@settings(
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(ROWS, min_size=1, max_size=12), st.lists(FILTERS, min_size=1, max_size=12))
def test_the_same_documents_are_found_as_without_an_index(
    rows: Rows, documents: list[dict[str, Any]], filters: list[dict[str, Any]]
) -> None:
    rows.delete_many({})
    rows.insert_many([{"_id": number, **one} for number, one in enumerate(documents)])

    for one, other in itertools.pairwise([*filters, {}]):
        for query in (one, {"$and": [one, other]}, {**one, "$or": [other, {"n": 2}]}, {**one, "$and": [other]}):
            found = sorted(row["_id"] for row in rows.find(query))
            assert found == sorted(row["_id"] for row in rows.find({"$or": [query]})), query  # which uses no index
            assert rows.update_many(query, {"$set": {"seen": 1}}).matched_count == len(found), query
            changed = rows.find_one_and_update(query, {"$inc": {"changes": 1}})
            assert (changed["_id"] in found) if changed else not found, query


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({"a": "x", "k": {"$in": ["x", "y"]}}, "a_1_k_1"),
        ({"k": {"$in": ["x", "y"]}, "a": "x", "n": {"$gt": 0, "$lte": 9}}, "a_1_k_1"),
        ({"a": "x", "k": {"$in": ["x", None]}, "other": 1}, "a_1_n_1"),
        ({"a": "x", "n": {"$gt": 0, "$lte": 9}, "other": {"$ne": 1}}, "a_1_n_1"),
        ({"a": "x", "b.id": "x"}, "b.id_1"),
        ({"a": "x", "other": {"$exists": True}, "_id": {"$in": [1, 2]}}, "_id_"),
        ({"a": "x", "n": {"$gte": 0}, "list": "x"}, "list_1_a_1_n_1"),
        ({"other": 1, "u": 2, "n": {"$gte": 2}}, "u_1"),
        ({"a": "x", "$and": [{"k": {"$in": ["x", "y"]}}]}, "a_1_k_1"),
        ({"$and": [{"$and": [{"a": "x"}]}, {"n": {"$lte": 9}}]}, "a_1_n_1"),
        ({"$or": [{"n": 1}, {"n": 2}], "a": "x"}, "a_1_n_1"),
        ({"$expr": {"$gt": ["$n", 1]}, "b.id": "x"}, "b.id_1"),
    ],
)
def test_the_index_that_serves_most_conditions_is_used(rows: Rows, query: dict[str, Any], index: str) -> None:
    rows.insert_one({"a": "x"})
    explained = rows.database.command("explain", {"find": "rows", "filter": query}, verbosity="queryPlanner")

    assert f"'{index}'" in str(explained["queryPlanner"]["winningPlan"]) or index == "_id_"


@pytest.mark.parametrize(
    "query",
    [{"_id": 3}, {"a": "3"}, {"_id": 3, "n": {"$gt": 1}, "$or": [{"n": 3}, {"n": 5}]}, {"$and": [{"a": "3", "n": 3}]}],
)
def test_a_query_reads_only_the_documents_that_its_index_finds(rows: Rows, query: dict[str, Any]) -> None:
    """The bound allows to load the wanted document, found and then changed, and refuses the whole collection."""
    rows.insert_many([{"_id": number, "a": str(number), "n": number, "text": "x" * 1000} for number in range(50)])
    bound = {"most_bytes": 3_000}

    assert [row["_id"] for row in rows.find(query, comment=bound)] == [3]
    assert rows.update_one(query, {"$set": {"b": 1}}, comment=bound).matched_count == 1
    changed = rows.find_one_and_update(query, {"$inc": {"c": 1}}, {"_id": 1}, comment=bound)
    deleted = rows.find_one_and_delete(query, {"_id": 1}, comment=bound)
    assert changed == deleted == {"_id": 3}


def test_a_list_implies_what_each_of_its_values_implies() -> None:
    implies = implying_lists(lambda operator, value, _, bound: operator == "$eq" and value >= bound)

    assert implies("$in", [1, 2], "$gte", 1)
    assert not implies("$in", [0, 2], "$gte", 1)
    assert not implies("$in", [], "$gte", 1)
    assert implies("$eq", 1, "$gte", 1)

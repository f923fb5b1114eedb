from typing import Any

import pytest
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import InvalidOperation, OperationFailure

Things = AsyncCollection[dict[str, Any]]

ROWS: list[dict[str, Any]] = [
    {"_id": 1, "n": 1, "tags": ["a", "b"], "meta": {"x": 1}, "parts": [{"k": 1, "v": "p"}]},
    {"_id": 2, "n": 2, "tags": ["b"], "meta": {"x": None}, "parts": [{"k": 1, "v": "q"}, {"k": 2, "v": "p"}]},
    {"_id": 3, "n": 3, "tags": [], "meta": {}, "parts": []},
    {"_id": 4, "n": None, "tags": "b"},
]


@pytest.fixture
async def rows(things: Things) -> Things:
    await things.insert_many([dict(row) for row in ROWS])
    return things


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [1, 2, 3, 4]),
        ({"n": 2}, [2]),
        ({"n": {"$gt": 1}}, [2, 3]),
        ({"n": {"$gt": 1, "$lte": 2}}, [2]),
        ({"n": {"$in": [1, None]}}, [1, 4]),
        ({"n": {"$nin": [1, 2]}}, [3, 4]),
        ({"n": {"$ne": 1}}, [2, 3, 4]),
        ({"n": None}, [4]),
        ({"tags": "b"}, [1, 2, 4]),
        ({"tags": ["b"]}, [2]),
        ({"tags": {"$ne": "b"}}, [3]),
        ({"tags": {"$all": ["a", "b"]}}, [1]),
        ({"tags": {"$all": []}}, []),
        ({"tags": {"$size": 1}}, [2]),
        ({"parts": {"$elemMatch": {"k": 1, "v": "p"}}}, [1]),
        ({"parts.k": 1, "parts.v": "p"}, [1, 2]),
        ({"meta.x": 1}, [1]),
        ({"meta": {"x": 1}}, [1]),
        ({"meta": {}}, [3]),
        ({"meta": {"$eq": {}}}, [3]),
        ({"n": True}, []),
        ({"n": 1.0}, [1]),
        ({"n": {"$eq": True}}, []),
        ({"parts": {"$elemMatch": {"k": {"$eq": True}}}}, []),
        ({"meta.x": {"$exists": True}}, [1, 2]),
        ({"meta.x": {"$exists": False}}, [3, 4]),
        ({"meta.x": None}, [2, 3, 4]),
        ({"n.x": None}, [1, 2, 3, 4]),
        ({"n.x": {"$ne": 1}}, [1, 2, 3, 4]),
        ({"tags.x": None}, [4]),
        ({"tags.x": {"$not": {"$gt": 1}}}, [1, 2, 3, 4]),
        ({"tags": {"$in": [["b"], 7]}}, [2]),
        ({"n": {"$in": [True, 2]}}, [2]),
        ({"n": {"$nin": [None, True]}}, [1, 2, 3]),
        ({"n": {"$gt": 1, "$ne": 3}}, [2]),
        ({"$or": [{"n": 1}, {"tags": []}]}, [1, 3]),
        ({"$and": [{"n": {"$gte": 1}}, {"tags": "b"}]}, [1, 2]),
        ({"$nor": [{"n": 1}, {"n": 2}]}, [3, 4]),
        ({"n": {"$not": {"$gt": 1}}}, [1, 4]),
        ({"n": {"$type": "number"}}, [1, 2, 3]),
        ({"tags": {"$regex": "^a"}}, [1]),
        ({"_id": 2, "n": 3}, []),
        ({"_id": {"$in": [2, 9]}}, [2]),
    ],
)
async def test_filters_match_the_same_documents_as_mongodb(
    rows: Things, query: dict[str, Any], found: list[int]
) -> None:
    assert [row["_id"] for row in await rows.find(query).sort("_id").to_list()] == found
    assert await rows.count_documents(query) == len(found)


@pytest.mark.parametrize("query", [{"n": {"$unknown": 1}}, {"$unknown": 1}, {"$or": []}])
async def test_an_invalid_filter_is_an_operation_failure(rows: Things, query: dict[str, Any]) -> None:
    with pytest.raises(OperationFailure):
        await rows.find_one(query)


async def test_a_text_id_is_matched_with_the_rest_of_the_filter(things: Things) -> None:
    await things.insert_one({"_id": "a", "n": 1})

    assert await things.find_one({"_id": "a", "n": 1}) == {"_id": "a", "n": 1}
    assert await things.find_one({"_id": "a", "n": 2}) is None
    assert await things.find_one({"_id": "b"}) is None


async def test_to_list_returns_all_rows_or_the_requested_number(rows: Things) -> None:
    cursor = rows.find().sort("_id")

    assert [row["_id"] for row in await cursor.to_list(length=3)] == [1, 2, 3]
    assert [row["_id"] for row in await cursor.to_list()] == [4]
    assert await cursor.to_list() == []


async def test_a_cursor_is_iterated_asynchronously(rows: Things) -> None:
    assert [row["_id"] async for row in rows.find({"n": {"$gt": 1}}, sort={"n": -1})] == [3, 2]


async def test_cursor_methods_chain(rows: Things) -> None:
    cursor = rows.find().sort([("n", -1), ("_id", 1)]).skip(1).limit(2).hint("_id_").batch_size(1).max_time_ms(500)

    assert [row["_id"] for row in await cursor.to_list()] == [2, 1]


async def test_a_cursor_refuses_changes_after_it_was_read(rows: Things) -> None:
    cursor = rows.find()
    await cursor.next()

    with pytest.raises(InvalidOperation):
        cursor.limit(1)


async def test_a_cursor_can_be_rewound_and_cloned(rows: Things) -> None:
    cursor = rows.find({"n": 1})
    first = await cursor.to_list()

    assert await cursor.clone().to_list() == first
    assert await (await cursor.rewind()).to_list() == first


async def test_a_cursor_closes_as_a_context_manager(rows: Things) -> None:
    async with rows.find() as cursor:
        assert cursor.alive
        await cursor.to_list()

    assert not cursor.alive


async def test_sorting_puts_null_before_numbers(rows: Things) -> None:
    assert [row["_id"] for row in await rows.find().sort("n", 1).to_list()] == [4, 1, 2, 3]


@pytest.mark.parametrize(
    ("projection", "row"),
    [
        ({"n": 1}, {"_id": 1, "n": 1}),
        (["n"], {"_id": 1, "n": 1}),
        ({"n": True, "_id": False}, {"n": 1}),
        ({"meta.x": 1, "_id": 0}, {"meta": {"x": 1}}),
        ({"tags": 0, "meta": 0, "parts": 0}, {"_id": 1, "n": 1}),
        ({"tags": {"$slice": 1}, "meta": 0, "parts": 0}, {"_id": 1, "n": 1, "tags": ["a"]}),
    ],
)
async def test_projections_return_the_named_fields(rows: Things, projection: Any, row: dict[str, Any]) -> None:
    assert await rows.find_one({"_id": 1}, projection) == row


async def test_a_read_does_not_change_its_projection(rows: Things) -> None:
    projection = {"_id": 0, "n": 1}
    await rows.find({}, projection).to_list()

    assert list(projection) == ["_id", "n"]


async def test_aggregate_is_awaited_and_returns_a_cursor(rows: Things) -> None:
    pipeline: list[dict[str, Any]] = [
        {"$match": {"tags": "b"}},
        {"$group": {"_id": None, "sum": {"$sum": "$n"}, "count": {"$sum": 1}}},
    ]
    cursor = await rows.aggregate(pipeline)

    assert [row async for row in cursor] == [{"_id": None, "sum": 3, "count": 3}]


async def test_aggregate_supports_stages_that_mongomock_lacks(rows: Things) -> None:
    unset = await rows.aggregate([{"$match": {"_id": 3}}, {"$unset": ["tags", "parts", "meta"]}])
    sorted_by = await rows.aggregate([{"$unwind": "$tags"}, {"$sortByCount": "$tags"}])
    root = await rows.aggregate([{"$match": {"_id": 1}}, {"$replaceWith": "$meta"}])

    assert await unset.to_list() == [{"_id": 3, "n": 3}]
    assert await sorted_by.to_list() == [{"_id": "b", "count": 3}, {"_id": "a", "count": 1}]
    assert await root.to_list() == [{"x": 1}]


async def test_aggregate_supports_facet_and_out(rows: Things) -> None:
    facets = {"one": [{"$match": {"n": 1}}, {"$unset": ["tags", "meta", "parts"]}], "all": [{"$count": "n"}]}
    await rows.aggregate([{"$project": {"n": 1}}, {"$out": "copies"}])

    assert await (await rows.aggregate([{"$facet": facets}])).to_list() == [
        {"one": [{"_id": 1, "n": 1}], "all": [{"n": 4}]}
    ]
    assert await rows.database["copies"].find_one({"_id": 2}) == {"_id": 2, "n": 2}


async def test_aggregate_supports_lookup(rows: Things) -> None:
    await rows.database["others"].insert_one({"_id": 1, "name": "one"})
    lookup = {"from": "others", "localField": "n", "foreignField": "_id", "as": "others"}

    cursor = await rows.aggregate([{"$match": {"_id": 1}}, {"$lookup": lookup}, {"$project": {"others": 1}}])

    assert await cursor.to_list() == [{"_id": 1, "others": [{"_id": 1, "name": "one"}]}]


async def test_count_documents_accepts_skip_limit_and_hint(rows: Things) -> None:
    assert await rows.count_documents({}, skip=1, limit=2, hint="_id_", maxTimeMS=500) == 2
    assert await rows.estimated_document_count() == 4


async def test_distinct_returns_each_value_once(rows: Things) -> None:
    assert sorted(await rows.distinct("tags")) == ["a", "b"]
    assert await rows.distinct("tags", {"_id": 2}) == ["b"]


async def test_a_hint_of_an_unknown_index_is_refused(memory: Things) -> None:
    await memory.insert_one({"n": 1})
    await memory.create_index([("n", 1), ("m", -1)])

    for hint in ([("n", 1), ("m", -1)], "n_1_m_-1", "_id_", [("_id", 1)], [("$natural", 1)]):
        assert len(await memory.find({}).hint(hint).to_list()) == 1
    with pytest.raises(OperationFailure, match="hint"):
        await memory.find({}).hint("n_1").to_list()


async def test_arguments_that_pymongo_refuses_are_refused(things: Things) -> None:
    with pytest.raises(TypeError):
        things.find("x")
    with pytest.raises(TypeError):
        await things.count_documents()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        things.find({}, limit="3")
    with pytest.raises(TypeError):
        await things.update_one({}, {"$set": {"a": 1}}, unknown=1)  # type: ignore[call-arg]

import asyncio
from typing import Any

import pytest
from pymongo import DeleteMany, DeleteOne, InsertOne, ReplaceOne, ReturnDocument, UpdateMany, UpdateOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, DuplicateKeyError, InvalidOperation, WriteError

Things = AsyncCollection[dict[str, Any]]


@pytest.mark.parametrize(
    ("before", "update", "after"),
    [
        ({"n": 1}, {"$set": {"n": 2, "m.k": 3}}, {"n": 2, "m": {"k": 3}}),
        ({"n": 1}, {"$unset": {"n": ""}}, {}),
        ({"n": 1}, {"$inc": {"n": 2, "m": 1}}, {"n": 3, "m": 1}),
        ({"n": 3}, {"$mul": {"n": 2}}, {"n": 6}),
        ({"n": 1}, {"$max": {"n": 2}}, {"n": 2}),
        ({"n": 3}, {"$max": {"n": 2}}, {"n": 3}),
        ({"n": None}, {"$max": {"n": 2, "m": 1}}, {"n": 2, "m": 1}),
        ({"n": None}, {"$min": {"n": 2}}, {"n": None}),
        ({"n": 1, "m": 1}, {"$max": {"n": 0}, "$set": {"m": 2}}, {"n": 1, "m": 2}),
        ({"tags": ["a"]}, {"$addToSet": {"tags": "a"}}, {"tags": ["a"]}),
        ({"tags": ["a"]}, {"$addToSet": {"tags": "b"}}, {"tags": ["a", "b"]}),
        ({}, {"$addToSet": {"tags": {"$each": ["a", "b", "a"]}}}, {"tags": ["a", "b"]}),
        ({"tags": ["a", "b", "a"]}, {"$pull": {"tags": "a"}}, {"tags": ["b"]}),
        ({"tags": ["a", "b", "c"]}, {"$pull": {"tags": {"$in": ["a", "c"]}}}, {"tags": ["b"]}),
        ({"parts": [{"k": 1}, {"k": 2}]}, {"$pull": {"parts": {"k": 1}}}, {"parts": [{"k": 2}]}),
        ({"n": None}, {"$pull": {"n.k": 1}}, {"n": None}),
        ({"parts": [{"k": 1}]}, {"$set": {"parts.0.k": 2}}, {"parts": [{"k": 2}]}),
        ({"tags": ["a", "b"]}, {"$pullAll": {"tags": ["a"]}}, {"tags": ["b"]}),
        ({"tags": ["a"]}, {"$push": {"tags": {"$each": ["b"], "$position": 0}}}, {"tags": ["b", "a"]}),
        ({"n": 1}, {"$rename": {"n": "m"}}, {"m": 1}),
        ({"n": 1}, {"$setOnInsert": {"m": 1}, "$set": {"n": 2}}, {"n": 2}),
        ({"n": 1}, [{"$set": {"m": {"$add": ["$n", 1]}}}, {"$unset": "n"}], {"m": 2}),
    ],
)
async def test_update_operators_have_the_same_effect_as_in_mongodb(
    things: Things, before: dict[str, Any], update: Any, after: dict[str, Any]
) -> None:
    await things.insert_one({"_id": 1, **before})

    result = await things.update_one({"_id": 1}, update)

    assert await things.find_one() == {"_id": 1, **after}
    assert (result.matched_count, result.modified_count) == (1, int(before != after))


async def test_current_date_sets_a_date(things: Things) -> None:
    await things.insert_one({"_id": 1})
    await things.update_one({"_id": 1}, {"$currentDate": {"at": True}})

    assert (await things.find_one({"at": {"$type": "date"}}) or {})["_id"] == 1


async def test_the_positional_operator_changes_the_element_that_matched(things: Things) -> None:
    await things.insert_one({"_id": 1, "parts": [{"k": 1}, {"k": 2}]})
    await things.update_one({"parts.k": 2}, {"$set": {"parts.$.v": "x"}})

    assert await things.find_one() == {"_id": 1, "parts": [{"k": 1}, {"k": 2, "v": "x"}]}


@pytest.mark.parametrize(
    ("update", "code"),
    [
        ({"$inc": {"text": 1}}, 14),
        ({"$inc": {"nothing": 1}}, 14),
        ({"$push": {"text": 1}}, 2),
        ({"$set": {"nothing.k": 1}}, 28),
        ({"$push": {"list.k": 1}}, 28),
        ({"$set": {"n": 1}, "$inc": {"n": 1}}, 40),
        ({"$set": {"m": 1, "m.k": 1}}, 40),
        ({"$set": {"_id": 2}}, 66),
        ({"$wrong": {"n": 1}}, 9),
    ],
)
async def test_an_update_that_mongodb_refuses_is_a_write_error(things: Things, update: Any, code: int) -> None:
    before = {"_id": 1, "text": "a", "nothing": None, "n": 1, "list": [1]}
    await things.insert_one(dict(before))

    with pytest.raises(WriteError) as refused:
        await things.update_one({"_id": 1}, update)

    assert refused.value.code == code
    assert await things.find_one() == before


async def test_a_failed_update_changes_nothing(memory: Things) -> None:
    await memory.insert_one({"_id": 1, "n": 2**62})

    with pytest.raises(WriteError):
        await memory.update_one({"_id": 1}, {"$set": {"m": 1}, "$inc": {"n": 2**62}})

    assert await memory.find_one() == {"_id": 1, "n": 2**62}


async def test_update_many_changes_all_and_update_one_the_first(things: Things) -> None:
    await things.insert_many([{"_id": n, "k": 1} for n in range(3)])

    many = await things.update_many({"k": 1}, {"$set": {"k": 2}})
    one = await things.update_one({"k": 2}, {"$set": {"k": 3}})

    assert (many.matched_count, many.modified_count, one.modified_count) == (3, 3, 1)
    assert await things.count_documents({"k": 3}) == 1


async def test_an_upsert_starts_from_the_filter(things: Things) -> None:
    result = await things.update_one({"_id": "a", "k": 1}, {"$set": {"n": 1}, "$setOnInsert": {"m": 2}}, upsert=True)

    assert (result.upserted_id, result.matched_count) == ("a", 0)
    assert await things.find_one() == {"_id": "a", "k": 1, "n": 1, "m": 2}


async def test_replace_one_keeps_only_the_id(things: Things) -> None:
    await things.insert_one({"_id": 1, "n": 1, "m": 1})

    result = await things.replace_one({"_id": {"$gte": 1}, "n": 1}, {"k": 1})

    assert result.modified_count == 1
    assert await things.find_one() == {"_id": 1, "k": 1}


async def test_replace_one_never_changes_the_id(things: Things) -> None:
    await things.insert_one({"_id": 1})

    with pytest.raises(WriteError):
        await things.replace_one({}, {"_id": 2})


async def test_updates_need_operators_and_replacements_refuse_them(things: Things) -> None:
    with pytest.raises(ValueError, match=r"\$ operators"):
        await things.update_one({}, {"n": 1})
    with pytest.raises(ValueError, match=r"\$ operators"):
        await things.replace_one({}, {"$set": {"n": 1}})


async def test_find_one_and_update_returns_the_row_before_or_after(things: Things) -> None:
    await things.insert_many([{"_id": 1, "n": 1}, {"_id": 2, "n": 5}])

    before = await things.find_one_and_update({}, {"$inc": {"n": 1}}, sort=[("n", -1)])
    after = await things.find_one_and_update({}, {"$inc": {"n": 1}}, return_document=ReturnDocument.AFTER)

    assert before == {"_id": 2, "n": 5}
    assert after == {"_id": 1, "n": 2}


async def test_find_one_and_update_returns_the_changed_row_even_if_the_filter_no_longer_matches(things: Things) -> None:
    await things.insert_many([{"_id": 1, "done": False, "n": 7}, {"_id": 2, "done": False}])

    row = await things.find_one_and_update(
        {"done": False}, {"$set": {"done": True}}, {"_id": 0, "n": 1}, return_document=ReturnDocument.AFTER
    )

    assert row == {"n": 7}


async def test_find_one_and_update_accepts_a_pipeline(things: Things) -> None:
    await things.insert_one({"_id": 1, "n": 1})

    row = await things.find_one_and_update(
        {"_id": 1}, [{"$set": {"n": {"$add": ["$n", 1]}}}], projection=["n"], return_document=ReturnDocument.AFTER
    )

    assert row == {"_id": 1, "n": 2}


async def test_find_one_and_update_returns_none_or_upserts_if_no_row_matches(things: Things) -> None:
    assert await things.find_one_and_update({"_id": 1}, {"$set": {"n": 1}}) is None

    row = await things.find_one_and_update({"_id": 1}, {"$set": {"n": 1}}, upsert=True, return_document=True)

    assert row == {"_id": 1, "n": 1}


async def test_find_one_and_delete_and_replace_return_the_row(things: Things) -> None:
    await things.insert_one({"_id": 1, "n": 1})

    replaced = await things.find_one_and_replace({"n": 1}, {"n": 2})
    deleted = await things.find_one_and_delete({"n": 2}, projection={"_id": 0})

    assert (replaced, deleted) == ({"_id": 1, "n": 1}, {"n": 2})
    assert await things.find_one_and_delete({}) is None


async def test_deletes_return_the_number_of_deleted_rows(things: Things) -> None:
    await things.insert_many([{"_id": n} for n in range(5)])

    assert (await things.delete_one({"_id": {"$gte": 2}})).deleted_count == 1
    assert (await things.delete_many({"_id": {"$gte": 2}})).deleted_count == 2
    assert (await things.delete_one({"_id": 9})).deleted_count == 0
    assert [row["_id"] for row in await things.find().sort("_id").to_list()] == [0, 1]


async def test_insert_many_stops_at_the_first_duplicate(things: Things) -> None:
    documents = [{"_id": 1}, {"_id": 2}, {"_id": 1, "again": True}, {"_id": 3}]

    with pytest.raises(BulkWriteError) as refused:
        await things.insert_many(documents)

    details = refused.value.details
    [error] = details["writeErrors"]
    assert details["nInserted"] == 2
    assert (error["index"], error["code"], error["op"]) == (2, 11000, {"_id": 1, "again": True})
    assert error["keyPattern"] == {"_id": 1}
    assert await things.count_documents({}) == 2


async def test_insert_many_unordered_tries_everything(things: Things) -> None:
    with pytest.raises(BulkWriteError) as refused:
        await things.insert_many([{"_id": 1}, {"_id": 1}, {"_id": 1}, {"_id": 2}], ordered=False)

    assert [error["index"] for error in refused.value.details["writeErrors"]] == [1, 2]
    assert await things.count_documents({}) == 2


async def test_insert_many_returns_the_ids_in_order(things: Things) -> None:
    result = await things.insert_many([{"_id": 2}, {"_id": 1}])

    assert result.inserted_ids == [2, 1]
    with pytest.raises(TypeError, match="non-empty"):
        await things.insert_many([])


async def test_bulk_write_counts_each_kind(things: Things) -> None:
    result = await things.bulk_write(
        [
            InsertOne({"_id": 1, "n": 1}),
            InsertOne({"_id": 2, "n": 1}),
            UpdateOne({"_id": 1}, {"$inc": {"n": 1}}),
            UpdateMany({}, {"$set": {"k": 1}}),
            UpdateOne({"_id": 3}, {"$set": {"n": 1}}, upsert=True),
            ReplaceOne({"_id": 2}, {"n": 9}),
            DeleteOne({"_id": 1}),
            DeleteMany({"n": 1}),
        ]
    )

    assert (result.inserted_count, result.matched_count, result.modified_count) == (2, 4, 4)
    assert (result.upserted_ids, result.deleted_count) == ({4: 3}, 2)
    assert await things.find().to_list() == [{"_id": 2, "n": 9}]


async def test_bulk_write_reports_the_operation_that_failed(things: Things) -> None:
    await things.insert_one({"_id": 1, "text": "a"})

    with pytest.raises(BulkWriteError) as refused:
        await things.bulk_write([DeleteOne({"_id": 5}), UpdateOne({"_id": 1}, {"$inc": {"text": 1}}), DeleteMany({})])

    [error] = refused.value.details["writeErrors"]
    assert (error["index"], error["code"]) == (1, 14)
    assert await things.count_documents({}) == 1


async def test_bulk_write_refuses_empty_and_invalid_requests(things: Things) -> None:
    with pytest.raises(InvalidOperation):
        await things.bulk_write([])
    with pytest.raises(TypeError, match="valid request"):
        await things.bulk_write([{"insert": 1}])  # type: ignore[list-item]


async def test_a_duplicate_id_names_the_id(things: Things) -> None:
    await things.insert_one({"_id": "a"})

    with pytest.raises(DuplicateKeyError) as refused:
        await things.insert_one({"_id": "a"})

    details = refused.value.details or {}
    assert (refused.value.code, details["keyPattern"], details["keyValue"]) == (11000, {"_id": 1}, {"_id": "a"})


async def test_a_write_between_read_and_write_of_another_task_is_possible(memory: Things) -> None:
    """Two tasks that read and then write must be able to disturb each other. Else a test could not show such a fault.

    In memory they always do. On a server this depends on the moment.
    """
    await memory.insert_one({"_id": 1, "n": 0})

    async def unsafe_increment() -> None:
        row = await memory.find_one({"_id": 1}) or {}
        await memory.update_one({"_id": 1}, {"$set": {"n": row["n"] + 1}})

    await asyncio.gather(*(unsafe_increment() for _ in range(10)))

    assert (await memory.find_one() or {})["n"] < 10

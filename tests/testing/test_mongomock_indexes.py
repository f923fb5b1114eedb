from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import DESCENDING, IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError, OperationFailure

Things = AsyncCollection[dict[str, Any]]


async def refused_key(things: Things, document: dict[str, Any]) -> Any:
    with pytest.raises(DuplicateKeyError) as refused:
        await things.insert_one(document)
    return (refused.value.details or {})["keyPattern"]


async def test_a_unique_compound_index_names_its_keys(things: Things) -> None:
    await things.create_index("n", unique=True)
    await things.create_index([("thread", 1), ("seq", DESCENDING)], unique=True)
    await things.insert_one({"n": 1, "thread": "t", "seq": 1})

    assert await refused_key(things, {"n": 2, "thread": "t", "seq": 1}) == {"thread": 1, "seq": -1}
    await things.insert_one({"n": 2, "thread": "t", "seq": 2})


async def test_a_refused_document_is_not_stored(things: Things) -> None:
    await things.create_index("n", unique=True)
    await things.insert_one({"n": 1})
    await refused_key(things, {"n": 1})

    assert await things.count_documents({}) == 1


async def test_a_missing_field_counts_as_null(things: Things) -> None:
    await things.create_index("n", unique=True)
    await things.insert_one({"n": None})

    assert await refused_key(things, {}) == {"n": 1}


async def test_the_keys_1_and_1_0_are_equal_and_true_is_another_key(things: Things) -> None:
    await things.create_index("n", unique=True)
    await things.insert_many([{"n": 1}, {"n": True}, {"n": "1"}])

    assert await refused_key(things, {"n": 1.0}) == {"n": 1}


async def test_a_unique_index_holds_for_updates(things: Things) -> None:
    await things.create_index("n", unique=True)
    await things.insert_many([{"_id": 1, "n": 1}, {"_id": 2, "n": 2}])

    with pytest.raises(DuplicateKeyError) as refused:
        await things.update_one({"_id": 2}, {"$set": {"n": 1}})

    assert (refused.value.details or {})["keyPattern"] == {"n": 1}
    assert await things.find_one({"_id": 2}) == {"_id": 2, "n": 2}


async def test_an_update_or_delete_releases_a_unique_key(things: Things) -> None:
    await things.create_index("n", unique=True)
    await things.insert_many([{"_id": 1, "n": 1}, {"_id": 2, "n": 2}])
    await things.update_one({"_id": 1}, {"$set": {"n": 10}})
    await things.delete_one({"_id": 2})

    await things.insert_many([{"n": 1}, {"n": 2}])

    assert await refused_key(things, {"n": 10}) == {"n": 1}


async def test_a_refused_update_does_not_take_a_unique_key(things: Things) -> None:
    await things.create_index("a", unique=True)
    await things.create_index("b", unique=True)
    await things.insert_many([{"_id": 1, "a": 1, "b": 1}, {"_id": 2, "a": 2, "b": 2}])
    with pytest.raises(DuplicateKeyError):
        await things.update_one({"_id": 2}, {"$set": {"a": 3, "b": 1}})

    await things.insert_one({"a": 3, "b": 3})

    assert await refused_key(things, {"a": 2, "b": 4}) == {"a": 1}


async def test_a_unique_index_holds_for_each_element_of_an_array(things: Things) -> None:
    await things.create_index("tags", unique=True)
    await things.insert_one({"tags": ["a", "b"]})
    await things.insert_one({"tags": ["c", "c"]})

    assert await refused_key(things, {"tags": ["d", "b"]}) == {"tags": 1}


async def test_a_unique_index_holds_inside_sub_documents(things: Things) -> None:
    await things.create_index("meta.key", unique=True)
    await things.insert_one({"meta": {"key": {"a": 1}}})

    assert await refused_key(things, {"meta": {"key": {"a": 1}}}) == {"meta.key": 1}
    await things.insert_one({"meta": {"key": {"a": 2}}})


@pytest.mark.parametrize("expression", [{"email": {"$exists": True}}, {"email": {"$type": "string"}}])
async def test_a_partial_unique_index_ignores_documents_that_do_not_match(things: Things, expression: Any) -> None:
    await things.create_index("email", unique=True, partialFilterExpression=expression)
    await things.insert_many([{"_id": 1, "email": "a@b"}, {"_id": 2}, {"_id": 3}])

    assert await refused_key(things, {"email": "a@b"}) == {"email": 1}


async def test_a_partial_unique_index_of_strings_lets_nulls_repeat(things: Things) -> None:
    await things.create_indexes(
        [IndexModel("email", unique=True, partialFilterExpression={"email": {"$type": "string"}})]
    )

    await things.insert_many([{"email": None}, {"email": None}, {"email": "a@b"}])

    assert await refused_key(things, {"email": "a@b"}) == {"email": 1}


async def test_a_sparse_unique_index_ignores_documents_without_the_field(things: Things) -> None:
    await things.create_index("n", unique=True, sparse=True)

    await things.insert_many([{}, {}, {"n": None}])

    assert await refused_key(things, {"n": None}) == {"n": 1}


async def test_a_unique_index_cannot_be_made_over_duplicates(things: Things) -> None:
    await things.insert_many([{"n": 1}, {"n": 1}])

    with pytest.raises(DuplicateKeyError):
        await things.create_index("n", unique=True)

    assert list(await things.index_information()) == ["_id_"]


async def test_a_new_unique_index_holds_for_existing_documents(things: Things) -> None:
    await things.insert_one({"n": 1})
    await things.create_index("n", unique=True)

    assert await refused_key(things, {"n": 1}) == {"n": 1}


async def test_indexes_are_listed_with_their_options(things: Things) -> None:
    expression = {"b": {"$exists": True}}
    names = await things.create_indexes(
        [
            IndexModel([("a", 1), ("b", -1)], unique=True, partialFilterExpression=expression),
            IndexModel("at", name="expiry", expireAfterSeconds=60),
        ]
    )

    information = await things.index_information()

    assert names == ["a_1_b_-1", "expiry"]
    assert list(information) == ["_id_", *names]
    assert information["a_1_b_-1"]["key"] == [("a", 1), ("b", -1)]
    assert information["a_1_b_-1"]["unique"] is True
    assert information["a_1_b_-1"]["partialFilterExpression"] == expression
    assert information["expiry"]["expireAfterSeconds"] == 60
    assert [index["name"] async for index in await things.list_indexes()] == ["_id_", *names]


async def test_a_new_index_creates_the_collection(things: Things) -> None:
    assert await things.index_information() == {}
    await things.create_index("a")

    assert await things.database.list_collection_names() == ["things"]


async def test_creating_the_same_index_again_changes_nothing(things: Things) -> None:
    first = await things.create_index([("a", 1)], unique=True)
    await things.insert_one({"a": 1})

    assert await things.create_index([("a", 1)], unique=True) == first
    assert await refused_key(things, {"a": 1}) == {"a": 1}


async def test_another_index_with_the_same_name_is_refused(things: Things) -> None:
    await things.create_index("a", name="one")

    with pytest.raises(OperationFailure) as refused:
        await things.create_index("b", name="one")

    assert refused.value.code == 86


async def test_the_same_keys_with_other_options_are_refused(things: Things) -> None:
    await things.create_index("a")

    with pytest.raises(OperationFailure) as refused:
        await things.create_index("a", unique=True)

    assert refused.value.code in (85, 86)


async def test_a_dropped_index_no_longer_holds(things: Things) -> None:
    await things.create_index("a", unique=True)
    await things.create_index("b", unique=True)
    await things.insert_one({"a": 1, "b": 1})
    await things.drop_index("a_1")
    await things.drop_index([("b", 1)])

    await things.insert_one({"a": 1, "b": 1})

    with pytest.raises(OperationFailure) as refused:
        await things.drop_index("a_1")
    assert refused.value.code == 27


async def test_dropping_all_indexes_keeps_the_index_of_the_id(things: Things) -> None:
    await things.create_index("a", unique=True)
    await things.drop_indexes()

    assert list(await things.index_information()) == ["_id_"]


async def test_the_index_of_the_id_always_exists(memory: Things) -> None:
    assert await memory.create_index("_id") == "_id_"
    with pytest.raises(OperationFailure) as refused:
        await memory.drop_index("_id_")
    assert refused.value.code == 72


async def test_a_compound_index_with_expiry_is_refused(memory: Things) -> None:
    with pytest.raises(OperationFailure) as refused:
        await memory.create_index([("at", 1), ("n", 1)], expireAfterSeconds=60)
    assert refused.value.code == 67


async def test_a_collation_is_a_not_implemented_error(memory: Things) -> None:
    with pytest.raises(NotImplementedError, match="collation"):
        await memory.create_index("email", unique=True, collation={"locale": "en", "strength": 2})


async def test_documents_expire(memory: Things) -> None:
    """In memory, documents expire at once. A server removes them once a minute."""
    now = datetime.now(UTC)
    await memory.create_index("at", expireAfterSeconds=60)
    await memory.insert_many(
        [
            {"_id": 1, "at": now - timedelta(seconds=61)},
            {"_id": 2, "at": now},
            {"_id": 3, "at": None},
            {"_id": 4, "at": [now, now - timedelta(days=1)]},
            {"_id": 5},
        ]
    )

    assert await memory.distinct("_id") == [2, 3, 5]


async def test_an_expired_document_releases_its_keys(memory: Things) -> None:
    await memory.create_index("at", expireAfterSeconds=0)
    await memory.create_index("n", unique=True)
    await memory.insert_one({"_id": 1, "n": 1, "at": datetime.now(UTC) - timedelta(seconds=1)})

    await memory.insert_one({"_id": 1, "n": 1})

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from bson import Binary, Int64, ObjectId
from bson.codec_options import CodecOptions
from bson.errors import InvalidDocument
from bson.son import SON
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DocumentTooLarge, DuplicateKeyError, WriteError

Things = AsyncCollection[dict[str, Any]]

ODD_KEYS = {"a.b": 1, "$gt": 2, "": 3, "$": 4, ".": 5, "nested": {"x.y": {"$each": []}}, "list": [{"$set": 1}]}


async def test_insert_sets_the_id_of_the_given_document(things: Things) -> None:
    document: dict[str, Any] = {"a": 1}

    result = await things.insert_one(document)

    assert isinstance(document["_id"], ObjectId)
    assert result.inserted_id == document["_id"]
    assert result.acknowledged


async def test_the_id_is_stored_first(things: Things) -> None:
    await things.insert_one({"a": 1, "_id": "x"})

    assert list(await things.find_one() or {}) == ["_id", "a"]


async def test_an_id_may_be_a_document(things: Things) -> None:
    await things.create_index("n", unique=True)
    await things.insert_many([{"_id": {"a": 1}, "n": 1}, {"_id": {"a": 2}, "n": 2}])

    with pytest.raises(DuplicateKeyError):
        await things.update_one({"_id": {"a": 2}}, {"$set": {"n": 1}})
    with pytest.raises(DuplicateKeyError):
        await things.insert_one({"_id": {"a": 1}})
    await things.delete_one({"_id": {"a": 1}})

    assert await things.find().to_list() == [{"_id": {"a": 2}, "n": 2}]


async def test_an_id_may_not_be_an_array(memory: Things) -> None:
    with pytest.raises(WriteError):
        await memory.insert_one({"_id": [1]})


async def test_changing_an_inserted_document_changes_nothing_stored(things: Things) -> None:
    document = {"_id": 1, "meta": {"tags": ["a"]}}
    await things.insert_one(document)

    document["meta"]["tags"].append("b")  # type: ignore[index]

    assert await things.find_one() == {"_id": 1, "meta": {"tags": ["a"]}}


async def test_changing_an_update_afterwards_changes_nothing_stored(things: Things) -> None:
    await things.insert_one({"_id": 1})
    meta = {"tags": ["a"]}
    await things.update_one({"_id": 1}, {"$set": {"meta": meta}})

    meta["tags"].append("b")

    assert await things.find_one() == {"_id": 1, "meta": {"tags": ["a"]}}


@pytest.mark.parametrize(
    "projection", [None, {"meta": 1}, {"other": 0}, {"meta": {"$slice": 5}}, {"meta": {"$elemMatch": {"a": 1}}}]
)
async def test_changing_a_row_that_was_read_changes_nothing_stored(things: Things, projection: Any) -> None:
    await things.insert_one({"_id": 1, "meta": [{"a": 1}]})
    row = await things.find_one({}, projection)
    assert row is not None

    row["meta"][0]["a"] = 2

    assert await things.find_one() == {"_id": 1, "meta": [{"a": 1}]}


async def test_changing_a_row_of_an_aggregation_changes_nothing_stored(things: Things) -> None:
    await things.insert_one({"_id": 1, "meta": {"a": 1}})
    [row] = await (await things.aggregate([{"$match": {}}])).to_list()

    row["meta"]["a"] = 2

    assert await things.find_one() == {"_id": 1, "meta": {"a": 1}}


async def test_dates_are_returned_naive_in_utc_with_milliseconds(things: Things) -> None:
    paris = timezone(timedelta(hours=1))
    await things.insert_one({"at": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=paris)})

    [row] = await things.find({"at": datetime(2026, 1, 2, 2, 4, 5, 678_999, tzinfo=UTC)}).to_list()

    assert row["at"] == datetime(2026, 1, 2, 2, 4, 5, 678_000)  # noqa: DTZ001 - naive is the expected result
    assert row["at"].tzinfo is None


async def test_keys_with_dots_and_dollars_survive_an_insert(things: Things) -> None:
    await things.insert_one({"_id": 1, "meta": ODD_KEYS})

    assert await things.find_one() == {"_id": 1, "meta": ODD_KEYS}


@pytest.mark.parametrize("operator", ["$set", "$setOnInsert", "$push"])
async def test_keys_with_dots_and_dollars_survive_an_update(things: Things, operator: str) -> None:
    await things.update_one({"_id": 1}, {operator: {"meta": ODD_KEYS}}, upsert=True)

    row = await things.find_one()

    assert row == {"_id": 1, "meta": [ODD_KEYS] if operator == "$push" else ODD_KEYS}


async def test_keys_with_dots_and_dollars_survive_a_replacement(things: Things) -> None:
    await things.insert_one({"_id": 1})
    await things.replace_one({"_id": 1}, {"meta": ODD_KEYS})

    assert await things.find_one() == {"_id": 1, "meta": ODD_KEYS}


async def test_keys_with_dots_and_dollars_survive_updates_of_other_fields(things: Things) -> None:
    await things.insert_one({"_id": 1, "meta": ODD_KEYS, "n": 1})
    await things.update_one({"_id": 1}, {"$inc": {"n": 1}})
    await things.update_one({"_id": 1}, [{"$set": {"n": {"$add": ["$n", 1]}}}])

    assert await things.find_one() == {"_id": 1, "meta": ODD_KEYS, "n": 3}


async def test_keys_with_dots_and_dollars_survive_a_unique_index(things: Things) -> None:
    await things.create_index("n", unique=True)
    await things.insert_one({"_id": 1, "meta": ODD_KEYS, "n": 1})
    await things.update_one({"_id": 1}, {"$set": {"n": 2}})

    assert await things.find_one({"n": 2}) == {"_id": 1, "meta": ODD_KEYS, "n": 2}


WRONG: list[tuple[Any, type[Exception]]] = [
    (2**63, OverflowError),
    ({"a\0b": 1}, InvalidDocument),
    ("\ud800", UnicodeEncodeError),
    ({1: "a"}, InvalidDocument),
    (object(), InvalidDocument),
    ("x" * 17_000_000, DocumentTooLarge),
]


@pytest.mark.parametrize(("value", "error"), WRONG)
async def test_an_insert_refuses_values_that_bson_lacks(things: Things, value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        await things.insert_one({"value": value})

    assert await things.count_documents({}) == 0


@pytest.mark.parametrize(("value", "error"), WRONG[:-1])
async def test_an_update_refuses_values_that_bson_lacks(things: Things, value: Any, error: type[Exception]) -> None:
    await things.insert_one({"_id": 1})

    with pytest.raises(error):
        await things.update_one({"_id": 1}, {"$set": {"value": value}})

    assert await things.find_one() == {"_id": 1}


async def test_a_filter_refuses_values_that_bson_lacks(things: Things) -> None:
    with pytest.raises(OverflowError):
        await things.find_one({"value": 2**63})


async def test_one_invalid_document_refuses_the_whole_insert_many(things: Things) -> None:
    with pytest.raises(InvalidDocument):
        await things.insert_many([{"_id": 1}, {"_id": 2, "value": object()}])

    assert await things.count_documents({}) == 0


async def test_integers_keep_their_width(things: Things) -> None:
    await things.insert_one({"_id": 1, "small": 1, "large": 2**40})

    row = await things.find_one() or {}

    assert [type(row["small"]), type(row["large"])] == [int, Int64]


async def test_dates_are_returned_with_a_time_zone_if_the_codec_options_say_so(
    database: AsyncDatabase[dict[str, Any]],
) -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    await database["things"].insert_one({"at": at})

    aware = database.get_collection("things", codec_options=CodecOptions(tz_aware=True))

    assert (await aware.find_one({"at": at}) or {})["at"] == at
    assert (await (await aware.aggregate([{"$match": {"at": at}}])).to_list())[0]["at"] == at


async def test_codec_options_set_the_time_zone_and_the_document_class(database: AsyncDatabase[dict[str, Any]]) -> None:
    paris = timezone(timedelta(hours=1))
    options = CodecOptions(document_class=SON, tz_aware=True, tzinfo=paris)
    await database["things"].insert_one({"at": datetime(2026, 1, 2, tzinfo=UTC)})

    row = await database.with_options(options)["things"].find_one()

    assert isinstance(row, SON)
    assert row["at"].utcoffset() == timedelta(hours=1)


async def test_uuids_need_and_follow_the_codec_options(database: AsyncDatabase[dict[str, Any]]) -> None:
    key = UUID(int=5)
    with pytest.raises(ValueError, match="UuidRepresentation"):
        await database["things"].insert_one({"_id": key})

    standard: Things = database["things"].with_options(CodecOptions(uuid_representation=4))
    await standard.insert_one({"_id": key})

    assert await standard.find_one({"_id": key}) == {"_id": key}
    assert await database["things"].find_one() == {"_id": Binary.from_uuid(key)}
    assert await standard.distinct("_id") == [key]

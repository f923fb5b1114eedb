"""Compares docs/schema.md, the validators, the Beanie documents, the row types and the real indexes with each other."""

from __future__ import annotations

import asyncio
import re
import secrets
from datetime import datetime
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from bson import json_util
from pymongo import AsyncMongoClient
from pymongo.errors import WriteError

from threadkeep.documents import DeletedMessage, DeletedMessageRow, Documents, Message, MessageRow, Thread, ThreadRow
from threadkeep.documents.binding import TEMPLATES
from threadkeep.documents.collections import collection_of, indexes_of
from threadkeep.documents.validators import schema_of, validator_of
from threadkeep.documents.views import VIEWS, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beanie import Document
    from pymongo import IndexModel, MongoClient
    from pymongo.database import Database

PAGE = (Path(__file__).parents[2] / "docs" / "schema.md").read_text(encoding="utf-8")
DAY = 24 * 3600
TYPE_NAMES = {"binData": "binary", "double": "number"}
Row = dict[str, str]


def section(name: str) -> str:
    """Return the text of the page below the heading of a collection or view."""
    found = re.search(rf"^### `{name}`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/schema.md has no section on {name}"
    return found[1]


def table(text: str, first_column: str) -> list[Row]:
    """Return the rows of the table with this first column. Returns no rows if there is no such table."""
    found = re.search(rf"^\| {first_column} \|.*\n\|[-|]+\n((?:\|.*\n)*)", text, re.MULTILINE)
    if not found:
        return []
    header, rows = found[0].splitlines()[0], found[1].splitlines()
    return [dict(zip(_cells(header), _cells(row), strict=True)) for row in rows]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def type_text(schema: dict[str, Any], *, required: bool) -> str:
    if "enum" in schema:
        kinds = [f"`{value}`" for value in schema["enum"] if value is not None]
        nullable = None in schema["enum"]
    else:
        types: list[str] = schema["bsonType"] if isinstance(schema["bsonType"], list) else [schema["bsonType"]]
        nullable = "null" in types
        kinds = [TYPE_NAMES.get(types[0], types[0])]
        if kinds == ["array"]:
            kinds = [f"array of {type_text(schema['items'], required=True)}"]
    return " or ".join([*kinds, *(["null"] if nullable else []), *([] if required else ["absent"])])


def field_texts(document: type[Document]) -> list[tuple[str, str]]:
    schema = validator_of(document)["$jsonSchema"]
    return [
        (f"`{name}`", type_text(found, required=name in schema["required"]))
        for name, found in schema["properties"].items()
    ]


def index_text(index: IndexModel) -> tuple[str, str]:
    known = index.document
    keys = ", ".join(f"`{name}`{' ↓' if order < 0 else ''}" for name, order in known["key"].items())
    kinds = ["unique"] if known.get("unique") else []
    for name, condition in known.get("partialFilterExpression", {}).items():
        match condition:
            case {"$gte": bound}:
                kinds.append(f"where `{name}` is a {'string' if bound == '' else 'date'}")
            case {"$gt": bound}:
                kinds.append(f"where `{name}` is above {bound}")
            case value:
                kinds.append(f"where `{name}` is {value}".lower())
    if (seconds := known.get("expireAfterSeconds")) == 0:
        kinds.append("expires at this time")
    elif seconds:
        kinds.append(f"expires after {seconds // DAY} {'day' if seconds == DAY else 'days'}")
    return keys, ", ".join(kinds) or "plain"


@pytest.fixture(scope="module")
def opened(mongo: MongoClient[dict[str, Any]], mongo_url: str) -> Iterator[Database[dict[str, Any]]]:
    """A database that Threadkeep has opened. The tests of this module only read it, or write their own documents."""

    async def bind() -> None:
        async with AsyncMongoClient[dict[str, Any]](mongo_url) as client:
            await Documents.bind(client[name])

    name = f"test-{secrets.token_hex(8)}"
    asyncio.run(bind())
    yield mongo[name]
    mongo.drop_database(name)


def each_document() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("document", TEMPLATES, ids=collection_of)


@each_document()
def test_the_page_has_every_field_with_its_type(document: type[Document]) -> None:
    documented = table(section(collection_of(document)), "field")

    assert [(row["field"], row["type"]) for row in documented] == field_texts(document)
    assert all(len(row["meaning"]) > 1 and row["unit"] for row in documented)


@each_document()
def test_the_page_has_every_index_with_its_purpose(document: type[Document]) -> None:
    documented = table(section(collection_of(document)), "index")

    assert [(row["index"], row["kind"]) for row in documented] == [index_text(index) for index in indexes_of(document)]
    assert all(row["serves"] for row in documented)


def test_the_page_has_no_other_section() -> None:
    names = [collection_of(document) for document in TEMPLATES] + [view.name for view in VIEWS]

    assert sorted(re.findall(r"^### `(.*)`$", PAGE, re.MULTILINE)) == sorted(names)


@each_document()
def test_the_database_has_these_indexes_and_no_others(
    document: type[Document], opened: Database[dict[str, Any]]
) -> None:
    found = opened[collection_of(document)].index_information()

    del found["_id_"]
    assert found.keys() == {index.document["name"] for index in indexes_of(document)}
    for index in indexes_of(document):
        known, actual = index.document, found[index.document["name"]]
        assert [(name, int(order)) for name, order in actual["key"]] == list(known["key"].items())
        for option in ("unique", "partialFilterExpression", "expireAfterSeconds"):
            assert actual.get(option) == known.get(option)


@each_document()
def test_the_database_has_this_validator(document: type[Document], opened: Database[dict[str, Any]]) -> None:
    (found,) = opened.list_collections(filter={"name": collection_of(document)})

    assert found["options"]["validator"] == validator_of(document)
    assert found["options"]["validationAction"] == "error"
    assert found["options"]["validationLevel"] == "moderate"


@each_document()
def test_an_example_is_a_valid_document_of_its_collection(
    document: type[Document], opened: Database[dict[str, Any]]
) -> None:
    example = example_of(collection_of(document))
    collection = opened[collection_of(document)]

    collection.insert_one(example)

    assert collection.find_one({"_id": example["_id"]}) == example


@each_document()
def test_a_validator_refuses_missing_wrong_and_unknown_fields(
    document: type[Document], opened: Database[dict[str, Any]]
) -> None:
    collection, example = opened[collection_of(document)], {**example_of(collection_of(document)), "_id": "another"}
    required = validator_of(document)["$jsonSchema"]["required"]
    wrong = [{name: value for name, value in example.items() if name != missing} for missing in required[1:]]
    wrong += [{**example, name: re.compile("never stored")} for name in required[1:]]
    wrong.append({**example, "unknown": 1})

    collection.delete_many({})

    for invalid in wrong:
        with pytest.raises(WriteError, match="failed validation"):
            collection.insert_one(invalid)
    collection.insert_one(example)
    for update in ({"$set": {"unknown": 1}}, {"$unset": {required[1]: 1}}):
        with pytest.raises(WriteError, match="failed validation"):
            collection.update_one({"_id": "another"}, update)
    assert collection.find_one_and_delete({"_id": "another"}) == example


def example_of(name: str) -> dict[str, Any]:
    """Return the example document of a section, from Extended JSON."""
    found = re.search(r"```json\n(.*?)```", section(name), re.DOTALL)
    assert found, f"the section on {name} has no example"
    return json_util.loads(found[1], json_options=json_util.JSONOptions(tz_aware=False))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("document", "row"), [(Message, MessageRow), (Thread, ThreadRow), (DeletedMessage, DeletedMessageRow)]
)
def test_a_row_type_has_the_fields_of_its_document(document: type[Document], row: type) -> None:
    schema = validator_of(document)["$jsonSchema"]
    hints = get_type_hints(row, include_extras=True)
    optional = {name for name, hint in hints.items() if get_origin(hint) is NotRequired}
    hints = {name: get_args(hint)[0] if name in optional else hint for name, hint in hints.items()}

    assert hints.keys() == schema["properties"].keys()
    assert hints.keys() - optional == set(schema["required"])
    for name, hint in hints.items():
        found = schema["properties"][name]
        kind = schema_of(dict if is_typeddict(hint) else hint)
        assert {**found, **kind} == found, name


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_the_page_has_every_column_of_a_view(view: View) -> None:
    documented = table(section(view.name), "column")

    assert [row["column"] for row in documented] == [
        f"`{name}`" for name in view.pipeline[-1]["$project"] if name != "_id"
    ]
    assert all(row["meaning"] for row in documented)


async def test_the_columns_of_views_have_the_documented_types(documents: Documents) -> None:
    thread, answer = example_of("threads"), example_of("messages")
    question = {
        **answer,
        "_id": "message_question",
        "seq": 1,
        "role": "user",
        "assistant_id": None,
        "completed_at": None,
    }
    empty = {**thread, "_id": "thread_empty", "owner_id": None, "message_count": 0, "last_message_at": None}
    await documents.database["threads"].insert_many([thread, empty])
    await documents.database["messages"].insert_many([question, answer])

    for view in VIEWS:
        documented = {row["column"].strip("`"): types_of(row["type"]) for row in table(section(view.name), "column")}
        rows = await documents.database[view.name].find().to_list()
        assert rows
        for row in rows:
            assert list(row) == list(documented)
            assert not {name: value for name, value in row.items() if type(value) not in documented[name]}


def types_of(text: str) -> set[type]:
    kinds = {"string": str, "int": int, "number": float, "bool": bool, "date": datetime, "null": NoneType}
    return {kinds[name] for name in text.split(" or ")}

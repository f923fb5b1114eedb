"""Holds docs/schema.md, the validators, the Beanie documents, the row types and the real indexes against each other."""

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
from threadkeep.documents.schema import collection_of, indexes_of
from threadkeep.documents.validators import schema_of, validator_of
from threadkeep.documents.views import VIEWS, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beanie import Document
    from pymongo import IndexModel, MongoClient
    from pymongo.database import Database

PAGE = (Path(__file__).parents[2] / "docs" / "schema.md").read_text(encoding="utf-8")
DAY = 24 * 3600
WORDS = {"binData": "binary", "double": "number"}
Row = dict[str, str]


def section(name: str) -> str:
    """What the page says below the heading of a collection or view."""
    found = re.search(rf"^### `{name}`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/schema.md has no section on {name}"
    return found[1]


def table(text: str, first_column: str) -> list[Row]:
    """The rows of the table whose first column is called so; none if there is no such table."""
    found = re.search(rf"^\| {first_column} \|.*\n\|[-|]+\n((?:\|.*\n)*)", text, re.MULTILINE)
    if not found:
        return []
    header, rows = found[0].splitlines()[0], found[1].splitlines()
    return [dict(zip(_cells(header), _cells(row), strict=True)) for row in rows]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def type_in_words(schema: dict[str, Any], *, required: bool) -> str:
    if "enum" in schema:
        kinds = [f"`{value}`" for value in schema["enum"] if value is not None]
        nullable = None in schema["enum"]
    else:
        types: list[str] = schema["bsonType"] if isinstance(schema["bsonType"], list) else [schema["bsonType"]]
        nullable = "null" in types
        kinds = [WORDS.get(types[0], types[0])]
        if kinds == ["array"]:
            kinds = [f"array of {type_in_words(schema['items'], required=True)}"]
    return " or ".join([*kinds, *(["null"] if nullable else []), *([] if required else ["absent"])])


def fields_in_words(document: type[Document]) -> list[tuple[str, str]]:
    schema = validator_of(document)["$jsonSchema"]
    return [
        (f"`{name}`", type_in_words(found, required=name in schema["required"]))
        for name, found in schema["properties"].items()
    ]


def index_in_words(index: IndexModel) -> tuple[str, str]:
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
    """A database as opening Threadkeep leaves it; the tests of this page only look, or write what is their own."""

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
def test_page_has_every_field_with_its_type(document: type[Document]) -> None:
    said = table(section(collection_of(document)), "field")

    assert [(row["field"], row["type"]) for row in said] == fields_in_words(document)
    assert all(len(row["meaning"]) > 1 and row["unit"] for row in said)


@each_document()
def test_page_has_every_index_with_what_it_serves(document: type[Document]) -> None:
    said = table(section(collection_of(document)), "index")

    assert [(row["index"], row["kind"]) for row in said] == [index_in_words(index) for index in indexes_of(document)]
    assert all(row["serves"] for row in said)


def test_page_has_nothing_else() -> None:
    names = [collection_of(document) for document in TEMPLATES] + [view.name for view in VIEWS]

    assert sorted(re.findall(r"^### `(.*)`$", PAGE, re.MULTILINE)) == sorted(names)


@each_document()
def test_database_has_these_indexes_and_no_others(document: type[Document], opened: Database[dict[str, Any]]) -> None:
    found = opened[collection_of(document)].index_information()

    del found["_id_"]
    assert found.keys() == {index.document["name"] for index in indexes_of(document)}
    for index in indexes_of(document):
        known, there = index.document, found[index.document["name"]]
        assert [(name, int(order)) for name, order in there["key"]] == list(known["key"].items())
        for option in ("unique", "partialFilterExpression", "expireAfterSeconds"):
            assert there.get(option) == known.get(option)


@each_document()
def test_database_has_this_validator(document: type[Document], opened: Database[dict[str, Any]]) -> None:
    (found,) = opened.list_collections(filter={"name": collection_of(document)})

    assert found["options"]["validator"] == validator_of(document)
    assert found["options"]["validationAction"] == "error"
    assert found["options"]["validationLevel"] == "moderate"


@each_document()
def test_example_is_a_document_of_its_collection(document: type[Document], opened: Database[dict[str, Any]]) -> None:
    example = example_of(collection_of(document))
    collection = opened[collection_of(document)]

    collection.insert_one(example)

    assert collection.find_one({"_id": example["_id"]}) == example


@each_document()
def test_validator_refuses_what_is_not_said_so(document: type[Document], opened: Database[dict[str, Any]]) -> None:
    collection, example = opened[collection_of(document)], {**example_of(collection_of(document)), "_id": "another"}
    required = validator_of(document)["$jsonSchema"]["required"]
    wrong = [{name: value for name, value in example.items() if name != missing} for missing in required[1:]]
    wrong += [{**example, name: re.compile("never stored")} for name in required[1:]]
    wrong.append({**example, "unknown": 1})

    collection.delete_many({})

    for each in wrong:
        with pytest.raises(WriteError, match="failed validation"):
            collection.insert_one(each)
    collection.insert_one(example)
    for update in ({"$set": {"unknown": 1}}, {"$unset": {required[1]: 1}}):
        with pytest.raises(WriteError, match="failed validation"):
            collection.update_one({"_id": "another"}, update)
    assert collection.find_one_and_delete({"_id": "another"}) == example


def example_of(name: str) -> dict[str, Any]:
    """The example document of a section, from Extended JSON."""
    found = re.search(r"```json\n(.*?)```", section(name), re.DOTALL)
    assert found, f"the section on {name} has no example"
    return json_util.loads(found[1], json_options=json_util.JSONOptions(tz_aware=False))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("document", "row"), [(Message, MessageRow), (Thread, ThreadRow), (DeletedMessage, DeletedMessageRow)]
)
def test_row_type_is_the_document(document: type[Document], row: type) -> None:
    schema = validator_of(document)["$jsonSchema"]
    hints = get_type_hints(row, include_extras=True)
    optional = {name for name, hint in hints.items() if get_origin(hint) is NotRequired}
    hints = {name: get_args(hint)[0] if name in optional else hint for name, hint in hints.items()}

    assert hints.keys() == schema["properties"].keys()
    assert hints.keys() - optional == set(schema["required"])
    for name, hint in hints.items():
        assert schema_of(dict if is_typeddict(hint) else hint) == schema["properties"][name], name


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_page_has_every_column_of_a_view(view: View) -> None:
    said = table(section(view.name), "column")

    assert [row["column"] for row in said] == [f"`{name}`" for name in view.pipeline[-1]["$project"] if name != "_id"]
    assert all(row["meaning"] for row in said)


async def test_columns_have_these_types(documents: Documents) -> None:
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
        said = {row["column"].strip("`"): kinds_in_words(row["type"]) for row in table(section(view.name), "column")}
        rows = await documents.database[view.name].find().to_list()
        assert rows
        for row in rows:
            assert list(row) == list(said)
            assert not {name: value for name, value in row.items() if type(value) not in said[name]}


def kinds_in_words(words: str) -> set[type]:
    kinds = {"string": str, "int": int, "number": float, "bool": bool, "date": datetime, "null": NoneType}
    return {kinds[word] for word in words.split(" or ")}

"""Each command reads the list of indexes once, and still sees each change of the indexes."""

from __future__ import annotations

import threading
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import MongoClient

from threadkeep.embedded import index_lists
from threadkeep.embedded.index_lists import remember_indexes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo.collection import Collection

    from threadkeep.tests.embedded.conftest import Running


class StorageInMemory:
    """Counts how often the list of indexes is read."""

    def __init__(self) -> None:
        self.reads = 0

    def indexes(self) -> list[str]:
        return list(self._iter_indexes("d", "c"))

    def _iter_indexes(self, database: str, collection: str) -> Iterator[str]:
        self._cursor("indexes")
        self.reads += 1
        yield f"{database}.{collection}.{self.reads}"

    def _cursor(self, table: str) -> None:
        """Open a table."""

    def _coll_lock(self) -> None:
        """Lock a collection."""

    def _batch_transaction(self) -> None:
        """Begin a transaction."""

    def _refresh_read_snapshot(self) -> None:
        """Begin to read anew."""

    def release_thread_snapshot(self) -> None:
        """End reading."""


@pytest.fixture
def run() -> Callable[..., list[str]]:
    """Runs a command that calls these methods of a storage, with arguments. Returns the indexes that it read in between."""

    class Storage(StorageInMemory):
        pass

    def dispatch(body: dict[str, Any], stored: Storage) -> list[str]:
        (calls,) = body.values()
        found = stored.indexes()
        for method, *arguments in calls:
            getattr(stored, method)(*arguments)
            found += stored.indexes()
        return found

    fake_server = SimpleNamespace(dispatch=dispatch)
    remember_indexes(fake_server, SimpleNamespace(Storage=Storage, _IDX_TABLE="indexes"))
    stored = Storage()
    return lambda name, *calls: fake_server.dispatch({name: calls}, stored)


def test_a_command_reads_the_list_of_indexes_once(run: Callable[..., list[str]]) -> None:
    documents = ("_cursor", "documents")

    assert run("find", documents, documents) == ["d.c.1"] * 3
    assert run("find") == ["d.c.2"]
    assert run("createIndexes", documents) == ["d.c.3", "d.c.4"]


@pytest.mark.parametrize(
    ("method", "arguments"),
    [("_cursor", ["indexes"]), *((method, []) for method in index_lists.BEGIN_ANEW)],
)
def test_the_list_is_read_anew_when_it_may_have_changed(
    run: Callable[..., list[str]], method: str, arguments: list[str]
) -> None:
    assert run("insert", (method, *arguments)) == ["d.c.1", "d.c.2"]


def test_the_installed_server_has_the_parts_that_are_changed() -> None:
    server, storage = import_module("secantus.server"), import_module("secantus.storage")
    assert hasattr(storage, "_IDX_TABLE")
    copy = SimpleNamespace(Storage=type("Storage", (storage.Storage,), {}), _IDX_TABLE="indexes")

    remember_indexes(SimpleNamespace(dispatch=server.dispatch), copy)


def test_another_version_of_the_server_stays_as_it_is() -> None:
    class Other:
        def _iter_indexes(self) -> None:
            """Read the indexes."""

    before = dict(vars(Other))
    with pytest.raises(AttributeError):
        remember_indexes(SimpleNamespace(dispatch=None), SimpleNamespace(Storage=Other, _IDX_TABLE="indexes"))

    assert dict(vars(Other)) == before


@pytest.fixture
def collection(running: Running) -> Iterator[Collection[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](running.server.url) as client:
        yield client.indexes.rows
        client.drop_database("indexes")


def test_a_new_index_has_the_rows_that_are_inserted_during_its_creation(collection: Collection[dict[str, Any]]) -> None:
    ends = threading.Event()
    inserted = list[int]()

    def insert(writer: int) -> None:
        for number in range(writer, 10_000, 3):
            collection.insert_one({"_id": number, "a": number})
            inserted.append(number)
            if ends.is_set():
                return

    writers = [threading.Thread(target=insert, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    for name in "abc":
        collection.create_index([("a", 1), (name * 2, 1)], name=name)
    ends.set()
    for writer in writers:
        writer.join()

    for name in "abc":
        found = [row["a"] for row in collection.find({"a": {"$gte": 0}}, hint=name)]
        assert sorted(found) == sorted(inserted)


def test_a_list_in_an_indexed_field_is_found_at_once(collection: Collection[dict[str, Any]]) -> None:
    collection.create_index("a")

    collection.insert_many([{"_id": 1, "a": 1}, {"_id": 2, "a": [2, 3]}, {"_id": 3, "a": 3}])
    found = [row["_id"] for row in collection.find({"a": 3})]
    collection.update_one({"_id": 1}, {"$set": {"a": [3, 4]}})

    assert sorted(found) == [2, 3]
    assert sorted(row["_id"] for row in collection.find({"a": 3})) == [1, 2, 3]


def test_a_transaction_sees_its_own_change_and_others_see_it_after_the_commit(
    collection: Collection[dict[str, Any]],
) -> None:
    collection.create_index("a")
    collection.insert_one({"_id": 1, "a": 1})
    with collection.database.client.start_session() as session:
        session.start_transaction()
        collection.insert_one({"_id": 2, "a": [1, 2]}, session=session)
        inside = [row["_id"] for row in collection.find({"a": 1}, session=session)]
        outside = [row["_id"] for row in collection.find({"a": 1})]
        session.commit_transaction()

    assert (sorted(inside), outside) == ([1, 2], [1])
    assert sorted(row["_id"] for row in collection.find({"a": 1})) == [1, 2]


def test_a_dropped_index_is_not_used_by_the_next_command(collection: Collection[dict[str, Any]]) -> None:
    collection.create_index("a", unique=True)
    collection.insert_one({"_id": 1, "a": 1})
    collection.drop_index("a_1")

    collection.insert_one({"_id": 2, "a": 1})

    assert sorted(row["_id"] for row in collection.find({"a": 1})) == [1, 2]

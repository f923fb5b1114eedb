# mypy: disable-error-code="no-untyped-call"

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

import pytest
from beanie import BulkWriter, Document, Indexed, PydanticObjectId, Update, before_event, init_beanie
from beanie.exceptions import RevisionIdWasChanged
from beanie.odm.operators.update.array import AddToSet, Pull
from beanie.odm.operators.update.general import Inc, Max, Set
from pydantic import BaseModel, Field
from pymongo import IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError


class Part(BaseModel):
    kind: str
    text: str = ""


class Book(Document):
    title: Annotated[str, Indexed(unique=True)]
    author: str | None = None
    pages: int = 0
    tags: list[str] = Field(default_factory=list)
    parts: list[Part] = Field(default_factory=list)
    meta: dict[str, Any] = Field(default_factory=dict)
    at: datetime | None = None

    class Settings:
        name = "books"
        indexes: ClassVar[list[Any]] = [
            "pages",
            [("author", 1), ("pages", -1)],
            IndexModel("at", name="expiry", expireAfterSeconds=3600),
        ]

    @before_event(Update)
    def tidy(self) -> None:
        self.title = self.title.strip()


class Account(Document):
    owner: str
    balance: int = 0

    class Settings:
        use_revision = True
        use_state_management = True


@pytest.fixture(autouse=True)
async def books(database: AsyncDatabase[dict[str, Any]]) -> None:
    await init_beanie(database=database, document_models=[Book, Account])
    await Book.insert_many([Book(title="a", pages=1, author="x"), Book(title="b", pages=2, author="x", tags=["t"])])


async def test_init_creates_the_indexes_of_settings() -> None:
    information = await Book.get_pymongo_collection().index_information()

    assert set(information) == {"_id_", "title_1", "pages_1", "author_1_pages_-1", "expiry"}
    assert information["title_1"]["unique"] is True


async def test_init_twice_changes_nothing(database: AsyncDatabase[dict[str, Any]]) -> None:
    await init_beanie(database=database, document_models=[Book], allow_index_dropping=True)

    assert len(await Book.get_pymongo_collection().index_information()) == 5
    assert await Book.count() == 2


async def test_insert_get_and_delete() -> None:
    at = datetime(2226, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    book = await Book(title="c", parts=[Part(kind="text", text="t")], meta={"a.b": {"$c": 1}}, at=at).insert()
    found = await Book.get(book.id or PydanticObjectId())
    assert found is not None

    assert (found.parts, found.meta) == (book.parts, book.meta)
    assert found.at == at.replace(tzinfo=None)
    await found.delete()
    assert await Book.get(book.id or PydanticObjectId()) is None


async def test_find_sort_limit_and_count() -> None:
    found = await Book.find(Book.author == "x", Book.pages >= 1).sort("-pages").limit(1).to_list()

    assert [book.title for book in found] == ["b"]
    assert await Book.find({"author": "x"}).count() == 2
    assert await Book.find_one({Book.tags: "t"}) is not None
    assert [book.title async for book in Book.find_all().sort("title")] == ["a", "b"]


async def test_projections_to_models() -> None:
    class Title(BaseModel):
        title: str

    assert await Book.find(Book.pages == 1).project(Title).to_list() == [Title(title="a")]


@pytest.mark.parametrize(
    "update",
    [
        lambda book: book.update(Set({Book.author: "y"}), Inc({Book.pages: 5})),
        lambda book: book.set({Book.author: "y", Book.pages: 6}),
        lambda _: Book.find_one(Book.title == "a").update({"$set": {"author": "y"}, "$inc": {"pages": 5}}),
        lambda _: Book.find(Book.title == "a").update(Set({Book.author: "y"}), Max({Book.pages: 6})),
    ],
    ids=["document", "set", "find_one", "find"],
)
async def test_updates_reach_the_document(update: Callable[[Book], Awaitable[Any]]) -> None:
    book = await Book.find_one({"title": "a"})
    assert book is not None
    await update(book)

    found = await Book.get(book.id or PydanticObjectId())

    assert found is not None
    assert (found.author, found.pages) == ("y", 6)


async def test_arrays_are_added_to_and_pulled_from() -> None:
    await Book.find_all().update(AddToSet({Book.tags: "u"}))
    await Book.find_all().update(Pull({Book.tags: "t"}))

    assert await Book.distinct("tags") == ["u"]


async def test_save_and_replace_write_the_whole_document() -> None:
    book = await Book.find_one({"title": "a"})
    assert book is not None
    book.pages = 9
    await book.save()
    book.author = None
    await book.replace()

    found = await Book.get(book.id or PydanticObjectId())

    assert found is not None
    assert (found.pages, found.author) == (9, None)


async def test_save_inserts_a_new_document() -> None:
    book = Book(title="new")
    await book.save()

    assert await Book.find_one({"title": "new"}) == book


async def test_upsert_inserts_if_no_document_matches() -> None:
    await Book.find_one({"title": "z"}).upsert(Set({Book.pages: 3}), on_insert=Book(title="z", pages=1))
    await Book.find_one({"title": "z"}).upsert(Set({Book.pages: 3}), on_insert=Book(title="z", pages=1))

    assert [book.pages for book in await Book.find({"title": "z"}).to_list()] == [3]


async def test_unique_titles_are_kept_unique() -> None:
    with pytest.raises(DuplicateKeyError) as refused:
        await Book(title="a").insert()

    assert (refused.value.details or {})["keyPattern"] == {"title": 1}


async def test_aggregations_run() -> None:
    grouped = await Book.find_all().aggregate([{"$group": {"_id": "$author", "pages": {"$sum": "$pages"}}}]).to_list()

    assert grouped == [{"_id": "x", "pages": 3}]
    assert await Book.find_all().sum(Book.pages) == 3
    assert await Book.find_all().avg(Book.pages) == 1.5


async def test_a_bulk_writer_writes_at_the_end() -> None:
    async with BulkWriter() as writer:
        await Book.insert_one(Book(title="c"), bulk_writer=writer)
        await Book.find_one({"title": "a"}).update(Inc({Book.pages: 10}), bulk_writer=writer)
        await Book.find({"title": "b"}).delete(bulk_writer=writer)
        assert await Book.count() == 2

    assert sorted([book.title, book.pages] for book in await Book.find_all().to_list()) == [["a", 11], ["c", 0]]


async def test_revisions_guard_against_lost_updates() -> None:
    account = await Account(owner="x").insert()
    stale = await Account.get(account.id or PydanticObjectId())
    assert stale is not None
    account.balance = 1
    await account.save_changes()

    stale.balance = 2
    with pytest.raises(RevisionIdWasChanged):
        await stale.save_changes()


async def test_deleting_all_counts() -> None:
    result = await Book.find_all().delete()

    assert result is not None
    assert result.deleted_count == 2

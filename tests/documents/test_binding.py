from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from beanie import Document, init_beanie
from beanie.exceptions import CollectionWasNotInitialized

from threadkeep.documents import Documents, Thread, User
from threadkeep.keep import Threadkeep
from threadkeep.tests.factories import make_thread, make_user

if TYPE_CHECKING:
    from pymongo import AsyncMongoClient, MongoClient

    Client = AsyncMongoClient[dict[str, Any]]


async def test_beanie_documents_of_a_host_application_keep_working(mongo_client: Client, database_name: str) -> None:
    """The host has Beanie documents of the same names on the same server, and uses them before and after."""

    class Invoice(Document):
        number: int

    class User(Document):
        login: str

        class Settings:
            name = "accounts"

    await init_beanie(mongo_client[database_name], document_models=[Invoice, User])
    await Invoice(number=1).insert()
    async with Threadkeep(mongo_client, database=f"{database_name}-threads", sweep_seconds=None) as keep:
        user = await make_user(keep)
        await User(login="ada").insert()
        await Invoice(number=2).insert()

        assert [invoice.number for invoice in await Invoice.find_all().sort("number").to_list()] == [1, 2]
        assert [user.login for user in await User.find_all().to_list()] == ["ada"]
        assert [found.id for found in await keep.user_service.list_users()] == [user.id]
    assert await Invoice.count() == 2
    await mongo_client.drop_database(f"{database_name}-threads")


async def test_threadkeep_keeps_working_if_the_host_initializes_beanie_later(
    mongo_client: Client, database_name: str
) -> None:
    class Invoice(Document):
        number: int

    async with Threadkeep(mongo_client, database=database_name, sweep_seconds=None) as keep:
        thread = await make_thread(keep, "one")
        await init_beanie(mongo_client[f"{database_name}-host"], document_models=[Invoice])
        await Invoice(number=1).insert()

        await keep.message_service.create_message(thread.id, "two")
        await keep.key_service.create_key()
        assert [m.content for m in await keep.message_service.list_messages(thread.id)] == ["one", "two"]
    await mongo_client.drop_database(f"{database_name}-host")


@pytest.mark.slow
async def test_a_host_may_initialize_the_documents_of_threadkeep_with_beanie(
    mongo_client: Client, database_name: str, mongo_url: str
) -> None:
    """Queries on these documents work, and a Threadkeep that is opened later works too."""
    query = """
        import asyncio, sys
        from beanie import init_beanie
        from pymongo import AsyncMongoClient
        from threadkeep.documents import Message, Thread, User
        from threadkeep.keep import Threadkeep

        class MyUser(User):
            shoe_size: int = 42

        async def main(url, name):
            async with AsyncMongoClient(url) as client:
                await init_beanie(client[name], document_models=[MyUser, Thread, Message], skip_indexes=True)
                async with Threadkeep(client, database=name, sweep_seconds=None) as keep:
                    await keep.user_service.create_user(full_name="Bob")
                    thread = await keep.thread_service.create_thread(messages=[{"content": "Hello"}])
                    print(*[user.full_name for user in await keep.user_service.list_users(order="asc")])
                    print(*[(user.full_name, user.shoe_size) for user in await MyUser.find(MyUser.full_name == "Bob").to_list()])
                    print((await Message.find_one(Message.thread_id == thread.id)).content)

        asyncio.run(main(*sys.argv[1:]))
    """
    async with Threadkeep(mongo_client, database=database_name, sweep_seconds=None) as keep:
        await make_user(keep, full_name="Ada")

    completed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-W", "error", "-c", textwrap.dedent(query), mongo_url, database_name],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (completed.stderr, completed.stdout.splitlines()) == ("", ["Ada Bob", "('Bob', 42)", "Hello"])


async def test_two_databases_in_one_process_have_separate_document_classes(
    mongo_client: Client, database_name: str, mongo: MongoClient[dict[str, Any]]
) -> None:
    other_name = f"{database_name}-other"
    one = await Documents.bind(mongo_client[database_name])
    other = await Documents.bind(mongo_client[other_name])
    again = await Documents.bind(mongo_client[database_name])

    assert len({one.users, other.users, again.users, User}) == 4
    assert one.users.get_pymongo_collection().full_name == f"{database_name}.users"
    assert other.users.get_pymongo_collection().full_name == f"{other_name}.users"
    assert one.users.get_pymongo_collection() == again.users.get_pymongo_collection()
    mongo.drop_database(other_name)


@pytest.mark.parametrize("template", [User, Thread])
async def test_templates_stay_unbound(template: type[Document], documents: Documents) -> None:
    assert documents.users.get_pymongo_collection() is not None

    with pytest.raises(CollectionWasNotInitialized):
        template.get_pymongo_collection()


async def test_bound_documents_read_rows_of_the_services(keep: Threadkeep, documents: Documents) -> None:
    made = await make_user(keep, full_name="Ada", email="ada@example.org")

    found = await documents.users.find_one({"email": "ada@example.org"})

    assert found is not None
    assert (found.id, found.full_name, type(found).__name__) == (made.id, "Ada", "User")

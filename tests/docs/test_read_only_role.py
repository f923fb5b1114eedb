"""The role of docs/cli.md reads the views and the daily facts, and writes nothing."""

from __future__ import annotations

import asyncio
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import json5
import pytest
from pymongo import AsyncMongoClient, MongoClient
from pymongo.errors import OperationFailure

from threadkeep.documents import Documents
from threadkeep.documents.views import VIEWS
from threadkeep.embedded import EmbeddedServer
from threadkeep.mongodb_url import hosts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
FACTS = {"daily_messages", "daily_threads", "daily_users"}
COMMAND = re.compile(r"^db\.(createRole|createUser)\((\{.*?\})\)$", re.MULTILINE | re.DOTALL)


def commands() -> dict[str, dict[str, Any]]:
    """The arguments of the commands of the page, with a password in place of the question for it."""
    block = PAGE.read_text(encoding="utf-8").partition("```javascript\n")[2].partition("```")[0]
    return {name: json5.loads(code.replace("passwordPrompt()", '"secret"')) for name, code in COMMAND.findall(block)}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server of its own, because the others of the tests have one user."""

    async def prepare(url: str) -> None:
        async with AsyncMongoClient[dict[str, Any]](url) as client:
            await Documents.bind(client["threadkeep"])

    with EmbeddedServer(":memory:") as server:
        asyncio.run(prepare(server.url))
        yield server.url


def test_the_role_names_the_views_and_the_daily_facts() -> None:
    privileges = commands()["createRole"]["privileges"]

    assert {privilege["resource"]["collection"] for privilege in privileges} == FACTS | {view.name for view in VIEWS}
    assert {action for privilege in privileges for action in privilege["actions"]} == {"find"}
    assert {privilege["resource"]["db"] for privilege in privileges} == {"threadkeep"}


def test_a_reader_reads_and_does_not_write(server: str) -> None:
    role, user = commands()["createRole"], commands()["createUser"]
    name = f"{user['user']}-{secrets.token_hex(4)}"
    with MongoClient[dict[str, Any]](server) as admin:
        database = admin["threadkeep"]
        database.command("createRole", role["role"], privileges=role["privileges"], roles=role["roles"])
        database.command("createUser", name, pwd=user["pwd"], roles=user["roles"])
    url = f"mongodb://{name}:{user['pwd']}@{hosts_of(server)[0]}/threadkeep?directConnection=true"
    with MongoClient[dict[str, Any]](url) as client:
        reader = client["threadkeep"]
        for privilege in role["privileges"]:
            assert list(reader[privilege["resource"]["collection"]].find()) == []
            with pytest.raises(OperationFailure, match="not authorized"):
                reader[privilege["resource"]["collection"]].insert_one({})

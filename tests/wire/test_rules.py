"""The rules proxy itself: a driver sees the rules that it imposes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import AutoReconnect, DuplicateKeyError, ExecutionTimeout, OperationFailure, WriteConcernError

from threadkeep.tests.wire.greetings import Kind
from threadkeep.tests.wire.rules import (
    Chosen,
    Failing,
    Losing,
    SlowIndexBuilds,
    WithoutKeyPatterns,
    WriteConcernFailing,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from threadkeep.tests.wire.proxy import RulesProxy


@pytest.fixture
async def client(proxied_url: str) -> AsyncIterator[AsyncMongoClient[dict[str, Any]]]:
    async with AsyncMongoClient[dict[str, Any]](proxied_url, retryWrites=False, retryReads=False) as client:
        yield client


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value)
async def test_the_driver_takes_the_server_for_what_it_greets_as(
    proxy: RulesProxy, client: AsyncMongoClient[dict[str, Any]], kind: Kind
) -> None:
    proxy.greet_as(kind)
    await client.admin.command("ping")

    (server,) = client.topology_description.server_descriptions().values()
    assert server.server_type_name == {"standalone": "Standalone", "mongos": "Mongos"}.get(kind.value, "RSPrimary")


async def test_the_second_insert_fails_with_the_code_and_the_labels(
    proxy: RulesProxy, client: AsyncMongoClient[dict[str, Any]], new_database_name: str
) -> None:
    things = client[new_database_name]["things"]
    proxy.rules.append(Failing(Chosen(("insert",), after=1, times=1), 11601, labels=("RetryableWriteError",)))
    await things.insert_one({"_id": 1})
    with pytest.raises(OperationFailure) as raised:
        await things.insert_one({"_id": 2})
    await things.insert_one({"_id": 3})

    assert raised.value.code == 11601
    assert raised.value.has_error_label("RetryableWriteError")
    assert [row["_id"] for row in await things.find().to_list()] == [1, 3]
    assert [command.name for command in proxy.commands] == ["insert", "insert", "insert", "find"]


@pytest.mark.slow
async def test_a_lost_answer_loses_the_connection_and_not_the_write(
    proxy: RulesProxy, client: AsyncMongoClient[dict[str, Any]], new_database_name: str
) -> None:
    things = client[new_database_name]["things"]
    proxy.rules.append(Losing(Chosen(("insert",), times=1)))
    with pytest.raises(AutoReconnect):
        await things.insert_one({"_id": 1})

    assert await things.find_one() == {"_id": 1}


async def test_a_write_that_no_majority_confirms_is_done(
    proxy: RulesProxy, client: AsyncMongoClient[dict[str, Any]], new_database_name: str
) -> None:
    things = client[new_database_name]["things"]
    proxy.rules.append(WriteConcernFailing(Chosen(("insert",))))
    with pytest.raises(WriteConcernError):
        await things.insert_one({"_id": 1})

    assert await things.find_one() == {"_id": 1}


async def test_a_duplicate_key_is_named_only_in_the_text(
    proxy: RulesProxy, client: AsyncMongoClient[dict[str, Any]], new_database_name: str
) -> None:
    things = client[new_database_name]["things"]
    proxy.rules.append(WithoutKeyPatterns())
    await things.insert_one({"_id": 1})
    with pytest.raises(DuplicateKeyError, match="index: _id_") as raised:
        await things.insert_one({"_id": 1})

    assert raised.value.details is not None
    assert "keyPattern" not in raised.value.details


async def test_an_index_build_with_less_time_than_it_needs_is_aborted(
    proxy: RulesProxy, client: AsyncMongoClient[dict[str, Any]], new_database_name: str
) -> None:
    things = client[new_database_name]["things"]
    proxy.rules.append(SlowIndexBuilds(0))
    await things.insert_one({"_id": 1})
    with pytest.raises(ExecutionTimeout):
        await things.create_index("a", maxTimeMS=20)
    assert len(await things.index_information()) == 1
    await things.create_index("a", maxTimeMS=4_000_000)

    assert len(await things.index_information()) == 2

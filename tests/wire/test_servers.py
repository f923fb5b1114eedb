"""Servers of several kinds: the start finds out their abilities, refuses some servers, and works without some abilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from threadkeep.cli import app
from threadkeep.documents import sorts_by_index
from threadkeep.errors import DatabaseRefused, StartupError, ThreadNotFound
from threadkeep.services import Rollups
from threadkeep.tests.factories import make_messages, make_thread
from threadkeep.tests.wire.greetings import Kind
from threadkeep.tests.wire.rules import Answering, Chosen, Failing, error_answer

if TYPE_CHECKING:
    from threadkeep.tests.wire.conftest import Behind
    from threadkeep.tests.wire.messages import Body
    from threadkeep.tests.wire.proxy import RulesProxy
    from threadkeep.tests.wire.rules import Command, PassOn

REFUSALS: dict[str, dict[str, Any]] = {
    "a standalone server": error_answer(20, "Transaction numbers are only allowed on a replica set member or mongos"),
    "no such command": error_answer(59, "no such command: 'commitTransaction'"),
    "not implemented": error_answer(238, "startTransaction is not implemented yet"),
    "not supported": error_answer(115, "Transactions are not supported"),
    "Amazon DocumentDB": error_answer(303, "Feature not supported: transactions"),
    "an unknown field": error_answer(40415, "BSON field 'insert.startTransaction' is an unknown field"),
}


@pytest.mark.parametrize(
    ("kind", "expected"), [(Kind.STANDALONE, False), (Kind.REPLICA_SET, True), (Kind.MONGOS, True)]
)
async def test_a_batch_is_stored_whole_on_servers_of_each_kind(
    behind: Behind, proxy: RulesProxy, kind: Kind, *, expected: bool
) -> None:
    proxy.greet_as(kind)
    async with behind() as keep:
        thread = await make_thread(keep)
        stored = await make_messages(keep, thread.id, ["a", "b", "c"])
        listed = await keep.message_service.list_messages(thread.id)
        transactions = keep.has_transactions

    assert transactions is expected
    assert [message.seq for message in stored] == [1, 2, 3]
    assert list(listed) == stored
    assert bool(proxy.sent("commitTransaction")) is expected


async def test_a_server_without_retryable_writes_is_told_how_to_use_it(behind: Behind, proxy: RulesProxy) -> None:
    proxy.rules.append(Failing(Chosen(("update",)), 301, "Retryable writes are not supported"))
    with pytest.raises(StartupError, match="add retryWrites=false to its URL"):
        async with behind():
            pass


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
async def test_an_engine_that_greets_as_a_set_and_refuses_transactions_runs_without_them(
    behind: Behind, proxy: RulesProxy, refusal: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    proxy.greet_as(Kind.REPLICA_SET, refuses_transactions=refusal)
    async with behind() as keep:
        thread = await make_thread(keep)
        stored = await make_messages(keep, thread.id, ["a", "b"])

        assert not keep.has_transactions
    assert [message.seq for message in stored] == [1, 2]
    assert f"part_not_supported part=transactions code={refusal['code']}" in caplog.text


async def test_an_engine_that_takes_transactions_for_ordinary_writes_runs_without_them(
    behind: Behind, proxy: RulesProxy
) -> None:
    proxy.greet_as(Kind.REPLICA_SET, ignores_transactions=True)
    async with behind() as keep:
        assert not keep.has_transactions


@pytest.mark.parametrize("code", [59, 40415, 303])
async def test_an_engine_without_bulk_writes_runs_without_them(
    behind: Behind, proxy: RulesProxy, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    proxy.rules.append(Failing(Chosen(("bulkWrite",)), code, "Feature not supported: bulkWrite"))
    async with behind() as keep:
        thread = await make_thread(keep)
        stored = await keep.message_service.create_message(thread.id, "a", "assistant")
        summary = await keep.thread_service.get_thread(thread.id)

    assert (stored.seq, summary.message_count, summary.last_seq) == (1, 1, 1)
    assert f"part_not_supported part=bulkWrite code={code}" in caplog.text


@pytest.mark.parametrize(("wire_version", "commands"), [(21, ["insert", "update"]), (25, ["bulkWrite"])])
async def test_an_append_takes_one_command_where_the_server_can_write_to_two_collections_at_once(
    behind: Behind, proxy: RulesProxy, wire_version: int, commands: list[str]
) -> None:
    proxy.greeting.more = {"maxWireVersion": wire_version}
    async with behind() as keep:
        thread = await make_thread(keep)
        for expected in (None, 1):
            await keep.message_service.create_message(thread.id, "a", "assistant", expected_seq=expected)
            proxy.commands.clear()
        await keep.message_service.create_message(thread.id, "b", "assistant")

    writes = [command.name for command in proxy.commands if command.collection in ("messages", "threads", "1")]
    assert [name for name in writes if name in ("insert", "update", "bulkWrite")] == commands


async def test_an_append_to_a_thread_that_is_deleted_meanwhile_leaves_nothing(
    behind: Behind, proxy: RulesProxy
) -> None:
    async with behind() as keep, behind() as other:
        thread = await make_thread(keep)
        await keep.message_service.create_message(thread.id, "a", "assistant")
        await other.thread_service.delete_thread(thread.id)
        with pytest.raises(ThreadNotFound):
            await keep.message_service.create_message(thread.id, "b", "assistant")
        left = await keep.runtime.documents.messages.find({"thread_id": thread.id, "content": "b"}).to_list()

    assert proxy.sent("bulkWrite")
    assert left == []


async def test_a_server_that_is_too_old_is_refused_in_one_sentence(behind: Behind, proxy: RulesProxy) -> None:
    proxy.greeting.more = {"maxWireVersion": 17}
    with pytest.raises(StartupError, match=r"needs MongoDB 7 or later .* has wire version 17"):
        async with behind():
            pass

    assert proxy.sent("create", "createIndexes", "collMod", "insert", "update") == []


@pytest.mark.parametrize("options", [[], ["--dry-run"]], ids=str)
def test_a_migration_refuses_a_server_that_is_too_old_before_it_changes_anything(
    proxy: RulesProxy, proxied_url: str, new_database_name: str, options: list[str]
) -> None:
    proxy.greeting.more = {"maxWireVersion": 17}
    variables = {"THREADKEEP_MONGODB_URL": proxied_url, "THREADKEEP_DATABASE": new_database_name}
    done = CliRunner().invoke(app, ["migrate", *options], env=variables)

    assert (done.exit_code, done.stdout) == (1, "")
    assert "Threadkeep needs MongoDB 7 or later" in done.stderr.splitlines()[-1]
    assert {command.name for command in proxy.commands} <= {"listCollections", "listIndexes"}


@pytest.mark.parametrize("code", [9, 14, 40415, 59])
async def test_a_server_without_updates_by_pipelines_is_refused_in_one_sentence(
    behind: Behind, proxy: RulesProxy, code: int
) -> None:
    proxy.rules.append(Failing(Chosen(("update",), "leases"), code, "Wrong type for parameter u"))
    with pytest.raises(StartupError, match=r"needs a server that updates documents by pipelines"):
        async with behind():
            pass


class Refusing:
    """Commands with this field are refused."""

    def __init__(self, field: str, code: int) -> None:
        self._field = field
        self._code = code

    async def __call__(self, command: Command, pass_on: PassOn) -> Body:
        is_refused = self._field in command.body
        return error_answer(self._code, f"Feature not supported: {self._field}") if is_refused else await pass_on()


async def test_a_server_that_refuses_validators_runs_without_them(
    behind: Behind, proxy: RulesProxy, new_database_name: str, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.rules.append(Refusing("validator", 115))
    async with behind(database=new_database_name) as keep:
        await make_thread(keep)
    async with behind(database=new_database_name) as keep:
        await make_thread(keep)

    for change in ("create collection users", "change the validator of collection users"):
        assert f"part_not_supported change='{change}' code=115" in caplog.text


async def test_a_server_without_views_runs_without_them(
    behind: Behind, proxy: RulesProxy, new_database_name: str, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.rules.append(Refusing("viewOn", 303))
    async with behind(database=new_database_name):
        pass

    assert "part_not_supported change='create view messages_flat' code=303" in caplog.text


SHAPES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a text": {"queryPlanner": "Index Scan using ix on threads"},
    "a list": {"queryPlanner": []},
    "stages": {"stages": [{"$cursor": {}}]},
    "a sharded plan": {"queryPlanner": {"winningPlan": {"stage": "SHARD_MERGE", "shards": [{"winningPlan": "FETCH"}]}}},
    "another plan": {"explainVersion": "pg", "plan": {"Node Type": "Sort"}},
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
async def test_any_other_shape_of_an_explanation_means_that_the_server_sorts_by_index(
    behind: Behind, proxy: RulesProxy, shape: dict[str, Any]
) -> None:
    proxy.rules.append(Answering(Chosen(("explain",)), {"ok": 1.0} | shape))
    async with behind() as keep:
        assert await sorts_by_index(keep.runtime.documents.database)


@pytest.mark.parametrize("code", [59, 115, 13, 303])
async def test_a_server_that_refuses_to_explain_counts_as_one_that_sorts_by_index(
    behind: Behind, proxy: RulesProxy, code: int
) -> None:
    proxy.rules.append(Failing(Chosen(("explain",)), code, "not supported"))
    async with behind() as keep:
        assert await sorts_by_index(keep.runtime.documents.database)


async def test_a_server_that_cannot_compute_daily_facts_runs_without_them(
    behind: Behind, proxy: RulesProxy, caplog: pytest.LogCaptureFixture
) -> None:
    async with behind() as keep:
        await make_messages(keep, (await make_thread(keep)).id, ["a"])
        proxy.rules.append(Failing(Chosen(("aggregate",), "messages"), 40324, "Unrecognized pipeline stage"))
        await Rollups(keep.runtime.documents).run_periodically(0)
        with pytest.raises(DatabaseRefused, match="this server cannot do it, UnknownStage"):
            await keep.analytics_service.activity()

    assert "part_not_supported part='daily facts' code=40324" in caplog.text

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from bson.errors import InvalidDocument
from pymongo import AsyncMongoClient
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DocumentTooLarge,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    ServerSelectionTimeoutError,
    WriteConcernError,
    WriteError,
    WTimeoutError,
)

from threadkeep.errors import InvalidInput, TooLarge, Unavailable
from threadkeep.keep import Threadkeep
from threadkeep.services.driver_errors import translate, translates_driver_errors
from threadkeep.tests.factories import make_history, make_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo import MongoClient


def named(error: Exception) -> str:
    details = getattr(error, "details", None) or {}
    return f"{type(error).__name__} {str(details or error)[:60]}"


PASSING: list[Exception] = [
    AutoReconnect("connection closed"),
    NetworkTimeout("timed out"),
    ServerSelectionTimeoutError("no servers"),
    NotPrimaryError("not primary"),
    ExecutionTimeout("took too long", 50),
    WTimeoutError("waited too long", 64),
    OperationFailure("interrupted at shutdown", 11600),
    OperationFailure("write conflict", 112),
    WriteConcernError("primary stepped down", 189),
    BulkWriteError({"writeErrors": [{"index": 0, "code": 112, "errmsg": "write conflict"}]}),
    BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 91, "errmsg": "shutting down"}]}),
]
TOO_LARGE: list[Exception] = [
    DocumentTooLarge("BSON document too large"),
    WriteError("object to insert too large", 10334),
    WriteError("resulting document after update is too large", 17419),
    BulkWriteError({"writeErrors": [{"index": 0, "code": 10334, "errmsg": "too large"}]}),
]
UNSTORABLE: list[Exception] = [InvalidDocument("cannot encode object"), OverflowError("int too large")]
OURS: list[Exception] = [
    OperationFailure("unknown operator", 2),
    OperationFailure("not authorized", 13),
    DuplicateKeyError("E11000", 11000),
    ValueError("a bug"),
]


@pytest.mark.parametrize("error", PASSING, ids=named)
def test_what_passes_is_unavailable(error: Exception) -> None:
    assert isinstance(translate(error), Unavailable)


@pytest.mark.parametrize("error", TOO_LARGE, ids=named)
def test_what_is_too_large_says_so(error: Exception) -> None:
    assert isinstance(translate(error), TooLarge)


@pytest.mark.parametrize("error", UNSTORABLE, ids=named)
def test_what_cannot_be_stored_says_so(error: Exception) -> None:
    fault = translate(error)

    assert isinstance(fault, InvalidInput)
    assert str(error) in str(fault)


@pytest.mark.parametrize("error", OURS, ids=named)
def test_what_is_a_fault_of_ours_stays_what_it_is(error: Exception) -> None:
    assert translate(error) is error


async def test_cause_is_kept() -> None:
    cause = AutoReconnect("connection closed")

    @translates_driver_errors
    async def failing() -> None:
        raise cause

    with pytest.raises(Unavailable) as raised:
        await failing()
    assert raised.value.__cause__ is cause


@pytest.fixture
def fail(mongo: MongoClient[dict[str, Any]], mongo_url: str) -> Iterator[Any]:
    """Makes the server fail the next commands of some kinds."""

    def fail(commands: list[str], times: int = 1, **how: Any) -> None:
        data = {"failCommands": commands, **how}
        mongo.admin.command("configureFailPoint", "failCommand", mode={"times": times}, data=data)

    if "secantus" not in str(mongo.admin.command("hello").get("setName")):
        pytest.skip(f"fail points are a thing of test servers, not of {mongo_url}")
    yield fail
    mongo.admin.command("configureFailPoint", "failCommand", mode="off")


@pytest.mark.parametrize("how", [{"errorCode": 91}, {"closeConnection": True}, {"errorCode": 10107}], ids=str)
async def test_failing_server_is_reported_and_does_no_lasting_harm(keep: Threadkeep, fail: Any, how: Any) -> None:
    thread_id, _ = await make_history(keep, 2)

    fail(["insert"], 1, **how)
    with pytest.raises(Unavailable):
        await keep.message_service.create_message(thread_id, "lost", "assistant")
    following = await keep.message_service.create_message(thread_id, "next", "assistant")

    assert following.seq == 3
    assert [m.seq for m in await keep.message_service.list_messages(thread_id)] == [1, 2, 3]


async def test_summary_that_fails_after_the_message_is_mended_by_the_retry(keep: Threadkeep, fail: Any) -> None:
    """The message is written, its writer hears that it may not be, and asks again with its key."""
    thread_id, _ = await make_history(keep, 2)

    fail(["update"], 1, errorCode=91)
    with pytest.raises(Unavailable):
        await keep.message_service.create_message(thread_id, "x", "assistant", client_id="k")
    again = await keep.message_service.create_message(thread_id, "x", "assistant", client_id="k")
    thread = await keep.thread_service.get_thread(thread_id)

    assert (again.seq, thread.message_count, thread.last_seq) == (3, 3, 3)


async def test_all_who_wait_together_hear_of_the_failure(keep: Threadkeep, fail: Any) -> None:
    thread = await make_thread(keep)

    fail(["insert"], 1, errorCode=91)
    outcomes = await asyncio.gather(
        *[keep.message_service.create_message(thread.id, str(n), "assistant") for n in range(8)],
        return_exceptions=True,
    )
    seqs = [message.seq for message in await keep.message_service.list_messages(thread.id)]

    assert {type(outcome).__name__ for outcome in outcomes} <= {"MessageRecord", "Unavailable"}
    assert sum(isinstance(outcome, Unavailable) for outcome in outcomes) >= 1
    assert seqs == list(range(1, len(seqs) + 1))


async def test_batch_that_fails_leaves_nothing(keep: Threadkeep, fail: Any) -> None:
    thread = await make_thread(keep)

    fail(["commitTransaction"], 1, errorCode=10107)
    outcome = await asyncio.gather(
        keep.message_service.create_messages(thread.id, [{"content": "x"}] * 3), return_exceptions=True
    )
    listed = await keep.message_service.list_messages(thread.id)

    assert len(listed) in (0, 3)
    assert isinstance(outcome[0], Unavailable) or len(listed) == 3


async def test_database_that_is_away_is_reported_in_time() -> None:
    async with AsyncMongoClient[dict[str, Any]](
        "mongodb://127.0.0.1:1/", serverSelectionTimeoutMS=50, connectTimeoutMS=50
    ) as client:
        keep = Threadkeep(client, sweep_seconds=None)

        with pytest.raises(Unavailable, match="cannot be used"):
            await keep.open()
        with pytest.raises(Unavailable):
            await keep.ping()
        await keep.close()
